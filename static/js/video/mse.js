// A <video> fed piece by piece, kept close behind what arrives last.

const LEAST_TARGET = 0.25; // seconds behind the last frame; nearer than 0.1 stalls
const MOST_TARGET = 1;
const HURRY = 0.35; // further behind the target than this, play a little faster
const JUMP = 1.4; // further behind it than this, jump
const STARVED_MS = 400;
const STUCK_MS = 1200;
const LATE_SECONDS = 1; // arriving so much later than at best is a sign of a slow line
const CALM_MS = 30_000;
const KEEP_SECONDS = 30;
const TICK_MS = 100;

const Source = () => window.ManagedMediaSource || window.MediaSource;

/** Whether this browser can play a stream of the type. */
export function canPlay(mime) {
  return Boolean(Source()?.isTypeSupported(mime));
}

/** Whether this browser takes media piece by piece at all. */
export function canFeed() {
  return canPlay('video/mp4; codecs="avc1.42E01E,mp4a.40.2"');
}

/**
 * Feeds a <video>; `onBroken` is called once when the browser gives a stream up, `onStall` when
 * the picture waits for what does not arrive, `onAnew` before what was shown goes away: for good,
 * or for the moment that the browser needs to find another place.
 */
export class Stage {
  constructor(video, { onBroken, onStall = () => {}, onAnew = () => {} }) {
    Object.assign(this, { video, onBroken, onStall, onAnew });
    this.waiting = [];
    this.media = null;
    this.buffer = null;
    this.target = LEAST_TARGET;
    this.calmAt = performance.now();
    this.movedAt = 0;
    this.movedTo = 0;
    this.timer = setInterval(() => this.tick(), TICK_MS);
    this.failed = () => this.media && this.broken();
    video.addEventListener("error", this.failed);
  }

  /**
   * Begin a stream, a rendition of it or a new picture size, with its head. Within a part the
   * times go on, so that the picture does too; another part begins anew.
   */
  begin({ mime, part }, head) {
    const goesOn = this.media && part === this.part && tracks(mime) === tracks(this.mime)
      && (mime === this.mime || SourceBuffer.prototype.changeType);
    if (!goesOn) this.open(mime);
    this.part = part;
    this.waiting.push({ data: head, mime: mime === this.mime ? null : mime });
    this.mime = mime;
    this.best = Infinity;
    this.flush();
  }

  open(mime) {
    if (this.media) this.onAnew();
    this.end();
    const media = new (Source())();
    this.media = media;
    this.mime = mime;
    this.url = URL.createObjectURL(media);
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
    this.waiting.push({ data, mime: null });
    this.flush();
  }

  /** End the stream; the <video> becomes empty. */
  end() {
    if (!this.media) return;
    this.media = null;
    this.buffer = null;
    this.part = null;
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
    // One append for all that waits, but a change of type needs one of its own.
    let many = this.waiting.findIndex((one, i) => i > 0 && one.mime);
    if (many < 0) many = this.waiting.length;
    const next = this.waiting.splice(0, many);
    try {
      if (next[0].mime) this.buffer.changeType(next[0].mime);
      this.buffer.appendBuffer(joined(next.map((one) => one.data)));
    } catch (error) {
      if (error.name === "QuotaExceededError" && this.trim(2)) this.waiting.unshift(...next);
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
    this.watch(edge, behind);
    if (this.isStuck(edge) || behind > this.target + JUMP || !within(ranges, video.currentTime)) {
      this.toEdge(edge);
    } else if (behind > this.target + HURRY) video.playbackRate = behind > 1 ? 1.2 : 1.1;
    else if (behind < this.target + 0.1) video.playbackRate = 1;
    const kept = video.currentTime - ranges.start(0);
    if (kept > KEEP_SECONDS * 2) this.trim(KEEP_SECONDS);
  }

  /** Notice a line that does not keep up: a starved picture, or pieces later than they were. */
  watch(edge, behind) {
    const now = performance.now();
    const late = now / 1000 - edge;
    this.best = Math.min(this.best, late);
    if (behind > 0.06 || this.video.paused) this.starvedAt = null;
    else this.starvedAt ??= now;
    const starved = this.starvedAt !== null && now - this.starvedAt > STARVED_MS;
    if (starved && !this.noted) {
      this.target = Math.min(MOST_TARGET, this.target + 0.15);
      this.calmAt = now;
    } else if (now - this.calmAt > CALM_MS && this.target > LEAST_TARGET) {
      this.target = Math.max(LEAST_TARGET, this.target - 0.15);
      this.calmAt = now;
    }
    this.noted = starved;
    if (starved || late - this.best > LATE_SECONDS) this.onStall();
  }

  /** Whether the picture stands although more has arrived: there is a hole in front of it. */
  isStuck(edge) {
    const { video } = this;
    const now = performance.now();
    if (video.currentTime !== this.movedTo || video.paused) {
      this.movedTo = video.currentTime;
      this.movedAt = now;
      return false;
    }
    return edge - video.currentTime > LEAST_TARGET * 2 && now - this.movedAt > STUCK_MS;
  }

  toEdge(edge) {
    const { video } = this;
    const ranges = video.buffered;
    const start = ranges.start(ranges.length - 1);
    const wanted = Math.max(start, edge - this.target);
    video.playbackRate = 1;
    if (Math.abs(video.currentTime - wanted) > 0.01) {
      this.onAnew();
      video.currentTime = wanted;
    }
    this.movedAt = performance.now();
  }
}

/** Which tracks a type has: a buffer keeps to those it began with. */
function tracks(mime) {
  const codecs = /codecs="?([^"]*)"?/.exec(mime)?.[1] ?? "";
  const sound = /mp4a|opus|vorbis/i;
  const all = codecs.split(",").map((one) => (sound.test(one) ? "sound" : "picture"));
  return `${mime.split("/", 1)[0]} ${all.sort().join(" ")}`;
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
    all.set(part, at);
    at += part.byteLength;
  }
  return all;
}
