// The viewer's socket: media and states come, confirmations go; it comes back by itself.

const ACK_MS = 500;
const QUIET_MS = 3000;
const DEAD_MS = 4000;
const SLOW_MS = 10000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8000;
const GONE = 4404;

/** handlers: begin(mime, head), push(data), end(), state(video), line(connected), gone() */
export class Downlink {
  constructor(meeting, handlers) {
    this.url = `/ws/meetings/${encodeURIComponent(meeting)}/video/watch/`;
    this.handlers = handlers;
    this.tries = 0;
    this.closed = false;
    this.timer = setInterval(() => this.tick(), ACK_MS);
    this.online = () => this.again(0);
    window.addEventListener("online", this.online);
    this.connect();
  }

  connect() {
    if (this.closed) return;
    const socket = new WebSocket(location.origin.replace(/^http/, "ws") + this.url);
    socket.binaryType = "arraybuffer";
    Object.assign(this, { socket, mime: null, received: 0, confirmed: 0,
      heardAt: Date.now(), pingedAt: 0 });
    socket.onmessage = ({ data }) => socket === this.socket && this.take(data);
    socket.onclose = ({ code }) => socket === this.socket && this.lost(code);
  }

  take(data) {
    this.heardAt = Date.now();
    if (typeof data === "string") {
      this.takeText(JSON.parse(data));
      return;
    }
    this.received += data.byteLength;
    if (this.mime) {
      const mime = this.mime;
      this.mime = null;
      this.handlers.begin(mime, data);
    } else {
      this.handlers.push(data);
    }
  }

  takeText(frame) {
    if (frame.type === "grant") {
      this.tries = 0;
      this.handlers.line(true);
    } else if (frame.type === "init") this.mime = frame.mime;
    else if (frame.type === "end") this.handlers.end();
    else if (frame.type === "state") this.handlers.state(frame.video);
  }

  lost(code) {
    this.socket = null;
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

  /** Start over: the stream broke although the line holds. */
  restart() {
    const { socket } = this;
    if (!socket) return;
    this.socket = null;
    socket.close();
    this.lost(0);
  }

  tick() {
    const { socket } = this;
    if (!socket) return;
    const now = Date.now();
    // Only an unanswered ping is proof: a page in the background may sleep for a minute.
    const unanswered = this.pingedAt > this.heardAt && now - this.pingedAt > DEAD_MS;
    if (unanswered || (socket.readyState === WebSocket.CONNECTING && now - this.heardAt > SLOW_MS)) {
      this.restart();
    } else if (socket.readyState !== WebSocket.OPEN) return;
    else if (this.received !== this.confirmed) {
      this.confirmed = this.received;
      socket.send(JSON.stringify({ type: "ack", bytes: this.received }));
    } else if (now - this.heardAt > QUIET_MS && this.pingedAt <= this.heardAt) {
      this.pingedAt = now;
      socket.send(JSON.stringify({ type: "ping" }));
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
