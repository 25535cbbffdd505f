// Tells the server which seconds were really played: who watched what is on record.

const EVERY_MS = 10_000;
const MOST_RANGES = 60;

/**
 * Collects what was played. `refused(message)` is called when the server does not let the person
 * watch any more.
 */
export function makeReport(address, refused) {
  const waiting = new Map(); // recording -> {ranges, most}
  const told = new Set();
  let sending = false;

  setInterval(send, EVERY_MS);
  addEventListener("pagehide", () => send(true));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") send(true);
  });

  function played(part, from, to) {
    const most = Math.ceil(part.duration_ms / 1000);
    const known = waiting.get(part.recording) ?? { ranges: [], most };
    waiting.set(part.recording, known);
    const last = known.ranges.at(-1);
    if (last && from <= last[1] + 0.5 && from >= last[0]) last[1] = Math.max(last[1], to);
    else if (known.ranges.length < MOST_RANGES) known.ranges.push([from, to]);
    // That it began is told at once.
    if (!told.has(part.recording)) {
      told.add(part.recording);
      send();
    }
  }

  async function send(leaving = false) {
    if ((sending && !leaving) || !waiting.size) return;
    const batch = [...waiting].slice(0, 40);
    const body = batch.map(([recording, known]) => ({ recording, ranges: whole(known) }));
    for (const [recording] of batch) waiting.delete(recording);
    sending = true;
    const again = () => {
      for (const [recording, known] of batch) {
        const since = waiting.get(recording);
        waiting.set(recording, { ...known, ranges: [...known.ranges, ...(since?.ranges ?? [])] });
      }
    };
    try {
      const answer = await fetch(address, {
        method: "POST",
        keepalive: leaving,
        headers: { "Content-Type": "application/json", "X-CSRFToken": token(), Accept: "application/json" },
        body: JSON.stringify({ watched: body }),
      });
      if (answer.status === 403) refused((await answer.json()).error.message);
      else if (answer.status >= 500) again();
    } catch {
      again();
    } finally {
      sending = false;
    }
  }

  return { played, send };
}

/** Whole seconds within the recording, from before the first to after the last. */
function whole({ ranges, most }) {
  return ranges
    .map(([from, to]) => [Math.max(0, Math.floor(from)), Math.min(most, Math.ceil(to))])
    .filter(([from, to]) => from < to);
}

function token() {
  return document.querySelector("[name=csrfmiddlewaretoken]").value;
}
