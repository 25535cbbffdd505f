// The publisher's socket and recorder: slices go up; after a break it goes on by itself.

const SLICE_MS = 100;
const KEYFRAME_MS = 1000;
const TICK_MS = 1000;
const SILENT_MS = 6000;
const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 4000;
const MOST_UNSENT = 1_500_000; // bytes: about ten seconds, more never catches up
const LEAST_BITRATE = 250_000;
const BITRATES = { camera: 1_200_000, screen: 1_800_000 };

/**
 * Sends a stream into a meeting. `onState` is told {state: "connecting" | "live" |
 * "reconnecting" | "ended", message, recording, slow}.
 */
export class Uplink {
  constructor({ meeting, stream, source, onState }) {
    this.url = `/ws/meetings/${encodeURIComponent(meeting)}/video/publish/`;
    Object.assign(this, { stream, source, onState, id: null, tries: 0, ended: false });
    this.bitrate = BITRATES[source];
    this.slow = false;
    this.timer = setInterval(() => this.tick(), TICK_MS);
    this.tell("connecting");
    this.connect();
  }

  tell(state, message = "") {
    this.state = state;
    this.onState({ state, message, recording: Boolean(this.recording), slow: this.slow });
  }

  connect() {
    const socket = new WebSocket(location.origin.replace(/^http/, "ws") + this.url);
    this.socket = socket;
    this.heardAt = Date.now();
    socket.onmessage = ({ data }) => socket === this.socket && this.take(JSON.parse(data));
    socket.onclose = ({ code }) => socket === this.socket && this.lost(code);
  }

  take(frame) {
    this.heardAt = Date.now();
    if (frame.type === "ready") this.start(frame.mimes);
    else if (frame.type === "started") this.started(frame);
    else if (frame.type === "ack") this.acknowledged(frame);
    else if (frame.type === "error") this.end(frame.error.message);
    else if (frame.type === "stopped" && frame.reason === "revoked") {
      this.end(gettext("直播已被停止，或已在您的另一个窗口继续。"));
    }
  }

  start(mimes) {
    const supported = (mime) => window.MediaRecorder?.isTypeSupported(mime);
    this.mime = mimes.find(supported);
    if (!this.mime) {
      this.end(gettext("您的浏览器不能生成直播所需的视频格式，请改用新版 Chrome 或 Edge。"));
      return;
    }
    const start = { type: "start", source: this.source, mime: this.mime, resume: this.id };
    this.socket.send(JSON.stringify(start));
  }

  started(frame) {
    this.id = frame.stream;
    this.recording = frame.recording;
    this.tries = 0;
    const { socket } = this;
    const recorder = new MediaRecorder(this.stream, {
      mimeType: this.mime,
      videoBitsPerSecond: this.bitrate,
      audioBitsPerSecond: 64_000,
      videoKeyFrameIntervalDuration: KEYFRAME_MS,
    });
    recorder.ondataavailable = ({ data }) => {
      if (data.size && socket === this.socket && socket.readyState === WebSocket.OPEN) {
        socket.send(data);
      }
    };
    recorder.onerror = () => socket === this.socket && this.restart();
    recorder.start(SLICE_MS);
    this.recorder = recorder;
  }

  acknowledged(frame) {
    this.recording = frame.recording;
    if (frame.chunks > 0) this.tell("live");
  }

  lost(code) {
    this.socket = null;
    this.stopRecorder();
    if (this.ended) return;
    if (code === 4403 || code === 4404) {
      this.end(gettext("您不能在本次会议中直播。"));
      return;
    }
    this.tell(this.id === null ? "connecting" : "reconnecting");
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.tries++);
    this.waiting = setTimeout(() => this.connect(), longest * (0.5 + Math.random() / 2));
  }

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
    if (Date.now() - this.heardAt > SILENT_MS) {
      this.restart();
    } else if (socket.bufferedAmount > MOST_UNSENT) {
      this.slow = true;
      this.bitrate = Math.max(LEAST_BITRATE, this.bitrate * 0.6);
      this.restart();
    } else if (socket.readyState === WebSocket.OPEN && this.id !== null) {
      socket.send(JSON.stringify({ type: "alive" }));
    }
  }

  stopRecorder() {
    const { recorder } = this;
    this.recorder = null;
    if (!recorder) return;
    recorder.ondataavailable = null;
    if (recorder.state !== "inactive") recorder.stop();
  }

  /** Stop for good: the last slice goes up first. */
  stop() {
    const { socket, recorder } = this;
    if (this.ended) return;
    const say = () => {
      if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: "stop" }));
      this.end("");
    };
    if (recorder && recorder.state !== "inactive") {
      recorder.onstop = say;
      recorder.stop();
    } else {
      say();
    }
  }

  end(message) {
    if (this.ended) return;
    this.ended = true;
    clearInterval(this.timer);
    clearTimeout(this.waiting);
    this.stopRecorder();
    const { socket } = this;
    this.socket = null;
    this.recording = false;
    // Closing right behind "stop" is in order: what was sent before arrives before.
    socket?.close();
    this.tell("ended", message);
  }
}
