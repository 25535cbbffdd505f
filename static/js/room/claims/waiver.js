// Waivers of priority (放弃优先受偿权): signed by the creditor beside its claim, decided by the
// administrator in a list of their own.

import { confirmStep } from "../confirm.js";
import { h, keep, moment, replace, say, setText } from "../dom.js";
import { makeAttach, uploadAlong } from "./files.js";
import { actButton, makeForm, opener } from "./forms.js";
import { waiverState } from "./words.js";

/** Make what a claim's creditor sees of it; `current()` gives the claim as it is now. */
export function makeOwnWaiver(room, id, current) {
  const statement = h("p", { class: "verify-statement" });
  const said = h("div", { hidden: true });
  const form = makeForm(room, {
    key: `waive:${id}`,
    before: h(
      "div",
      {},
      h("p", { class: "hint" }, gettext("签名前请读完声明全文：")),
      statement,
    ),
    fields: [
      {
        name: "signed_name",
        label: gettext("签名"),
        hint: gettext("请输入您的姓名或者债权人的全称，即为签名。"),
        max: 100,
      },
    ],
    files: gettext("盖章或者签字的声明扫描件（可不附）"),
    oneFile: true,
    button: gettext("签名并提交声明"),
    send: async (typed, files) => {
      const answer = await room.command("waive_priority", {
        claim: id,
        statement: statement.textContent,
        signed_name: typed.signed_name,
      });
      await uploadAlong(room, answer?.scan_url, files.slice(0, 1));
    },
    done: gettext("已提交声明，等待管理人审核。"),
    onClose: () => {
      draw();
      if (!open.hidden) open.focus();
    },
  });
  const open = opener(gettext("放弃优先受偿权"), () => form, () => draw());
  open.classList.add("button--quiet");
  const withdraw = confirmStep({
    label: gettext("撤回声明"),
    question: gettext("管理人审核以前可以撤回；撤回后优先受偿权不变。"),
    yes: gettext("确定撤回"),
    run: async () => {
      await room.command("withdraw_waiver", { waiver: current().waiver.id });
      room.announce(gettext("已撤回声明。"));
    },
  });
  const attach = makeAttach(room, {
    id: `waiver-scan-${id}`,
    label: gettext("添加声明扫描件"),
    url: () => current().waiver.scan_url,
    many: false,
  });
  const node = h("div", { class: "verify-waiver" }, said, open, form.node, attach.node, withdraw);
  let drawn = "";

  function draw() {
    const claim = current();
    const waits = claim.waiver?.state === "submitted";
    const may = room.can("waive_priority") && Boolean(claim.waiver_statement);
    setText(statement, claim.waiver_statement);
    open.hidden = !may || form.isOpen;
    if (!may) form.node.hidden = true;
    withdraw.hidden = !waits || !room.can("withdraw_waiver");
    attach.allow(waits && room.can("withdraw_waiver"));
    const wanted = JSON.stringify(claim.waiver);
    if (wanted === drawn) return;
    drawn = wanted;
    said.hidden = !claim.waiver;
    if (claim.waiver) replace(said, describe(claim.waiver, gettext("放弃优先受偿权的声明")));
  }

  return { node, update: draw };
}

function describe(waiver, title) {
  const [word, kind] = waiverState(waiver.state);
  const from = { who: waiver.signed_name, at: moment(waiver.at) };
  return [
    h("p", {}, `${title} `, h("span", { class: kind }, word)),
    h(
      "details",
      {},
      h("summary", {}, gettext("声明全文")),
      h("p", { class: "verify-statement" }, waiver.statement),
      h("p", { class: "hint" }, say(gettext("%(who)s 签名 · %(at)s"), from)),
    ),
    waiver.scan &&
      h(
        "p",
        {},
        h(
          "a",
          { href: waiver.scan_url, target: "_blank", rel: "noopener", class: "verify-file" },
          say(gettext("扫描件：%(name)s"), { name: waiver.scan }),
        ),
      ),
    waiver.reason && h("p", {}, say(gettext("管理人的理由：%(reason)s"), waiver)),
  ];
}

/** Make the list of waivers for the administrator and the court. */
export function makeWaivers(room) {
  const list = h("ul", { class: "verify-list" });
  const summary = h("summary", { class: "button" });
  const node = h("section", { hidden: true }, h("details", {}, summary, list));
  const views = new Map();

  const all = () =>
    Object.values(room.state.waivers ?? {}).sort(
      (a, b) => (b.state === "submitted") - (a.state === "submitted") || b.id - a.id,
    );

  return {
    node,
    update() {
      const found = all();
      node.hidden = !room.state.me?.staff || !found.length;
      const counts = { n: found.length, waiting: found.filter((one) => one.state === "submitted").length };
      setText(
        summary,
        say(gettext("放弃优先受偿权声明 %(n)s 份，其中 %(waiting)s 份待审核"), counts),
      );
      keep(
        list,
        found,
        (one) => one.id,
        (one) => {
          const view = makeWaiver(room, one.id);
          views.set(one.id, view);
          return view.node;
        },
        (_node, one) => views.get(one.id).update(one),
      );
    },
    /** How many wait for the administrator. */
    get waiting() {
      if (!room.can("accept_waiver")) return 0;
      return all().filter((one) => one.state === "submitted").length;
    },
  };
}

function makeWaiver(room, id) {
  const title = h("h3", { id: `waiver-${id}` });
  const body = h("div", {});
  let one = null;
  let drawn = "";
  const accept = actButton(gettext("认可"), "button--primary", async () => {
    await room.command("accept_waiver", { waiver: id });
    room.announce(gettext("已认可声明，自下一次表决登记起按普通债权计算。"));
  });
  const refuse = makeForm(room, {
    key: `refuse-waiver:${id}`,
    fields: [{ name: "reason", label: gettext("不予认可的理由"), rows: 2, max: 500 }],
    button: gettext("不予认可"),
    send: (typed) => room.command("refuse_waiver", { waiver: id, reason: typed.reason }),
    done: gettext("已不予认可，债权人可以看到理由。"),
    onClose: () => {
      draw();
      if (!toRefuse.hidden) toRefuse.focus();
    },
  });
  const toRefuse = opener(gettext("不予认可"), () => refuse, () => draw());
  const node = h(
    "li",
    { class: "card verify-item", "aria-labelledby": `waiver-${id}` },
    title,
    body,
    accept.error,
    h("div", { class: "actions" }, accept.button, toRefuse),
    refuse.node,
  );

  function draw() {
    if (!one) return;
    const may = one.state === "submitted" && room.can("accept_waiver");
    accept.button.hidden = !may;
    toRefuse.hidden = !may || refuse.isOpen;
    if (!may) refuse.node.hidden = true;
  }

  return {
    node,
    update(fresh) {
      one = fresh;
      const about = { n: one.claim_number, who: one.creditor };
      setText(title, say(gettext("第 %(n)s 号 %(who)s"), about));
      const wanted = JSON.stringify(one);
      if (wanted !== drawn) {
        drawn = wanted;
        replace(body, describe(one, gettext("放弃优先受偿权的声明")));
      }
      draw();
    },
  };
}
