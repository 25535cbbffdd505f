// Temporary amounts for many claims at once: a field a claim, one reason, all or none.

import { fen, fullMoney, h, keep, say, setText } from "../dom.js";
import { isAmount, plainAmount } from "./words.js";

const KEY = "temporary-many";

/** Make the form; `all()` gives the undetermined claims in order. */
export function makeMany(room, all) {
  const draft = room.drafts.read(KEY) ?? {};
  const typed = { amounts: {}, percent: "", reason: "", open: false, ...draft };
  const rows = h("ul", { class: "plain temporary-rows" });
  const fields = new Map();
  const error = h("p", { class: "error", role: "alert", hidden: true });
  const sum = h("p", { class: "hint", role: "status" });
  const percent = h("input", {
    id: "temporary-percent",
    type: "text",
    inputmode: "decimal",
    maxlength: "6",
    autocomplete: "off",
    value: typed.percent,
    on: {
      input: () => {
        typed.percent = percent.value;
        keepDraft();
      },
    },
  });
  const reason = h("textarea", {
    id: "temporary-reason",
    rows: "2",
    maxlength: "1000",
    value: typed.reason,
    on: {
      input: () => {
        typed.reason = reason.value;
        keepDraft();
      },
    },
  });
  const submit = h(
    "button",
    { type: "submit", class: "button button--primary" },
    gettext("一并确定债权额"),
  );
  const form = h(
    "form",
    {
      class: "form card temporary-form",
      novalidate: true,
      hidden: !typed.open,
      on: {
        submit: (event) => {
          event.preventDefault();
          go();
        },
      },
    },
    h("h3", {}, gettext("为多笔债权临时确定债权额")),
    h(
      "div",
      { class: "field" },
      h("label", { for: "temporary-percent" }, gettext("按申报金额的百分比填写")),
      h(
        "div",
        { class: "temporary-fill" },
        percent,
        h("span", { "aria-hidden": "true" }, "%"),
        h(
          "button",
          { type: "button", class: "button", on: { click: () => fillAll() } },
          gettext("填入各笔"),
        ),
      ),
      h("span", { class: "helptext" }, gettext("不足一分的舍去；填入后可以逐笔修改，留空的不变。")),
    ),
    rows,
    h(
      "div",
      { class: "field" },
      h("label", { for: "temporary-reason" }, gettext("理由")),
      reason,
    ),
    sum,
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
  const toggle = h(
    "button",
    {
      type: "button",
      class: "button",
      on: {
        click: () => {
          form.hidden = false;
          typed.open = true;
          keepDraft();
          update();
          percent.focus();
        },
      },
    },
    gettext("为多笔债权一并确定"),
  );
  const node = h("div", { hidden: true }, toggle, form);

  function keepDraft() {
    room.drafts.write(KEY, typed);
  }

  function complain(message, id = null) {
    setText(error, message);
    error.hidden = false;
    for (const [one, input] of fields) {
      if (one === id) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    }
    (id !== null ? fields.get(id) : null)?.focus();
  }

  function fillAll() {
    const share = percent.value.normalize("NFKC").replace(/[%\s]/g, "");
    if (!/^\d{1,3}(\.\d{1,2})?$/.test(share) || fen(share) > 10000n) {
      complain(gettext("百分比应在 0 到 100 之间，例如 30 或者 33.33。"));
      percent.focus();
      return;
    }
    error.hidden = true;
    for (const one of all()) {
      const amount = (fen(one.filed) * fen(share)) / 10000n;
      const text = `${amount / 100n}.${String(amount % 100n).padStart(2, "0")}`;
      fields.get(one.id).value = text;
      typed.amounts[one.id] = text;
    }
    keepDraft();
    tellSum();
    room.announce(sum.textContent);
  }

  function chosen() {
    return all().filter((one) => (typed.amounts[one.id] ?? "").trim());
  }

  function tellSum() {
    const found = chosen().filter((one) => isAmount(plainAmount(typed.amounts[one.id])));
    const total = found.reduce((all_, one) => all_ + fen(plainAmount(typed.amounts[one.id])), 0n);
    const amount = fullMoney(`${total / 100n}.${String(total % 100n).padStart(2, "0")}`);
    setText(sum, say(gettext("将确定 %(n)s 笔，合计 %(amount)s。"), { n: found.length, amount }));
  }

  async function go() {
    if (submit.getAttribute("aria-busy") === "true") return;
    error.hidden = true;
    const found = chosen();
    if (!found.length) {
      complain(gettext("请至少填写一笔债权的金额。"));
      return;
    }
    for (const one of found) {
      const amount = plainAmount(typed.amounts[one.id]);
      const about = say(gettext("第 %(n)s 号 %(who)s："), { n: one.number, who: one.creditor });
      if (!isAmount(amount)) {
        complain(about + gettext("金额不正确，应如 1234.50。"), one.id);
        return;
      }
      if (fen(amount) > fen(one.filed)) {
        const most = say(gettext("不能超过申报金额 %(filed)s。"), { filed: fullMoney(one.filed) });
        complain(about + most, one.id);
        return;
      }
    }
    if (!reason.value.trim()) {
      complain(gettext("请先填写：") + gettext("理由"));
      reason.focus();
      return;
    }
    submit.setAttribute("aria-busy", "true");
    try {
      await room.command("set_temporary_amounts", {
        claims: found.map((one) => ({ claim: one.id, amount: plainAmount(typed.amounts[one.id]) })),
        reason: reason.value.trim(),
      });
      Object.assign(typed, { amounts: {}, percent: "", reason: "", open: false });
      for (const input of [percent, reason, ...fields.values()]) input.value = "";
      room.drafts.drop(KEY);
      form.hidden = true;
      toggle.hidden = false;
      toggle.focus();
      room.announce(say(gettext("已为 %(n)s 笔债权临时确定债权额。"), { n: found.length }));
    } catch (refusal) {
      complain(refusal.message);
    } finally {
      submit.removeAttribute("aria-busy");
    }
  }

  function close() {
    form.hidden = true;
    typed.open = false;
    keepDraft();
    update();
    toggle.focus();
  }

  function makeRow(one) {
    const id = `temporary-of-${one.id}`;
    const input = h("input", {
      id,
      type: "text",
      inputmode: "decimal",
      maxlength: "40",
      autocomplete: "off",
      value: typed.amounts[one.id] ?? "",
      on: {
        input: () => {
          typed.amounts[one.id] = input.value;
          input.removeAttribute("aria-invalid");
          keepDraft();
          tellSum();
        },
      },
    });
    fields.set(one.id, input);
    const label = h("label", { for: id });
    const hint = h("span", { class: "helptext", id: `${id}-hint` });
    input.setAttribute("aria-describedby", hint.id);
    return h("li", { class: "field temporary-row" }, h("div", {}, label, hint), input);
  }

  function updateRow(row, one) {
    setText(
      row.querySelector("label"),
      say(gettext("第 %(n)s 号 %(who)s"), { n: one.number, who: one.creditor }),
    );
    const now =
      one.temporary === null
        ? gettext("未确定")
        : say(gettext("现为 %(amount)s"), { amount: fullMoney(one.temporary) });
    setText(
      row.querySelector(".helptext"),
      say(gettext("申报 %(filed)s，%(now)s"), { filed: fullMoney(one.filed), now }),
    );
  }

  function update() {
    const found = all();
    node.hidden = !room.can("set_temporary_amounts") || !found.length;
    toggle.hidden = !form.hidden;
    if (node.hidden || form.hidden) return;
    keep(rows, found, (one) => one.id, makeRow, updateRow);
    for (const id of [...fields.keys()]) {
      if (!found.some((one) => one.id === id)) fields.delete(id);
    }
    tellSum();
  }

  return { node, update };
}
