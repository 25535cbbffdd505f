// A <video> fed piece by piece, kept close behind what arrives last.

const TARGET = 0.25; // seconds behind the last frame; nearer than 0.1 stalls
const HURRY = 0.6; // further behind than this, play a little faster
const JUMP = 1.6; // further behind than this, jump
const STUCK_MS = 1200;
const KEEP_SECONDS = 30;
const TICK_MS = 100;

const Source = () => window.ManagedMediaSource || window.MediaSource;

/** Whether this browser can play a stream of the type. */
export function canPlay(mime) {
  return Boolean(Source()?.isTypeSupported(mime));
}

/** Feeds a <video>; `onBroken` is called once when the browser gives a stream up. */
export class Stage {
  constructor(video, { onBroken }) {
    this.video = video;
    this.onBroken = onBroken;
    this.waiting = [];
    this.media = null;
    this.buffer = null;
    this.movedAt = 0;
    this.movedTo = 0;
    this.timer = setInterval(() => this.tick(), TICK_MS);
    this.failed = () => this.media && this.broken();
    video.addEventListener("error", this.failed);
  }

  /** Begin a stream anew, with its head. */
  begin(mime, head) {
    this.end();
    const media = new (Source())();
    this.media = media;
    this.url = URL.createObjectURL(media);
    this.waiting = [head];
    this.movedAt = performance.now();
    media.addEventListener("sourceopen", () => {
      if (media !== this.media) return;
      try {
        this.buffer = media.addSourceBuffer(mime);
      } catch {
        this.broken();
        return;
      }
      this.buffer.addEventListener("updateend", () => this.flush());
      this.flush();
    }, { once: true });
    this.video.disableRemotePlayback = true;
    this.video.src = this.url;
  }

  /** Add a piece. */
  push(data) {
    if (!this.media) return;
    this.waiting.push(data);
    this.flush();
  }

  /** End the stream; the <video> becomes empty. */
  end() {
    if (!this.media) return;
    this.media = null;
    this.buffer = null;
    this.waiting = [];
    this.video.removeAttribute("src");
    this.video.load();
    URL.revokeObjectURL(this.url);
  }

  /** Take the timer away too. */
  close() {
    clearInterval(this.timer);
    this.end();
    this.video.removeEventListener("error", this.failed);
  }

  flush() {
    if (!this.buffer || this.buffer.updating || !this.waiting.length) return;
    const all = this.waiting;
    this.waiting = [];
    try {
      this.buffer.appendBuffer(joined(all));
    } catch (error) {
      if (error.name === "QuotaExceededError" && this.trim(2)) this.waiting = all;
      else this.broken();
    }
  }

  broken() {
    this.end();
    this.onBroken();
  }

  trim(keep) {
    const { buffered, currentTime } = this.video;
    if (!this.buffer || this.buffer.updating || !buffered.length) return false;
    const until = currentTime - keep;
    if (until <= buffered.start(0)) return false;
    this.buffer.remove(0, until);
    return true;
  }

  tick() {
    const { video } = this;
    const ranges = video.buffered;
    if (!this.media || !ranges.length || video.readyState < 1) return;
    const edge = ranges.end(ranges.length - 1);
    const behind = edge - video.currentTime;
    if (this.isStuck() || behind > JUMP || !within(ranges, video.currentTime)) this.toEdge(edge);
    else if (behind > HURRY) video.playbackRate = 1.1;
    else if (behind < TARGET + 0.1) video.playbackRate = 1;
    const kept = video.currentTime - ranges.start(0);
    if (kept > KEEP_SECONDS * 2) this.trim(KEEP_SECONDS);
  }

  /** Whether the picture stands although more has arrived: there is a hole in front of it. */
  isStuck() {
    const { video } = this;
    const now = performance.now();
    if (video.currentTime !== this.movedTo || video.paused) {
      this.movedTo = video.currentTime;
      this.movedAt = now;
      return false;
    }
    const ranges = video.buffered;
    const more = ranges.end(ranges.length - 1) - video.currentTime > TARGET * 2;
    return more && now - this.movedAt > STUCK_MS;
  }

  toEdge(edge) {
    const { video } = this;
    const ranges = video.buffered;
    const start = ranges.start(ranges.length - 1);
    const wanted = Math.max(start, edge - TARGET);
    video.playbackRate = 1;
    if (Math.abs(video.currentTime - wanted) > 0.01) video.currentTime = wanted;
    this.movedAt = performance.now();
  }
}

function within(ranges, time) {
  for (let i = 0; i < ranges.length; i++) {
    if (time >= ranges.start(i) - 0.05 && time <= ranges.end(i) + 0.05) return true;
  }
  return false;
}

function joined(parts) {
  if (parts.length === 1) return parts[0];
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    all.set(new Uint8Array(part), at);
    at += part.byteLength;
  }
  return all;
}
