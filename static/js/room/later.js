// Parts of the room that are fetched after it: a network that blinks does not lose them for good.

import { h, replace } from "./dom.js";

const PAUSES_MS = [1000, 2000, 4000, 8000, 15000, 30000];
const RELOAD_AFTER = 3;

/**
 * Fetch a module, again and again with growing pauses, until it is there. `load(again)` imports
 * it; `again` goes to the end of its address, since browsers may remember an address that failed.
 * `onFailure({retry, tries})` hears of every failure; `retry()` tries at once.
 */
export function fetchLater(load, onFailure) {
  return new Promise((resolve) => {
    let tries = 0;
    let timer = null;
    let busy = false;

    async function attempt() {
      if (busy) return;
      busy = true;
      clearTimeout(timer);
      window.removeEventListener("online", attempt);
      try {
        resolve(await load(tries ? `?again=${tries}` : ""));
      } catch (error) {
        tries += 1;
        console.warn("a part of the room could not be fetched", error);
        timer = setTimeout(attempt, PAUSES_MS[Math.min(tries, PAUSES_MS.length) - 1]);
        window.addEventListener("online", attempt);
        busy = false;
        onFailure({ retry: attempt, tries });
      }
    }

    attempt();
  });
}

/** Say in `place` that a part is missing, with a button to try again: an `onFailure`. */
export function sayMissing(place, words) {
  let reload = null;
  return function onFailure({ retry, tries }) {
    if (reload === null) {
      reload = button(gettext("重新载入"), () => location.reload());
      const again = button(gettext("重试"), retry);
      replace(
        place,
        h(
          "div",
          { class: "empty" },
          h("p", {}, words),
          h("div", { class: "actions missing-actions" }, again, reload),
        ),
      );
    }
    reload.hidden = tries < RELOAD_AFTER;
  };
}

function button(text, run) {
  return h("button", { type: "button", class: "button", on: { click: () => run() } }, text);
}
