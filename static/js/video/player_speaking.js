// Who speaks, from how loud the streams are. Marks neither flicker in a pause for breath nor
// light up at a cough. Pure: times are milliseconds, levels 0 to 100.

const LOUD = 50; // about -30 dBFS: a voice near the microphone
const QUIET = 35;
const RISE_MS = 200;
const FALL_MS = 1200;
const LEAD_MS = 2000;
const FORGET_MS = 3000;

/** Follows the streams of one meeting. */
export class Speaking {
  constructor() {
    this.streams = new Map();
    this.leader = null;
  }

  /** Note how loud a stream is. */
  heard(id, level, now) {
    const one = this.streams.get(id) ?? { loudSince: null, loudAt: -Infinity, since: null };
    this.streams.set(id, one);
    one.at = now;
    if (level >= LOUD) {
      one.loudSince ??= now;
      one.loudAt = now;
      if (one.since === null && now - one.loudSince >= RISE_MS) one.since = now;
    } else if (level < QUIET) {
      one.loudSince = null;
    } else if (one.since !== null) {
      one.loudAt = now;
    }
  }

  /** Keep only these streams. */
  keep(ids) {
    for (const id of this.streams.keys()) if (!ids.includes(id)) this.streams.delete(id);
  }

  /** Let time pass: {speaking: [ids], leader: the id that has spoken for a while, or null}. */
  tick(now) {
    for (const one of this.streams.values()) {
      if (now - one.loudAt > FALL_MS || now - one.at > FORGET_MS) one.since = null;
    }
    const speaking = [...this.streams].filter(([, one]) => one.since !== null);
    if (!speaking.some(([id]) => id === this.leader)) {
      const longest = speaking.sort(([, a], [, b]) => a.since - b.since)[0];
      const leads = longest && now - longest[1].since >= LEAD_MS;
      // Nobody speaks: who spoke last stays large.
      if (leads) [this.leader] = longest;
      else if (!this.streams.has(this.leader)) this.leader = null;
    }
    return { speaking: speaking.map(([id]) => id), leader: this.leader };
  }
}
