// Steps that cannot be undone ask once more, in the page: no window of their own.

import { h, replace } from "./dom.js";

/**
 * A button that, pressed, gives way to a question with "yes" and "back".
 *
 * `fields()` may give further elements for the question; `run()` does it and may reject with a
 * message, which is shown. `kind` is a button's class.
 */
export function confirmStep({ label, question, yes, run, kind = "", fields = null }) {
  const place = h("div", { class: "confirm-step" });
  const button = h(
    "button",
    { type: "button", class: `button ${kind}`, on: { click: () => ask() } },
    label,
  );

  function rest(focus) {
    replace(place, button);
    if (focus) button.focus();
  }

  function ask() {
    const error = h("p", { class: "error", role: "alert", hidden: true });
    const text = h("p", { tabindex: "-1", class: "confirm-question" }, question);
    const doIt = h(
      "button",
      {
        type: "button",
        class: `button ${kind || "button--primary"}`,
        on: { click: () => go(doIt, error) },
      },
      yes ?? label,
    );
    replace(
      place,
      h(
        "div",
        { class: "notice notice--warn confirm", role: "group" },
        text,
        fields?.(),
        error,
        h(
          "div",
          { class: "actions" },
          doIt,
          h(
            "button",
            { type: "button", class: "button", on: { click: () => rest(true) } },
            gettext("返回"),
          ),
        ),
      ),
    );
    text.focus();
  }

  async function go(doIt, error) {
    if (doIt.getAttribute("aria-busy") === "true") return;
    doIt.setAttribute("aria-busy", "true");
    error.hidden = true;
    try {
      await run();
      rest(place.contains(document.activeElement));
    } catch (refusal) {
      error.textContent = refusal.message;
      error.hidden = false;
    } finally {
      doIt.removeAttribute("aria-busy");
    }
  }

  rest(false);
  return place;
}
