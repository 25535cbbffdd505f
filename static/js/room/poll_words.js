// Where a poll stands, in words: its state, its closing, what was changed while it ran.

import { exactTime, moment, say } from "./dom.js";
import { outcomeName } from "./rules.js";

const SOON_MS = 20 * 3600 * 1000;

/** A moment as people need it: the time of day when it is near, with its date when it is not. */
export function closingTime(room, rfc3339) {
  const far = Math.abs(Date.parse(rfc3339) - room.now()) > SOON_MS;
  return far ? moment(rfc3339) : exactTime(rfc3339);
}

/** A resolution's state as a badge says it. */
export function stateName(room, one) {
  if (one.state === "open") {
    return room.hasVoted(one.id) ? gettext("表决中 · 已投") : gettext("表决中");
  }
  if (one.state === "suspended") return gettext("表决已暂停");
  if (one.state === "voided") return gettext("已作废");
  if (one.state === "draft") return gettext("未开始");
  const outcome = room.state.outcomes?.[one.id];
  return outcome ? outcomeName(outcome.outcome) : gettext("已截止");
}

/** Whether a poll goes on, be it suspended. */
export function isGoing(one) {
  return one.state === "open" || one.state === "suspended";
}

/** The last change of a kind. */
export function lastChange(one, kind) {
  return (one.changes ?? []).filter((change) => change.kind === kind).at(-1) ?? null;
}

/** What was done to a poll, in words. */
export function changeWords(room, change) {
  const words = {
    extended: gettext("%(by)s 于 %(at)s 将表决截止时间延长至 %(after)s。"),
    suspended: gettext("%(by)s 于 %(at)s 暂停表决。"),
    resumed: gettext("%(by)s 于 %(at)s 恢复表决，截止时间相应顺延至 %(after)s。"),
    voided: gettext("%(by)s 于 %(at)s 作废本次表决。"),
  };
  const endless = gettext("%(by)s 于 %(at)s 恢复表决。");
  const text = change.kind === "resumed" && !change.after ? endless : words[change.kind];
  const told = say(text ?? "", {
    by: change.by,
    at: moment(change.at),
    after: change.after ? moment(change.after) : "",
  });
  return change.reasons
    ? told + say(gettext("理由：%(reasons)s"), { reasons: change.reasons })
    : told;
}
