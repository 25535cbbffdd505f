// The server's time, for countdowns: a reader's clock may be minutes wrong.
//
// Every moment that the server names has passed when it gets here, so each gives a lower bound
// of the difference; the greatest is the best. The page tells when it was made, events tell
// when they happened.

let ahead = -Infinity; // milliseconds that the server is ahead of performance.now()

/** Learn from a moment of the server's (RFC 3339) that reached us now. */
export function heard(rfc3339, at = performance.now()) {
  const moment = Date.parse(rfc3339);
  if (Number.isFinite(moment)) ahead = Math.max(ahead, moment - at);
}

/** Learn from the moment at which the server made this page. */
export function heardFromPage(rfc3339) {
  const [page] = performance.getEntriesByType("navigation");
  heard(rfc3339, page ? page.responseStart : performance.now());
}

/** The server's time in milliseconds since 1970. */
export function serverNow() {
  return Number.isFinite(ahead) ? performance.now() + ahead : Date.now();
}

/** Seconds from the server's now until a moment (RFC 3339). */
export function secondsUntil(rfc3339) {
  return (Date.parse(rfc3339) - serverNow()) / 1000;
}
