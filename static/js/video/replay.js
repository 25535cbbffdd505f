// The replay of a meeting: one clock for all its recordings, with the agenda to jump by.

import { h, replace, say, setAttribute, setText } from "../room/dom.js";
import { makeClock } from "./replay_clock.js";
import { makeReport } from "./replay_report.js";
import { makeStage } from "./replay_stage.js";
import { duration, makeTimeline } from "./replay_timeline.js";

const RATES = [1, 1.25, 1.5, 2];
const STEP_MS = 10_000;
const NOTE_MS = 6_000;

const root = document.getElementById("replay");
open();

async function open() {
  let told;
  try {
    const answer = await fetch(root.dataset.data, { headers: { Accept: "application/json" } });
    told = await answer.json();
  } catch {
    return fail(gettext("暂时打不开录像，请检查网络后重新载入本页。"));
  }
  if (!told.ok) return fail(told.error.message);
  if (!told.data.parts.length) return fail(gettext("还没有可以回看的录像。"));
  show(told.data);
}

function fail(words) {
  replace(root, h("p", { class: "notice notice--warn", role: "alert" }, words));
}

function show(data) {
  const timeline = makeTimeline(data);
  const place = h("div", { class: "replay-stage" });
  const controls = makeControls(timeline);
  const chapters = makeChapters(timeline);
  replace(
    root,
    h("div", { class: "replay-main" }, place, controls.node),
    h(
      "nav",
      { class: "card panel replay-agenda", "aria-label": gettext("议程章节") },
      h("h2", {}, gettext("议程章节")),
      chapters.node,
    ),
  );
  const stage = makeStage(place, timeline);
  let captions = true;
  let noted = 0;

  const say_ = (words) => {
    stage.note(words);
    noted = performance.now();
  };
  const report = makeReport(root.dataset.watched, (words) => {
    clock.pause();
    say_(words);
  });
  const clock = makeClock(timeline, stage, {
    changed: update,
    played: report.played,
    skipped(from, to) {
      if (to - from < 1000) return;
      say_(say(gettext("跳过了没有录像的 %(length)s。"), { length: duration(to - from) }));
    },
    failed(part) {
      say_(say(gettext("%(name)s的一段录像暂时不能播放。"), { name: part.publisher }));
    },
    ended() {
      say_(gettext("录像到此结束。"));
      report.send();
    },
  });

  function update() {
    const position = timeline.positionOf(clock.at);
    stage.update(clock.active, clock.at);
    stage.caption(captions ? timeline.captionsAt(clock.at) : []);
    if (noted && performance.now() - noted > NOTE_MS) {
      noted = 0;
      stage.note("");
    }
    const chapter = timeline.chapters.filter((one) => one.position <= position + 50).at(-1);
    controls.update(clock, position, chapter);
    chapters.update(chapter);
    root.dataset.state = clock.over ? "over" : clock.playing ? (clock.waiting ? "waiting" : "playing") : "paused";
    root.dataset.position = Math.round(position);
  }

  const act = {
    toggle() {
      stage.touch();
      if (clock.playing) {
        clock.pause();
        report.send();
      } else {
        clock.play();
      }
    },
    move: (ms) => clock.seek(timeline.atPosition(timeline.positionOf(clock.at) + ms)),
    to: (position) => clock.seek(timeline.atPosition(position)),
    rate: (rate) => clock.setRate(rate),
    faster(by) {
      const next = RATES.indexOf(clock.rate) + by;
      if (RATES[next]) clock.setRate(RATES[next]);
    },
    mute(on) {
      stage.mute(on);
    },
    captions() {
      captions = !captions;
      update();
      return captions;
    },
    chapter(by) {
      const now = timeline.positionOf(clock.at);
      const all = timeline.chapters.map((one) => one.position);
      const target = by > 0 ? all.find((one) => one > now + 500) : all.filter((one) => one < now - 2000).at(-1);
      if (target !== undefined) act.to(target);
    },
    full() {
      if (document.fullscreenElement) document.exitFullscreen();
      else if (root.requestFullscreen) root.requestFullscreen().catch(() => {});
      // An iPhone shows only a picture of its own in full.
      else stage.video([...clock.active.keys()][0])?.webkitEnterFullscreen?.();
    },
  };
  controls.connect(act);
  chapters.connect((position) => {
    act.to(position);
    if (!clock.playing) act.toggle();
  });
  listen(act);
  clock.seek(timeline.begins);
}

// --- the agenda ---

function makeChapters(timeline) {
  let jump = () => {};
  const buttons = timeline.chapters.map((one) =>
    h(
      "button",
      { type: "button", class: "replay-chapter", on: { click: () => jump(one.position) } },
      h("span", { class: "replay-chapter-time" }, duration(one.position)),
      h("span", {}, one.title),
    ),
  );
  const node = buttons.length
    ? h("ol", { class: "replay-chapters" }, buttons.map((one) => h("li", {}, one)))
    : h("p", { class: "hint" }, gettext("录像期间没有议程记录。"));
  return {
    node,
    connect(work) {
      jump = work;
    },
    update(now) {
      timeline.chapters.forEach((one, number) => {
        setAttribute(buttons[number], "aria-current", one === now ? "true" : null);
      });
    },
  };
}

// --- what is below the picture ---

function makeControls(timeline) {
  const play = h("button", { type: "button", class: "button button--primary replay-play" }, gettext("播放"));
  const back = h("button", { type: "button", class: "button", "aria-label": gettext("后退 10 秒") }, "−10");
  const on = h("button", { type: "button", class: "button", "aria-label": gettext("前进 10 秒") }, "+10");
  const slider = h("input", {
    type: "range",
    class: "replay-slider",
    min: 0,
    max: Math.max(1, Math.round(timeline.total / 1000)),
    step: 1,
    value: 0,
    "aria-label": gettext("回看位置"),
  });
  const time = h("span", { class: "replay-time" });
  const when = h("span", { class: "replay-when hint" });
  const speed = h(
    "select",
    { "aria-label": gettext("播放速度") },
    RATES.map((rate) => h("option", { value: rate }, `${rate}×`)),
  );
  const mute = h("button", { type: "button", class: "button", "aria-pressed": false }, gettext("静音"));
  const captions = h("button", { type: "button", class: "button", "aria-pressed": true }, gettext("字幕"));
  const full = h("button", { type: "button", class: "button" }, gettext("全屏"));
  const node = h(
    "div",
    { class: "replay-controls", role: "group", "aria-label": gettext("回看控制") },
    slider,
    h("div", { class: "replay-row" }, play, back, on, time, speed, mute, captions, full),
    when,
  );
  let dragging = false;

  return {
    node,
    connect(act) {
      play.addEventListener("click", act.toggle);
      back.addEventListener("click", () => act.move(-STEP_MS));
      on.addEventListener("click", () => act.move(STEP_MS));
      slider.addEventListener("input", () => {
        dragging = true;
        act.to(Number(slider.value) * 1000);
        dragging = false;
      });
      speed.addEventListener("change", () => act.rate(Number(speed.value)));
      mute.addEventListener("click", () => {
        const off = mute.getAttribute("aria-pressed") !== "true";
        act.mute(off);
        setAttribute(mute, "aria-pressed", String(off));
      });
      captions.addEventListener("click", () => setAttribute(captions, "aria-pressed", String(act.captions())));
      full.addEventListener("click", act.full);
      node.addEventListener("replay:mute", () => mute.click());
      node.addEventListener("replay:captions", () => captions.click());
    },
    update(clock, position, chapter) {
      setText(play, clock.playing ? gettext("暂停") : clock.over ? gettext("重新播放") : gettext("播放"));
      const seconds = Math.round(position / 1000);
      if (!dragging && Number(slider.value) !== seconds) slider.value = seconds;
      const text = `${duration(position)} / ${duration(timeline.total)}`;
      setText(time, text);
      setAttribute(slider, "aria-valuetext", chapter ? `${text}，${chapter.title}` : text);
      if (Number(speed.value) !== clock.rate) speed.value = clock.rate;
      setText(when, say(gettext("会议时间 %(at)s"), { at: moment(clock.at) }));
    },
  };
}

function moment(at) {
  return new Date(at).toLocaleString(document.documentElement.lang, { hour12: false });
}

// --- the keyboard ---

function listen(act) {
  const keys = {
    " ": act.toggle,
    k: act.toggle,
    ArrowLeft: () => act.move(-STEP_MS),
    ArrowRight: () => act.move(STEP_MS),
    j: () => act.move(-STEP_MS),
    l: () => act.move(STEP_MS),
    n: () => act.chapter(1),
    p: () => act.chapter(-1),
    "<": () => act.faster(-1),
    ">": () => act.faster(1),
    m: () => root.querySelector(".replay-controls").dispatchEvent(new Event("replay:mute")),
    c: () => root.querySelector(".replay-controls").dispatchEvent(new Event("replay:captions")),
    f: act.full,
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    // A control that has the focus keeps its own keys.
    const own = event.target.closest("input, select, textarea, summary, a");
    const press = event.key === " " && event.target.closest("button");
    const work = keys[event.key];
    if (own || press || !work) return;
    event.preventDefault();
    work();
  });
}
