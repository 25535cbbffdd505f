// Forms of verification: what is typed is kept as a draft until it has arrived, and no event
// ever touches it.

import { h, setText } from "../dom.js";
import { fileField, uploadAlong, wrongFiles } from "./files.js";

/**
 * Make a form that opens and closes.
 *
 * `fields` is a list of {name, label, hint?, rows? (a textarea), options? (a select of
 * [value, words]), type?, max, required?, inputmode?}; with `files` (its label) there is a field
 * for files too (`oneFile`: for one). `send(values, files)` sends what was typed and may reject; `check(values)` may
 * return what is wrong; `typing(name, inputs)` is told of each change; `before` stands above.
 */
export function makeForm(
  room,
  {
    key,
    fields,
    button,
    send,
    done,
    files = "",
    oneFile = false,
    before = null,
    check = null,
    typing = null,
    onClose = null,
  },
) {
  const draft = room.drafts.read(key) ?? {};
  const inputs = {};
  const error = h("p", { class: "error", role: "alert", hidden: true });
  const submit = h("button", { type: "submit", class: "button button--primary" }, button);
  const attached = files ? fileField(idOf("files"), { label: files, many: !oneFile }) : null;
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
    before,
    fields.map((field) => makeField(field)),
    attached?.node,
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

  function idOf(name) {
    return `claims-${key}-${name}`.replaceAll(":", "-");
  }

  function makeField({ name, label, hint = "", rows = 0, options = null, type = "text", max, inputmode = null }) {
    const id = idOf(name);
    const tag = options ? "select" : rows ? "textarea" : "input";
    const input = h(
      tag,
      {
        id,
        rows: rows ? String(rows) : null,
        type: tag === "input" ? type : null,
        inputmode,
        maxlength: max && !options ? String(max) : null,
        autocomplete: "off",
        "aria-describedby": hint ? `${id}-hint` : null,
        on: {
          input: () => {
            typing?.(name, inputs);
            remember(true);
          },
        },
      },
      options?.map(([value, words]) => h("option", { value }, words)),
    );
    input.value = draft[name] ?? options?.[0][0] ?? "";
    inputs[name] = input;
    return h(
      "div",
      { class: "field" },
      h("label", { for: id }, label),
      input,
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
    const badFile = attached ? wrongFiles(attached.read()) : "";
    return badFile ? [badFile] : (check?.(typed) ?? null);
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
      await send(typed, attached?.read() ?? []);
      for (const field of fields) inputs[field.name].value = field.options?.[0][0] ?? "";
      attached?.clear();
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
    if (fields.some((field) => !field.options && inputs[field.name].value)) remember(false);
    else room.drafts.drop(key);
    onClose?.();
  }

  return {
    node,
    inputs,
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

/** A button that opens a form, and gives way to it while it is open. */
export function opener(label, form, draw) {
  return h(
    "button",
    {
      type: "button",
      class: "button",
      on: {
        click: () => {
          form().open();
          draw();
        },
      },
    },
    label,
  );
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

/** The label of the field for files of an objection. */
export function objectionFiles() {
  return gettext("证据附件（可不附）");
}

/** Send an objection without fields that are empty, then the files that go with it. */
export async function sendObjection(room, claim, typed, creditor = null, files = []) {
  const data = { claim, reasons: typed.reasons };
  if (typed.legal_basis) data.legal_basis = typed.legal_basis;
  if (creditor !== null) data.creditor = creditor;
  const answer = await room.command("object_to_claim", data);
  await uploadAlong(room, answer?.files_url, files);
}
