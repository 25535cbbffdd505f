// One way up as the publisher sees it: camera or screen, its state, and for how long.

import { h, sentences, setText } from "../room/dom.js";
import { lasting } from "./publisher_words.js";
import { Uplink, remembered } from "./uplink.js";

const SECOND_MS = 1000;
const LOCK_MS = 1500; // a page that is being reloaded lets go of its lock within that

/** What the states are called where they are shown. */
const NAMES = {
  off: () => gettext("未直播"),
  connecting: () => gettext("正在连接"),
  live: () => gettext("直播中"),
  reconnecting: () => gettext("正在恢复"),
  stopping: () => gettext("正在停止"),
};

/**
 * Sends one source ("camera" or "screen") of a meeting. `root` shows the state: not live,
 * connecting, live, reconnecting, with how long. `onChange(lane)` is called when it changes;
 * `message` says why it ended.
 */
export class Lane {
  constructor({ meeting, source, onChange }) {
    Object.assign(this, { meeting, source, onChange });
    this.told = { state: "off", recording: false, slow: false, since: 0 };
    this.message = "";
    this.lamp = h("span", { class: "publisher-lamp" });
    this.clock = h("span", { class: "publisher-clock" });
    this.mark = h("span", { class: "publisher-rec" }, gettext("录像中"));
    this.root = h("p", { class: "publisher-state" }, this.lamp, this.clock, this.mark);
    this.timer = setInterval(() => this.showClock(), SECOND_MS);
    this.show();
  }

  get state() {
    return this.told.state;
  }

  /** Whether something is being sent, or will be again. */
  get busy() {
    return this.state !== "off";
  }

  /** What an earlier load of this page was sending, if the page is to go on with it. */
  get before() {
    return remembered(this.meeting, this.source);
  }

  /** Send a stream; with `resume` (of `before`), go on with the broadcast of before. */
  async go(stream, { resume = null } = {}) {
    if (this.busy) return;
    this.message = "";
    this.set({ state: "connecting", recording: false, slow: false, since: Date.now() });
    // A duplicated tab has the same memory: only the one that holds the lock goes on.
    this.release = await lock(`live:${this.meeting}:${this.source}`);
    const { meeting, source } = this;
    this.uplink = new Uplink({
      meeting,
      stream,
      source,
      resume: this.release ? resume : null,
      onState: (told) => this.heard(told),
    });
  }

  replace(stream) {
    this.uplink?.replace(stream);
  }

  stop() {
    return this.uplink?.stop();
  }

  heard(told) {
    if (told.state !== "ended") {
      this.set(told);
      return;
    }
    this.uplink = null;
    this.release?.();
    this.message = told.message;
    this.set({ state: "off", recording: false, slow: false, since: 0 });
  }

  set(told) {
    this.told = told;
    this.show();
    this.onChange(this);
  }

  show() {
    const { state, recording } = this.told;
    this.root.dataset.state = state;
    setText(this.lamp, NAMES[state]());
    this.mark.hidden = !recording;
    this.showClock();
  }

  showClock() {
    const { state, since } = this.told;
    this.clock.hidden = state === "off" || state === "stopping";
    if (!this.clock.hidden) setText(this.clock, lasting(since));
  }

  close() {
    clearInterval(this.timer);
    return this.stop();
  }
}

/** Take a lock of this browser's; gives what releases it, or null where another tab has it. */
function lock(name) {
  if (!navigator.locks) return Promise.resolve(() => {});
  return new Promise((resolve) => {
    const held = () => new Promise((release) => resolve(release));
    const { signal } = timeout(LOCK_MS);
    navigator.locks.request(name, { signal }, held).catch(() => resolve(null));
  });
}

function timeout(ms) {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), ms);
  return controller;
}

/** What a person should know of a lane beside its state, as sentences. */
export function laneWords({ told: { state, recording, slow } }) {
  switch (state) {
    case "connecting":
      return gettext("正在连接服务器……");
    case "reconnecting":
      return gettext("网络中断，正在自动恢复直播……");
    case "live":
      return sentences(
        recording ? gettext("正在直播，并在服务器上录像。") : gettext("正在直播，目前没有录像。"),
        slow ? gettext("网络较慢，已降低清晰度；网络好转后自动恢复。") : "",
      );
    default:
      return "";
  }
}
