// The line to the meeting: snapshot, events, commands; it heals itself and says how it is.
//
// What was sent is kept until it is answered, and sent again after a break under the same id,
// which the server carries out once. A network that allows no socket is served by plain HTTP
// (`line_ways.js`); ballots go by POST whenever the socket is silent.

import { BALLOT_COMMANDS } from "./ballots/book.js";
import { heard } from "./clock.js";
import { makeKept } from "./line_kept.js";
import { longestPause } from "./line_pause.js";
import { CLOSE_GONE, isPrompt, post } from "./line_post.js";
import { SOCKET, Ways } from "./line_ways.js";

export const CONNECTING = "connecting";
export const CONNECTED = "connected";
export const RECONNECTING = "reconnecting";
export const CLOSED = "closed";

const BLINK_MS = 2000; // a break so short is nobody's business
const TICK_MS = 1000;
const ASLEEP_MS = 15000; // a tick so late: the machine slept
const POST_AFTER_MS = 5000;
const POST_EVERY_MS = 5000;
const POST_AGAIN_MS = 3000; // where posting is the way
const STUCK_AFTER = 3; // answers that are none: a proxy's page, a page that asks to sign in
const STUCK_EVERY_MS = 20000;
const NOT_NOW = ["too_many_requests", "unavailable"];
// A ballot waits a minute and more for a server that cannot save; an act of the chair, that may no
// longer be meant by then, for ten seconds.
const triesOf = (command) => (BALLOT_COMMANDS.includes(command.type) ? 12 : 4);
const UNPROVING = ["reply", "wait"]; // frames that come before, or without, being let in

/** A refusal by the server; `code` is one of the protocol's. */
export class Refusal extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/**
 * Connect to a meeting and stay connected.
 *
 * `listeners`: onSnapshot(state), onEvent(event), onStatus(status, way, barred), `barred` when the
 * network lets no socket through, onStuck() when a command gets no proper answer by POST either,
 * onLateReply(command, reply, error) for a command that an earlier load of this page had sent, and
 * online(), how many people have the room open.
 */
export class Line {
  constructor(slug, listeners) {
    this.slug = slug;
    this.listeners = listeners;
    this.status = CONNECTING;
    this.said = "";
    this.seq = null;
    this.pending = new Map();
    this.ways = new Ways();
    this.link = null; // the proven one
    this.tried = new Set(); // those of which we do not know yet
    this.failures = 0;
    this.pace = 0; // people a second whom the server takes back after a break
    this.frameAt = 0;
    this.brokenAt = performance.now();
    this.tickAt = Date.now();
    this.timers = {};
    this.kept = makeKept(slug);
    this._takeUpKept();
    window.addEventListener("online", () => {
      this._tryNow();
      // Another network, perhaps one that allows a socket.
      if (this.link && this.link.kind !== SOCKET) this._open(SOCKET);
    });
    window.addEventListener("offline", () => this.link?.probe());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this._tryNow();
    });
    setInterval(() => this._tick(), TICK_MS);
    this._open();
  }

  /** Whether the meeting can be reached now. */
  get live() {
    return this.link !== null;
  }

  /** Send a command; the promise gives the reply's data or rejects with a `Refusal`. */
  command(type, data = {}) {
    if (this.status === CLOSED) {
      return Promise.reject(new Refusal("not_allowed", gettext("您已不再参加本次会议。")));
    }
    const command = { id: crypto.randomUUID?.() ?? randomId(), type, data };
    return new Promise((resolve, reject) => {
      const one = this._await(command, resolve, reject);
      this._keep();
      this._send(one);
    });
  }

  /** Commands of a type that wait for their answer. */
  waiting(type) {
    return [...this.pending.values()]
      .map((one) => one.command)
      .filter((command) => command.type === type);
  }

  /** Whether a command was answered again and again by something that is not the meeting. */
  isStuck(id) {
    return (this.pending.get(id)?.strange ?? 0) >= STUCK_AFTER;
  }

  // --- opening and losing links ---

  _open(kind = this.ways.next) {
    clearTimeout(this.timers.retry);
    if ([...this.tried].some((one) => one.kind === kind)) return;
    const link = this.ways.open(kind, this.slug, () => this.seq, {
      frame: (one, frame) => this._take(one, frame),
      lost: (one, code) => this._lost(one, code),
      slow: (one) => this._slow(one),
      unanswered: (one) => this.pending.size && one === this.link && one.probe(),
    });
    this.tried.add(link);
  }

  _proven(link) {
    const others = [this.link, ...this.tried].filter((one) => one && one !== link);
    this.tried.clear();
    this.link = link;
    for (const one of others) one.close();
    this.failures = 0;
    for (const name of ["retry", "blink", "trial"]) clearTimeout(this.timers[name]);
    this.timers.blink = null;
    this.ways.worked(link.kind);
    if (link.kind !== SOCKET) this._tryTheSocketLater();
    this._say(CONNECTED);
    for (const one of this.pending.values()) this._send(one);
  }

  _lost(link, code) {
    const live = link === this.link;
    if (!live && !this.tried.delete(link)) return;
    if (live) {
      this.link = null;
      this.brokenAt = performance.now();
      clearTimeout(this.timers.trial);
    }
    if (code === CLOSE_GONE) {
      this._gone();
      return;
    }
    if (this.link) {
      if (link.kind === SOCKET) {
        this.ways.trialFailed(this.link.kind);
        this._say(CONNECTED);
      }
      this._tryTheSocketLater();
      return;
    }
    this.timers.blink ??= setTimeout(() => this._say(RECONNECTING), BLINK_MS);
    const atOnce = this.ways.failed(link.kind, code, live);
    if (this.tried.size) return;
    if (atOnce) {
      this._open();
      return;
    }
    const online = this.listeners.online?.();
    const longest = longestPause(this.failures, code, online, this.pace);
    this.failures += 1;
    this.timers.retry = setTimeout(() => this._open(), longest * Math.random());
  }

  // The handshake hangs though the server has time: something on the way swallows it.
  async _slow(link) {
    if (this.link || !(await isPrompt())) return;
    if (!this.link && this.tried.has(link)) this._open(this.ways.byHttp);
  }

  _tryTheSocketLater() {
    clearTimeout(this.timers.trial);
    this.timers.trial = setTimeout(() => this._open(SOCKET), this.ways.trialPause());
  }

  _gone() {
    for (const timer of Object.values(this.timers)) clearTimeout(timer);
    for (const one of [this.link, ...this.tried]) one?.close();
    this.link = null;
    this.tried.clear();
    this._say(CLOSED);
    const refusal = new Refusal("not_allowed", gettext("您已不再参加本次会议。"));
    for (const id of [...this.pending.keys()]) this._settle(id, refusal);
  }

  _tryNow() {
    if (this.status === CLOSED) return;
    if (this.link) {
      this.link.probe();
    } else if (!this.tried.size) {
      this.failures = 0;
      this._open();
    }
  }

  _tick() {
    const slept = Date.now() - this.tickAt > ASLEEP_MS;
    this.tickAt = Date.now();
    if (slept) this._tryNow();
    this._postWaiting();
  }

  _say(status) {
    const way = this.link?.kind ?? null;
    const { barred } = this.ways;
    const said = `${status} ${way} ${barred}`;
    if (said === this.said) return;
    this.said = said;
    this.status = status;
    this.listeners.onStatus(status, way, barred);
  }

  // --- frames ---

  _take(link, frame) {
    if (link !== this.link && !this.tried.has(link)) return;
    this.frameAt = performance.now();
    if (frame.at) heard(frame.at);
    if (frame.type === "snapshot") {
      this.seq = frame.seq;
      this.pace = frame.pace;
      this.listeners.onSnapshot(frame.data);
    } else if (frame.type === "pong") {
      // All up to this number was sent to us, what we may not see left out.
      this.seq = Math.max(this.seq ?? 0, frame.seq);
      if (frame.build) this.listeners.onBuild?.(frame.build);
    } else if (frame.type === "reply") {
      this._answered(frame);
    } else if (Number.isInteger(frame.seq)) {
      if (this.seq === null || frame.seq > this.seq) {
        this.seq = frame.seq;
        this.listeners.onEvent(frame);
      }
    }
    if (this.tried.has(link) && !UNPROVING.includes(frame.type)) this._proven(link);
  }

  _answered(frame) {
    const one = this.pending.get(frame.id);
    if (!one) return;
    if (frame.ok) {
      this._settle(frame.id, null, frame.data);
    } else if (NOT_NOW.includes(frame.error.code) && one.tries < triesOf(one.command)) {
      one.tries += 1;
      setTimeout(() => this._send(one), 1000 * Math.min(one.tries, 10));
    } else {
      this._settle(frame.id, new Refusal(frame.error.code, frame.error.message));
    }
  }

  // --- commands ---

  _await(command, resolve, reject) {
    const since = performance.now();
    const one = { command, resolve, reject, since, posted: -Infinity, tries: 0, strange: 0 };
    this.pending.set(command.id, one);
    return one;
  }

  _settle(id, refusal, data) {
    const one = this.pending.get(id);
    if (!one) return;
    this.pending.delete(id);
    this._keep();
    if (refusal) one.reject(refusal);
    else one.resolve(data ?? {});
  }

  _send(one) {
    if (!this.link || !this.pending.has(one.command.id)) return;
    if (this.link.send) this.link.send(one.command);
    else this._post(one);
  }

  _postWaiting() {
    if (this.status === CLOSED) return;
    const now = performance.now();
    for (const one of this.pending.values()) {
      if (this._isToBePosted(one, now)) this._post(one);
    }
  }

  _isToBePosted(one, now) {
    const posting = Boolean(this.link) && !this.link.send;
    let pause = posting ? POST_AGAIN_MS * Math.max(1, one.tries) : POST_EVERY_MS;
    if (one.strange >= STUCK_AFTER) pause = STUCK_EVERY_MS;
    if (now - one.posted < pause) return false;
    if (posting) return true;
    // A socket that is silent, or none: ballots do not wait for it.
    const heardAt = this.link ? this.frameAt : this.brokenAt;
    const due = now - Math.max(one.since, heardAt) >= POST_AFTER_MS;
    return due && BALLOT_COMMANDS.includes(one.command.type);
  }

  async _post(one) {
    if (one.posting) return;
    one.posting = true;
    one.posted = performance.now();
    try {
      const reply = await post(this.slug, one.command);
      if (reply) this._answered(reply);
      else this._answeredStrangely(one);
    } catch {
      // No network this way either: it stays, and is tried again.
    } finally {
      one.posting = false;
    }
  }

  // A page of a proxy, or one that asks to sign in: the person has to know, for waiting may not
  // help.
  _answeredStrangely(one) {
    if (!this.pending.has(one.command.id)) return;
    one.strange += 1;
    if (one.strange === STUCK_AFTER) this.listeners.onStuck?.();
  }

  // --- ballots outlive the page ---

  _keep() {
    this.kept.write(BALLOT_COMMANDS.flatMap((type) => this.waiting(type)));
  }

  _takeUpKept() {
    for (const command of this.kept.read()) {
      const told = (reply, error) => this.listeners.onLateReply(command, reply, error);
      this._await(
        command,
        (reply) => told(reply, null),
        (error) => told(null, error),
      );
    }
  }
}

// crypto.randomUUID is missing where a page came without TLS from another machine.
function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
