// One's own claims: what the table says of them, to confirm or to object to.

import { fullMoney, h, keep, moment, replace, say, setText } from "../dom.js";
import { actButton, makeForm, objectionFields, objectionFiles, sendObjection } from "./forms.js";
import { isOver, mayConfirm, mayObject } from "./period.js";
import { makeOwnWaiver } from "./waiver.js";
import { conclusionName, natureName } from "./words.js";

/** Make the section of one's own claims. */
export function makeOwn(room) {
  const list = h("ul", { class: "verify-list" });
  const node = h(
    "section",
    { "aria-labelledby": "claims-own-title", hidden: true },
    h("h2", { id: "claims-own-title" }, gettext("我的债权")),
    list,
  );
  const views = new Map();

  function all() {
    return Object.entries(room.state.my_claims ?? {})
      .flatMap(([creditor, claims]) =>
        Object.values(claims).map((claim) => ({ ...claim, creditor: Number(creditor) })),
      )
      .sort((a, b) => a.number - b.number);
  }

  return {
    node,
    update() {
      const claims = all();
      node.hidden = !claims.length;
      keep(
        list,
        claims,
        (claim) => claim.id,
        (claim) => {
          const view = makeClaim(room, claim);
          views.set(claim.id, view);
          return view.node;
        },
        (_node, claim) => views.get(claim.id).update(claim),
      );
    },
    /** How many wait for a word. */
    get waiting() {
      if (!mayConfirm(room) || !room.can("confirm_claim")) return 0;
      return all().filter((claim) => !claim.confirmed_at && !claim.objected).length;
    },
  };
}

/** Whether claims can be objected to now; what comes after the end is marked as late. */
export const isVerifying = mayObject;

function makeClaim(room, { id, creditor }) {
  const facts = h("dl", { class: "facts" });
  const title = h("h3", { id: `own-claim-${id}` });
  const status = h("p", { role: "status" });
  const confirm = actButton(gettext("确认无异议"), "button--primary", async () => {
    await room.command("confirm_claim", { claim: id });
    room.announce(gettext("已确认无异议。"));
  });
  const form = makeForm(room, {
    key: `object:${id}`,
    fields: objectionFields(),
    button: gettext("提交异议"),
    files: objectionFiles(),
    send: (typed, files) => sendObjection(room, id, typed, creditor, files),
    done: gettext("已提交异议，管理人将答复。"),
    onClose: () => {
      draw();
      if (!object.hidden) object.focus();
    },
  });
  const object = h(
    "button",
    {
      type: "button",
      class: "button",
      "aria-expanded": "false",
      on: {
        click: () => {
          form.open();
          draw();
        },
      },
    },
    gettext("提出异议"),
  );
  const waiver = makeOwnWaiver(room, id, () => claim);
  const actions = h("div", { class: "actions" }, confirm.button, object);
  const node = h(
    "li",
    { class: "card verify-item", "aria-labelledby": `own-claim-${id}` },
    title,
    facts,
    status,
    confirm.error,
    actions,
    form.node,
    waiver.node,
  );
  let claim = null;
  let drawn = "";

  function draw() {
    if (!claim) return;
    const may = mayObject(room) && room.can("object_to_claim") && !claim.objected;
    const confirms = mayConfirm(room) && room.can("confirm_claim");
    confirm.button.hidden = !may || Boolean(claim.confirmed_at) || !confirms;
    setText(object, isOver(room) ? gettext("核查结束后提出异议") : gettext("提出异议"));
    object.hidden = !may || form.isOpen;
    object.setAttribute("aria-expanded", String(form.isOpen));
    actions.hidden = confirm.button.hidden && object.hidden;
  }

  function words() {
    if (claim.objected) return gettext("您已提出异议，见下方“异议”。");
    if (claim.confirmed_at) {
      return say(gettext("已于 %(at)s 确认无异议。"), { at: moment(claim.confirmed_at) });
    }
    return mayConfirm(room) ? gettext("请核对，确认或者提出异议。") : "";
  }

  return {
    node,
    update(fresh) {
      claim = fresh;
      const name = room.state.represented?.[creditor]?.name ?? "";
      setText(title, say(gettext("第 %(n)s 号 %(who)s"), { n: claim.number, who: name }));
      setText(status, words());
      const wanted = JSON.stringify(claim);
      if (wanted !== drawn) {
        drawn = wanted;
        replace(facts, describe(claim));
      }
      waiver.update();
      draw();
    },
  };
}

function describe(claim) {
  const lines = [
    [gettext("债权性质"), natureName(claim.nature)],
    [gettext("申报金额"), fullMoney(claim.filed)],
    [gettext("审查确认金额"), fullMoney(claim.confirmed)],
    [gettext("审查结论"), conclusionName(claim.conclusion)],
  ];
  const parts = partWords(claim);
  if (parts) lines.splice(3, 0, [gettext("其中"), parts]);
  if (claim.collateral) lines.push([gettext("担保物或优先权依据"), claim.collateral]);
  if (claim.reason) lines.push([gettext("理由"), claim.reason]);
  if (claim.temporary !== null) {
    lines.push([gettext("法院临时确定债权额"), fullMoney(claim.temporary)]);
  }
  if (claim.priority_waived) lines.push([gettext("优先受偿权"), gettext("已放弃")]);
  return lines.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]);
}

function partWords(claim) {
  const parts = [
    [gettext("本金 %(amount)s"), claim.confirmed_principal],
    [gettext("利息 %(amount)s"), claim.confirmed_interest],
    [gettext("其他 %(amount)s"), claim.confirmed_other],
  ].filter(([, amount]) => amount !== null && amount !== undefined);
  return parts.map(([words, amount]) => say(words, { amount: fullMoney(amount) })).join(gettext("，"));
}
