// Verification of claims: one's own first, objections and answers live, then the whole table.

import { h, replace, say, setText, shortMoney } from "../dom.js";
import { makeObjections } from "../claims/objections.js";
import { makeOwn } from "../claims/own.js";
import { makePeriod } from "../claims/period.js";
import { makeTable } from "../claims/table.js";
import { makeCounts, makeUndetermined } from "../claims/undetermined.js";
import { makeWaivers } from "../claims/waiver.js";

const SECTIONS = [
  "claims",
  "my_claims",
  "objections",
  "verification",
  "verification_period",
  "waivers",
  "undetermined",
  "undisputed",
  "represented",
  "meeting",
  "me",
];

/** Mount the panel. */
export function mount(root, room) {
  const sums = h("p", { class: "hint" });
  const parts = {
    period: makePeriod(room),
    counts: makeCounts(room),
    waivers: makeWaivers(room),
    undetermined: makeUndetermined(room),
    own: makeOwn(room),
    objections: makeObjections(room),
    table: makeTable(room),
  };
  replace(
    root,
    h(
      "div",
      { class: "verify" },
      sums,
      Object.values(parts).map((part) => part.node),
    ),
  );

  function update(changed) {
    if (changed && !SECTIONS.some((name) => changed.has(name))) return;
    const all = room.state.claims;
    if (all) {
      const words = gettext("债权人 %(creditors)s 家，债权 %(count)s 笔，申报 %(filed)s，确认 %(confirmed)s");
      const values = { ...all, filed: shortMoney(all.filed), confirmed: shortMoney(all.confirmed) };
      setText(sums, all.count ? say(words, values) : gettext("债权表还没有导入。"));
    }
    for (const part of Object.values(parts)) part.update(changed);
    room.badge("claims", parts.objections.waiting + parts.waivers.waiting || parts.own.waiting);
  }

  return {
    update,
    shown(id) {
      parts.table.shown();
      if (id !== null && id !== undefined) parts.objections.show(id);
    },
  };
}
