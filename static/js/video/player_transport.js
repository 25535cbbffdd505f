// By which way the media comes: the socket, or HLS where the socket carries none. Pure.

const LOSSES = 3;
const TOGETHER_MS = 60_000;
const FIRST_TRIAL_MS = 45_000;
const LONGEST_TRIAL_MS = 600_000;
const PROOF_MS = 5000;

/** Times are milliseconds. `canHls` and `canFeed` tell what the browser plays. */
export class Transport {
  constructor({ canFeed, canHls }) {
    Object.assign(this, { canFeed, canHls });
    this.kind = canFeed || !canHls ? "socket" : "hls";
    this.losses = [];
    this.wait = FIRST_TRIAL_MS;
    this.trialAt = Infinity;
    this.provenSince = null;
  }

  /** The socket broke. Returns whether the way changed. */
  lost(now) {
    this.losses = this.losses.filter((at) => now - at < TOGETHER_MS);
    this.losses.push(now);
    this.provenSince = null;
    return this.losses.length >= LOSSES && this.toHls(now);
  }

  /** What was asked for on the socket never came. Returns whether the way changed. */
  silent(now) {
    return this.toHls(now);
  }

  toHls(now) {
    if (this.kind === "hls" || !this.canHls) return false;
    this.kind = "hls";
    this.trialAt = now + this.wait;
    return true;
  }

  /** Whether the socket is to be tried while HLS plays. */
  trying(now) {
    return this.kind === "hls" && this.canFeed && now >= this.trialAt;
  }

  /** Media came by the socket while it was tried. Returns whether the way changed. */
  proven(now) {
    this.provenSince ??= now;
    if (now - this.provenSince < PROOF_MS) return false;
    this.kind = "socket";
    this.losses = [];
    this.provenSince = null;
    this.wait = Math.min(this.wait * 2, LONGEST_TRIAL_MS);
    return true;
  }

  /** The trial showed nothing: wait longer before the next one. */
  failed(now) {
    this.wait = Math.min(this.wait * 2, LONGEST_TRIAL_MS);
    this.trialAt = now + this.wait;
    this.provenSince = null;
  }
}
