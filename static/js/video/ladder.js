// Which rendition a viewer's line carries: down at once when it does not, up again with patience.
//
// Pure: it knows neither sockets nor pages, and gets the time from its caller (milliseconds).

/** Renditions from the best to the one that needs least of the network. */
export const RUNGS = ["full", "low", "audio"];

/** What a person may choose. */
export const CHOICES = ["auto", ...RUNGS];

const ENOUGH = 2; // the weight of troubles at which a rung is given up
const TOGETHER_MS = 12_000; // troubles further apart do not add up
const SETTLE_MS = 3000; // after a change, what is under way still belongs to the former rung
const FIRST_GOOD_MS = 20_000; // so long without trouble, and the better rung is tried
const LONGEST_GOOD_MS = 300_000;
const TRIAL_MS = 15_000; // trouble within it says that going up was a mistake

const WEIGHTS = { skipped: 2, slow: 1, stall: 1 };

/** One viewer's ladder; all its streams share the line, and so the ladder. */
export class Ladder {
  constructor({ choice = "auto", now = 0 } = {}) {
    this.step = 0;
    this.patience = FIRST_GOOD_MS;
    this.choose(choice, now);
  }

  /** The best rendition that the line carries, or the one that the person chose. */
  get rung() {
    return this.choice === "auto" ? RUNGS[this.step] : this.choice;
  }

  /** Whether the line is the reason for less than the best. */
  get lowered() {
    return this.choice === "auto" && this.step > 0;
  }

  /** A person's choice: "auto" begins at the top again. */
  choose(choice, now) {
    this.choice = CHOICES.includes(choice) ? choice : "auto";
    this.step = 0;
    this.rest(now);
  }

  /** Note trouble: "skipped", "slow" or "stall". Returns whether the rung changed. */
  trouble(kind, now) {
    if (now - this.changedAt < SETTLE_MS && this.step > 0) return false;
    this.goodSince = now;
    this.troubles = this.troubles.filter((one) => now - one.at < TOGETHER_MS);
    this.troubles.push({ at: now, weight: WEIGHTS[kind] ?? 1 });
    const weight = this.troubles.reduce((sum, one) => sum + one.weight, 0);
    if (this.choice !== "auto" || weight < ENOUGH || this.step === RUNGS.length - 1) return false;
    const mistaken = this.wentUpAt !== null && now - this.wentUpAt < TRIAL_MS;
    this.patience = mistaken ? Math.min(this.patience * 2, LONGEST_GOOD_MS) : FIRST_GOOD_MS;
    this.step += 1;
    this.rest(now);
    return true;
  }

  /** Let time pass. Returns whether the rung changed: upwards, after a good while. */
  tick(now) {
    if (!this.lowered || now - this.goodSince < this.patience) return false;
    this.step -= 1;
    this.rest(now);
    this.wentUpAt = now;
    return true;
  }

  rest(now) {
    this.changedAt = now;
    this.goodSince = now;
    this.wentUpAt = null;
    this.troubles = [];
  }
}

/** What to ask of a stream: `rung` for a large picture, at most "low" for a small one. */
export function wish(rung, large) {
  return rung === "full" && !large ? "low" : rung;
}
