// The panel of speaking and asking: the floor, questions in writing, the desk of captions.

import { confirmStep } from "../confirm.js";
import { h, keep, replace, say, setText, time } from "../dom.js";
import { waiting } from "../floor_words.js";
import { makeCaptions } from "./captions.js";
import { makeFloor } from "./floor.js";
import { makePassageLink } from "./passage_link.js";
import { makeWriting } from "./writing.js";

const SECTIONS = ["questions", "floor", "captions", "meeting", "me", "agenda", "represented", "video", "documents"];

/** Mount the panel. */
export function mount(root, room) {
  const captions = makeCaptions(room);
  const floor = makeFloor(room);
  const ask = makeAsk(room);
  const list = h("ul", { class: "questions plain" });
  const empty = h("p", { class: "empty" }, gettext("还没有人提问。"));
  const views = new Map();
  // The clerk types all the time; who gives the floor has that before it.
  const gives = room.can("grant_floor");
  replace(
    root,
    h("h2", { class: "visually-hidden" }, gettext("发言与提问")),
    gives ? null : captions.node,
    floor.node,
    gives ? captions.node : null,
    h("section", { class: "asking", "aria-labelledby": "asking-title" },
      h("h3", { id: "asking-title" }, gettext("提问与答复")), ask.node, empty, list),
  );

  function update(changed) {
    if (changed && !SECTIONS.some((name) => changed.has(name))) return;
    captions.update();
    floor.update();
    ask.update();
    const all = Object.values(room.state.questions ?? {}).sort((a, b) => b.id - a.id);
    empty.hidden = all.length > 0;
    keep(
      list,
      all,
      (one) => one.id,
      (one) => {
        const view = makeQuestion(room, one.id);
        views.set(one.id, view);
        return view.node;
      },
      (node, one) => views.get(one.id).update(),
    );
    const open = all.filter((one) => !one.answered_at).length;
    const hands = room.can("grant_floor") ? waiting(room.state.floor).length : 0;
    room.badge("questions", (room.can("answer_question") ? open : 0) + hands);
  }

  return {
    update,
    shown(id) {
      if (id === "floor") floor.node.scrollIntoView({ block: "start" });
      else views.get(Number(id))?.node.scrollIntoView({ block: "center" });
    },
  };
}

const HINTS = {
  all: () => gettext("所有参会人员都能看到您的提问和答复。"),
  moderated: () => gettext("提问先由管理人或法官审看，公开后所有参会人员可见。"),
  asker: () => gettext("只有您、管理人和法院能看到您的提问和答复。"),
};

function makeAsk(room) {
  return makeWriting(room, {
    key: "question",
    label: gettext("书面提问"),
    hint: () => (HINTS[room.state.meeting.questions_shown] ?? HINTS.all)(),
    button: gettext("提交提问"),
    max: 2000,
    send: (text) => room.command("ask_question", { text }),
    done: gettext("已提交提问。"),
    visible: () => room.can("ask_question") && room.state.meeting.state !== "closed",
  });
}

function makeQuestion(room, id) {
  const who = h("p", { class: "hint" });
  const mark = h("p", { class: "question-mark", hidden: true });
  const passage = makePassageLink(room);
  const text = h("p", { class: "question-text" });
  const answer = h("div", { class: "answer", hidden: true });
  const live = h("input", { type: "checkbox", id: `answered-live-${id}` });
  const form = makeWriting(room, {
    key: `answer:${id}`,
    label: gettext("答复"),
    button: gettext("发布答复"),
    max: 4000,
    extras: [
      h("label", { class: "check", for: live.id }, live,
        h("span", {}, gettext("已经当场口头回答（文字可以不填）"))),
    ],
    needed: () => !live.checked,
    send: (words) => room.command("answer_question", { question: id, answer: words, live: live.checked }),
    done: gettext("已发布答复。"),
    visible: () => open,
    onDone: () => {
      open = false;
      update();
    },
  });
  const toggle = h(
    "button",
    {
      type: "button",
      class: "button button--small",
      on: {
        click: () => {
          open = !open;
          live.checked = Boolean(room.state.questions[id]?.live);
          update();
          if (open) form.text.focus();
        },
      },
    },
    gettext("答复"),
  );
  const show = h("button", { type: "button", class: "button button--small", on: { click: publish } },
    gettext("公开"));
  const reason = h("input", { type: "text", maxlength: "500", id: `hold-back-${id}` });
  const hide = confirmStep({
    label: gettext("不公开"),
    kind: "button--small",
    question: gettext("其他参会人员将看不到这个问题及其答复。"),
    yes: gettext("不公开"),
    fields: () => h("div", { class: "field" },
      h("label", { for: reason.id }, gettext("理由（提问人会看到）")), reason),
    run: () => moderate(false, reason.value.trim()),
  });
  const actions = h("div", { class: "actions", hidden: true }, toggle, show, hide);
  const node = h("li", { class: "question card" }, who, mark, passage.node, text, answer, actions, form.node);
  let open = Boolean(room.drafts.read(`answer:${id}`));

  const moderate = (shown, why) =>
    room.command("moderate_question", { question: id, shown, ...(why ? { reason: why } : {}) });

  async function publish() {
    if (show.getAttribute("aria-busy") === "true") return;
    show.setAttribute("aria-busy", "true");
    try {
      await moderate(true);
    } catch (refusal) {
      room.notify({ text: refusal.message, kind: "warn" });
    } finally {
      show.removeAttribute("aria-busy");
    }
  }

  function update() {
    const one = room.state.questions[id];
    if (!one) return;
    const item = room.state.agenda?.[one.item];
    setText(who, [one.asker, time(one.at), item?.title].filter(Boolean).join(" · "));
    mark.hidden = one.shown;
    if (!one.shown) setText(mark, hiddenWords(one, room.state.meeting.questions_shown));
    passage.update(one.passage);
    setText(text, one.text);
    drawAnswer(answer, one);
    const answers = room.can("answer_question");
    actions.hidden = !answers;
    setText(toggle, open ? gettext("收起") : one.answered_at ? gettext("修改答复") : gettext("答复"));
    toggle.setAttribute("aria-expanded", String(open));
    show.hidden = one.shown || room.state.meeting.questions_shown === "asker";
    // Held back already: nothing is left to hide.
    hide.hidden = !one.shown && (Boolean(one.moderated_at) || room.state.meeting.questions_shown === "asker");
    form.update();
  }

  return { node, update };
}

function hiddenWords(one, rule) {
  if (one.reason) return say(gettext("未公开：%(reason)s"), { reason: one.reason });
  return rule === "moderated" && !one.moderated_at
    ? gettext("等待公开：只有提问人、管理人和法院可见")
    : gettext("只有提问人、管理人和法院可见");
}

function drawAnswer(node, one) {
  node.hidden = !one.answered_at;
  if (!one.answered_at || node.dataset.at === one.answered_at) return;
  node.dataset.at = one.answered_at;
  const words = one.live ? gettext("%(who)s 当场答复 · %(at)s") : gettext("%(who)s 答复 · %(at)s");
  replace(
    node,
    h("p", { class: "hint" }, say(words, { who: one.answered_by, at: time(one.answered_at) })),
    one.answer && h("p", {}, one.answer),
  );
}
