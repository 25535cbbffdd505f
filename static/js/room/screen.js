// The big screen of a courtroom: read at ten metres, no controls. It shows what matters now: an
// open poll, else the outcome of the current item, else the item itself and the picture.

import { branchText } from "./branch.js";
import { heardFromPage, secondsUntil, serverNow } from "./clock.js";
import { countdown, exactTime, h, moment, replace, say, setText, shortMoney } from "./dom.js";
import { fetchLater } from "./later.js";
import { sorted } from "./panels/agenda.js";
import { confirmationText } from "./poll_controls.js";
import { isGoing, lastChange } from "./poll_words.js";
import {
  articleText,
  kindName,
  meetingStateName,
  outcomeName,
  powerText,
  ruleText,
} from "./rules.js";
import { movePointer, presentationView, presented } from "./screen_presentation.js";
import { resultTurn, results, testLine, turnOf } from "./screen_results.js";
import { CLOSED, CONNECTED, Line } from "./socket.js";
import { apply } from "./state.js";
import { drawGroup } from "./tally.js";

const JUST_CLOSED_MS = 180000;
const POLLS_A_PAGE = 4;

const byId = (id) => document.getElementById(id);
const root = byId("screen");
const state = {};
let arrived = false;
let video = null;
let drawn = "";
let shownPolls = [];
let item = null;
let itemSince = 0;

heardFromPage(root.dataset.now);

const line = new Line(root.dataset.slug, {
  onSnapshot(fresh) {
    for (const name of Object.keys(state)) delete state[name];
    Object.assign(state, fresh);
    arrived = true;
    draw();
  },
  onEvent(event) {
    if (!arrived) return;
    apply(state, event.data);
    draw();
  },
  online: () => state.attendance?.online,
  onStatus(status) {
    const bar = byId("line");
    bar.hidden = status === CONNECTED;
    setText(bar, status === CLOSED ? gettext("已离开会议") : gettext("正在重连"));
  },
  onLateReply() {},
});

function draw() {
  drawTotals();
  if (state.meeting.current_item !== item) {
    if (item !== null) itemSince = serverNow();
    item = state.meeting.current_item;
  }
  const polls = openPolls();
  const outcome = polls.length ? null : currentOutcome();
  const shown = polls.length ? polls : [outcome].filter(Boolean);
  shownPolls = polls;
  const wanted = JSON.stringify([
    polls.length,
    shown.map((one) => [
      one,
      state.tallies?.[one.id],
      state.participation?.[one.id],
      state.outcomes?.[one.id],
    ]),
    turn(polls),
    shown.length ? 0 : resultTurn(state),
    !shown.length && [state.resolutions, state.elections, state.tallies, state.outcomes],
    state.meeting,
    state.agenda,
    !shown.length && presented(state),
  ]);
  if (wanted !== drawn) {
    drawn = wanted;
    replace(byId("view"), view(polls, outcome));
  }
  movePointer(byId("view"), state);
  tick();
  showPicture(!shown.length && Boolean(state.video?.live));
}

function view(polls, outcome) {
  if (polls.length) return pollPage(polls);
  if (outcome) return outcomeView(outcome);
  return presented(state) ? presentationView(state) : itemView();
}

function openPolls() {
  return Object.values(state.resolutions ?? {})
    .filter(isGoing)
    .sort((a, b) => a.position - b.position || a.id - b.id);
}

// More polls than a screen holds take turns; one with groups fills a screen alone.
function pagesOf(polls) {
  const pages = [];
  for (const poll of polls) {
    const alone = (state.tallies?.[poll.id]?.groups ?? []).length > 1;
    const last = pages.at(-1);
    if (alone || !last || last.alone || last.polls.length === POLLS_A_PAGE) {
      pages.push({ alone, polls: [poll] });
    } else {
      last.polls.push(poll);
    }
  }
  return pages.map((page) => page.polls);
}

const turn = (polls) => turnOf(pagesOf(polls).length);

function pollPage(polls) {
  const pages = pagesOf(polls);
  const at = turn(polls);
  return pages[at].length > 1
    ? pollsView(polls, pages, at)
    : pollView(pages[at][0], pages.length > 1 ? ` · ${at + 1} / ${pages.length}` : "");
}

function currentOutcome() {
  if (state.meeting.state === "closed") return null;
  const closed = Object.values(state.resolutions ?? {}).filter(
    (one) =>
      one.state === "closed" &&
      state.outcomes?.[one.id] &&
      (belongsToNow(one) || hasJustClosed(one)),
  );
  return closed.sort((a, b) => Date.parse(b.closed_at) - Date.parse(a.closed_at))[0] ?? null;
}

// Votes are also held beside the agenda: their result is shown for a while, or until it goes on.
function hasJustClosed(one) {
  const closed = Date.parse(one.closed_at);
  return closed > itemSince && serverNow() - closed < JUST_CLOSED_MS;
}

// A resolution without an item of its own stays until the next item comes.
function belongsToNow(one) {
  const current = state.meeting.current_item;
  if (one.agenda_item) return one.agenda_item === current;
  return state.agenda?.[current]?.kind === "resolution";
}

// --- the three views ---

function itemView() {
  const items = sorted(state.agenda);
  const here = items.findIndex((item) => item.id === state.meeting.current_item);
  const item = items[here];
  const live = state.meeting.state === "open" && item;
  return h(
    "div",
    { class: "screen-item" },
    h(
      "p",
      { class: "screen-kicker" },
      live
        ? say(gettext("议程 %(n)s / %(all)s · %(kind)s"), {
            n: here + 1,
            all: items.length,
            kind: kindName(item.kind),
          })
        : state.meeting.state === "closed"
          ? gettext("表决结果")
          : meetingStateName(state.meeting.state),
    ),
    h("h2", { class: "screen-title" }, live ? item.title : waitingTitle()),
    state.meeting.state === "closed" ? results(state) : agendaList(items, here),
  );
}

function agendaList(items, here) {
  return h(
      "ol",
      { class: items.length > 7 ? "screen-agenda screen-agenda--long" : "screen-agenda" },
      items.map((one, index) =>
        h(
          "li",
          { class: index === here ? "now" : index < here ? "done" : "" },
          h("span", { class: "n" }, index + 1),
          one.title,
        ),
      ),
  );
}

function waitingTitle() {
  if (state.meeting.state === "closed") return gettext("会议已闭会");
  if (state.meeting.state === "adjourned") return gettext("休会");
  return say(gettext("会议定于 %(at)s 召开"), { at: moment(state.meeting.starts_at) });
}

function pollView(poll, at = "") {
  const part = state.participation?.[poll.id];
  const tally = state.tallies?.[poll.id];
  const share = part?.entitled ? part.voted / part.entitled : 0;
  const meter = h("progress", { class: "screen-meter", max: "1", value: share });
  meter.setAttribute("aria-label", gettext("参与情况"));
  return h(
    "div",
    { class: "screen-poll" },
    h(
      "div",
      { class: "screen-head" },
      h(
        "div",
        {},
        h("p", { class: "screen-kicker" }, stateWords(poll), " ", powerText(poll.power), at),
        h("h2", { class: "screen-title" }, poll.title),
      ),
      left(poll),
    ),
    pausedWords(poll),
    part &&
      h(
        "div",
        { class: "screen-turnout" },
        h(
          "p",
          {},
          h("b", {}, part.voted),
          say(gettext(" / %(entitled)s 户已投票"), { entitled: part.entitled }),
          h("span", {}, say(gettext("出席 %(n)s 户"), { n: part.attending })),
          h("span", {}, shortMoney(part.voted_amount)),
        ),
        meter,
      ),
    tally
      ? standing(poll, tally)
      : [
          h("p", { class: "screen-note" }, ruleText(poll)),
          h("p", { class: "screen-note" }, gettext("计票在截止后公布。")),
        ],
  );
}

function stateWords(poll) {
  return poll.state === "suspended" ? gettext("表决已暂停") : gettext("正在表决");
}

function left(poll) {
  return h("p", {
    class: "screen-left",
    dataset: { poll: poll.id },
    role: "timer",
    "aria-live": "off",
  });
}

function pausedWords(poll) {
  if (poll.state !== "suspended") return null;
  const reasons = lastChange(poll, "suspended")?.reasons ?? "";
  return h(
    "p",
    { class: "screen-note screen-word" },
    gettext("表决已暂停"),
    gettext("："),
    reasons
      ? say(gettext("%(reasons)s；恢复后补足时间"), { reasons })
      : gettext("恢复后补足时间"),
  );
}

// Several polls at once: each with its turnout, and how it stands where that is shown.
function pollsView(polls, pages, at) {
  const open = polls.filter((one) => one.state === "open").length;
  return h(
    "div",
    { class: "screen-poll" },
    h(
      "p",
      { class: "screen-kicker" },
      open ? say(gettext("正在表决 %(n)s 项"), { n: open }) : gettext("表决已暂停"),
      pages.length > 1 && ` · ${at + 1} / ${pages.length}`,
    ),
    h("ul", { class: "screen-polls plain" }, pages[at].map((poll) => pollCard(poll))),
  );
}

function pollCard(poll) {
  const part = state.participation?.[poll.id];
  const tally = state.tallies?.[poll.id];
  const meter = h("progress", {
    class: "screen-meter",
    max: "1",
    value: part?.entitled ? part.voted / part.entitled : 0,
  });
  meter.setAttribute("aria-label", gettext("参与情况"));
  return h(
    "li",
    { class: "screen-card" },
    h("div", { class: "screen-head" }, h("h2", {}, nameOf(poll)), left(poll)),
    poll.state === "suspended"
      ? pausedWords(poll)
      : part &&
          h(
            "p",
            { class: "screen-voted" },
            h("b", {}, part.voted),
            say(gettext(" / %(entitled)s 户已投票"), { entitled: part.entitled }),
          ),
    meter,
    (tally?.groups ?? []).map((group) => testLine(poll, group)),
  );
}

function nameOf(poll) {
  return poll.candidate?.name || poll.title;
}

function outcomeView(poll) {
  const outcome = state.outcomes[poll.id];
  const tally = state.tallies?.[poll.id];
  const passed = outcome.outcome === "passed";
  return h(
    "div",
    { class: "screen-poll" },
    h(
      "div",
      { class: "screen-head" },
      h(
        "div",
        {},
        h(
          "p",
          { class: "screen-kicker" },
          say(gettext("表决结果 · %(time)s 截止 · %(article)s"), {
            time: exactTime(poll.closed_at),
            article: articleText(poll.article),
          }),
        ),
        h("h2", { class: "screen-title" }, poll.title),
      ),
      h("span", { class: passed ? "stamp" : "stamp stamp--no" }, outcomeName(outcome.outcome)),
    ),
    tally && standing(poll, tally),
    branchText(outcome.branch) && h("p", { class: "screen-note" }, branchText(outcome.branch)),
    outcome.confirmation &&
      h("p", { class: "screen-note screen-word" }, confirmationText(outcome.confirmation)),
  );
}

// The bars of three groups and more would not be in sight: their figures stand in lines.
function standing(poll, tally) {
  return tally.groups.length > 2
    ? h("div", { class: "screen-lines" }, tally.groups.map((group) => testLine(poll, group)))
    : groups(poll, tally);
}

function groups(poll, tally) {
  const many = tally.groups.length > 1 ? "screen-groups screen-groups--many" : "screen-groups";
  return h(
    "div",
    { class: many },
    tally.groups.map((group) => drawGroup(poll, group)),
  );
}

// --- what is always there ---

function drawTotals() {
  const told = state.attendance;
  const place = byId("totals");
  place.hidden = !told;
  if (!told) return;
  const fact = (name, value) =>
    h("div", {}, h("span", { class: "k" }, name), " ", h("b", {}, value));
  replace(
    place,
    fact(
      gettext("已签到债权人"),
      say(gettext("%(n)s / %(all)s 户"), { n: told.creditors, all: told.total_creditors }),
    ),
    fact(gettext("所代表的无财产担保债权额"), shortMoney(told.amount)),
    fact(gettext("会议"), meetingStateName(state.meeting.state)),
  );
}

function tick() {
  const now = new Date(serverNow()).toISOString();
  setText(byId("clock"), exactTime(now));
  for (const left of document.querySelectorAll(".screen-left")) {
    const poll = shownPolls.find((one) => one.id === Number(left.dataset.poll));
    if (poll) tickOne(left, poll);
  }
}

function tickOne(left, poll) {
  if (poll.state === "suspended" || !poll.closes_at) {
    setText(left, "");
    return;
  }
  const seconds = secondsUntil(poll.closes_at);
  setText(left, seconds > 0 ? countdown(seconds) : gettext("正在截止…"));
  left.classList.toggle("screen-left--soon", seconds <= 60);
}

setInterval(() => {
  if (arrived) tick();
}, 250);
setInterval(() => {
  if (arrived) draw();
}, 5000);

async function showPicture(wanted) {
  const place = byId("picture");
  place.hidden = !wanted;
  if (!wanted && !video) return;
  if (!video) {
    video = { update() {} };
    const player = await fetchLater((again) => import(`../video/player.js${again}`), () => {});
    const room = { state, can: () => false };
    video = player.mountPlayer(place, { meeting: line.slug, room, plain: true });
  }
  video.update(state.video);
}
