// Fields of the chair's steps: when a poll closes, for what reasons.

import { h, say } from "./dom.js";

const MINUTES = [3, 5, 10, 15, 30, 60];
const COURT = "+08:00"; // times are given by the court's clock, wherever the chair is

/** How a poll closes: by hand, in some minutes, or at a moment. `read()` gives a command's data. */
export function closingFields(name, { none, minutes = 10, words }) {
  const at = h("input", { id: `${name}-at`, type: "datetime-local", step: "60" });
  const atField = h(
    "div",
    { class: "field", hidden: true },
    h("label", { for: `${name}-at` }, gettext("截止日期和时间（北京时间）")),
    at,
  );
  const select = h(
    "select",
    {
      id: `${name}-how`,
      on: {
        change: () => {
          atField.hidden = select.value !== "at";
          if (!atField.hidden) at.focus();
        },
      },
    },
    none && h("option", { value: "" }, none),
    MINUTES.map((n) => h("option", { value: String(n), selected: n === minutes }, say(words, { n }))),
    h("option", { value: "at" }, gettext("在指定的日期和时间截止")),
  );
  return {
    nodes: [
      h("div", { class: "field" }, h("label", { for: `${name}-how` }, gettext("截止方式")), select),
      atField,
    ],
    read() {
      if (select.value === "at") {
        if (!at.value) throw new Error(gettext("请填写截止日期和时间。"));
        return { closes_at: `${at.value}:00${COURT}` };
      }
      return select.value ? { minutes: Number(select.value) } : {};
    },
  };
}

/** A field for reasons that outlives a reload. */
export function reasonsField(room, key, label) {
  const shelf = `reasons:${key}`;
  const area = h("textarea", {
    id: `reasons-${key}`,
    maxlength: "2000",
    rows: "3",
    value: room.drafts.read(shelf) ?? "",
    on: { input: () => room.drafts.write(shelf, area.value) },
  });
  return {
    node: h("div", { class: "field" }, h("label", { for: area.id }, label), area),
    read() {
      const text = area.value.trim();
      if (!text) {
        area.focus();
        throw new Error(gettext("请填写理由。"));
      }
      return text;
    },
    drop: () => room.drafts.drop(shelf),
  };
}
