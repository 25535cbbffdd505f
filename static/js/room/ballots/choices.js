// The form of one poll: one creditor's choice, a choice by group, or one for all and exceptions.
//
// The elements stay while their choices change, so that focus and what is typed stay too.

import { fen, fullMoney, h, say, setText } from "../dom.js";
import { choiceName, groupName } from "../rules.js";
import { CHOICES } from "./book.js";

const FILTER_FROM = 8; // fewer names are seen at once

/** Three radio buttons under a legend; `refresh(choice)` shows what is chosen elsewhere. */
function choiceSet({ name, legend, note, disabled = false, onPick }) {
  const radios = CHOICES.map((choice) =>
    h("input", {
      type: "radio",
      name,
      value: choice,
      disabled,
      "aria-label": choiceName(choice),
      "aria-describedby": choice === "abstain" ? `${name}-note` : null,
      on: { change: () => onPick(choice) },
    }),
  );
  const node = h(
    "fieldset",
    { class: "bare choice-set" },
    h("legend", {}, legend),
    note,
    h(
      "div",
      { class: "choices" },
      radios.map((radio) =>
        h(
          "label",
          { class: `choice choice--${radio.value}` },
          radio,
          h("b", {}, choiceName(radio.value)),
          radio.value === "abstain" &&
            h("small", { id: `${name}-note` }, gettext("不计入同意")),
        ),
      ),
    ),
  );
  return {
    node,
    first: radios[0],
    refresh(choice) {
      for (const radio of radios) {
        const wanted = radio.value === choice;
        if (radio.checked !== wanted) radio.checked = wanted;
      }
    },
  };
}

/** Who votes with what: the name, the groups, the amount. */
export function weightLine(name, groups, amount) {
  const named = groups.map(groupName).filter(Boolean);
  return h(
    "div",
    { class: "weight" },
    h(
      "span",
      {},
      say(gettext("表决人：%(name)s"), { name }),
      named.length > 0 && h("small", {}, ` ${named.join(gettext("、"))}`),
    ),
    h("b", {}, fullMoney(amount)),
  );
}

/** The amount with which a creditor votes in a group. */
export function lineAmount(right, group) {
  return right.lines?.find((line) => line.group === group)?.amount ?? right.amount;
}

/** The form for a poll's items; `onChange()` after every choice. */
export function makeChoices(book, id, items, { disabled = false, onChange }) {
  const changed = (path, choice) => {
    book.pick(path, choice);
    onChange();
  };
  return items.length === 1
    ? single(book, id, items[0], { disabled, changed, onChange })
    : many(book, id, items, { disabled, changed, onChange });
}

function headsOnly(item) {
  if (Number(item.right.amount) > 0 || !item.right.heads) return null;
  return h(
    "p",
    { class: "hint" },
    gettext("您的债权有财产担保且未放弃优先受偿权：计入人数，不计入无财产担保债权额。"),
  );
}

function single(book, id, item, { disabled, changed, onChange }) {
  const groups = book.groupsOf(item);
  const name = `choice-${id}-${item.creditor}`;
  const together = choiceSet({
    name,
    legend: weightLine(item.name, groups, item.right.amount),
    note: headsOnly(item),
    disabled,
    onPick: (choice) => changed(item.key, choice),
  });
  if (groups.length < 2) {
    return {
      node: h("div", { class: "ballot-form" }, together.node),
      focus: together.first,
      refresh: () => together.refresh(book.choiceOf(item)),
    };
  }
  const apart = byGroup(book, item, name, { disabled, changed });
  const same = toggle(gettext("各组意见相同"), () => setApart(false));
  const differ = toggle(gettext("按组分别表决"), () => setApart(true));
  const setApart = (value) => {
    book.pickApart(item, value);
    refresh();
    onChange();
  };
  const node = h(
    "div",
    { class: "ballot-form" },
    h(
      "p",
      { class: "hint" },
      say(gettext("%(name)s在 %(n)s 个表决组中各有一票。"), { name: item.name, n: groups.length }),
    ),
    h(
      "div",
      { class: "segments", role: "group", "aria-label": gettext("各组的意见") },
      same,
      differ,
    ),
    together.node,
    apart.node,
  );
  function refresh() {
    const separately = book.isApart(item);
    same.setAttribute("aria-pressed", String(!separately));
    differ.setAttribute("aria-pressed", String(separately));
    together.node.hidden = separately;
    apart.node.hidden = !separately;
    together.refresh(book.choiceOf(item));
    apart.refresh();
  }
  refresh();
  return { node, focus: same, refresh };
}

function toggle(text, run) {
  return h("button", { type: "button", class: "segment", on: { click: run } }, text);
}

function byGroup(book, item, name, { disabled, changed }) {
  const sets = book.groupsOf(item).map((group) => [
    group,
    choiceSet({
      name: `${name}-${group}`,
      legend: h(
        "div",
        { class: "weight" },
        h("span", {}, groupName(group)),
        h("b", {}, fullMoney(lineAmount(item.right, group))),
      ),
      disabled,
      onPick: (choice) => changed(`${item.key}/${group}`, choice),
    }),
  ]);
  return {
    node: h("div", { class: "by-group" }, sets.map(([, set]) => set.node)),
    refresh() {
      for (const [group, set] of sets) set.refresh(book.picked(`${item.key}/${group}`));
    },
  };
}

// --- one person for many ---

function many(book, id, items, { disabled, changed, onChange }) {
  const all = choiceSet({
    name: `choice-${id}`,
    legend: h(
      "div",
      { class: "weight" },
      h("span", {}, say(gettext("为全部 %(n)s 户"), { n: items.length })),
      h("b", {}, fullMoney(sumOf(items))),
    ),
    disabled,
    onPick: (choice) => changed(String(id), choice),
  });
  const rows = items.map((item) => makeRow(book, item, { disabled, changed, onChange }));
  const list = h(
    "ul",
    { class: "plain principals" },
    rows.map((row) => row.node),
  );
  const summary = h("summary", {});
  const details = h(
    "details",
    { class: "resolution-full exceptions" },
    summary,
    items.length >= FILTER_FROM && makeFilter(id, rows, { book, disabled, onChange }),
    list,
  );
  function refresh() {
    all.refresh(book.picked(String(id)));
    for (const row of rows) row.refresh();
    const own = rows.filter((row) => row.isException()).length;
    setText(
      summary,
      own
        ? say(gettext("逐户设定（%(n)s 户另有选择）"), { n: own })
        : gettext("逐户设定：个别债权人意见不同"),
    );
  }
  refresh();
  details.open = rows.some((row) => row.isException());
  return {
    node: h("div", { class: "ballot-form" }, all.node, details),
    focus: all.first,
    refresh,
  };
}

/** The sum of what items vote with, in yuan. */
export function sumOf(items) {
  const total = items.reduce((sum, item) => sum + fen(item.right?.amount ?? "0"), 0n);
  return `${total / 100n}.${String(total % 100n).padStart(2, "0")}`;
}

function makeRow(book, item, { disabled, changed, onChange }) {
  const groups = book.groupsOf(item);
  const field = `choose-${item.key.replace("/", "-")}`;
  const asAll = h("option", { value: "" });
  const select = h(
    "select",
    { id: field, disabled, on: { change: () => choose(select.value) } },
    asAll,
    CHOICES.map((choice) => h("option", { value: choice }, choiceName(choice))),
    groups.length > 1 && h("option", { value: "apart" }, gettext("按组分别表决")),
  );
  const parts = groups.length > 1 ? groups.map((group) => groupSelect(group)) : [];
  const apart = h("div", { class: "principal-groups", hidden: true }, parts.map((one) => one.node));
  const node = h(
    "li",
    { class: "principal" },
    h(
      "label",
      { for: field },
      h("span", { class: "principal-name" }, item.name),
      h("span", { class: "hint" }, fullMoney(item.right.amount)),
    ),
    select,
    apart,
  );

  function groupSelect(group) {
    const name = `${field}-${group}`;
    const choice = h(
      "select",
      {
        id: name,
        disabled,
        on: { change: () => changed(`${item.key}/${group}`, choice.value || null) },
      },
      h("option", { value: "" }, gettext("请选择")),
      CHOICES.map((one) => h("option", { value: one }, choiceName(one))),
    );
    return {
      group,
      choice,
      node: h(
        "div",
        { class: "principal-group" },
        h("label", { for: name }, `${item.name} · ${groupName(group)}`),
        choice,
      ),
    };
  }

  function choose(value) {
    book.pickApart(item, value === "apart");
    book.pick(item.key, value === "apart" ? null : value);
    refresh();
    onChange();
  }

  function refresh() {
    const general = book.picked(String(item.poll));
    setText(
      asAll,
      general
        ? say(gettext("同全部：%(choice)s"), { choice: choiceName(general) })
        : gettext("同全部"),
    );
    const wanted = book.isApart(item) ? "apart" : (book.picked(item.key) ?? "");
    if (select.value !== wanted) select.value = wanted;
    apart.hidden = wanted !== "apart";
    for (const one of parts) one.choice.value = book.picked(`${item.key}/${one.group}`) ?? "";
    node.classList.toggle("principal--own", wanted !== "");
  }

  return {
    item,
    node,
    choose,
    refresh,
    isException: () => book.isApart(item) || Boolean(book.picked(item.key)),
  };
}

function makeFilter(id, rows, { disabled, onChange }) {
  const field = `filter-${id}`;
  const found = h("p", { class: "hint", role: "status" });
  const shown = () => rows.filter((row) => !row.node.hidden);
  const input = h("input", {
    id: field,
    type: "search",
    autocomplete: "off",
    on: {
      input: () => {
        const wanted = input.value.trim().toLowerCase();
        for (const row of rows) {
          row.node.hidden = Boolean(wanted) && !row.item.name.toLowerCase().includes(wanted);
        }
        setText(found, say(gettext("列出 %(n)s 户"), { n: shown().length }));
      },
    },
  });
  const every = h(
    "select",
    {
      id: `${field}-all`,
      disabled,
      on: {
        change: () => {
          const value = every.value === "as-all" ? "" : every.value;
          for (const row of shown()) row.choose(value);
          every.value = "";
          onChange();
        },
      },
    },
    h("option", { value: "" }, gettext("请选择")),
    CHOICES.map((choice) => h("option", { value: choice }, choiceName(choice))),
    h("option", { value: "as-all" }, gettext("同全部")),
  );
  setText(found, say(gettext("列出 %(n)s 户"), { n: rows.length }));
  return h(
    "div",
    { class: "form principal-tools" },
    h(
      "div",
      { class: "field" },
      h("label", { for: field }, gettext("按名称查找")),
      input,
      found,
    ),
    h(
      "div",
      { class: "field" },
      h("label", { for: `${field}-all` }, gettext("列出的各户都设为")),
      every,
    ),
  );
}
