// Objections and their answers: live for those who made them, those they are about, the staff.

import { confirmStep } from "../confirm.js";
import { h, keep, moment, replace, say, setText } from "../dom.js";
import { makeForm } from "./forms.js";
import { isVerifying } from "./own.js";
import { objectionState } from "./words.js";

/** Make the section of objections. */
export function makeObjections(room) {
  const list = h("ul", { class: "verify-list" });
  const empty = h("p", { class: "empty", hidden: true }, gettext("还没有人提出异议。"));
  const node = h(
    "section",
    { "aria-labelledby": "claims-objections-title", hidden: true },
    h("h2", { id: "claims-objections-title" }, gettext("异议")),
    empty,
    list,
  );
  const views = new Map();

  const all = () =>
    Object.values(room.state.objections ?? {}).sort(
      (a, b) => rank(a.state) - rank(b.state) || b.id - a.id,
    );

  return {
    node,
    update() {
      const found = all();
      node.hidden = !found.length && !room.state.me?.staff;
      empty.hidden = found.length > 0;
      keep(
        list,
        found,
        (one) => one.id,
        (one) => {
          const view = makeObjection(room, one.id);
          views.set(one.id, view);
          return view.node;
        },
        (_node, one) => views.get(one.id).update(one),
      );
    },
    /** How many wait for an answer of this person. */
    get waiting() {
      return room.can("answer_objection") ? all().filter((one) => one.state === "open").length : 0;
    },
    show(id) {
      views.get(Number(id))?.node.scrollIntoView({ block: "center" });
    },
  };
}

// What waits for an answer stands first, what is withdrawn last.
function rank(state) {
  return { open: 0, answered: 1, withdrawn: 2 }[state] ?? 3;
}

function isMine(room, one) {
  if (one.objector_id !== null) return Boolean(room.state.represented?.[one.objector_id]);
  return Boolean(room.state.me?.roles?.includes("debtor"));
}

function makeObjection(room, id) {
  const title = h("h3", { id: `objection-${id}` });
  const badge = h("span", { class: "badge" });
  const who = h("p", { class: "hint" });
  const reasons = h("p", { class: "verify-words" });
  const basis = h("p", { class: "hint verify-words" });
  const answer = h("div", { class: "verify-answer", role: "status", hidden: true });
  const form = makeForm(room, {
    key: `answer-objection:${id}`,
    fields: [{ name: "answer", label: gettext("管理人答复"), rows: 4, max: 4000 }],
    button: gettext("发布答复"),
    send: (typed) => room.command("answer_objection", { objection: id, answer: typed.answer }),
    done: gettext("已答复异议。"),
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
    gettext("答复"),
  );
  const withdraw = confirmStep({
    label: gettext("撤回异议"),
    question: gettext("撤回后，该异议仍保留在记录中，但不再需要管理人答复。"),
    yes: gettext("确定撤回"),
    run: async () => {
      await room.command("withdraw_objection", { objection: id });
      room.announce(gettext("已撤回异议。"));
    },
  });
  const node = h(
    "li",
    { class: "card verify-item", "aria-labelledby": `objection-${id}` },
    title,
    h("p", {}, badge),
    who,
    reasons,
    basis,
    answer,
    toggle,
    form.node,
    withdraw,
  );
  let one = null;

  function draw() {
    if (!one) return;
    const standing = one.state !== "withdrawn";
    toggle.hidden = !standing || !room.can("answer_objection") || form.isOpen;
    if (!standing) form.node.hidden = true;
    setText(toggle, one.answer ? gettext("修改答复") : gettext("答复"));
    withdraw.hidden = !standing || !isMine(room, one) || !isVerifying(room);
  }

  function drawAnswer() {
    answer.hidden = !one.answer;
    const wanted = `${one.answered_at}${one.answer}`;
    if (!one.answer || answer.dataset.at === wanted) return;
    answer.dataset.at = wanted;
    const words = say(gettext("%(who)s 答复 · %(at)s"), {
      who: one.answered_by,
      at: moment(one.answered_at),
    });
    replace(
      answer,
      h("p", { class: "hint" }, words),
      h("p", { class: "verify-words" }, one.answer),
    );
  }

  return {
    node,
    update(fresh) {
      one = fresh;
      const about = { n: one.claim_number, who: one.creditor };
      setText(title, say(gettext("对第 %(n)s 号 %(who)s 的债权"), about));
      const [word, kind] = objectionState(one.state);
      setText(badge, word);
      badge.className = kind;
      const from = { who: one.objector, at: moment(one.at) };
      setText(who, say(gettext("%(who)s 提出 · %(at)s"), from));
      setText(reasons, one.reasons);
      setText(basis, one.legal_basis ? gettext("法律依据") + gettext("：") + one.legal_basis : "");
      basis.hidden = !one.legal_basis;
      drawAnswer();
      draw();
    },
  };
}
