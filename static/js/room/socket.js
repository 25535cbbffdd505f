// The line to the meeting: snapshot, events, commands; it heals itself and says how it is.
//
// What was sent is kept until it is answered, and sent again after a break under the same id,
// which the server carries out once. Ballots also go by POST when no socket can be had.

import { BALLOT_COMMANDS } from "./ballots/book.js";
import { heard } from "./clock.js";

export const CONNECTING = "connecting";
export const CONNECTED = "connected";
export const RECONNECTING = "reconnecting";
export const CLOSED = "closed";

const PING_MS = 15000;
const PONG_MS = 6000;
const ANSWER_MS = 3000; // without an answer for so long, ask whether the line still lives
const BLINK_MS = 2000; // a break so short is nobody's business
const OPEN_MS = 15000;
// Each wait is anything up to these: a server that restarts must not meet everybody at once.
const RETRY_MS = [1000, 2000, 4000, 8000, 15000];
const POST_AFTER_MS = 5000;
const POST_EVERY_MS = 5000;
const STUCK_AFTER = 3; // answers that are none: a proxy's page, a page that asks to sign in
const STUCK_EVERY_MS = 20000;
const CLOSE_GONE = 4404;

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
 * `listeners`: onSnapshot(state), onEvent(event), onStatus(status), onStuck() when a ballot gets
 * no proper answer by POST either, onLateReply(command, reply, error) for a command that an earlier load
 * of this page had sent.
 */
export class Line {
  constructor(slug, listeners) {
    this.slug = slug;
    this.listeners = listeners;
    this.status = CONNECTING;
    this.seq = null;
    this.pending = new Map();
    this.failures = 0;
    this.socket = null;
    this.live = false;
    this.frameAt = 0;
    this.brokenAt = performance.now();
    this.timers = {};
    this._takeUpKept();
    window.addEventListener("online", () => this._tryNow());
    window.addEventListener("offline", () => this._probe());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this._tryNow();
    });
    setInterval(() => this._postBallots(), 1000);
    this._open();
  }

  /** Send a command; the promise gives the reply's data or rejects with a `Refusal`. */
  command(type, data = {}) {
    if (this.status === CLOSED) {
      return Promise.reject(new Refusal("not_allowed", gettext("您已不再参加本次会议。")));
    }
    const command = { id: crypto.randomUUID?.() ?? randomId(), type, data };
    return new Promise((resolve, reject) => {
      this.pending.set(command.id, {
        command,
        resolve,
        reject,
        since: performance.now(),
        posted: -Infinity,
        tries: 0,
        strange: 0,
      });
      this._keep();
      this._send(command);
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

  // --- opening and losing the socket ---

  _open() {
    clearTimeout(this.timers.retry);
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const after = this.seq === null ? "" : `?after=${this.seq}`;
    const socket = new WebSocket(
      `${scheme}://${location.host}/ws/meetings/${this.slug}/${after}`,
    );
    this.socket = socket;
    socket.onopen = () => this._write({ type: "ping" }, socket);
    socket.onmessage = (message) => this._take(JSON.parse(message.data), socket);
    socket.onclose = (event) => this._lost(socket, event.code);
    this.timers.open = setTimeout(() => this._lost(socket), OPEN_MS);
  }

  // The first frame proves that we were let in; an open socket alone does not.
  _proven() {
    this.live = true;
    this.failures = 0;
    clearTimeout(this.timers.open);
    clearTimeout(this.timers.blink);
    clearInterval(this.timers.ping);
    this.timers.blink = null;
    this.timers.ping = setInterval(() => this._probe(), PING_MS);
    this._say(CONNECTED);
    for (const one of this.pending.values()) this._send(one.command);
  }

  _lost(socket, code) {
    if (socket !== this.socket) return;
    // A socket that hangs would keep us waiting for its closing handshake: leave it behind.
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    this.socket = null;
    if (this.live) this.brokenAt = performance.now();
    this.live = false;
    for (const name of ["open", "pong", "answer"]) clearTimeout(this.timers[name]);
    this.timers.pong = this.timers.answer = null;
    clearInterval(this.timers.ping);
    if (code === CLOSE_GONE) {
      this._gone();
      return;
    }
    this.timers.blink ??= setTimeout(() => this._say(RECONNECTING), BLINK_MS);
    const longest = RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)];
    this.failures += 1;
    this.timers.retry = setTimeout(() => this._open(), longest * Math.random());
  }

  _gone() {
    clearTimeout(this.timers.blink);
    this._say(CLOSED);
    const refusal = new Refusal("not_allowed", gettext("您已不再参加本次会议。"));
    for (const id of [...this.pending.keys()]) this._settle(id, refusal);
  }

  _tryNow() {
    if (this.status === CLOSED) return;
    if (this.live) {
      this._probe();
    } else if (this.socket === null) {
      this.failures = 0;
      this._open();
    }
  }

  // Ask for a sign of life; without one the line is dead, whatever the socket says.
  _probe() {
    if (!this.live || this.timers.pong) return;
    const socket = this.socket;
    this._write({ type: "ping" }, socket);
    this.timers.pong = setTimeout(() => this._lost(socket), PONG_MS);
  }

  _say(status) {
    if (status === this.status) return;
    this.status = status;
    this.listeners.onStatus(status);
  }

  // --- frames ---

  _take(frame, socket) {
    if (socket !== this.socket) return;
    this.frameAt = performance.now();
    clearTimeout(this.timers.pong);
    this.timers.pong = null;
    if (frame.type === "snapshot") {
      this.seq = frame.seq;
      this.listeners.onSnapshot(frame.data);
    } else if (frame.type === "pong") {
      // All up to this number was sent to us, what we may not see left out.
      this.seq = Math.max(this.seq ?? 0, frame.seq);
    } else if (frame.type === "reply") {
      this._answered(frame);
    } else if (Number.isInteger(frame.seq)) {
      heard(frame.at);
      if (this.seq === null || frame.seq > this.seq) {
        this.seq = frame.seq;
        this.listeners.onEvent(frame);
      }
    }
    if (!this.live && socket === this.socket && frame.type !== "reply") this._proven();
  }

  _answered(frame) {
    const one = this.pending.get(frame.id);
    if (!one) return;
    if (frame.ok) {
      this._settle(frame.id, null, frame.data);
    } else if (frame.error.code === "too_many_requests" && one.tries < 4) {
      one.tries += 1;
      setTimeout(() => this._send(one.command), 1000 * one.tries);
    } else {
      this._settle(frame.id, new Refusal(frame.error.code, frame.error.message));
    }
  }

  _settle(id, refusal, data) {
    const one = this.pending.get(id);
    if (!one) return;
    this.pending.delete(id);
    this._keep();
    if (refusal) one.reject(refusal);
    else one.resolve(data ?? {});
  }

  _send(command) {
    if (!this.live || !this.pending.has(command.id)) return;
    this._write(command, this.socket);
    this.timers.answer ??= setTimeout(() => {
      this.timers.answer = null;
      if (this.pending.size) this._probe();
    }, ANSWER_MS);
  }

  _write(frame, socket) {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
  }

  // --- ballots outlive the socket and the page ---

  _postBallots() {
    const now = performance.now();
    const silent = !this.live || now - this.frameAt > POST_AFTER_MS;
    if (!silent || this.status === CLOSED) return;
    for (const one of this.pending.values()) {
      const due = now - Math.max(one.since, this.live ? this.frameAt : this.brokenAt);
      if (!BALLOT_COMMANDS.includes(one.command.type) || due < POST_AFTER_MS) continue;
      const pause = one.strange >= STUCK_AFTER ? STUCK_EVERY_MS : POST_EVERY_MS;
      if (now - one.posted < pause) continue;
      one.posted = now;
      this._post(one.command);
    }
  }

  async _post(command) {
    let answer;
    try {
      answer = await fetch(`/meetings/${this.slug}/ballots/`, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": cookie("csrftoken") },
        body: JSON.stringify(command),
        signal: AbortSignal.timeout(15000),
      });
    } catch {
      return; // No network this way either: it stays kept, and is tried again.
    }
    const reply = await answer.json().catch(() => null);
    if (reply?.ok === true) {
      this._settle(command.id, null, reply.data);
    } else if (reply?.ok === false && reply.error?.message) {
      this._settle(command.id, new Refusal(reply.error.code, reply.error.message));
    } else {
      this._answeredStrangely(command);
    }
  }

  // A page of a proxy, or one that asks to sign in: the person has to know, for waiting may not
  // help.
  _answeredStrangely(command) {
    const one = this.pending.get(command.id);
    if (!one) return;
    one.strange += 1;
    if (one.strange === STUCK_AFTER) this.listeners.onStuck?.();
  }

  get _shelf() {
    return `room:${this.slug}:sent`;
  }

  _keep() {
    const ballots = BALLOT_COMMANDS.flatMap((type) => this.waiting(type));
    try {
      if (ballots.length) sessionStorage.setItem(this._shelf, JSON.stringify(ballots));
      else sessionStorage.removeItem(this._shelf);
    } catch {
      // A browser that keeps nothing still votes; only a reload would forget.
    }
  }

  _takeUpKept() {
    let ballots = [];
    try {
      ballots = JSON.parse(sessionStorage.getItem(this._shelf) ?? "[]");
    } catch {
      return;
    }
    for (const command of ballots) {
      const told = (reply, error) => this.listeners.onLateReply(command, reply, error);
      this.pending.set(command.id, {
        command,
        resolve: (reply) => told(reply, null),
        reject: (error) => told(null, error),
        since: performance.now(),
        posted: -Infinity,
        tries: 0,
        strange: 0,
      });
    }
  }
}

// crypto.randomUUID is missing where a page came without TLS from another machine.
function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function cookie(name) {
  const found = document.cookie.split("; ").find((one) => one.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}
