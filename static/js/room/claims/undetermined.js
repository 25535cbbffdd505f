// How far verification has come, and the claims that wait for a temporary amount of the court.

import { fen, fullMoney, h, keep, moment, replace, say, setText } from "../dom.js";
import { makeForm } from "./forms.js";
import { makeMany } from "./temporary.js";
import { isAmount, plainAmount } from "./words.js";

/** Make the counts of verification, for the administrator and the court. */
export function makeCounts(room) {
  const node = h("dl", { class: "verify-counts", hidden: true });
  const numbers = [
    ["total", gettext("债权总数")],
    ["confirmed", gettext("已确认无异议")],
    ["objected", gettext("未解决的异议")],
    ["answered", gettext("其中已答复")],
    ["maintained", gettext("其中仍有争议")],
    ["accepted", gettext("已采纳")],
  ].map(([name, label]) => {
    const value = h("dd", {});
    node.append(h("div", {}, h("dt", {}, label), value));
    return [name, value];
  });
  return {
    node,
    update() {
      node.hidden = !room.state.me?.staff;
      for (const [name, value] of numbers) setText(value, room.state.verification?.[name] ?? 0);
    },
  };
}

/** Make the list of undetermined claims (暂缓确认), for the administrator and the court. */
export function makeUndetermined(room) {
  const list = h("ul", { class: "verify-list" });
  const summary = h("summary", { class: "button" });
  const many = makeMany(room, inOrder);
  const node = h(
    "section",
    { hidden: true },
    h("details", {}, summary, h("div", { class: "verify-list" }, many.node, list)),
  );
  const views = new Map();

  function inOrder() {
    return Object.values(room.state.undetermined ?? {}).sort((a, b) => a.number - b.number);
  }

  return {
    node,
    update() {
      const all = inOrder();
      many.update();
      node.hidden = !room.state.me?.staff || !all.length;
      const open = all.filter((one) => one.temporary === null).length;
      const counts = { n: all.length, open };
      setText(
        summary,
        say(gettext("暂缓确认的债权 %(n)s 笔，其中 %(open)s 笔未临时确定债权额"), counts),
      );
      keep(
        list,
        all,
        (one) => one.id,
        (one) => {
          const view = makeOne(room, one.id);
          views.set(one.id, view);
          return view.node;
        },
        (_node, one) => views.get(one.id).update(one),
      );
    },
  };
}

function makeOne(room, id) {
  const title = h("h3", { id: `undetermined-${id}` });
  const facts = h("dl", { class: "facts" });
  const changes = h("ol", { class: "plain verify-history" });
  const history = h(
    "details",
    { hidden: true },
    h("summary", {}, gettext("确定和变更的记录")),
    changes,
  );
  let one = null;
  let drawn = "";
  const form = makeForm(room, {
    key: `temporary:${id}`,
    fields: [
      {
        name: "amount",
        label: gettext("临时确定债权额（元）"),
        hint: gettext("不能超过申报金额；自下一次表决起按此金额行使表决权。"),
        max: 40,
        inputmode: "decimal",
      },
      { name: "reason", label: gettext("理由"), rows: 2, max: 1000 },
    ],
    button: gettext("确定债权额"),
    check: (typed) => {
      const amount = plainAmount(typed.amount);
      if (!isAmount(amount)) {
        return [gettext("金额不正确，应如 1234.50。"), "amount"];
      }
      if (fen(amount) > fen(one.filed)) {
        return [say(gettext("不能超过申报金额 %(filed)s。"), { filed: fullMoney(one.filed) }), "amount"];
      }
      return null;
    },
    send: (typed) =>
      room.command("set_temporary_amount", {
        claim: id,
        amount: plainAmount(typed.amount),
        reason: typed.reason,
      }),
    done: gettext("已临时确定债权额。"),
    onClose: () => {
      draw();
      toggle.focus();
    },
  });
  const toggle = h(
    "button",
    {
      type: "button",
      class: "button",
      on: {
        click: () => {
          form.open();
          draw();
        },
      },
    },
    gettext("临时确定债权额"),
  );
  const node = h(
    "li",
    { class: "card verify-item", "aria-labelledby": `undetermined-${id}` },
    title,
    facts,
    history,
    toggle,
    form.node,
  );

  function draw() {
    toggle.hidden = !room.can("set_temporary_amount") || form.isOpen;
    if (one) setText(toggle, one.temporary === null ? gettext("临时确定债权额") : gettext("变更"));
  }

  return {
    node,
    update(fresh) {
      one = fresh;
      setText(title, say(gettext("第 %(n)s 号 %(who)s"), { n: one.number, who: one.creditor }));
      const wanted = JSON.stringify(one);
      if (wanted !== drawn) {
        drawn = wanted;
        const lines = [
          [gettext("申报金额"), fullMoney(one.filed)],
          [gettext("暂缓理由"), one.reason || "—"],
          [
            gettext("法院临时确定债权额"),
            one.temporary === null ? gettext("未确定") : fullMoney(one.temporary),
          ],
        ];
        replace(facts, lines.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
        history.hidden = !one.changes?.length;
        replace(changes, (one.changes ?? []).map(changeLine));
      }
      draw();
    },
  };
}

function changeLine(change) {
  const words =
    change.before === null
      ? gettext("%(who)s 于 %(at)s 确定为 %(after)s。理由：%(reason)s")
      : gettext("%(who)s 于 %(at)s 由 %(before)s 变更为 %(after)s。理由：%(reason)s");
  return h(
    "li",
    {},
    say(words, {
      who: change.by,
      at: moment(change.at),
      before: change.before === null ? "" : fullMoney(change.before),
      after: change.after === null ? gettext("未确定") : fullMoney(change.after),
      reason: change.reason,
    }),
  );
}
