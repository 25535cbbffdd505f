// Accepting an objection: the administrator adjusts the claim in the same act.

import { fen, fullMoney, h, replace, say } from "../dom.js";
import { makeForm } from "./forms.js";
import { conclusionName, isAmount, natureName, plainAmount } from "./words.js";

const PARTS = ["principal", "interest", "other"];

/** Make the form that accepts objection `id`; `current()` gives the objection as it is now. */
export function makeAdjust(room, id, current, onClose) {
  const facts = h("dl", { class: "facts" });
  let chosen = false;
  let version = null;
  let drawn = "";
  const form = makeForm(room, {
    key: `accept-objection:${id}`,
    before: h("div", {}, h("p", { class: "hint" }, gettext("债权表现在的内容：")), facts),
    fields: [
      {
        name: "confirmed",
        label: gettext("调整后的确认金额（元）"),
        max: 40,
        inputmode: "decimal",
      },
      {
        name: "conclusion",
        label: gettext("审查结论"),
        options: ["confirmed", "partly_confirmed", "undetermined", "rejected"].map((one) => [
          one,
          conclusionName(one),
        ]),
      },
      ...[
        ["principal", gettext("其中本金（可不填）")],
        ["interest", gettext("其中利息（可不填）")],
        ["other", gettext("其中其他（可不填）")],
      ].map(([name, label]) => ({ name, label, max: 40, inputmode: "decimal", required: false })),
      {
        name: "reason",
        label: gettext("采纳理由"),
        hint: gettext("作为书面答复，并作为债权表中的理由公布。"),
        rows: 3,
        max: 1000,
      },
    ],
    button: gettext("采纳并调整债权"),
    typing(name, inputs) {
      if (name === "conclusion") chosen = true;
      if (name === "confirmed" && !chosen) conclude(inputs);
    },
    check: (typed) => wrong(typed, current()),
    send: async (typed) => {
      const data = {
        objection: id,
        confirmed: plainAmount(typed.confirmed),
        conclusion: typed.conclusion,
        reason: typed.reason,
        version,
      };
      for (const name of PARTS) if (typed[name]) data[name] = plainAmount(typed[name]);
      try {
        await room.command("accept_objection", data);
      } catch (refusal) {
        // Whoever was refused because somebody changed the claim has its new state above.
        version = current().entry.version;
        throw refusal;
      }
    },
    done: gettext("已采纳异议并调整债权。"),
    onClose,
  });

  // The conclusion follows from the amount until somebody says otherwise.
  function conclude(inputs) {
    const amount = plainAmount(inputs.confirmed.value);
    if (!isAmount(amount)) return;
    const filed = fen(current().entry.filed);
    const value = fen(amount);
    inputs.conclusion.value =
      value === filed ? "confirmed" : value > 0n ? "partly_confirmed" : "rejected";
  }

  return {
    node: form.node,
    get isOpen() {
      return form.isOpen;
    },
    open() {
      version = current().entry.version;
      form.open();
    },
    close: form.close,
    update() {
      const { entry } = current();
      version ??= entry.version;
      const wanted = JSON.stringify(entry);
      if (wanted === drawn) return;
      drawn = wanted;
      const lines = [
        [gettext("债权性质"), natureName(entry.nature)],
        [gettext("申报金额"), fullMoney(entry.filed)],
        [gettext("审查确认金额"), fullMoney(entry.confirmed)],
        [gettext("审查结论"), conclusionName(entry.conclusion)],
      ];
      replace(facts, lines.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
    },
  };
}

function wrong(typed, { entry }) {
  const confirmed = plainAmount(typed.confirmed);
  if (!isAmount(confirmed)) return [gettext("金额不正确，应如 1234.50。"), "confirmed"];
  if (fen(confirmed) > fen(entry.filed)) {
    return [
      say(gettext("不能超过申报金额 %(filed)s。"), { filed: fullMoney(entry.filed) }),
      "confirmed",
    ];
  }
  const given = PARTS.filter((name) => typed[name]);
  const bad = given.find((name) => !isAmount(plainAmount(typed[name])));
  if (bad) return [gettext("金额不正确，应如 1234.50。"), bad];
  const sum = given.reduce((all, name) => all + fen(plainAmount(typed[name])), 0n);
  if (given.length && sum !== fen(confirmed)) {
    return [gettext("本金、利息、其他之和应等于确认金额。"), given[0]];
  }
  return null;
}
