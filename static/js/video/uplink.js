// The publisher's way up: one socket, one broadcast. After a break it goes on by itself, and after
// a reload of the page with the id that the page kept.
//
// `ready.engine` chooses the class: this one sends slices of a recorder over the socket; "janus"
// is the `WebRtcUplink` of webrtc.js, made with the same options. That one may inherit from this one,
// which keeps the socket, the breaks and the resuming, and override `engine`, `choose`, `begin`,
// `finish`, `drop` and `signal`.

import { every } from "./uplink_clock.js";
import { Rate } from "./uplink_rate.js";
import { Run, SLICE_MS, fit, recordable } from "./uplink_recorder.js";

const TICK_MS = 500;
const ALIVE_MS = 1000;
const SILENT_MS = 6000;
const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 4000;
const STOP_MS = 3000;
const UNDERWAY_MS = 700; // the server says about every half second how much it took
const DUMB_MS = 4000; // a recorder that gives nothing for so long gives nothing at all
const GOES_ON = 120; // seconds for which a reloaded page offers to go on by itself

/** What a page of before in this tab was sending: {id, since, at}, or null. */
export function remembered(meeting, source) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(shelf(meeting, source)));
    return kept && Date.now() - kept.at < GOES_ON * 1000 ? kept : null;
  } catch {
    return null;
  }
}

/** Keep what is being sent for the next load of this page, or forget it (null). */
export function remember(meeting, source, kept) {
  try {
    if (kept) sessionStorage.setItem(shelf(meeting, source), JSON.stringify(kept));
    else sessionStorage.removeItem(shelf(meeting, source));
  } catch {
    // A browser that keeps nothing starts anew after a reload.
  }
}

function shelf(meeting, source) {
  return `live:${meeting}:${source}`;
}

/**
 * Sends a stream into a meeting (its slug). `onState` is told {state: "connecting" | "live" |
 * "reconnecting" | "stopping" | "ended", message, recording, slow, since}: `since` is when the
 * broadcast began, or when the line broke (ms since 1970). `resume` is what `remembered` gave.
 */
export class Uplink {
  constructor({ meeting, stream, source, onState, resume = null }) {
    this.url = `/ws/meetings/${encodeURIComponent(meeting)}/video/publish/`;
    Object.assign(this, { meeting, stream, source, onState, resume });
    this.id = resume?.id ?? null;
    this.since = resume?.since ?? Date.now();
    this.rate = new Rate(source);
    this.tries = 0;
    this.ended = false;
    this.failed = new Set(); // types that this browser's recorder broke on
    this.over = new Promise((done) => (this.isOver = done));
    this.stopTicks = every(TICK_MS, () => this.tick());
    this.onOnline = () => this.retryAt && this.connect();
    window.addEventListener("online", this.onOnline);
    this.tell(this.id === null ? "connecting" : "reconnecting");
    this.connect();
  }

  /** The engine that this class speaks to. */
  get engine() {
    return "embedded";
  }

  // --- what another engine does differently ---

  /** The type to announce for a stream, out of the server's; null for none. */
  choose(stream) {
    const all = recordable(stream, this.mimes);
    // Once each of them gave up, the device may be to blame, not the type: once more from the top.
    if (!this.secondRound && all.every((mime) => this.failed.has(mime))) {
      this.secondRound = true;
      this.failed.clear();
    }
    return all.find((mime) => !this.failed.has(mime)) ?? null;
  }

  /** Send the stream: a part began. */
  begin() {
    const { socket, mime, stream } = this;
    if (this.source === "camera") fit(stream, this.rate.bits);
    const onBroken = () => socket === this.socket && this.broke(mime);
    const onSlice = (slice) => socket === this.socket && this.send(slice);
    try {
      this.run = new Run(stream, { mime, bits: this.rate.bits, onSlice, onBroken });
      Object.assign(this.run, { beganAt: Date.now(), sentBefore: this.sent });
    } catch {
      onBroken();
    }
  }

  /** Send no more of this part; resolves when its last slice is on its way. */
  async finish() {
    const { run } = this;
    await run?.finish();
    if (run === this.run) this.run = null;
  }

  /** Send no more, at once. */
  drop() {
    this.run?.drop();
    this.run = null;
  }

  /** A frame that only the engine understands. */
  signal() {}

  // --- the owner's ---

  /** Send another stream from now on, without ending the broadcast. */
  replace(stream) {
    this.stream = stream;
    if (this.other) this.other.replace(stream);
    else this.newPart();
  }

  /** Stop for good: the last slice goes up first. Resolves when the server knows. */
  async stop() {
    if (this.other) return this.other.stop();
    if (this.ended || this.stopping) return this.over;
    this.stopping = true;
    remember(this.meeting, this.source, null);
    const { socket } = this;
    if (socket?.readyState !== WebSocket.OPEN) {
      this.end("");
      return this.over;
    }
    this.tell("stopping");
    this.stopBy = Date.now() + STOP_MS;
    await this.finish();
    if (socket === this.socket) this.say({ type: "stop" });
    return this.over;
  }

  // --- the socket ---

  connect() {
    this.retryAt = null;
    const socket = new WebSocket(location.origin.replace(/^http/, "ws") + this.url);
    Object.assign(this, { socket, heardAt: Date.now(), aliveAt: 0, sent: 0, taken: 0 });
    this.parting = false;
    socket.onmessage = ({ data }) => socket === this.socket && this.take(JSON.parse(data));
    socket.onclose = ({ code }) => socket === this.socket && this.lost(code);
  }

  say(frame) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  send(slice) {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    for (let from = 0; from < slice.size; from += this.maxChunk) {
      this.socket.send(slice.slice(from, from + this.maxChunk));
      this.sent += 1;
    }
  }

  take(frame) {
    this.heardAt = Date.now();
    if (frame.type === "ready") this.ready(frame);
    else if (frame.type === "started") this.started(frame);
    else if (frame.type === "restart") this.newPart();
    else if (frame.type === "ack") this.acknowledged(frame);
    else if (frame.type === "error" && frame.error) this.refused(frame.error);
    else if (frame.type === "stopped") this.end(whyStopped(frame.reason));
    else this.signal(frame);
  }

  ready({ engine, mimes, max_chunk: maxChunk }) {
    if ((engine ?? "embedded") !== this.engine) {
      this.handOver();
      return;
    }
    Object.assign(this, { mimes, maxChunk });
    this.announce({ type: "start", source: this.source, resume: this.id });
  }

  /** Leave the work to the class of another engine. */
  async handOver() {
    const { socket } = this;
    this.leave();
    socket.close();
    const { meeting, source, resume, onState } = this;
    try {
      const { webRtcUplink } = await import("./webrtc.js");
      if (this.stopping) return this.end("");
      const WebRtcUplink = webRtcUplink(Uplink);
      this.other = new WebRtcUplink({ meeting, stream: this.stream, source, resume, onState });
      this.other.over?.then(this.isOver);
    } catch {
      this.end(gettext("直播所需的程序没有载入，请刷新页面后再试。"));
    }
  }

  announce(frame) {
    const { stream } = this;
    this.mime = this.choose(stream);
    if (this.mime === null) {
      this.end(gettext("您的浏览器不能生成直播所需的视频格式，请改用新版 Chrome 或 Edge。"));
      return;
    }
    this.announced = stream;
    this.parting = true;
    this.say({ ...frame, mime: this.mime, video: stream.getVideoTracks().length > 0 });
  }

  started(frame) {
    this.parting = false;
    this.tries = 0;
    this.recording = frame.recording;
    if (this.id !== frame.stream) this.since = Date.now(); // the former one was over
    this.id = frame.stream;
    if (this.stopping) return;
    this.keep();
    this.begin();
    // Another device was chosen, or the line turned out slow, while this part was being agreed on.
    if (this.stream !== this.announced || this.again) this.newPart();
  }

  keep() {
    const { id, since } = this;
    remember(this.meeting, this.source, { id, since, at: Date.now() });
  }

  /** End this part and begin the next: another device, another rate, or the server asks. */
  async newPart() {
    if (this.ended || this.stopping) return;
    this.again = this.parting;
    if (this.parting || !this.socket || this.id === null) return;
    this.parting = true;
    const { socket } = this;
    await this.finish();
    if (socket === this.socket && !this.stopping) this.announce({ type: "part" });
  }

  /** The recorder gave up: another type may do. */
  broke(mime) {
    this.failed.add(mime);
    this.newPart();
  }

  acknowledged(frame) {
    this.taken = frame.chunks;
    this.recording = frame.recording;
    if (frame.chunks > 0 && !this.stopping) this.tell("live");
  }

  refused({ code, message }) {
    if (code === "unavailable") this.restart();
    else this.end(message);
  }

  lost(code) {
    this.socket = null;
    this.drop();
    if (this.ended) return;
    if (this.stopping) {
      this.end("");
    } else if (code === 4403 || code === 4404) {
      this.end(gettext("您现在不能在本次会议中直播。"));
    } else {
      if (this.state !== "reconnecting") this.brokeAt = Date.now();
      this.tell(this.id === null ? "connecting" : "reconnecting");
      const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.tries++);
      this.retryAt = Date.now() + longest * (0.5 + Math.random() / 2);
    }
  }

  restart() {
    const { socket } = this;
    if (!socket) return;
    this.socket = null;
    socket.close();
    this.lost(0);
  }

  tick() {
    const now = Date.now();
    if (this.stopBy && now > this.stopBy) this.end("");
    else if (this.retryAt && now >= this.retryAt) this.connect();
    if (!this.socket) return;
    if (now - this.heardAt > SILENT_MS) {
      this.restart();
    } else if (this.id !== null && now - this.aliveAt >= ALIVE_MS) {
      this.aliveAt = now;
      this.say({ type: "alive" });
      if (!this.stopping) this.keep();
    }
    if (this.run) this.judge(this.rate.look(this.waitingMs()));
    if (this.run && this.isDumb(now)) this.broke(this.mime);
  }

  isDumb(now) {
    return this.sent === this.run.sentBefore && now - this.run.beganAt > DUMB_MS;
  }

  /** How much media is not there yet, as milliseconds: what waits here or on the way. */
  waitingMs() {
    return Math.max(0, (this.sent - this.taken) * SLICE_MS - UNDERWAY_MS);
  }

  judge(verdict) {
    if (verdict === "stuck") this.restart();
    else if (verdict) this.newPart();
  }

  // --- the end ---

  leave() {
    this.stopTicks();
    window.removeEventListener("online", this.onOnline);
    this.drop();
    this.socket = this.retryAt = null;
  }

  end(message) {
    if (this.ended) return;
    this.ended = true;
    const { socket } = this;
    this.leave();
    remember(this.meeting, this.source, null);
    this.recording = false;
    socket?.close();
    this.tell("ended", message);
    this.isOver();
  }

  tell(state, message = "") {
    if (state === "reconnecting") this.brokeAt ??= Date.now();
    this.state = state;
    const since = state === "reconnecting" ? this.brokeAt : this.since;
    const { slow } = this.rate;
    this.onState({ state, message, recording: Boolean(this.recording), slow, since });
  }
}

function whyStopped(reason) {
  switch (reason) {
    case "revoked":
      return gettext("直播已被停止，或已在您的另一个窗口继续。");
    case "floor":
      return gettext("您的发言已结束，麦克风已关闭。");
    case "closed":
      return gettext("会议已闭会，直播已结束。");
    default:
      return "";
  }
}
