// The room: one window for everybody who takes part. Connects, keeps the state, fills the parts.

import { makeBook } from "./ballots/book.js";
import { answerWords } from "./ballots/sheet.js";
import { heardFromPage, secondsUntil, serverNow } from "./clock.js";
import { h, replace, setText } from "./dom.js";
import { makeDrafts } from "./drafts.js";
import { makeFloorBar } from "./floorbar.js";
import { happening } from "./happenings.js";
import { fetchLater, sayMissing } from "./later.js";
import { makeAnnouncer, makeNotices } from "./notices.js";
import { SOCKET } from "./line_ways.js";
import * as agenda from "./panels/agenda.js";
import * as questions from "./panels/questions.js";
import * as votes from "./panels/votes.js";
import { makePollBars } from "./pollbar.js";
import { CLOSED, CONNECTED, CONNECTING, Line, RECONNECTING } from "./socket.js";
import { makeRenewal } from "./renewal.js";
import { makeStage } from "./stage.js";
import { apply, sections } from "./state.js";
import { makeTabs } from "./tabs.js";
import { Talk } from "../video/talk.js";

const byId = (id) => document.getElementById(id);
const root = byId("room");
const { slug, lang } = root.dataset;
heardFromPage(root.dataset.now);

const state = {};
const panels = new Map();
let arrived = false;
let stage = null;
let pollBars = null;
let speakingBar = null;
let presenting = null;
let video = null;
let talk = null;

const announce = makeAnnouncer(byId("announcer"));
const notify = makeNotices(byId("notices"), announce);

/** What panels may use of the room. */
const room = {
  slug,
  lang,
  state,
  drafts: makeDrafts(slug),
  announce,
  notify,
  get status() {
    return line.status;
  },
  command: (type, data) => {
    const sent = line.command(type, data);
    if (!line.live) sayKept();
    return sent;
  },
  waiting: (type) => line.waiting(type),
  isStuck: (id) => line.isStuck(id),
  can: (name) => Boolean(state.me?.can?.[name]),
  badge,
  open,
  refresh: (section) => changedIn(new Set([section])),
  // What a reply tells before its event does; the event then changes nothing.
  learn(set) {
    apply(state, { set });
    changedIn(sections({ set }));
  },
  now: serverNow,
  mayVote: (id) => room.book.mayVote(id),
  hasVoted: (id) => room.book.hasVoted(id),
  isPast: (resolution) => Boolean(resolution.closes_at) && secondsUntil(resolution.closes_at) <= 0,
  passed,
};
room.book = makeBook(room);

const tabs = makeTabs(byId("tabs"), (name) => {
  try {
    sessionStorage.setItem(tabShelf(), name);
  } catch {
    // The next load opens the first tab.
  }
  panels.get(name)?.shown?.(null);
});

const line = new Line(slug, {
  onSnapshot(fresh) {
    for (const name of Object.keys(state)) delete state[name];
    Object.assign(state, fresh);
    if (arrived) changedIn(null);
    else arrive();
  },
  onEvent(event) {
    if (!arrived) return;
    apply(state, event.data);
    changedIn(sections(event.data));
    const notice = event.data.notice && happening(event.data.notice, room);
    if (notice?.spokenOnly) announce(notice.text);
    else if (notice) notify(notice);
  },
  online: () => state.attendance?.online,
  onStatus: showStatus,
  onBuild: makeRenewal(byId("renewal-bar"), root.dataset.build, announce),
  onStuck() {
    announce(gettext("您的表决还没有送达，请重新载入本页。"));
    changedIn(new Set(["ballots"]));
  },
  // What an earlier load of this page had sent.
  onLateReply(command, reply, error) {
    const { done, failed } = room.book.answered(command, reply, error);
    notify({ text: answerWords(done, failed), kind: failed.length ? "warn" : "ok" });
    changedIn(new Set(["ballots"]));
  },
});

// --- the first snapshot ---

function arrive() {
  arrived = true;
  stage = makeStage(room);
  pollBars = makePollBars(byId("poll-bars"), room);
  speakingBar = makeFloorBar(byId("speaking"), room);
  mountPanel("agenda", agenda);
  mountPanel("votes", votes);
  mountPanel("questions", questions);
  mountLater("documents", (again) => import(`./panels/documents.js${again}`)).then(mountPresenting);
  mountLater("claims", (again) => import(`./panels/claims.js${again}`));
  if (publishesByOffice()) mountPublisher();
  mountVideo();
  changedIn(null);
  tabs.show(firstTab());
  window.addEventListener("hashchange", followHash);
  if (location.hash) followHash();
}

// What was read during the meeting says nothing about what is wanted after it.
function tabShelf() {
  return `room:${slug}:tab${state.meeting?.state === "closed" ? ":closed" : ""}`;
}

function firstTab() {
  const names = tabs.names();
  let remembered = null;
  try {
    remembered = sessionStorage.getItem(tabShelf());
  } catch {
    // Nothing was remembered.
  }
  if (names.includes(remembered)) return remembered;
  const all = Object.values(state.resolutions ?? {});
  const open = all.some(
    (one) => one.state === "open" && room.mayVote(one.id) && !room.hasVoted(one.id),
  );
  const results = state.meeting.state === "closed" && all.length > 0;
  return open || results ? "votes" : "agenda";
}

function followHash() {
  const [name, id] = location.hash.slice(1).split("/");
  if (tabs.names().includes(name)) open(name, id);
}

function mountPanel(name, module) {
  panels.set(name, module.mount(byId(`panel-${name}`), room));
}

async function mountLater(name, load) {
  const words = gettext("这一部分暂时打不开，正在自动重试。");
  const module = await fetchLater(load, sayMissing(byId(`panel-${name}`), words));
  part(`panel ${name}`, () => {
    mountPanel(name, module);
    panels.get(name).update(new Set(Object.keys(state)));
    if (document.body.dataset.tab === name) panels.get(name).shown?.(wanted.get(name));
    wanted.delete(name);
  });
}

// What is presented needs the documents' panel to be there.
async function mountPresenting() {
  const load = (again) => import(`../documents/presenting.js${again}`);
  const module = await fetchLater(load, () => {});
  part("presenting", () => {
    presenting = module.mount(byId("presenting"), room);
  });
}

// --- changes ---

// `changed` is a set of sections, or null for everything.
function changedIn(changed) {
  if (!arrived) return;
  const names = changed ?? new Set(Object.keys(state));
  part("stage", () => stage.update(changed));
  part("poll bars", () => pollBars.update());
  if (["floor", "me"].some((name) => names.has(name))) part("speaking", () => speakingBar.update());
  for (const [name, panel] of panels) part(name, () => panel.update(names));
  part("presenting", () => presenting?.update(names));
  const seen = ["video", "captions", "meeting", "me"];
  if (seen.some((name) => names.has(name))) part("video", () => updateVideo());
  if (["floor", "me"].some((name) => names.has(name))) part("floor", () => updateFloor());
}

// What breaks in one part of the room must not take the others, least of all the ballots.
function part(name, work) {
  try {
    work();
  } catch (error) {
    console.error(`the room's part ${name} stumbled`, error);
    setTimeout(() => {
      throw error;
    });
  }
}

const over = new Set();

// An announced close has come: ballots can no longer be sent, whether or not we heard of it.
function passed(id, closesAt) {
  const key = `${id}|${closesAt}`;
  if (over.has(key)) return;
  over.add(key);
  changedIn(new Set(["resolutions"]));
}

function badge(name, count) {
  const place = document.querySelector(`[data-badge="${name}"]`);
  if (!place) return;
  place.hidden = !count;
  setText(place, count || "");
}

// What was asked for in a part of the room that is still being fetched.
const wanted = new Map();

function open(name, id = null) {
  tabs.show(name);
  if (id !== null && id !== undefined) {
    if (panels.has(name)) panels.get(name).shown?.(id);
    else wanted.set(name, id);
  } else byId(`tab-${name}`).focus();
  byId(`panel-${name}`).scrollIntoView({ block: "nearest" });
}

// --- the line ---

let toldOfWay = false;

function showStatus(status, way, barred) {
  const pill = byId("line");
  pill.dataset.status = status;
  pill.dataset.way = way ?? "";
  const words = {
    [CONNECTING]: gettext("正在连接"),
    [CONNECTED]: gettext("已连接"),
    [RECONNECTING]: gettext("正在重连"),
    [CLOSED]: gettext("已离开"),
  };
  setText(byId("line-text"), words[status]);
  const byHttp = status === CONNECTED && way !== SOCKET && barred;
  const hint = gettext("网络不支持实时连接，已改用普通方式；会议和表决不受影响。");
  pill.title = byHttp ? hint : "";
  if (byHttp && !toldOfWay) notify({ text: hint });
  toldOfWay ||= byHttp;
  const bar = byId("line-bar");
  bar.hidden = status === CONNECTED || status === CONNECTING;
  if (status === RECONNECTING) {
    setText(bar, gettext("网络断开，正在重新连接。您已提交和正在填写的内容都已保留。"));
  } else if (status === CLOSED) {
    setText(bar, gettext("您已不再参加本次会议，或者需要重新登录。"));
    bar.append(" ", h("a", { href: location.pathname }, gettext("重新进入")));
  } else {
    setText(bar, "");
  }
  if (arrived) changedIn(new Set(["ballots"]));
}

function sayKept() {
  announce(gettext("网络断开。内容已保留，恢复后自动提交。"));
}

// --- the picture ---

// Where no socket comes through, the picture still may, by plain HTTP.
const WITHOUT_SOCKET_MS = 8000;
setTimeout(() => mountVideo(), WITHOUT_SOCKET_MS);

let showsVideo = false;

async function mountVideo() {
  if (showsVideo) return;
  showsVideo = true;
  const place = byId("player");
  const words = gettext("直播暂时打不开，正在自动重试；表决和文件不受影响。");
  const player = await fetchLater(
    (again) => import(`../video/player.js${again}`),
    sayMissing(place, words),
  );
  part("player", () => {
    replace(place);
    place.className = "player";
    talk = new Talk(slug);
    video = player.mountPlayer(place, { meeting: slug, room, talk });
    if (arrived) updateVideo();
  });
}

function updateVideo() {
  // Without a picture the stage makes room for the rest; a break keeps its place.
  const off = !state.video || state.video.state === "off";
  const place = byId("player").parentElement;
  place.classList.toggle("video-stage--off", off);
  // After the close no picture will come.
  const over = state.meeting.state === "closed";
  place.hidden = off && over;
  byId("publish").hidden = over || !publishesByOffice();
  // Who may speak hears the others by the shortest way; all else is as for everybody.
  talk?.allow(room.can("publish_video") && !off);
  video?.update(state.video ?? { live: false, state: "off" });
}

// A creditor publishes while the floor is theirs, from a bar of its own.
function publishesByOffice() {
  const roles = ["administrator", "judge"];
  return room.can("publish_video") && state.me.roles.some((role) => roles.includes(role));
}

function mountPublisher() {
  const section = byId("publish");
  const details = section.querySelector("details");
  let mounted = false;
  details.addEventListener("toggle", async () => {
    if (mounted) return;
    mounted = true;
    const place = byId("publisher");
    const publisher = await fetchLater(
      (again) => import(`../video/publisher.js${again}`),
      sayMissing(place, gettext("直播控制暂时打不开，正在自动重试。")),
    );
    part("publisher", () => {
      replace(place);
      publisher.mountPublisher(place, { meeting: slug, onState() {} });
    });
  });
  // Who was live before a reload is to go on without looking for the panel.
  details.open = wasLive();
}

function wasLive() {
  try {
    return Object.keys(sessionStorage).some((key) => key.startsWith(`live:${slug}:`));
  } catch {
    return false;
  }
}

let floorBar = null;

async function updateFloor() {
  if (floorBar) {
    (await floorBar).update();
    return;
  }
  if (publishesByOffice() || !room.can("publish_video")) return;
  const place = byId("floor-live");
  const missing = sayMissing(place, gettext("轮到您发言了，但发言控制暂时打不开，正在自动重试。"));
  const load = (again) => import(`../video/publisher_floor.js${again}`);
  const shown = (told) => {
    place.hidden = false;
    missing(told);
  };
  floorBar = fetchLater(load, shown).then((module) =>
    module.mountFloorPublisher(place, { meeting: slug, room }),
  );
}

// What sticks to the top below the bars must know how tall they are.
const bars = new ResizeObserver(() => {
  const space = (id) => (byId(id).offsetHeight ? byId(id).offsetHeight + 8 : 0);
  const { style } = document.documentElement;
  const above = space("poll-bars") + space("speaking");
  style.setProperty("--poll-bar-space", `${space("poll-bars")}px`);
  style.setProperty("--speaking-space", `${above}px`);
  style.setProperty("--poll-space", `${above + space("presenting")}px`);
});
for (const id of ["poll-bars", "speaking", "presenting"]) bars.observe(byId(id));

// On a phone the votes stand next to the picture; on a wide window they follow the documents.
const phone = matchMedia("(max-width: 47.5rem)");
function orderTabs() {
  const list = byId("tabs");
  list.insertBefore(byId("tab-votes"), byId(phone.matches ? "tab-documents" : "tab-questions"));
}
phone.addEventListener("change", orderTabs);
orderTabs();
