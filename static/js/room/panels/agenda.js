// The agenda: what is up, what hangs on each item, and the chair's controls of the meeting.

import { confirmStep } from "../confirm.js";
import { h, keep, moment, replace, say, setText } from "../dom.js";
import { makeMyNotices } from "../my_notices.js";
import { kindName, meetingStateName, outcomeName } from "../rules.js";

const RELEVANT = [
  "agenda",
  "meeting",
  "resolutions",
  "documents",
  "outcomes",
  "me",
  "ballots",
  "my_notices",
];

/** Mount the panel. */
export function mount(root, room) {
  const list = h("ol", { class: "agenda plain" });
  const empty = h("p", { class: "empty" }, gettext("还没有议程。"));
  const chair = makeChair(room);
  const views = new Map();
  const notices = makeMyNotices(room);
  const title = h("h2", { class: "visually-hidden" }, gettext("议程"));
  replace(root, title, chair.node, empty, list, notices.node);

  function update(changed) {
    if (changed && !RELEVANT.some((name) => changed.has(name))) return;
    chair.update();
    notices.update();
    const items = sorted(room.state.agenda);
    empty.hidden = items.length > 0;
    const here = items.findIndex((item) => item.id === room.state.meeting.current_item);
    keep(
      list,
      items,
      (item) => item.id,
      (item) => {
        const view = makeItem(room, item.id);
        views.set(item.id, view);
        return view.node;
      },
      (node, item) => views.get(item.id).update(items.indexOf(item), here),
    );
  }

  return { update, shown() {} };
}

/** Agenda items in their order. */
export function sorted(agenda) {
  return Object.values(agenda ?? {}).sort((a, b) => a.position - b.position || a.id - b.id);
}

function makeItem(room, id) {
  const number = h("span", { class: "agenda-number", "aria-hidden": "true" });
  const title = h("b", {});
  const kind = h("span", { class: "hint" });
  const mark = h("span", { class: "badge badge--now", hidden: true }, gettext("现在"));
  const note = h("p", { class: "hint agenda-note" });
  const attached = h("div", { class: "agenda-attached" });
  const make = h(
    "button",
    {
      type: "button",
      class: "button button--small",
      on: { click: () => makeCurrent() },
    },
    gettext("设为当前议程"),
  );
  const error = h("p", { class: "error", role: "alert", hidden: true });
  const node = h(
    "li",
    { class: "agenda-item" },
    number,
    h("div", { class: "agenda-body" }, h("p", { class: "agenda-title" }, title, " ", mark), kind, note, attached, make, error),
  );
  let attachedFor = "";

  async function makeCurrent() {
    error.hidden = true;
    make.setAttribute("aria-busy", "true");
    try {
      await room.command("set_agenda_item", { item: id });
    } catch (refusal) {
      setText(error, refusal.message);
      error.hidden = false;
    } finally {
      make.removeAttribute("aria-busy");
    }
  }

  function update(index, here) {
    const item = room.state.agenda[id];
    const current = index === here;
    setText(number, index + 1);
    setText(title, item.title);
    setText(kind, kindName(item.kind));
    kind.hidden = item.kind === "other";
    setText(note, item.note);
    note.hidden = !item.note;
    mark.hidden = !current;
    node.classList.toggle("agenda-item--now", current);
    node.classList.toggle("agenda-item--done", here > index);
    if (current) node.setAttribute("aria-current", "step");
    else node.removeAttribute("aria-current");
    make.hidden =
      current || !room.can("set_agenda_item") || room.state.meeting.state === "closed";
    updateAttached();
  }

  function updateAttached() {
    const polls = Object.values(room.state.resolutions ?? {}).filter(
      (one) => one.agenda_item === id,
    );
    const papers = Object.values(room.state.documents ?? {}).filter((one) => one.item === id);
    const wanted = JSON.stringify([
      polls.map((one) => [one.id, one.title, one.state, outcomeOf(one.id)]),
      papers.map((one) => [one.id, one.title]),
    ]);
    if (wanted === attachedFor) return;
    attachedFor = wanted;
    replace(
      attached,
      polls.map((one) =>
        chip(say(gettext("表决 · %(state)s"), { state: pollState(one) }), one.title, () =>
          room.open("votes", one.id),
        ),
      ),
      papers.map((one) => chip(gettext("文件"), one.title, () => room.open("documents", one.id))),
    );
    attached.hidden = !polls.length && !papers.length;
  }

  function outcomeOf(poll) {
    return room.state.outcomes?.[poll]?.outcome ?? "";
  }

  function pollState(one) {
    if (one.state === "draft") return gettext("未开始");
    if (one.state === "open") return gettext("进行中");
    if (one.state === "suspended") return gettext("已暂停");
    if (one.state === "voided") return gettext("已作废");
    return outcomeName(outcomeOf(one.id)) || gettext("已截止");
  }

  return { node, update };
}

function chip(kind, title, run) {
  return h(
    "button",
    { type: "button", class: "chip", on: { click: run } },
    h("span", { class: "chip-kind" }, kind),
    h("span", {}, title),
  );
}

// --- opening, adjourning and closing the meeting ---

function makeChair(room) {
  const node = h("section", { class: "chair-bar", "aria-label": gettext("主持会议"), hidden: true });
  let drawn = "";

  function update() {
    const { state, starts_at: startsAt } = room.state.meeting;
    node.hidden = !room.can("open_meeting");
    const wanted = `${state}|${node.hidden}`;
    if (wanted === drawn) return;
    drawn = wanted;
    replace(
      node,
      h(
        "p",
        { class: "hint" },
        say(gettext("您主持会议 · 会议%(state)s"), { state: meetingStateName(state) }),
        state === "convened" && [
          " · ",
          say(gettext("定于 %(at)s"), { at: moment(startsAt) }),
        ],
      ),
      h("div", { class: "actions" }, buttons(room, state)),
    );
  }

  return { node, update };
}

function buttons(room, state) {
  const step = (label, question, command, kind = "") =>
    confirmStep({ label, question, kind, run: () => room.command(command, {}) });
  const close = step(
    gettext("闭会"),
    gettext("宣布闭会？闭会后不能再签到和提问；已宣布截止时间的表决继续进行到截止。"),
    "close_meeting",
    "button--seal",
  );
  if (state === "convened") {
    return step(
      gettext("开始会议"),
      gettext("现在宣布开会？"),
      "open_meeting",
      "button--primary",
    );
  }
  if (state === "open") {
    return [step(gettext("休会"), gettext("现在休会？"), "adjourn_meeting"), close];
  }
  if (state === "adjourned") {
    return [
      step(gettext("恢复会议"), gettext("现在恢复会议？"), "resume_meeting", "button--primary"),
      close,
    ];
  }
  return [];
}
