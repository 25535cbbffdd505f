// A lane for what moves all the time (pages turned, a pointer): one thing under way, a pause after
// each, and of what waits only the newest goes.

/** Make one. `send(value)` gives a promise; returns a function that takes values. */
export function makeLane(send, pauseMs) {
  let waiting = null;
  let busy = false;

  async function go() {
    busy = true;
    while (waiting) {
      const { value } = waiting;
      waiting = null;
      // What could not be sent is out of date by now; the next goes all the same.
      await send(value).catch(() => {});
      await new Promise((resolve) => {
        setTimeout(resolve, pauseMs);
      });
    }
    busy = false;
  }

  return function take(value) {
    waiting = { value };
    if (!busy) go();
  };
}
