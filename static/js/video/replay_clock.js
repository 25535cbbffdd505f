// Plays several recordings on one clock. One of them leads: the clock is what it shows; the others
// follow it. While the leader has nothing to show yet, the clock stands and all wait with it.

const TICK_MS = 100;
const FAR = 0.35; // seconds apart: jump
const NEAR = 0.04; // seconds apart: leave it
const PULL = 0.08; // how much faster or slower a follower plays to come closer
const END = 0.06; // seconds before a file's end that count as its end
const STALLED_MS = 8000; // a leader that shows nothing for so long is passed over

/**
 * The clock. `shelf.video(stream)` gives the <video> of a stream. `on` hears: `changed()` after
 * every tick, `skipped(fromAt, toAt)`, `played(part, from, to)` with seconds of the file,
 * `failed(part)`, `ended()`.
 */
export function makeClock(timeline, shelf, on) {
  const clock = {
    at: timeline.begins,
    playing: false,
    rate: 1,
    waiting: false,
    over: false,
    active: new Map(),
    play,
    pause,
    seek,
    setRate,
  };
  const failed = new Set();
  const shown = new Map(); // stream -> the part its element has loaded
  const lastTime = new Map(); // stream -> file's time at the last tick, while it played
  let stuckSince = 0;

  setInterval(tick, TICK_MS);

  function play() {
    if (clock.over) seek(timeline.begins);
    clock.playing = true;
    clock.over = false;
    tick();
  }

  function pause() {
    clock.playing = false;
    for (const stream of shown.keys()) shelf.video(stream).pause();
    tick();
  }

  function setRate(rate) {
    clock.rate = rate;
    for (const stream of shown.keys()) shelf.video(stream).playbackRate = rate;
  }

  function seek(at) {
    const position = timeline.positionOf(at);
    clock.at = timeline.atPosition(position);
    clock.over = false;
    lastTime.clear();
    settle();
    for (const [stream, span] of clock.active) {
      const video = shelf.video(stream);
      if (ready(video)) video.currentTime = mediaTime(span, clock.at);
    }
    tick();
  }

  function tick() {
    settle();
    if (clock.playing) advance();
    on.changed();
  }

  /** Load what is shown now, unload nothing that may be needed again at once. */
  function settle() {
    clock.active = timeline.active(clock.at);
    for (const [stream, span] of clock.active) {
      if (failed.has(span.part.recording)) clock.active.delete(stream);
      else load(stream, span);
    }
    for (const stream of shown.keys()) {
      if (!clock.active.has(stream)) shelf.video(stream).pause();
    }
  }

  function load(stream, span) {
    const video = shelf.video(stream);
    if (shown.get(stream) === span.part) return;
    shown.set(stream, span.part);
    lastTime.delete(stream);
    shelf.load(stream, span.part);
    video.playbackRate = clock.rate;
    video.addEventListener(
      "loadedmetadata",
      () => {
        const now = clock.active.get(stream);
        if (now?.part !== span.part) return;
        video.currentTime = mediaTime(now, clock.at);
        if (clock.playing) start(video);
      },
      { once: true },
    );
    video.onerror = () => {
      if (shown.get(stream) !== span.part || !video.error) return;
      failed.add(span.part.recording);
      on.failed(span.part);
    };
  }

  function advance() {
    const leader = leading();
    if (!leader) {
      if (!clock.active.size) jump();
      return;
    }
    const [stream, span] = leader;
    const video = shelf.video(stream);
    const end = (span.media + span.ms) / 1000;
    const stands = !ready(video) || video.seeking || video.readyState < 3;
    clock.waiting = stands && !video.ended;
    if (video.ended || (ready(video) && !video.seeking && video.currentTime >= end - END)) {
      clock.at = span.until;
      stuckSince = 0;
      note(stream, span, end);
      lastTime.clear();
      settle();
      if (!clock.active.size) jump();
      return;
    }
    if (stands) return passOver(span);
    stuckSince = 0;
    if (video.paused) start(video);
    const behind = video.currentTime < span.media / 1000 - FAR;
    if (behind) video.currentTime = mediaTime(span, clock.at);
    else clock.at = span.at + Math.max(0, video.currentTime * 1000 - span.media);
    note(stream, span, video.currentTime);
    for (const [other, theirs] of clock.active) if (other !== stream) follow(other, theirs);
  }

  // What was recorded of the chosen one leads; without it, whatever is there and plays.
  function leading() {
    const all = [...clock.active];
    return all.find(([stream]) => ready(shelf.video(stream))) ?? all[0] ?? null;
  }

  function passOver(span) {
    const now = performance.now();
    stuckSince ||= now;
    for (const stream of clock.active.keys()) {
      const video = shelf.video(stream);
      if (video.paused && ready(video)) start(video);
    }
    if (now - stuckSince < STALLED_MS || clock.active.size < 2) return;
    stuckSince = 0;
    // Put last: another one leads, and this one follows when it comes.
    timeline.active(clock.at).delete(span.part.stream);
    clock.active.delete(span.part.stream);
  }

  function follow(stream, span) {
    const video = shelf.video(stream);
    if (!ready(video) || video.seeking) return;
    const wanted = mediaTime(span, clock.at);
    const apart = video.currentTime - wanted;
    if (video.ended && apart > -1) return;
    if (video.paused) start(video);
    if (Math.abs(apart) > FAR) {
      lastTime.delete(stream);
      video.currentTime = wanted;
    }
    const pull = Math.abs(apart) < NEAR ? 0 : -Math.sign(apart) * PULL;
    const rate = clock.rate * (1 + pull);
    if (Math.abs(video.playbackRate - rate) > 0.01) video.playbackRate = rate;
    if (video.readyState >= 3) note(stream, span, video.currentTime);
  }

  /** Tell of the seconds that were really played: between two ticks, not across a jump. */
  function note(stream, span, time) {
    const before = lastTime.get(stream);
    lastTime.set(stream, time);
    if (before !== undefined && time > before && time - before < 3 * clock.rate) {
      on.played(span.part, before, time);
    }
  }

  function jump() {
    const next = timeline.nextAfter(clock.at - 1);
    const from = clock.at;
    if (next === null) {
      clock.playing = false;
      clock.over = true;
      clock.waiting = false;
      clock.at = timeline.ends;
      for (const stream of shown.keys()) shelf.video(stream).pause();
      on.ended();
      return;
    }
    clock.at = next;
    lastTime.clear();
    settle();
    for (const [stream, span] of clock.active) {
      const video = shelf.video(stream);
      if (ready(video)) video.currentTime = mediaTime(span, clock.at);
    }
    on.skipped(from, next);
  }

  function start(video) {
    video.play().catch(() => {
      // Without a gesture the browser plays nothing with sound: the button stands there for it.
      if (clock.playing && video.paused && !video.ended) clock.waiting = true;
    });
  }

  return clock;
}

function ready(video) {
  return video.readyState >= 1;
}

function mediaTime(span, at) {
  return (span.media + Math.max(0, Math.min(at - span.at, span.ms))) / 1000;
}
