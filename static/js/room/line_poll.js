// The way by one request after the other, for proxies that hold a stream back until its end.

import { eventsUrl, refusalCode, signOfLife } from "./line_post.js";
import { FAILED, deliver } from "./line_stream.js";

const LONGEST_MS = 40000; // the server answers after 25 seconds at the latest
const PAUSE_MS = 400;

/** Asks a meeting for its events again and again. `on`: frame(link, frame), lost(link, code) once. */
export class PollLink {
  constructor(slug, after, on) {
    this.kind = "poll";
    this.slug = slug;
    this.after = after;
    this.on = on;
    this.over = false;
    this.abort = new AbortController();
    this._ask();
  }

  /** Ask for a sign of life; without one the network is gone. */
  probe() {
    signOfLife(this.slug, this.after()).catch(() => this._end(FAILED));
  }

  /** Leave it behind, without a word. */
  close() {
    this.over = true;
    clearTimeout(this.patience);
    this.abort.abort();
  }

  async _ask() {
    // The first is answered at once: it shows that this way is open.
    let more = "poll=1&wait=0";
    try {
      while (!this.over) {
        this.patience = setTimeout(() => this._end(FAILED), LONGEST_MS);
        const answer = await fetch(eventsUrl(this.slug, this.after(), more), {
          cache: "no-store",
          signal: this.abort.signal,
        });
        const code = await refusalCode(answer);
        if (code !== null) return this._end(code);
        if (!answer.ok) return this._end(FAILED);
        const frames = await answer.json();
        clearTimeout(this.patience);
        for (const frame of frames) if (!this.over) deliver(this, frame);
        more = "poll=1";
        await new Promise((go) => setTimeout(go, PAUSE_MS));
      }
    } catch {
      this._end(FAILED);
    }
  }

  _end(code) {
    if (this.over) return;
    this.close();
    this.on.lost(this, code);
  }
}
