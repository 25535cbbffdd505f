// How the floor is spoken of: who waits, who speaks, for whom, and why it ended.

import { say } from "./dom.js";

/** Who waits, first come first; the server's ids part those of one moment. */
export function waiting(floor) {
  return inState(floor, "waiting").sort(
    (a, b) => Date.parse(a.asked_at) - Date.parse(b.asked_at) || a.id - b.id,
  );
}

/** Who has the floor, or null. */
export function speaking(floor) {
  return inState(floor, "granted")[0] ?? null;
}

/** Who had the floor last, or null. */
export function lastEnded(floor) {
  return inState(floor, "ended")[0] ?? null;
}

/** The person's own request that is open, or null. */
export function ownHand(floor, person) {
  const mine = [...waiting(floor), speaking(floor)];
  return mine.find((one) => one && one.person === person) ?? null;
}

function inState(floor, state) {
  return Object.values(floor ?? {}).filter((one) => one.state === state);
}

/** "王静（台州云江汽车配件股份有限公司）" */
export function speakerName(one) {
  if (!one.creditor_name || one.creditor_name === one.name) return one.name;
  return say(gettext("%(name)s（%(creditor)s）"), { name: one.name, creditor: one.creditor_name });
}

const ENDS = {
  done: () => gettext("发言完毕"),
  time: () => gettext("时限已到"),
  withdrawn: () => gettext("主持人收回"),
  adjourned: () => gettext("会议休会"),
  closed: () => gettext("会议闭会"),
  left: () => gettext("发言人已不参加会议"),
};

/** Why somebody's floor ended. */
export function endWords(one) {
  const why = ENDS[one.why]?.() ?? "";
  return one.reason ? say(gettext("%(why)s：%(reason)s"), { why, reason: one.reason }) : why;
}
