// The way by a stream of events over plain HTTP, for networks that allow no WebSocket.
//
// Read with fetch rather than EventSource, which does not tell a refusal from a broken network.

import { eventsUrl, refusalCode, signOfLife } from "./line_post.js";

const FIRST_MS = 10000;
const SILENT_MS = 25000; // the server says something every ten seconds
const LATE_MS = 5000;
export const STALLED = "stalled";
export const FAILED = "failed";
export const ENDED = "ended";

/** A stream of a meeting's events. `on`: frame(link, frame), lost(link, code) once. */
export class StreamLink {
  constructor(slug, after, on) {
    this.kind = "stream";
    this.slug = slug;
    this.after = after;
    this.on = on;
    this.over = false;
    this.abort = new AbortController();
    this._waitFor(FIRST_MS);
    this._read();
  }

  /** Ask for a sign of life; without one the stream is dead. */
  probe() {
    signOfLife(this.slug, this.after()).catch(() => this._end(FAILED));
  }

  /** Leave it behind, without a word. */
  close() {
    this.over = true;
    clearTimeout(this.silence);
    this.abort.abort();
  }

  async _read() {
    try {
      const answer = await fetch(eventsUrl(this.slug, this.after(), "stream=1"), {
        cache: "no-store",
        headers: { Accept: "text/event-stream" },
        signal: this.abort.signal,
      });
      const code = await refusalCode(answer);
      if (code !== null) return this._end(code);
      const kind = answer.headers.get("content-type") ?? "";
      if (!answer.ok || !kind.startsWith("text/event-stream")) return this._end(FAILED);
      await this._follow(answer.body.getReader());
      this._end(ENDED);
    } catch {
      this._end(FAILED);
    }
  }

  async _follow(reader) {
    const decoder = new TextDecoder();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done || this.over) return;
      this._waitFor(SILENT_MS);
      rest += decoder.decode(value, { stream: true });
      const events = rest.split("\n\n");
      rest = events.pop();
      for (const event of events) this._take(event);
    }
  }

  _take(event) {
    for (const line of event.split("\n")) {
      if (line.startsWith("data: ") && !this.over) deliver(this, JSON.parse(line.slice(6)));
    }
  }

  _waitFor(longest) {
    clearTimeout(this.silence);
    const due = Date.now() + longest;
    this.silence = setTimeout(() => {
      // Long after its time it says that the machine slept, and nothing of the network.
      this._end(Date.now() - due > LATE_MS ? FAILED : STALLED);
    }, longest);
  }

  _end(code) {
    if (this.over) return;
    this.close();
    this.on.lost(this, code);
  }
}

/** Hand a frame on; one that says the link is over ends it. What stumbles over it breaks no link. */
export function deliver(link, frame) {
  if (frame.type === "closed") {
    link._end(frame.code);
    return;
  }
  try {
    link.on.frame(link, frame);
  } catch (error) {
    setTimeout(() => {
      throw error;
    });
  }
}
