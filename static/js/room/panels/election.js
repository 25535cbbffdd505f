// An election of the creditors' committee: its candidates on one page, then who was elected.

import { h, keep, replace, say, setText } from "../dom.js";
import { powerText, ruleText } from "../rules.js";
import { isGoing } from "../poll_words.js";
import { makeResolution } from "./resolution.js";

/** The view of an election. */
export function makeElection(room, id) {
  const election = () => room.state.elections[id];
  const title = h("h3", { class: "election-title", tabindex: "-1" });
  const seats = h("p", { class: "election-seats" });
  const rule = h("p", { class: "hint" });
  const text = h("p", { class: "resolution-text" });
  const elected = h("div", { class: "elected", hidden: true });
  const list = h("div", { class: "candidates" });
  const node = h("section", { class: "election" }, title, seats, elected, text, rule, list);
  const views = new Map();
  let electedFor = "";

  const candidates = () =>
    Object.values(room.state.resolutions ?? {})
      .filter((one) => one.election === election().id)
      .sort((a, b) => a.position - b.position || a.id - b.id);

  function update() {
    const one = election();
    const all = candidates();
    setText(title, one.title);
    setText(seats, seatWords(one, all.length));
    setText(text, one.text);
    text.hidden = !one.text;
    setText(rule, all[0] ? ruleText(all[0]) + powerWords(all[0]) : "");
    updateElected(one);
    keep(
      list,
      all,
      (candidate) => candidate.id,
      (candidate) => {
        const view = makeResolution(room, candidate.id, { heading: "h4" });
        view.unfold(isGoing(candidate) && room.mayVote(candidate.id));
        views.set(candidate.id, view);
        return view.node;
      },
      (element, candidate) => views.get(candidate.id).update(),
    );
  }

  function updateElected(one) {
    const wanted = JSON.stringify(one.result);
    if (wanted === electedFor) return;
    electedFor = wanted;
    const found = (one.result ?? []).filter((row) => row.elected);
    elected.hidden = !one.result;
    if (!one.result) return;
    replace(
      elected,
      h(
        "p",
        {},
        h("strong", {}, say(gettext("当选 %(n)s 人"), { n: found.length })),
        found.length === 0 && gettext("：没有候选人当选。"),
      ),
      h(
        "ol",
        {},
        found.map((row) => {
          const candidate = room.state.resolutions[row.resolution];
          return h(
            "li",
            {},
            candidate?.candidate?.name ?? candidate?.title ?? "",
            candidate?.candidate?.seat === "employees" &&
              h("span", { class: "badge badge--quiet" }, gettext("职工或工会代表")),
          );
        }),
      ),
    );
  }

  return {
    node,
    update,
    unfold() {},
    candidates: () => candidates().map((one) => one.id),
    focus() {
      title.scrollIntoView({ block: "start" });
      title.focus({ preventScroll: true });
    },
    focusReceipt: (poll) => views.get(poll)?.focusReceipt(),
  };
}

function powerWords(one) {
  const article = powerText(one.power);
  return article ? say(gettext("职权依据：%(article)s。"), { article }) : "";
}

function seatWords(one, count) {
  const words = say(gettext("候选人 %(count)s 名，应选 %(seats)s 名。"), {
    count,
    seats: one.seats,
  });
  return one.employee_seat ? words + gettext("其中职工或工会代表一名。") : words;
}
