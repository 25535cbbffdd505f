// How much goes up a second: less when the line does not keep up, more again when it does.

const BEST = { camera: 1_200_000, screen: 1_800_000 };
const LEAST = 200_000;
const FALL = 0.5;
const RISE = 2;
const NEARLY = 0.9; // so near the best another step would not be worth its part
const BEHIND_MS = 2_500; // waiting to be sent for so long: the line does not keep up
const BEHIND_LOOKS = 4;
const STUCK_MS = 10_000; // so much never catches up: what waits is given up
const EASY_MS = 400;
const SETTLE_MS = 8_000; // what is on its way was made at the old rate
const PATIENCE_MS = 30_000;
const LONGEST_PATIENCE_MS = 600_000;

/**
 * The bit rate (bits a second) for a source. `look` is told every half second or so how far the
 * line is behind; each change costs a new part of the recording, so a rise that did not hold is
 * tried again only after twice the time.
 */
export class Rate {
  constructor(source, now = performance.now()) {
    this.best = BEST[source];
    this.bits = this.best;
    this.patience = PATIENCE_MS;
    this.settle = SETTLE_MS;
    this.changedAt = now;
    this.easySince = now;
    this.rose = false;
    this.behind = 0;
  }

  /** Whether the picture is worse than it could be. */
  get slow() {
    return this.bits < this.best;
  }

  /** Judge by what waits (ms of media); returns "stuck", "fall", "rise" or null. */
  look(waitingMs, now = performance.now()) {
    if (waitingMs > EASY_MS) this.easySince = now;
    this.behind = waitingMs > BEHIND_MS ? this.behind + 1 : 0;
    if (waitingMs > STUCK_MS) {
      this.fall(now);
      return "stuck";
    }
    if (now - this.changedAt < this.settle) return null;
    if (this.behind >= BEHIND_LOOKS && this.bits > LEAST) {
      this.fall(now);
      return "fall";
    }
    if (this.slow && now - this.easySince >= this.patience) {
      const next = this.bits * RISE;
      this.set(next > this.best * NEARLY ? this.best : next, now);
      this.rose = true;
      this.settle = SETTLE_MS;
      return "rise";
    }
    return null;
  }

  fall(now) {
    if (this.rose) this.patience = Math.min(LONGEST_PATIENCE_MS, this.patience * 2);
    this.rose = false;
    // A server out of breath is not helped by parts that follow one another.
    this.settle *= 2;
    this.set(Math.max(LEAST, this.bits * FALL), now);
  }

  set(bits, now) {
    this.bits = Math.round(bits);
    this.changedAt = this.easySince = now;
    this.behind = 0;
  }
}
