// A form for a text that must not be lost: kept as a draft until the server has it.

import { h, setText } from "../dom.js";

/**
 * Make it. `send(text, extra)` carries it out; `extras` are elements between text and button,
 * `needed(text)` says whether the text may not be empty. Returns {node, update()}.
 */
export function makeWriting(room, options) {
  const { key, label, button, max, send, done, visible, onDone, extras = [], needed } = options;
  const id = `field-${key}`;
  const hint = h("p", { class: "hint", id: `${id}-hint`, hidden: !options.hint });
  const text = h("textarea", {
    id,
    rows: "3",
    maxlength: String(max),
    value: room.drafts.read(key) ?? "",
    "aria-describedby": options.hint ? hint.id : null,
    on: { input: () => room.drafts.write(key, text.value) },
  });
  const error = h("p", { class: "error", role: "alert", hidden: true });
  const submit = h("button", { type: "submit", class: "button button--primary" }, button);
  const node = h(
    "form",
    {
      class: "form ask",
      on: {
        submit: (event) => {
          event.preventDefault();
          go();
        },
      },
    },
    h("div", { class: "field" }, h("label", { for: id }, label), text),
    hint,
    extras,
    error,
    submit,
  );

  function complain(message) {
    setText(error, message);
    error.hidden = false;
    text.focus();
  }

  async function go() {
    const words = text.value.trim();
    error.hidden = true;
    if (!words && (needed?.() ?? true)) {
      complain(gettext("请先写下内容。"));
      return;
    }
    if (submit.getAttribute("aria-busy") === "true") return;
    submit.setAttribute("aria-busy", "true");
    try {
      await send(words);
      text.value = "";
      room.drafts.drop(key);
      room.announce(done);
      onDone?.();
    } catch (refusal) {
      complain(refusal.message);
    } finally {
      submit.removeAttribute("aria-busy");
    }
  }

  return {
    node,
    text,
    update() {
      node.hidden = !visible();
      if (options.hint) setText(hint, options.hint());
    },
  };
}
