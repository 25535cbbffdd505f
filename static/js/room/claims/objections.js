// Objections and their answers: live for those who made them, those they are about, the staff.

import { h, keep, replace, say } from "../dom.js";
import { makeObjection } from "./objection.js";
import { objectionState } from "./words.js";

// What waits for an answer stands first, what is withdrawn last.
const STATES = ["open", "maintained", "answered", "accepted", "withdrawn"];
const FILTER_FROM = 6;

/** Make the section of objections. */
export function makeObjections(room) {
  const list = h("ul", { class: "verify-list" });
  const empty = h("p", { class: "empty", hidden: true }, gettext("还没有人提出异议。"));
  const select = h("select", { id: "claims-objections-state", on: { change: () => update() } });
  const filter = h(
    "div",
    { class: "field", hidden: true },
    h("label", { for: "claims-objections-state" }, gettext("按进展查看")),
    select,
  );
  const node = h(
    "section",
    { "aria-labelledby": "claims-objections-title", hidden: true },
    h("h2", { id: "claims-objections-title" }, gettext("异议")),
    filter,
    empty,
    list,
  );
  const views = new Map();
  let options = "";

  const all = () =>
    Object.values(room.state.objections ?? {}).sort(
      (a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state) || b.id - a.id,
    );

  function drawFilter(found) {
    filter.hidden = found.length < FILTER_FROM;
    if (filter.hidden) {
      replace(select);
      options = "";
      return;
    }
    const counts = STATES.map((state) => [state, found.filter((one) => one.state === state).length]);
    const wanted = JSON.stringify(counts);
    if (wanted === options) return;
    options = wanted;
    const chosen = select.value;
    const named = counts
      .filter(([, n]) => n)
      .map(([state, n]) => [state, `${objectionState(state)[0]}（${n}）`]);
    replace(
      select,
      [["", say(gettext("全部（%(n)s）"), { n: found.length })], ...named].map(([value, words]) =>
        h("option", { value }, words),
      ),
    );
    select.value = named.some(([state]) => state === chosen) ? chosen : "";
  }

  function update() {
    const found = all();
    node.hidden = !found.length && !room.state.me?.staff;
    empty.hidden = found.length > 0;
    drawFilter(found);
    const wanted = filter.hidden ? "" : select.value;
    keep(
      list,
      found,
      (one) => one.id,
      (one) => {
        const view = makeObjection(room, one.id);
        views.set(one.id, view);
        return view.node;
      },
      (item, one) => {
        const view = views.get(one.id);
        view.update(one);
        // A form that somebody is filling in stays in sight whatever becomes of its objection.
        item.hidden = Boolean(wanted) && one.state !== wanted && !view.isBusy;
      },
    );
  }

  return {
    node,
    update,
    /** How many wait for a word of this person. */
    get waiting() {
      const found = all();
      if (room.can("answer_objection")) return found.filter((one) => one.state === "open").length;
      return found.filter((one) => one.state === "answered" && views.get(one.id)?.isMine).length;
    },
    show(id) {
      if (!views.has(Number(id))) return;
      select.value = "";
      update();
      views.get(Number(id)).node.scrollIntoView({ block: "center" });
    },
  };
}
