// One stream's picture among others: fed by the socket, by HLS, or by a MediaStream of a
// conversation. It keeps the last picture while something new begins.

import { h, say, setAttribute, setText, svg } from "../room/dom.js";
import { HlsStage } from "./hls_stage.js";
import { Stage, canPlay } from "./mse.js";
import { aboutWords, whoWords } from "./player_words.js";
import { useSpeaker } from "./speaker.js";

const STALL_MS = 1500;
const STILL_MS = 15_000; // an older picture would pass for the present

/**
 * handlers: changed(), refused() when the browser wants a gesture before sound, stalled(tile),
 * broken(tile), expired() for addresses of HLS, choose(id).
 */
export class Tile {
  constructor(id, handlers) {
    this.id = id;
    this.handlers = handlers;
    this.kind = null;
    this.playing = false;
    this.ended = false;
    this.unsupported = false;
    this.askedAt = null; // since when something is to come, performance.now()
    this.cameAt = null; // when the first of it came
    this.build();
  }

  build() {
    this.video = h("video", { playsinline: true });
    useSpeaker(this.video);
    this.still = h("canvas", { class: "tile-still", hidden: true, "aria-hidden": true });
    this.blank = h("p", { class: "tile-blank", "aria-hidden": true });
    this.mark = h("span", { class: "tile-speaks", hidden: true }, waves(), gettext("正在发言"));
    this.who = h("span", { class: "tile-who" });
    this.words = h("p", { class: "tile-words", hidden: true });
    this.pick = h("button", { type: "button", class: "tile-pick",
      on: { click: () => this.handlers.choose(this.id) } });
    this.node = h("li", { class: "tile" }, this.video, this.still, this.blank, this.words,
      h("p", { class: "tile-name" }, this.mark, this.who), this.pick);
    this.node.dataset.stream = this.id;
    const { video } = this;
    video.addEventListener("playing", () => this.setPlaying(true));
    video.addEventListener("emptied", () => this.setPlaying(false));
    video.addEventListener("waiting", () => {
      // A short wait is caught up; saying so would only flicker.
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => this.setPlaying(false), STALL_MS);
    });
    video.addEventListener("timeupdate", () => {
      if (!this.playing || !this.still.hidden) this.setPlaying(true);
    });
  }

  setPlaying(playing) {
    clearTimeout(this.waiting);
    const { paused, seeking, readyState } = this.video;
    if (playing && (paused || seeking || readyState < 2)) return;
    if (playing) this.thaw();
    if (playing === this.playing) return;
    this.playing = playing;
    this.handlers.changed();
  }

  // --- what it is fed by ---

  /** Let only one kind feed it; returns whether that is new. */
  become(kind) {
    if (kind === this.kind) return false;
    this.freeze();
    this.source?.close();
    this.source = null;
    this.video.srcObject = null;
    this.kind = kind;
    this.unsupported = false;
    return true;
  }

  /** Begin to play what the socket brings. */
  begin(init, head) {
    if (this.become("socket")) {
      this.source = new Stage(this.video, {
        onBroken: () => this.handlers.broken(this),
        onStall: () => !this.ended && this.handlers.stalled(this),
        onAnew: () => this.freeze(),
      });
    }
    this.ended = false;
    this.rendition = init.rendition;
    this.unsupported = !canPlay(init.mime);
    if (this.unsupported) {
      this.source.end();
    } else {
      this.source.begin(init, head);
      this.play();
    }
    this.handlers.changed();
  }

  /** Take a piece from the socket; of another rendition it is a leftover. */
  push({ rendition }, data) {
    this.cameAt ??= performance.now();
    if (this.kind === "socket" && rendition === this.rendition) this.source.push(data);
  }

  /** Play by HLS. */
  follow(base, rendition) {
    if (this.become("hls")) {
      this.source = new HlsStage(this.video, {
        onReady: () => this.play(),
        onStall: () => this.handlers.stalled(this),
        onRefused: () => this.handlers.expired(),
        onAnew: () => this.freeze(),
      });
    }
    this.ended = false;
    this.source.open(base, this.id, rendition);
  }

  /** Show a MediaStream, as of a conversation by WebRTC. */
  converse(stream) {
    this.become("talk");
    if (this.video.srcObject === stream) return;
    this.video.srcObject = stream;
    this.play();
  }

  async play() {
    try {
      await this.video.play();
    } catch (error) {
      // Browsers refuse sound until the person has touched the page: picture first, then ask.
      if (error.name !== "NotAllowedError" || this.video.muted) return;
      this.handlers.refused();
      await this.video.play().catch(() => {});
    }
  }

  setMuted(muted) {
    if (this.video.muted !== muted) this.video.muted = muted;
    if (!muted && this.kind && this.video.paused) this.play();
  }

  // --- the last picture ---

  freeze() {
    const { video, still } = this;
    if (video.readyState < 2 || !video.videoWidth) return;
    still.width = video.videoWidth;
    still.height = video.videoHeight;
    still.getContext("2d").drawImage(video, 0, 0);
    still.hidden = false;
    clearTimeout(this.stale);
    this.stale = setTimeout(() => this.thaw(), STILL_MS);
  }

  thaw() {
    clearTimeout(this.stale);
    this.still.hidden = true;
  }

  // --- what is seen of it ---

  /** Draw what is known: {stream, mine, large, alone, speaks, silentPicture}. */
  show({ stream, mine, large, alone, speaks, soundOnly }) {
    const who = whoWords(stream) + (mine ? gettext("（您）") : "");
    setText(this.who, stream.source === "screen" ? say(gettext("%(who)s · 屏幕"), { who }) : who);
    setAttribute(this.video, "aria-label", aboutWords(stream));
    this.node.classList.toggle("tile--main", large);
    this.node.classList.toggle("tile--speaks", speaks);
    this.mark.hidden = !speaks;
    const pictured = stream.video && !soundOnly;
    this.blank.hidden = pictured;
    setText(this.blank, stream.source === "screen" ? gettext("屏幕") : initial(stream.publisher));
    this.pick.hidden = alone;
    setAttribute(this.pick, "aria-label", say(gettext("放大：%(who)s"), { who: this.who.textContent }));
    setAttribute(this.pick, "aria-pressed", String(large));
    const broken = stream.state === "reconnecting" && !this.playing;
    this.words.hidden = !broken;
    if (broken) setText(this.words, gettext("对方网络中断，正在等待恢复……"));
  }

  close() {
    clearTimeout(this.waiting);
    clearTimeout(this.stale);
    this.source?.close();
    this.source = null;
    this.video.srcObject = null;
    this.node.remove();
  }
}

// The given name says more than the family's; Latin names begin with what people call them by.
function initial(name) {
  return /\p{Script=Han}/u.test(name) ? name.slice(-2) : name.slice(0, 1).toUpperCase();
}

function waves() {
  return svg("svg", { viewBox: "0 0 24 24", "aria-hidden": true, class: "tile-waves" },
    svg("path", { d: "M3 9v6h4l5 5V4L7 9H3z" }),
    svg("path", { d: "M15 8a5 5 0 0 1 0 8M18 5a9 9 0 0 1 0 14", class: "tile-arcs" }));
}
