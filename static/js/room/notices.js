// Notices: they come and go at the edge, never take the page away and never steal the focus.

import { h } from "./dom.js";

const STAYS_MS = { info: 12000, ok: 4000, warn: 20000 };
const AT_ONCE = 3;

/** Show notices in `place`; `announce` says them to screen readers. */
export function makeNotices(place, announce) {
  return function notify({ text, kind = "info", action = null }) {
    announce(text);
    const close = () => {
      clearTimeout(timer);
      note.remove();
    };
    const note = h(
      "div",
      { class: `toast toast--${kind}` },
      h("p", {}, text),
      h(
        "div",
        { class: "toast-actions" },
        action &&
          h(
            "button",
            {
              type: "button",
              class: "button button--small",
              on: {
                click: () => {
                  close();
                  action.run();
                },
              },
            },
            action.label,
          ),
        h(
          "button",
          {
            type: "button",
            class: "button button--quiet button--small",
            "aria-label": gettext("关闭这条通知"),
            on: { click: close },
          },
          "✕",
        ),
      ),
    );
    let timer = 0;
    const leaveLater = () => {
      clearTimeout(timer);
      timer = setTimeout(close, STAYS_MS[kind]);
    };
    const stay = () => clearTimeout(timer);
    note.addEventListener("pointerenter", stay);
    note.addEventListener("focusin", stay);
    note.addEventListener("pointerleave", leaveLater);
    note.addEventListener("focusout", leaveLater);
    leaveLater();
    place.append(note);
    while (place.children.length > AT_ONCE) place.firstElementChild.remove();
  };
}

/** Say things to screen readers through a live region, one after the other. */
export function makeAnnouncer(region) {
  const waiting = [];
  let busy = false;
  const next = () => {
    if (!waiting.length) {
      busy = false;
      return;
    }
    busy = true;
    region.textContent = waiting.shift();
    setTimeout(next, 1200);
  };
  return function announce(text) {
    waiting.push(text);
    if (!busy) next();
  };
}
