// Forms of verification: what is typed is kept as a draft until it has arrived, and no event
// ever touches it.

import { h, setText } from "../dom.js";

/**
 * Make a form that opens and closes.
 *
 * `fields` is a list of {name, label, hint?, rows? (a textarea), max, required?, inputmode?};
 * `send(values)` sends what was typed and may reject; `check(values)` may return what is wrong.
 */
export function makeForm(room, { key, fields, button, send, done, check = null, onClose = null }) {
  const draft = room.drafts.read(key) ?? {};
  const inputs = {};
  const error = h("p", { class: "error", role: "alert", hidden: true });
  const submit = h("button", { type: "submit", class: "button button--primary" }, button);
  const node = h(
    "form",
    {
      class: "form",
      novalidate: true,
      hidden: !draft.open,
      on: {
        submit: (event) => {
          event.preventDefault();
          go();
        },
      },
    },
    fields.map((field) => makeField(field)),
    error,
    h(
      "div",
      { class: "actions" },
      submit,
      h(
        "button",
        { type: "button", class: "button button--quiet", on: { click: () => close() } },
        gettext("取消"),
      ),
    ),
  );

  function makeField({ name, label, hint = "", rows = 0, max, inputmode = null }) {
    const id = `claims-${key}-${name}`.replaceAll(":", "-");
    inputs[name] = h(rows ? "textarea" : "input", {
      id,
      rows: rows ? String(rows) : null,
      type: rows ? null : "text",
      inputmode,
      maxlength: String(max),
      autocomplete: "off",
      value: draft[name] ?? "",
      "aria-describedby": hint ? `${id}-hint` : null,
      on: { input: () => remember(true) },
    });
    return h(
      "div",
      { class: "field" },
      h("label", { for: id }, label),
      inputs[name],
      hint && h("span", { class: "helptext", id: `${id}-hint` }, hint),
    );
  }

  function values() {
    return Object.fromEntries(
      Object.entries(inputs).map(([name, input]) => [name, input.value.trim()]),
    );
  }

  function remember(open) {
    const typed = Object.fromEntries(
      Object.entries(inputs).map(([name, input]) => [name, input.value]),
    );
    room.drafts.write(key, { ...typed, open });
  }

  function complain(message, name) {
    setText(error, message);
    error.hidden = false;
    for (const [one, input] of Object.entries(inputs)) {
      if (one === name) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    }
    if (name) inputs[name].focus();
  }

  function wrong(typed) {
    const missing = fields.find((field) => field.required !== false && !typed[field.name]);
    if (missing) return [gettext("请先填写：") + missing.label, missing.name];
    return check?.(typed) ?? null;
  }

  async function go() {
    if (submit.getAttribute("aria-busy") === "true") return;
    error.hidden = true;
    const typed = values();
    const problem = wrong(typed);
    if (problem) {
      complain(...problem);
      return;
    }
    for (const input of Object.values(inputs)) input.removeAttribute("aria-invalid");
    submit.setAttribute("aria-busy", "true");
    try {
      await send(typed);
      for (const input of Object.values(inputs)) input.value = "";
      room.drafts.drop(key);
      room.announce(done);
      close();
    } catch (refusal) {
      complain(refusal.message);
    } finally {
      submit.removeAttribute("aria-busy");
    }
  }

  function close() {
    node.hidden = true;
    if (Object.values(inputs).some((input) => input.value)) remember(false);
    else room.drafts.drop(key);
    onClose?.();
  }

  return {
    node,
    get isOpen() {
      return !node.hidden;
    },
    open() {
      node.hidden = false;
      remember(true);
      Object.values(inputs)[0].focus();
    },
    close,
    fill(name, value) {
      if (!inputs[name].value) inputs[name].value = value;
    },
  };
}

/** A button that does one thing at once; what is refused is said beside it. */
export function actButton(label, kind, run) {
  const error = h("p", { class: "error", role: "alert", hidden: true });
  const button = h(
    "button",
    {
      type: "button",
      class: `button ${kind}`,
      on: {
        click: async () => {
          if (button.getAttribute("aria-busy") === "true") return;
          button.setAttribute("aria-busy", "true");
          error.hidden = true;
          try {
            await run();
          } catch (refusal) {
            setText(error, refusal.message);
            error.hidden = false;
          } finally {
            button.removeAttribute("aria-busy");
          }
        },
      },
    },
    label,
  );
  return { button, error };
}

/** The fields of an objection, to one's own claim or another's. */
export function objectionFields() {
  return [
    {
      name: "reasons",
      label: gettext("异议理由"),
      hint: gettext("请写明对哪项内容有异议、事实和依据。"),
      rows: 4,
      max: 4000,
    },
    {
      name: "legal_basis",
      label: gettext("法律依据（可不填）"),
      rows: 2,
      max: 2000,
      required: false,
    },
  ];
}

/** Send an objection without fields that are empty. */
export function sendObjection(room, claim, typed, creditor = null) {
  const data = { claim, reasons: typed.reasons };
  if (typed.legal_basis) data.legal_basis = typed.legal_basis;
  if (creditor !== null) data.creditor = creditor;
  return room.command("object_to_claim", data);
}
