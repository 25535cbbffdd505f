// The one clock of a replay: what was recorded when, and where that is on the slider. No page here.
//
// Three times: `at` is when something happened (ms of the epoch), `position` where it is on the
// slider, on which nothing lies between recordings, and `media` is a file's own time.

const TOUCH_MS = 1500; // a hole this short is waited through rather than announced

/** The timeline of a meeting's recordings, from what the server tells of them. */
export function makeTimeline(data) {
  const spans = data.parts
    .flatMap((part) => part.spans.map((span) => ({ ...span, part, until: span.at + span.ms })))
    .sort((a, b) => a.at - b.at);
  const stretches = stretchesOf(spans);
  const last = stretches.at(-1);
  const total = last ? last.position + last.until - last.at : 0;

  /** The stretch in which something happened, or the next one after it. */
  function stretchAt(at) {
    return stretches.find((one) => at < one.until) ?? last ?? null;
  }

  function positionOf(at) {
    const stretch = stretchAt(at);
    if (!stretch) return 0;
    return stretch.position + Math.min(Math.max(at, stretch.at), stretch.until) - stretch.at;
  }

  function atPosition(position) {
    const found = stretches.find((one) => position < one.position + one.until - one.at) ?? last;
    if (!found) return 0;
    return Math.min(found.at + Math.max(0, position - found.position), found.until);
  }

  /** What was recorded at a moment: one span a stream, by stream. */
  function active(at) {
    const found = new Map();
    for (const span of spans) {
      if (span.at > at) break;
      if (at < span.until) found.set(span.part.stream, span);
    }
    return found;
  }

  /** Where the recordings go on after a moment; null after the last. */
  function nextAfter(at) {
    const found = spans.find((span) => span.at > at);
    return found ? found.at : null;
  }

  return {
    stretches,
    total,
    begins: stretches[0]?.at ?? 0,
    ends: last?.until ?? 0,
    streams: streamsOf(data.parts),
    chapters: chaptersOf(data.chapters, stretches, positionOf),
    positionOf,
    atPosition,
    active,
    nextAfter,
    layoutAt: (at) => data.layouts.filter((one) => one.at <= at).at(-1) ?? { mode: "auto", main: null },
    captionsAt: (at) => data.captions.filter((one) => one.from <= at && at < one.until),
  };
}

/** Join what overlaps or nearly touches, and put it one behind the other on the slider. */
function stretchesOf(spans) {
  const found = [];
  let position = 0;
  for (const span of spans) {
    const before = found.at(-1);
    if (before && span.at <= before.until + TOUCH_MS) {
      const until = Math.max(before.until, span.until);
      position += until - before.until;
      before.until = until;
    } else {
      found.push({ at: span.at, until: span.until, position });
      position += span.ms;
    }
  }
  return found;
}

function streamsOf(parts) {
  const found = new Map();
  for (const part of parts) {
    if (found.has(part.stream)) continue;
    const { stream, source, publisher } = part;
    found.set(stream, { stream, source, publisher });
  }
  return found;
}

/** The agenda's turns with something to see: what passed unrecorded has no place on the slider. */
function chaptersOf(turns, stretches, positionOf) {
  if (!stretches.length) return [];
  const end = stretches.at(-1).until;
  return turns
    .map((turn, number) => ({ ...turn, until: turns[number + 1]?.at ?? Infinity }))
    .filter((turn) => turn.at < end && stretches.some((one) => turn.at < one.until && turn.until > one.at))
    .map((turn) => ({ ...turn, position: positionOf(turn.at) }));
}

/** Which stream is shown large, by the layout of that time, or by what is shown. */
export function mainOf(layout, active) {
  const spans = [...active.values()].filter((span) => span.part.picture);
  if (layout.mode === "equal" || !spans.length) return null;
  if (layout.mode === "main" && spans.some((span) => span.part.stream === layout.main)) {
    return layout.main;
  }
  const screen = spans.find((span) => span.part.source === "screen");
  return (screen ?? spans[0]).part.stream;
}

/** 3723000 -> "1:02:03" */
export function duration(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}
