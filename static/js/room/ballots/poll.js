// One poll's ballots in the room: who cannot vote and why, the form, the receipts.

import { h, moment, replace, say } from "../dom.js";
import { choiceName, whyNoVote } from "../rules.js";
import { makeChoices } from "./choices.js";
import { choiceWords, receiptBox, receiptList } from "./receipts.js";

const FULL_RECEIPTS = 3;

/** The area of one poll; `update()` after every change of the room. */
export function makePollBallots(room, id) {
  const { book } = room;
  const parts = [
    makePart(signNotes, drawNotes),
    makePart(signForm, drawForm),
    makePart(signReceipts, drawReceipts),
  ];
  const node = h("div", { class: "ballot" }, parts.map((part) => part.node));
  let items = [];

  function makePart(sign, draw) {
    const place = h("div", {});
    let drawn = "";
    let view = null;
    return {
      node: place,
      update() {
        const wanted = sign();
        if (wanted !== drawn) {
          const focused = place.contains(document.activeElement);
          drawn = wanted;
          view = wanted ? draw() : null;
          replace(place, view?.node);
          place.hidden = !view;
          if (focused) view?.focus?.focus();
        }
        view?.refresh?.();
      },
      focus: () => view?.focus?.focus({ preventScroll: true }),
      hide(hidden) {
        place.hidden = hidden || !view;
      },
    };
  }

  const of = (...states) => items.filter((item) => states.includes(item.state));
  const keys = (some) => some.map((item) => item.creditor).join(",");

  // --- who does not vote here, and why ---

  function signNotes() {
    const told = of("none", "no-vote", "mandate", "carried", "over", "taken");
    if (!told.length) return "";
    return JSON.stringify(
      told.map((item) => [
        item.creditor,
        item.state,
        item.right?.reason,
        item.state === "mandate" ? book.mandateLacks(item) : "",
        item.ballot?.number,
        item.name,
      ]),
    );
  }

  function drawNotes() {
    const without = of("none", "no-vote");
    return {
      node: h(
        "div",
        { class: "ballot-notes" },
        without.length > FULL_RECEIPTS
          ? folded(say(gettext("%(n)s 户没有表决权"), { n: without.length }), without)
          : without.map((item) => noVote(item)),
        mandates(of("mandate")),
        carried(of("carried")),
        taken(of("taken")),
        of("over").map((item) => tooLate(item)),
      ),
    };
  }

  function folded(title, some) {
    return h(
      "details",
      { class: "notice" },
      h("summary", {}, title),
      some.map((item) => noVote(item, "ballot-note")),
    );
  }

  function noVote(item, kind = "notice") {
    if (item.state === "none") {
      const words = gettext("%(name)s：%(why)s");
      return h("p", { class: kind }, say(words, { name: item.name, why: whyNoVote("") }));
    }
    return h(
      "div",
      { class: kind },
      h("p", {}, h("strong", {}, item.name)),
      h("p", {}, whyNoVote(item.right.reason)),
    );
  }

  function mandates(some) {
    if (!some.length) return null;
    return h(
      "details",
      { class: "notice notice--warn lacking" },
      h(
        "summary",
        {},
        say(gettext("%(n)s 户的授权委托书未获认可，您暂不能代其表决"), { n: some.length }),
      ),
      h(
        "ul",
        {},
        some.map((item) =>
          h(
            "li",
            {},
            h("strong", {}, item.name),
            gettext("："),
            mandateWords(book.mandateLacks(item)),
          ),
        ),
      ),
      h(
        "a",
        { class: "button", href: `/cases/${room.state.meeting.case.id}/mandates/`, target: "_blank" },
        gettext("提交授权委托书"),
      ),
    );
  }

  function carried(some) {
    if (!some.length) return null;
    return h(
      "div",
      { class: "notice notice--ok" },
      h("p", {}, some.map((item) => item.name).join(gettext("、"))),
      h("p", {}, gettext("您上次同意，继续有效，无需再投。")),
    );
  }

  function taken(some) {
    if (!some.length) return null;
    return h(
      "div",
      { class: "notice" },
      h("p", {}, gettext("债权人本人已表决，以本人的为准，您不再代为表决：")),
      h(
        "ul",
        {},
        some.map((item) =>
          h(
            "li",
            {},
            h("strong", {}, item.name),
            gettext("："),
            choiceWords(item.ballot),
            item.ballot.way === "paper" && gettext("（书面表决票）"),
          ),
        ),
      ),
    );
  }

  function tooLate(item) {
    const unsent = book.choiceOf(item);
    return h(
      "p",
      { class: "notice notice--warn" },
      say(gettext("表决已截止，%(name)s没有投票。"), { name: item.name }),
      " ",
      unsent && say(gettext("您选择的“%(choice)s”没有提交。"), { choice: choiceName(unsent) }),
    );
  }

  // --- the form ---

  function signForm() {
    const paused = of("paused");
    const some = paused.length ? paused : of("due");
    if (!some.length) return "";
    const groups = some.map((item) => book.groupsOf(item).join("+")).join(",");
    const earlier = some.map((item) => item.ballot?.number ?? "").join(",");
    return `${paused.length ? "paused" : "due"}|${keys(some)}|${groups}|${earlier}`;
  }

  function drawForm() {
    const paused = of("paused");
    const some = paused.length ? paused : of("due");
    const form = makeChoices(book, id, some, {
      disabled: paused.length > 0,
      onChange: () => room.refresh("picks"),
    });
    const again = some.filter((item) => item.ballot);
    return {
      node: h("div", {}, again.length > 0 && earlierWords(again), form.node),
      focus: form.focus,
      refresh: form.refresh,
    };
  }

  function earlierWords(again) {
    const [item] = again;
    const back = h(
      "button",
      {
        type: "button",
        class: "button button--quiet",
        on: {
          click: () => {
            book.keepAsRecorded(again);
            room.refresh("ballots");
            parts[2].focus();
          },
        },
      },
      gettext("不更改了"),
    );
    const words =
      again.length === 1
        ? say(gettext("目前记录的表决：%(choice)s（%(time)s）。再次提交将以新的为准。"), {
            choice: choiceWords(item.ballot),
            time: moment(item.ballot.at),
          })
        : say(gettext("您正在更改 %(n)s 户的表决。再次提交将以新的为准。"), { n: again.length });
    return h("div", { class: "notice earlier" }, h("p", {}, words), back);
  }

  // --- what was cast ---

  function signReceipts() {
    const cast = of("recorded");
    if (!cast.length) return "";
    const told = cast.map((item) => [item.creditor, item.ballot.number, item.name]);
    return JSON.stringify([told, mayChange()]);
  }

  function mayChange() {
    const one = room.state.resolutions[id];
    return one.state === "open" && !room.isPast(one) && room.can("cast_ballot");
  }

  function drawReceipts() {
    const cast = of("recorded");
    const node = h("div", { class: "receipts" });
    let focus = null;
    if (cast.length <= FULL_RECEIPTS) {
      for (const item of cast) {
        const box = receiptBox(room, item);
        focus ??= box.title;
        if (mayChange()) box.node.append(changeButton([item], gettext("更改表决")));
        node.append(box.node);
      }
    } else {
      focus = h(
        "h4",
        { tabindex: "-1" },
        say(gettext("已投 %(n)s 户"), { n: cast.length }),
      );
      node.append(focus, receiptList(room, cast));
      if (mayChange()) node.append(changeButton(cast, gettext("更改这些表决")));
    }
    if (mayChange()) {
      node.append(h("p", { class: "hint" }, gettext("截止前可以更改，以最后一次为准。")));
    }
    return { node, focus };
  }

  function changeButton(some, label) {
    return h(
      "button",
      {
        type: "button",
        class: "button change",
        on: {
          click: () => {
            book.change(some);
            room.refresh("ballots");
            parts[1].focus();
          },
        },
      },
      label,
    );
  }

  function update() {
    items = book.items(id);
    if (room.state.resolutions[id].state === "draft") items = [];
    for (const part of parts) part.update();
    // While everything is checked the forms stand back.
    if (book.step === "check") parts[1].hide(true);
    else parts[1].hide(!signForm());
    node.hidden = items.length === 0;
  }

  return { node, update, focusReceipt: () => parts[2].focus(), focusForm: () => parts[1].focus() };
}

/** Why a proxy cannot vote for its principal. */
export function mandateWords(lacks) {
  const words = {
    missing: gettext("尚未提交授权委托书"),
    submitted: gettext("已提交，待管理人审核"),
    refused: gettext("管理人未认可"),
    revoked: gettext("已被撤销"),
    expired: gettext("已过有效期"),
    scope: gettext("授权范围不包括本事项"),
  };
  return words[lacks] ?? lacks;
}
