// How long to wait before the line is tried again: nobody comes back at the same moment as others.

// Each wait is anything up to these: a server that restarts must not meet everybody at once.
const RETRY_MS = [1000, 2000, 4000, 8000, 15000];
const LONGEST_SPREAD_MS = 30000;
const CLOSE_RESTARTING = 1012;
const RESTARTING_SHARE = 4;
const CLOSE_CROWDED = 4429;
const CROWDED_MS = 60000;

/**
 * The longest wait (ms) after so many failures in a row.
 *
 * Where the other end closed the line (`code`), everybody's may be: people come back within so
 * many seconds that the server takes `pace` of the `online` ones a second; in a quarter of that
 * where a server says that it restarts, for it sends its own people away one after the other, and
 * others may be there. Where our line alone went silent (no code) there is nobody to wait for.
 */
export function longestPause(failures, code, online, pace) {
  if (code === CLOSE_CROWDED) return CROWDED_MS;
  const own = RETRY_MS[Math.min(failures, RETRY_MS.length - 1)];
  if (code === undefined || !(online > 0) || !(pace > 0)) return own;
  const share = code === CLOSE_RESTARTING ? RESTARTING_SHARE : 1;
  return Math.max(own, Math.min((1000 * online) / pace / share, LONGEST_SPREAD_MS));
}
