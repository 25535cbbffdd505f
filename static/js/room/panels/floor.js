// Raising a hand and the queue: one's own place, and for those who give the floor the buttons.

import { confirmStep } from "../confirm.js";
import { h, keep, replace, say, setText, time } from "../dom.js";
import { endWords, lastEnded, ownHand, speakerName, speaking, waiting } from "../floor_words.js";

const MINUTES = [1, 2, 3, 5, 10, 15, 20, 30];

/** Mount the part of the panel; `update()` when floor, meeting, me or represented changed. */
export function makeFloor(room) {
  const own = makeOwn(room);
  const last = makeLast(room);
  const queue = makeQueue(room);
  const node = h(
    "section",
    { class: "floor", "aria-labelledby": "floor-title" },
    h("h3", { id: "floor-title" }, gettext("发言")),
    last.node,
    own.node,
    queue.node,
  );
  return {
    node,
    update() {
      const over = room.state.meeting.state === "closed";
      node.hidden = over && !lastEnded(room.state.floor);
      last.update();
      own.update();
      queue.update();
    },
  };
}

// --- who spoke last: who speaks now stands in a bar of the room ---

function makeLast(room) {
  const node = h("p", { class: "hint", hidden: true });
  return {
    node,
    update() {
      const last = lastEnded(room.state.floor);
      node.hidden = !last || Boolean(speaking(room.state.floor));
      if (node.hidden) return;
      const words = gettext("上一位发言：%(who)s · %(topic)s · %(why)s（%(at)s）");
      setText(node, say(words, {
        who: speakerName(last), topic: last.topic, why: endWords(last), at: time(last.ended_at),
      }));
    },
  };
}

// --- one's own hand ---

function makeOwn(room) {
  const topic = h("input", {
    type: "text",
    id: "floor-topic",
    maxlength: "200",
    autocomplete: "off",
    value: room.drafts.read("floor-topic") ?? "",
    "aria-describedby": "floor-topic-hint",
    on: { input: () => room.drafts.write("floor-topic", topic.value) },
  });
  const name = h("select", { id: "floor-name" });
  const nameField = h("div", { class: "field", hidden: true },
    h("label", { for: name.id }, gettext("以谁的名义发言")), name);
  const error = h("p", { class: "error", role: "alert", hidden: true });
  const raise = h("button", { type: "submit", class: "button button--primary" },
    gettext("举手申请发言"));
  const form = h("form", { class: "form floor-raise", on: { submit: (event) => {
    event.preventDefault();
    go();
  } } },
    h("div", { class: "field" }, h("label", { for: topic.id }, gettext("想就什么发言")), topic),
    h("p", { class: "hint", id: "floor-topic-hint" },
      gettext("所有参会人员都能看到您的主题和顺序。轮到您时，浏览器会请您打开麦克风。")),
    nameField, error, raise);
  const place = h("p", { class: "strong", tabindex: "-1" });
  const said = h("p", {});
  const lower = h("button", { type: "button", class: "button", on: { click: putDown } });
  const raised = h("div", { class: "notice floor-mine", hidden: true }, place, said, lower);
  const later = h("p", { class: "hint", hidden: true }, gettext("开会以后可以在这里举手申请发言。"));
  const node = h("div", { class: "floor-own", hidden: true }, raised, form, later);
  let names = "";
  let position = 0;
  let moved = false;
  let had = false;

  // The answer may come before the event that changes what is shown: the focus follows both.
  function follow() {
    if (!moved || had === !raised.hidden) return;
    moved = false;
    had = !raised.hidden;
    (had ? place : topic).focus();
  }

  async function go() {
    const words = topic.value.trim();
    error.hidden = true;
    if (!words) {
      complain(gettext("请先写下想就什么发言。"), topic);
      return;
    }
    if (raise.getAttribute("aria-busy") === "true") return;
    raise.setAttribute("aria-busy", "true");
    try {
      const creditor = nameField.hidden || !name.value ? {} : { creditor: Number(name.value) };
      await room.command("raise_hand", { topic: words, ...creditor });
      topic.value = "";
      room.drafts.drop("floor-topic");
      room.announce(gettext("已举手。轮到您时会有提示。"));
      moved = true;
      follow();
    } catch (refusal) {
      complain(refusal.message, topic);
    } finally {
      raise.removeAttribute("aria-busy");
    }
  }

  async function putDown() {
    if (lower.getAttribute("aria-busy") === "true") return;
    lower.setAttribute("aria-busy", "true");
    try {
      await room.command("lower_hand", {});
      moved = true;
      follow();
    } catch (refusal) {
      room.notify({ text: refusal.message, kind: "warn" });
    } finally {
      lower.removeAttribute("aria-busy");
    }
  }

  function complain(message, field) {
    setText(error, message);
    error.hidden = false;
    field.focus();
  }

  function update() {
    const { meeting, me, floor } = room.state;
    node.hidden = !room.can("raise_hand") || meeting.state === "closed";
    const mine = ownHand(floor, me.person.id);
    const may = meeting.state === "open" || meeting.state === "adjourned";
    raised.hidden = !mine;
    form.hidden = Boolean(mine) || !may;
    later.hidden = Boolean(mine) || may;
    if (mine) drawMine(mine);
    else position = 0;
    drawNames();
    if (moved) follow();
    else if (!working()) had = Boolean(mine);
  }

  // While a command is under way its event may come first.
  function working() {
    return [raise, lower].some((one) => one.getAttribute("aria-busy") === "true");
  }

  function drawMine(mine) {
    const queue = waiting(room.state.floor);
    const here = queue.findIndex((one) => one.id === mine.id) + 1;
    const words = mine.state === "granted"
      ? gettext("轮到您发言")
      : say(gettext("您已举手，排在第 %(n)s 位，共 %(all)s 位"), { n: here, all: queue.length });
    setText(place, words);
    setText(said, mine.creditor_name
      ? say(gettext("%(topic)s（以%(creditor)s的名义）"), { topic: mine.topic, creditor: mine.creditor_name })
      : mine.topic);
    setText(lower, mine.state === "granted" ? gettext("结束发言") : gettext("放下"));
    // Who moved up is told; who is told each change of the others' hands listens to nothing else.
    if (position && here && here < position) {
      room.announce(say(gettext("您的发言顺序：第 %(n)s 位。"), { n: here }));
    }
    position = here;
  }

  function drawNames() {
    const acting = Object.values(room.state.represented ?? {}).sort((a, b) => a.id - b.id);
    nameField.hidden = acting.length < 2;
    const wanted = acting.map((one) => `${one.id}:${one.name}`).join("|");
    if (wanted === names) return;
    names = wanted;
    const chosen = name.value;
    replace(name,
      h("option", { value: "" }, gettext("我所代表的全部债权人")),
      acting.map((one) => h("option", { value: String(one.id) }, one.name)));
    name.value = acting.some((one) => String(one.id) === chosen) ? chosen : "";
  }

  return { node, update };
}

// --- the queue ---

function makeQueue(room) {
  const head = h("h4", { class: "floor-queue-title" });
  const limit = h("select", { id: "floor-limit" });
  const limitField = h("div", { class: "field floor-limit", hidden: true },
    h("label", { for: limit.id }, gettext("每次发言时限")), limit);
  const list = h("ol", { class: "floor-queue plain" });
  const empty = h("p", { class: "empty" }, gettext("现在没有人举手。"));
  const views = new Map();
  let rule = 0;

  function update() {
    const { floor, meeting } = room.state;
    const hands = waiting(floor);
    const gives = room.can("grant_floor");
    setText(head, say(gettext("等待发言（%(n)s）"), { n: hands.length }));
    empty.hidden = hands.length > 0;
    limitField.hidden = !gives || !hands.length;
    if (rule !== meeting.floor_seconds) drawLimits(meeting.floor_seconds);
    keep(list, hands, (one) => one.id, (one) => {
      const view = makeHand(room, one.id, () => Number(limit.value));
      views.set(one.id, view);
      return view.node;
    }, (node, one) => views.get(one.id).update(one, hands.indexOf(one) + 1));
    for (const id of [...views.keys()]) if (!floor[id]) views.delete(id);
  }

  function drawLimits(seconds) {
    rule = seconds;
    const all = [...new Set([...MINUTES.map((n) => n * 60), seconds])].sort((a, b) => a - b);
    replace(limit, all.map((one) => h("option", { value: String(one) }, lengthWords(one))));
    limit.value = String(seconds);
  }

  return { node: h("div", {}, head, limitField, empty, list), update };
}

function lengthWords(seconds) {
  return seconds % 60
    ? say(gettext("%(n)s 秒"), { n: seconds })
    : say(gettext("%(n)s 分钟"), { n: seconds / 60 });
}

function makeHand(room, id, seconds) {
  const number = h("span", { class: "floor-number", "aria-hidden": true });
  const who = h("span", { class: "strong" });
  const topic = h("span", { class: "floor-topic" });
  const asked = h("span", { class: "hint" });
  const grant = h("button", {
    type: "button",
    class: "button button--primary button--small",
    on: { click: give },
  }, gettext("请其发言"));
  const reason = h("input", { type: "text", maxlength: "500", id: `floor-refuse-${id}` });
  const refuse = confirmStep({
    label: gettext("不安排"),
    kind: "button--small",
    question: gettext("不安排这次发言。"),
    yes: gettext("不安排"),
    fields: () => h("div", { class: "field" },
      h("label", { for: reason.id }, gettext("理由（可不填，告知举手人）")), reason),
    run: () => room.command("refuse_hand", { request: id, reason: reason.value.trim() }),
  });
  const error = h("p", { class: "error", role: "alert", hidden: true });
  const actions = h("div", { class: "actions floor-actions" }, grant, refuse);
  const node = h("li", { class: "floor-hand" },
    number, h("div", { class: "floor-said" }, who, topic, asked), actions, error);

  async function give() {
    if (grant.getAttribute("aria-busy") === "true") return;
    grant.setAttribute("aria-busy", "true");
    error.hidden = true;
    try {
      await room.command("grant_floor", { request: id, seconds: seconds() });
    } catch (refusal) {
      setText(error, refusal.message);
      error.hidden = false;
    } finally {
      grant.removeAttribute("aria-busy");
    }
  }

  return {
    node,
    update(one, place) {
      setText(number, place);
      setText(who, speakerName(one));
      setText(topic, one.topic);
      setText(asked, say(gettext("%(at)s 举手"), { at: time(one.asked_at) }));
      actions.hidden = !room.can("grant_floor");
      grant.disabled = room.state.meeting.state !== "open" || Boolean(speaking(room.state.floor));
      grant.setAttribute("aria-label", say(gettext("请%(who)s发言"), { who: one.name }));
      node.classList.toggle("floor-hand--mine", one.person === room.state.me.person.id);
    },
  };
}
