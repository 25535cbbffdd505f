// The conversation: who may speak hears and sees the others at once, by WebRTC.

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 15_000;
const PING_MS = 20_000;
const NOT_ALLOWED = [4403, 4404];
const FALTERING_MS = 3000;
const MOST_FAILURES = 2;

/**
 * The streams of a meeting's conversation (its slug): {get(id): MediaStream or null,
 * level(id): 0..100, allow(boolean), close()}; `onchange` is called when `get` would say something
 * else. Nothing is opened before `allow(true)`.
 */
export class Talk {
  constructor(meeting) {
    this.url = `/ws/meetings/${encodeURIComponent(meeting)}/video/talk/`;
    this.onchange = null;
    this.wanted = false;
    this.tries = 0;
    this.heard = new Map(); // stream -> {receiver, stream: MediaStream or null}
    this.failures = new Map();
    this.timer = setInterval(() => this.say({ type: "ping" }), PING_MS);
  }

  get(id) {
    return this.heard.get(Number(id))?.stream ?? null;
  }

  /** How loud a stream is now. */
  level(id) {
    const receivers = this.heard.get(Number(id))?.receiver.pc.getReceivers() ?? [];
    const sound = receivers.find(({ track }) => track.kind === "audio");
    const level = sound?.getSynchronizationSources()[0]?.audioLevel ?? 0;
    return level > 0 ? Math.max(0, Math.min(100, 100 + (20 * Math.log10(level) * 100) / 60)) : 0;
  }

  /** Join the conversation, or leave it. */
  allow(may) {
    if (may === this.wanted) return;
    this.wanted = may;
    this.tries = 0;
    this.failures.clear();
    if (may) this.connect();
    else this.leave();
  }

  connect() {
    clearTimeout(this.waiting);
    if (!this.wanted || this.socket || this.none || !window.RTCPeerConnection) return;
    const socket = new WebSocket(location.origin.replace(/^http/, "ws") + this.url);
    this.socket = socket;
    socket.onmessage = ({ data }) => socket === this.socket && this.take(JSON.parse(data));
    socket.onclose = ({ code }) => socket === this.socket && this.lost(code);
  }

  say(frame) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  take(frame) {
    if (frame.type === "ready") {
      this.ice = frame.ice;
      // Another engine has no conversation: viewers' pictures are all there is.
      this.none = frame.engine !== "janus";
    } else if (frame.type === "offer") {
      this.tries = 0;
      this.offered(frame.stream, frame.sdp);
    } else if (frame.type === "gone") {
      this.failures.delete(frame.stream);
      this.forget(frame.stream);
    }
  }

  async offered(id, sdp) {
    const { socket } = this;
    const { Receiver } = await import("./webrtc_peer.js");
    if (socket !== this.socket) return;
    this.forget(id);
    const receiver = new Receiver({
      ice: this.ice,
      say: (frame) => socket === this.socket && this.say({ ...frame, stream: id }),
      onStream: (stream) => this.arrived(id, receiver, stream),
      onBroken: () => this.broke(id, receiver),
    });
    this.heard.set(id, { receiver, stream: null });
    receiver.offered(sdp);
  }

  /** Show a stream once its media flow: until then the viewers' picture is better than none. */
  arrived(id, receiver, stream) {
    const tell = () => {
      const known = this.heard.get(id);
      if (known?.receiver !== receiver || known.stream) return;
      this.failures.delete(id);
      this.heard.set(id, { receiver, stream });
      this.onchange?.();
    };
    const { pc } = receiver;
    pc.addEventListener("connectionstatechange", () => {
      if (pc.connectionState === "connected") tell();
      else if (pc.connectionState === "disconnected") this.faltered(id, receiver);
    });
    if (pc.connectionState === "connected") tell();
  }

  faltered(id, receiver) {
    setTimeout(() => receiver.pc.connectionState === "disconnected" && receiver.broke(), FALTERING_MS);
  }

  broke(id, receiver) {
    if (this.heard.get(id)?.receiver !== receiver) return;
    this.forget(id);
    const failures = (this.failures.get(id) ?? 0) + 1;
    this.failures.set(id, failures);
    // Where no way through is found, the viewers' picture has to do.
    if (failures <= MOST_FAILURES) this.say({ type: "again", stream: id });
  }

  forget(id) {
    const known = this.heard.get(id);
    if (!known) return;
    this.heard.delete(id);
    known.receiver.close();
    if (known.stream) this.onchange?.();
  }

  lost(code) {
    this.socket = null;
    this.silence();
    if (!this.wanted || this.none || NOT_ALLOWED.includes(code)) return;
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.tries++);
    this.waiting = setTimeout(() => this.connect(), longest * (0.5 + Math.random() / 2));
  }

  silence() {
    for (const id of [...this.heard.keys()]) this.forget(id);
  }

  leave() {
    clearTimeout(this.waiting);
    const { socket } = this;
    this.socket = null;
    socket?.close();
    this.silence();
  }

  close() {
    this.allow(false);
    clearInterval(this.timer);
    this.onchange = null;
  }
}
