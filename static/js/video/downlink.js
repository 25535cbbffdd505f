// The viewer's socket: media and states come, wishes and confirmations go; it comes back by itself.

const ACK_MS = 500;
const QUIET_MS = 3000;
const DEAD_MS = 4000;
const SLOW_MS = 10_000;
const LATE_MS = 1500;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8000;
const GONE = 4404;

const HEAD_BYTES = 7; // kind, stream (4), rendition, level
const [INIT, KEY] = [0, 1];
const RENDITIONS = ["full", "low", "audio"];

/**
 * handlers: init({stream, rendition, part, mime}, head), media({stream, rendition, key, level},
 * data), end(stream), skipped(stream), levels(levels), state(video), grant(grant),
 * line(connected), delay(ms) that an answer took, gone().
 */
export class Downlink {
  constructor(meeting, handlers) {
    this.url = `/ws/meetings/${encodeURIComponent(meeting)}/video/watch/`;
    this.handlers = handlers;
    this.tries = 0;
    this.closed = false;
    this.wanted = "{}";
    this.timer = setInterval(() => this.tick(), ACK_MS);
    this.online = () => this.again(0);
    window.addEventListener("online", this.online);
    this.connect();
  }

  connect() {
    if (this.closed) return;
    const socket = new WebSocket(location.origin.replace(/^http/, "ws") + this.url);
    socket.binaryType = "arraybuffer";
    Object.assign(this, { socket, heads: new Map(), received: 0, confirmed: 0, told: "{}",
      granted: false, heardAt: Date.now(), pingedAt: 0, measuredAt: 0, lateAt: 0 });
    socket.onmessage = ({ data }) => socket === this.socket && this.take(data);
    socket.onclose = ({ code }) => socket === this.socket && this.lost(code);
  }

  take(data) {
    this.heardAt = Date.now();
    if (typeof data === "string") this.takeText(JSON.parse(data));
    else if (data.byteLength >= HEAD_BYTES) this.takeMedia(data);
  }

  takeMedia(frame) {
    const view = new DataView(frame);
    const stream = view.getUint32(1);
    const told = {
      stream,
      rendition: RENDITIONS[view.getUint8(5)],
      key: view.getUint8(0) === KEY,
      level: view.getUint8(6),
    };
    const data = new Uint8Array(frame, HEAD_BYTES);
    this.received += data.byteLength;
    if (view.getUint8(0) !== INIT) {
      this.handlers.media(told, data);
      return;
    }
    const head = this.heads.get(stream);
    this.heads.delete(stream);
    if (head) this.handlers.init(head, data);
  }

  takeText(frame) {
    const { handlers } = this;
    switch (frame.type) {
      case "grant":
        this.tries = 0;
        this.granted = true;
        handlers.grant(frame.grant);
        handlers.line(true);
        this.ask();
        break;
      case "init":
        this.heads.set(Number(frame.stream), { ...frame, stream: Number(frame.stream) });
        break;
      case "end":
        handlers.end(Number(frame.stream));
        break;
      case "skipped":
        handlers.skipped(Number(frame.stream));
        break;
      case "levels":
        handlers.levels(frame.levels);
        break;
      case "state":
        handlers.state(frame.video);
        break;
      case "pong":
        if (this.measuredAt) handlers.delay(Date.now() - this.measuredAt);
        this.measuredAt = 0;
        break;
    }
  }

  /** Wish for renditions, {id: rendition}; it replaces the former wish. */
  want(streams) {
    this.wanted = JSON.stringify(streams);
    this.ask();
  }

  ask() {
    if (!this.granted || this.socket?.readyState !== WebSocket.OPEN) return;
    if (this.wanted === this.told) return;
    this.told = this.wanted;
    this.socket.send(`{"type": "want", "streams": ${this.wanted}}`);
  }

  /** Measure how long an answer takes now: behind what piles up, longer. */
  measure() {
    if (this.measuredAt || this.socket?.readyState !== WebSocket.OPEN) return;
    this.measuredAt = Date.now();
    this.lateAt = this.measuredAt + LATE_MS;
    this.send({ type: "ping" });
  }

  send(frame) {
    this.socket.send(JSON.stringify(frame));
  }

  lost(code) {
    this.socket = null;
    this.granted = false;
    this.handlers.line(false);
    if (code === GONE) {
      this.close();
      this.handlers.gone();
      return;
    }
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.tries++);
    this.again(longest * (0.5 + Math.random() / 2));
  }

  again(wait) {
    if (this.closed || this.socket) return;
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => !this.socket && this.connect(), wait);
  }

  /** Start over: what is under way on the old socket is not wanted any more. */
  restart({ atOnce = false } = {}) {
    const { socket } = this;
    if (!socket) return;
    this.socket = null;
    socket.close();
    this.lost(0);
    if (atOnce) this.again(0);
  }

  tick() {
    const { socket } = this;
    if (!socket) return;
    const now = Date.now();
    // Only an unanswered ping is proof: a page in the background may sleep for a minute.
    const unanswered = this.pingedAt > this.heardAt && now - this.pingedAt > DEAD_MS;
    if (unanswered || (socket.readyState === WebSocket.CONNECTING && now - this.heardAt > SLOW_MS)) {
      this.restart();
    } else if (socket.readyState === WebSocket.OPEN) {
      this.look(now);
    }
  }

  look(now) {
    if (this.measuredAt && now >= this.lateAt) {
      this.lateAt = now + LATE_MS;
      this.handlers.delay(now - this.measuredAt);
    }
    if (this.socket && this.received !== this.confirmed) {
      this.confirmed = this.received;
      this.send({ type: "ack", bytes: this.received });
    } else if (this.socket && now - this.heardAt > QUIET_MS && this.pingedAt <= this.heardAt) {
      this.pingedAt = now;
      this.send({ type: "ping" });
    }
  }

  close() {
    this.closed = true;
    clearInterval(this.timer);
    clearTimeout(this.waiting);
    window.removeEventListener("online", this.online);
    const { socket } = this;
    this.socket = null;
    socket?.close();
  }
}
