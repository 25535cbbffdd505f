// A <video> that plays HLS: by the browser itself where it takes no media piece by piece, else by
// hls.js, which is fetched only then. Some seconds behind the socket, but plain HTTP.

import { canFeed } from "./mse.js";

const NATIVE = "application/vnd.apple.mpegurl";
const AGAIN_MS = 2000;
const STUCK_MS = 8000;
const TICK_MS = 500;

let library = null;

/** Whether this browser plays HLS in one way or the other. */
export function canPlayHls() {
  return canFeed() || isNative();
}

function isNative() {
  return Boolean(document.createElement("video").canPlayType(NATIVE));
}

/** The address of a stream's rendition; `base` is the grant's, the rendition may be "master". */
export function playlist(base, stream, rendition) {
  return `${base.replace(/\/?$/, "/")}${stream}/${rendition}.m3u8`;
}

/**
 * Plays one playlist. `onReady` when it may be played; `onStall` and `onAnew` as in a Stage;
 * `onRefused` when the server takes the address no more and a new grant is needed.
 */
export class HlsStage {
  constructor(video, { onReady, onStall = () => {}, onRefused = () => {}, onAnew = () => {} }) {
    Object.assign(this, { video, onReady, onStall, onRefused, onAnew });
    this.url = null;
    this.tries = 0;
    this.movedAt = performance.now();
    this.movedTo = 0;
    this.timer = setInterval(() => this.tick(), TICK_MS);
    this.failed = () => {
      if (!this.url || this.hls) return;
      this.onRefused(); // a browser that plays by itself does not say why it gave up
      this.again();
    };
    video.addEventListener("error", this.failed);
  }

  /** Play the rendition of a stream. */
  open(base, stream, rendition) {
    // A browser that plays HLS itself chooses between renditions itself.
    const name = rendition === "full" && !canFeed() ? "master" : rendition;
    const url = playlist(base, stream, name);
    if (url === this.url) return;
    this.url = url;
    this.start();
  }

  async start() {
    const { url } = this;
    this.onAnew();
    this.leave();
    this.movedAt = performance.now();
    if (!canFeed()) {
      this.video.src = url;
      this.onReady();
      return;
    }
    try {
      library ??= import("../../vendor/hls/hls.light.min.mjs");
      const { default: Hls } = await library;
      if (url === this.url) this.attach(Hls);
    } catch {
      library = null;
      if (url === this.url) this.again();
    }
  }

  attach(Hls) {
    this.leave();
    const hls = new Hls({
      enableWorker: false,
      lowLatencyMode: false,
      liveSyncDuration: 2.2,
      liveMaxLatencyDuration: 8,
      maxLiveSyncPlaybackRate: 1.1,
      backBufferLength: 20,
      maxBufferLength: 10,
    });
    this.hls = hls;
    hls.on(Hls.Events.MANIFEST_PARSED, () => this.onReady());
    hls.on(Hls.Events.ERROR, (event, error) => hls === this.hls && this.stumbled(Hls, error));
    hls.loadSource(this.url);
    hls.attachMedia(this.video);
  }

  stumbled(Hls, error) {
    if (error.details === Hls.ErrorDetails.BUFFER_STALLED_ERROR) this.onStall();
    if (error.response?.code === 403) this.onRefused();
    if (!error.fatal) return;
    if (error.type === Hls.ErrorTypes.MEDIA_ERROR && this.tries++ < 2) this.hls.recoverMediaError();
    else this.again();
  }

  /** Try once more in a while: a playlist may not be there yet, or not at the moment. */
  again() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.url && this.start(), AGAIN_MS);
  }

  tick() {
    const { video } = this;
    const now = performance.now();
    if (!this.url || video.currentTime !== this.movedTo || video.paused) {
      if (video.currentTime !== this.movedTo) this.tries = 0;
      this.movedTo = video.currentTime;
      this.movedAt = now;
    } else if (now - this.movedAt > STUCK_MS) {
      // Browsers do not all find the way over a new part by themselves.
      this.onStall();
      this.movedAt = now;
      this.start();
    }
    this.keepUp();
  }

  keepUp() {
    const { video } = this;
    if (this.hls || !this.url || !video.seekable.length) return;
    const behind = video.seekable.end(video.seekable.length - 1) - video.currentTime;
    if (Number.isFinite(behind)) video.playbackRate = behind > 6 ? 1.1 : 1;
  }

  leave() {
    this.hls?.destroy();
    this.hls = null;
    if (this.video.hasAttribute("src")) {
      this.video.removeAttribute("src");
      this.video.load();
    }
  }

  close() {
    this.url = null;
    clearInterval(this.timer);
    clearTimeout(this.waiting);
    this.video.removeEventListener("error", this.failed);
    this.leave();
  }
}
