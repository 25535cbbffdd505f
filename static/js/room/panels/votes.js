// The votes: every resolution with its rule, ballots, participation, tally and outcome.

import { makeBallot } from "../ballot.js";
import {
  exactTime,
  fullMoney,
  h,
  isChinese,
  keep,
  replace,
  say,
  setText,
  shortMoney,
} from "../dom.js";
import { confirmationText, makePollControls } from "../poll_controls.js";
import { outcomeName, powerText, ruleText, whyNoVote } from "../rules.js";
import { makeTally } from "../tally.js";

// What the bars that stay at the top may cover, in pixels.
const SPACE_ABOVE = 100;

const RELEVANT = [
  "resolutions",
  "participation",
  "tallies",
  "outcomes",
  "ballots",
  "my_rights",
  "represented",
  "charts",
  "meeting",
  "documents",
  "me",
];

/** Mount the panel. */
export function mount(root, room) {
  const list = h("div", { class: "resolutions" });
  const empty = h("p", { class: "empty" }, gettext("本次会议没有表决事项。"));
  const views = new Map();
  replace(root, h("h2", { class: "visually-hidden" }, gettext("表决")), empty, list);

  function update(changed) {
    if (changed && !RELEVANT.some((name) => changed.has(name))) return;
    const all = Object.values(room.state.resolutions ?? {}).sort(
      (a, b) => a.position - b.position || a.id - b.id,
    );
    empty.hidden = all.length > 0;
    const unfolded = views.size === 0 ? firstToShow(all) : null;
    keep(
      list,
      all,
      (one) => one.id,
      (one) => {
        const view = makeResolution(room, one.id);
        view.unfold(one.id === unfolded);
        views.set(one.id, view);
        return view.node;
      },
      (node, one) => views.get(one.id).update(),
    );
    for (const id of [...views.keys()]) if (!all.some((one) => one.id === id)) views.delete(id);
    badge(all);
  }

  function badge(all) {
    const open = all.filter((one) => one.state === "open" && room.mayVote(one.id));
    room.badge("votes", open.filter((one) => !room.hasVoted(one.id)).length);
  }

  return {
    update,
    shown(id) {
      for (const view of views.values()) view.update();
      const view = views.get(Number(id));
      if (!view) return;
      view.unfold(true);
      view.focus();
    },
  };
}

function firstToShow(all) {
  const open = all.find((one) => one.state === "open");
  const closed = all.filter((one) => one.state === "closed").at(-1);
  return (open ?? closed ?? all[0])?.id ?? null;
}

function makeResolution(room, id) {
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
  const stamp = h("span", { class: "stamp", hidden: true });
  const when = h("p", { class: "hint", hidden: true });
  const rule = h("p", { class: "hint" });
  const document = h("div", { class: "reading", hidden: true });
  const text = h("p", { class: "resolution-text" });
  const fullText = h(
    "details",
    { class: "resolution-full" },
    h("summary", {}, gettext("决议内容")),
    text,
  );
  const participation = makeParticipation(room, id);
  const ballots = h("div", { class: "ballots" });
  const ballotViews = new Map();
  const preview = h("div", { class: "ballot-preview" });
  const word = h("div", { class: "notice confirmation", hidden: true });
  const tally = makeTally(room, id);
  const hiddenTally = h(
    "p",
    { class: "hint", hidden: true },
    gettext("本次表决在截止后公布计票，现在只显示参与情况。"),
  );
  const links = h("div", { class: "actions links", hidden: true });
  const controls = makePollControls(room, id);
  const body = h(
    "div",
    { id: bodyId, class: "resolution-body", hidden: true },
    h("div", { class: "row row--between verdict" }, when, stamp),
    word,
    rule,
    document,
    fullText,
    ballots,
    preview,
    participation.node,
    hiddenTally,
    tally.node,
    links,
    controls.node,
  );
  const node = h(
    "article",
    { class: "resolution" },
    h("h3", { class: "resolution-head" }, toggle),
    body,
  );
  let linksFor = "";
  let readingFor = "";

  function unfold(open) {
    toggle.setAttribute("aria-expanded", String(open));
    body.hidden = !open;
    if (open && node.isConnected) tally.update();
  }

  function update() {
    const one = resolution();
    node.dataset.state = one.state;
    setText(name, one.title);
    setText(state, stateName(room, one));
    state.className = `badge ${one.state === "open" ? "" : "badge--quiet"}`;
    setText(rule, [ruleText(one), basis(one)].filter(Boolean).join(isChinese() ? "" : " "));
    setText(text, one.text);
    fullText.hidden = !one.text;
    updateReading(one);
    updateVerdict(one);
    updateBallots(one);
    updatePreview(one);
    participation.update();
    hiddenTally.hidden = !(one.state === "open" && !room.state.tallies?.[id]);
    tally.update();
    updateLinks(one);
    controls.update();
  }

  function updateReading(one) {
    const found = one.document ? room.state.documents?.[one.document] : null;
    const wanted = found ? `${found.id}|${found.title}|${one.state}` : "";
    if (wanted === readingFor) return;
    readingFor = wanted;
    document.hidden = !found;
    if (found) {
      replace(
        document,
        h(
          "button",
          {
            type: "button",
            class: "button button--quiet",
            on: { click: () => room.open("documents", found.id) },
          },
          say(one.state === "closed" ? gettext("查看《%(title)s》") : gettext("请先阅读《%(title)s》"), {
            title: found.title,
          }),
        ),
      );
    }
  }

  function updateVerdict(one) {
    const outcome = room.state.outcomes?.[id];
    stamp.hidden = !outcome;
    if (outcome) {
      setText(stamp, outcomeName(outcome.outcome));
      stamp.classList.toggle("stamp--no", outcome.outcome !== "passed");
    }
    when.hidden = !one.closed_at;
    if (one.closed_at) {
      setText(when, say(gettext("%(time)s 截止"), { time: exactTime(one.closed_at) }));
    }
    const confirmation = outcome?.confirmation;
    word.hidden = !confirmation;
    if (confirmation) {
      word.classList.toggle("notice--warn", confirmation.decision === "declined");
      word.classList.toggle("notice--ok", confirmation.decision === "confirmed");
      replace(
        word,
        h("p", {}, confirmationText(confirmation)),
        confirmation.reasons && h("p", {}, confirmation.reasons),
      );
    }
  }

  function updateBallots(one) {
    const creditors =
      one.state === "draft" ? [] : Object.values(room.state.represented ?? {}).map((c) => c.id);
    keep(
      ballots,
      creditors.sort((a, b) => a - b),
      (creditor) => creditor,
      (creditor) => {
        const view = makeBallot(room, id, creditor);
        ballotViews.set(creditor, view);
        return view.node;
      },
      (element, creditor) => ballotViews.get(creditor).update(),
    );
  }

  // Before the poll opens, each creditor learns with what it will vote, or why it will not.
  function updatePreview(one) {
    const mine = Object.values(room.state.represented ?? {});
    preview.hidden = one.state !== "draft" || mine.length === 0;
    if (preview.hidden) return;
    replace(
      preview,
      h("p", { class: "hint" }, gettext("表决尚未开始。开始时按债权表确定表决权；目前为：")),
      mine.map((creditor) =>
        h(
          "div",
          { class: "weight" },
          h("span", {}, creditor.name),
          creditor.votes
            ? h("b", {}, fullMoney(creditor.amount))
            : h("span", {}, whyNoVote(creditor.reason)),
        ),
      ),
    );
  }

  function updateLinks(one) {
    const wanted = one.state === "closed" ? String(room.state.me.staff) : "";
    if (wanted === linksFor) return;
    linksFor = wanted;
    links.hidden = !wanted;
    const base = `/meetings/${room.slug}/resolutions/${id}`;
    replace(
      links,
      h("a", { class: "button", href: `${base}/result/`, target: "_blank" }, gettext("结果页（可打印）")),
      room.state.me.staff &&
        h(
          "a",
          { class: "button", href: `${base}/evidence/`, target: "_blank" },
          gettext("登记册与表决票"),
        ),
    );
  }

  return {
    node,
    update,
    unfold,
    focus() {
      const { top } = toggle.getBoundingClientRect();
      const inSight = top > SPACE_ABOVE && top < innerHeight / 2;
      if (!inSight) node.scrollIntoView({ block: "start" });
      toggle.focus({ preventScroll: true });
    },
  };
}

function basis(one) {
  const article = powerText(one.power);
  return article ? say(gettext("职权依据：%(article)s。"), { article }) : "";
}

function stateName(room, one) {
  if (one.state === "open") {
    return room.hasVoted(one.id) ? gettext("表决中 · 已投") : gettext("表决中");
  }
  if (one.state === "draft") return gettext("未开始");
  const outcome = room.state.outcomes?.[one.id];
  return outcome ? outcomeName(outcome.outcome) : gettext("已截止");
}

function makeParticipation(room, id) {
  const words = h("p", { class: "participation-words" });
  const meter = h("progress", { class: "participation-bar", max: "1", value: 0 });
  const node = h("div", { class: "participation", hidden: true }, words, meter);

  function update() {
    const one = room.state.participation?.[id];
    node.hidden = !one;
    if (!one) return;
    setText(
      words,
      say(gettext("已投票 %(voted)s 户 / 有表决权 %(entitled)s 户；出席 %(attending)s 户；已投债权额 %(amount)s"), {
        voted: one.voted,
        entitled: one.entitled,
        attending: one.attending,
        amount: shortMoney(one.voted_amount),
      }),
    );
    meter.max = Math.max(1, one.entitled);
    meter.value = one.voted;
    meter.setAttribute("aria-label", gettext("参与情况"));
  }

  return { node, update };
}
