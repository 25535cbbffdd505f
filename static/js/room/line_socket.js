// The way by WebSocket: frames and commands on one open socket.

const OPEN_MS = 15000;
const SLOW_MS = 6000;
const PING_MS = 15000;
const PONG_MS = 6000;
const ANSWER_MS = 3000; // without an answer for so long, ask whether the line still lives

/**
 * A socket to a meeting. `on`: frame(link, frame), lost(link, code) once, and slow(link) when the
 * network takes its time with the handshake.
 */
export class SocketLink {
  constructor(slug, after, on) {
    this.kind = "socket";
    this.on = on;
    this.proven = false;
    this.timers = {};
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const known = after() === null ? "" : `?after=${after()}`;
    const socket = new WebSocket(`${scheme}://${location.host}/ws/meetings/${slug}/${known}`);
    this.socket = socket;
    socket.onopen = () => this._write({ type: "ping" });
    socket.onmessage = (message) => this._take(JSON.parse(message.data));
    socket.onclose = (event) => this._end(event.code);
    this._waitFor(OPEN_MS);
    this.timers.slow = setTimeout(() => {
      if (socket.readyState === WebSocket.CONNECTING) this.on.slow?.(this);
    }, SLOW_MS);
  }

  /** Send a command; its reply comes as a frame. */
  send(command) {
    this._write(command);
    this.timers.answer ??= setTimeout(() => {
      this.timers.answer = null;
      this.on.unanswered?.(this);
    }, ANSWER_MS);
  }

  /** Ask for a sign of life; without one the line is dead, whatever the socket says. */
  probe() {
    if (!this.proven || this.timers.pong) return;
    this._write({ type: "ping" });
    this.timers.pong = setTimeout(() => this._end(), PONG_MS);
  }

  /** Leave it behind, without a word. */
  close() {
    // A socket that hangs would keep us waiting for its closing handshake.
    this.socket.onopen = this.socket.onmessage = this.socket.onclose = null;
    this.socket.close();
    clearInterval(this.timers.ping);
    for (const name of ["open", "slow", "pong", "answer"]) clearTimeout(this.timers[name]);
  }

  _take(frame) {
    clearTimeout(this.timers.pong);
    this.timers.pong = null;
    // The first frame proves that we were let in; an open socket alone does not, nor the word
    // that we stand in line.
    if (frame.type === "wait") {
      if (!this.proven) this._waitFor(OPEN_MS + 1000 * frame.seconds);
    } else if (!this.proven && frame.type !== "reply") {
      this.proven = true;
      clearTimeout(this.timers.open);
      this.timers.ping = setInterval(() => this.probe(), PING_MS);
    }
    this.on.frame(this, frame);
  }

  _waitFor(longest) {
    clearTimeout(this.timers.open);
    this.timers.open = setTimeout(() => this._end(), longest);
  }

  _end(code) {
    this.close();
    this.on.lost(this, code);
  }

  _write(frame) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }
}
