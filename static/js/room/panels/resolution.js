// One resolution: its text, how its vote is counted, its ballots, its tally and what came of it.

import { makePollBallots } from "../ballots/poll.js";
import { makeCounted } from "../counted.js";
import { fullMoney, h, isChinese, replace, say, setText, shortMoney } from "../dom.js";
import { makePollControls } from "../poll_controls.js";
import { changeWords, closingTime, isGoing, lastChange, stateName } from "../poll_words.js";
import { makeResult } from "../result.js";
import { powerText, ruleText, whyNoVote } from "../rules.js";
import { makeTally } from "../tally.js";

// What the bars that stay at the top may cover, in pixels.
const SPACE_ABOVE = 100;
const FEW = 3;
const SHORT_TEXT = 400; // what is so short lies open while it is voted on

/** The view of a resolution; `heading` is the level of its title. */
export function makeResolution(room, id, { heading = "h3" } = {}) {
  const resolution = () => room.state.resolutions[id];
  const bodyId = `resolution-${id}`;
  const name = h("span", { class: "resolution-name" });
  const state = h("span", { class: "badge badge--quiet" });
  const toggle = h(
    "button",
    {
      type: "button",
      class: "resolution-toggle",
      "aria-expanded": false,
      "aria-controls": bodyId,
      on: { click: () => unfold(toggle.getAttribute("aria-expanded") !== "true") },
    },
    name,
    state,
  );
  const story = makeStory(room, id);
  const rule = h("p", { class: "hint" });
  const document = h("div", { class: "reading", hidden: true });
  const text = h("p", { class: "resolution-text" });
  const fullText = h(
    "details",
    { class: "resolution-full" },
    h("summary", {}, gettext("决议内容")),
    text,
  );
  const counted = makeCounted(room, id);
  const ballots = makePollBallots(room, id);
  const sheetPlace = h("div", {});
  const preview = h("div", { class: "ballot-preview" });
  const participation = makeParticipation(room, id);
  const result = makeResult(room, id);
  const tally = makeTally(room, id);
  const tallyFold = makeTallyFold(tally);
  const hiddenTally = h(
    "p",
    { class: "hint", hidden: true },
    gettext("本次表决在截止后公布计票，现在只显示参与情况。"),
  );
  const controls = makePollControls(room, id);
  const body = h(
    "div",
    { id: bodyId, class: "resolution-body", hidden: true },
    story.node,
    result.node,
    rule,
    counted.node,
    document,
    fullText,
    ballots.node,
    sheetPlace,
    preview,
    participation.node,
    hiddenTally,
    tallyFold.node,
    result.links,
    controls.node,
  );
  const node = h(
    "article",
    { class: "resolution" },
    h(heading, { class: "resolution-head" }, toggle),
    body,
  );
  let readingFor = "";
  let textFor = null;
  let before = null;

  function unfold(open) {
    toggle.setAttribute("aria-expanded", String(open));
    body.hidden = !open;
    if (open && node.isConnected) tally.update();
  }

  function update() {
    const one = resolution();
    node.dataset.state = one.state;
    // What is voted on now lies open; with what was chosen in it, it is not folded away again.
    if (isGoing(one) && before !== null && !isGoing(before)) unfold(true);
    if (before === null && isGoing(one) && room.mayVote(id)) unfold(true);
    if (isGoing(one) && (before === null || !isGoing(before)) && one.text.length <= SHORT_TEXT) {
      fullText.open = room.mayVote(id);
    }
    before = one;
    setText(name, one.candidate?.name ?? one.title);
    setText(state, stateName(room, one));
    state.className = `badge ${one.state === "open" ? "" : "badge--quiet"}`;
    setText(rule, [ruleText(one), basis(one)].filter(Boolean).join(isChinese() ? "" : " "));
    rule.hidden = Boolean(one.candidate);
    if (textFor !== one.text) {
      textFor = one.text;
      setText(text, one.text);
      fullText.hidden = !one.text;
    }
    story.update();
    counted.update();
    updateReading(one);
    result.update();
    ballots.update();
    updatePreview(one);
    participation.update();
    hiddenTally.hidden = !(isGoing(one) && !room.state.tallies?.[id]);
    tallyFold.update(isGoing(one) && room.book.due(id).length > 0 && room.book.going().length > 1);
    tally.update();
    controls.update();
  }

  function updateReading(one) {
    const found = one.document ? room.state.documents?.[one.document] : null;
    const wanted = found ? `${found.id}|${found.title}|${one.state}` : "";
    if (wanted === readingFor) return;
    readingFor = wanted;
    document.hidden = !found;
    if (found) {
      const over = ["closed", "voided"].includes(one.state);
      replace(
        document,
        h(
          "button",
          {
            type: "button",
            class: "button button--quiet",
            on: { click: () => room.open("documents", found.id) },
          },
          say(over ? gettext("查看《%(title)s》") : gettext("请先阅读《%(title)s》"), {
            title: found.title,
          }),
        ),
      );
    }
  }

  // Before the poll opens, each creditor learns with what it will vote, or why it will not.
  function updatePreview(one) {
    const mine = Object.values(room.state.represented ?? {});
    preview.hidden = one.state !== "draft" || mine.length === 0 || Boolean(one.candidate);
    if (preview.hidden) return;
    const lines = mine.map((creditor) =>
      h(
        "div",
        { class: "weight" },
        h("span", {}, creditor.name),
        creditor.votes
          ? h("b", {}, fullMoney(creditor.amount))
          : h("span", {}, whyNoVote(creditor.reason)),
      ),
    );
    replace(
      preview,
      h("p", { class: "hint" }, gettext("表决尚未开始。开始时按债权表确定表决权；目前为：")),
      lines.length <= FEW
        ? lines
        : h(
            "details",
            { class: "resolution-full" },
            h("summary", {}, say(gettext("所代表的 %(n)s 户"), { n: lines.length })),
            lines,
          ),
    );
  }

  return {
    node,
    sheetPlace,
    update,
    unfold,
    focus() {
      const { top } = toggle.getBoundingClientRect();
      const inSight = top > SPACE_ABOVE && top < innerHeight / 2;
      if (!inSight) node.scrollIntoView({ block: "start" });
      toggle.focus({ preventScroll: true });
    },
    focusReceipt() {
      ballots.focusReceipt();
      ballots.node.scrollIntoView({ block: "nearest" });
    },
  };
}

function basis(one) {
  const article = powerText(one.power);
  return article ? say(gettext("职权依据：%(article)s。"), { article }) : "";
}

// With several polls to vote in, how one stands waits behind a fold until it was voted in.
function makeTallyFold(tally) {
  const details = h("details", { class: "resolution-full" }, h("summary", {}, gettext("目前计票")));
  const node = h("div", {}, tally.node);
  let folded = false;
  details.addEventListener("toggle", () => details.open && tally.update());
  return {
    node,
    update(wanted) {
      if (wanted === folded) return;
      folded = wanted;
      if (folded) {
        details.append(tally.node);
        node.append(details);
      } else {
        replace(node, tally.node);
      }
    },
  };
}

// What happened to the poll: its closing, extensions, a suspension, the voiding, its relatives.
function makeStory(room, id) {
  const node = h("div", { class: "story" });
  let drawn = "";

  function update() {
    const one = room.state.resolutions[id];
    const relatives = [one.second_of, one.second, one.replaces, one.replaced_by].map(
      (other) => other && [other, room.state.resolutions[other]?.title],
    );
    const wanted = JSON.stringify([
      one.state,
      one.closes_at,
      one.changes,
      one.suspended_at,
      room.state.meeting.state,
      relatives,
      outcomeOf(one.second_of),
    ]);
    if (wanted === drawn) return;
    drawn = wanted;
    replace(node, suspended(one), closing(one), voided(one), links(one), changes(one));
    node.hidden = !node.childElementCount;
  }

  const outcomeOf = (other) => room.state.outcomes?.[other]?.outcome ?? null;

  function suspended(one) {
    if (one.state !== "suspended") return null;
    const change = lastChange(one, "suspended");
    return h(
      "div",
      { class: "notice notice--warn" },
      h("p", {}, h("strong", {}, gettext("表决已暂停"))),
      change && h("p", {}, changeWords(room, change)),
      h(
        "p",
        {},
        gettext("暂停期间不能投票，已选内容和已投的票都已保留；恢复后，暂停的时间会补足。"),
      ),
    );
  }

  function closing(one) {
    if (one.state !== "open" || !one.closes_at) return null;
    const after = room.state.meeting.state === "closed";
    if (!after && !lastChange(one, "extended")) return null;
    return h(
      "p",
      { class: "notice" },
      say(gettext("表决至 %(time)s 截止。"), { time: closingTime(room, one.closes_at) }),
      after && gettext("会议已闭会，表决继续进行：投票即视为出席。"),
    );
  }

  function voided(one) {
    if (one.state !== "voided") return null;
    const change = lastChange(one, "voided");
    return h(
      "div",
      { class: "notice notice--bad" },
      h("p", {}, h("strong", {}, gettext("本次表决已作废，已投的票不计入任何结果。"))),
      change && h("p", {}, changeWords(room, change)),
    );
  }

  function links(one) {
    const found = [
      [one.replaced_by, gettext("重新表决：%(title)s")],
      [one.replaces, gettext("替代已作废的表决：%(title)s")],
      [one.second, gettext("再次表决：%(title)s")],
      [one.second_of, gettext("上一次表决：%(title)s")],
    ].filter(([other]) => other && room.state.resolutions[other]);
    return found.map(([other, words]) =>
      h(
        "button",
        { type: "button", class: "chip", on: { click: () => room.open("votes", other) } },
        say(words, { title: room.state.resolutions[other].title }),
        " · ",
        stateName(room, room.state.resolutions[other]),
      ),
    );
  }

  function changes(one) {
    const all = one.changes ?? [];
    const told = ["voided", "suspended"].includes(one.state) ? all.slice(0, -1) : all;
    if (!told.length) return null;
    return h(
      "ul",
      { class: "plain changes" },
      told.map((change) => h("li", { class: "hint" }, changeWords(room, change))),
    );
  }

  return { node, update };
}

function makeParticipation(room, id) {
  const words = h("p", { class: "participation-words" });
  const meter = h("progress", { class: "participation-bar", max: "1", value: 0 });
  const node = h("div", { class: "participation", hidden: true }, words, meter);

  function update() {
    const one = room.state.participation?.[id];
    node.hidden = !one || room.state.resolutions[id].state === "voided";
    if (node.hidden) return;
    const told = say(gettext("已投票 %(voted)s 户 / 有表决权 %(entitled)s 户；出席 %(attending)s 户；已投债权额 %(amount)s"), {
      voted: one.voted,
      entitled: one.entitled,
      attending: one.attending,
      amount: shortMoney(one.voted_amount),
    });
    const paper = one.paper ? say(gettext("；其中书面表决 %(n)s 户"), { n: one.paper }) : "";
    setText(words, told + paper);
    meter.max = Math.max(1, one.entitled);
    meter.value = one.voted;
    meter.setAttribute("aria-label", gettext("参与情况"));
  }

  return { node, update };
}
