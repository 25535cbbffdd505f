// One objection: what was said, where it stands, and the next step for whoever looks at it.

import { confirmStep } from "../confirm.js";
import { fullMoney, h, moment, replace, say, setText } from "../dom.js";
import { makeAdjust } from "./adjust.js";
import { makeAttach, makeFileList, uploadAlong } from "./files.js";
import { makeForm, opener } from "./forms.js";
import { maySueInTime, suitDay } from "./period.js";
import { conclusionName, objectionState } from "./words.js";

/** Make the card of an objection. */
export function makeObjection(room, id) {
  let one = null;
  const title = h("h3", { id: `objection-${id}` });
  const badge = h("span", { class: "badge" });
  const late = h("span", { class: "badge badge--warn", hidden: true }, gettext("核查结束后提出"));
  const who = h("p", { class: "hint" });
  const reasons = h("p", { class: "verify-words" });
  const basis = h("p", { class: "hint verify-words" });
  const files = makeFileList(gettext("异议附件："));
  const answer = h("div", { class: "verify-answer", role: "status", hidden: true });
  const answerFiles = makeFileList(gettext("答复附件："));
  const suit = h("p", { class: "verify-words", hidden: true });
  const next = h("p", { class: "verify-next", role: "status" });

  // --- the administrator's ---
  const reply = makeForm(room, {
    key: `answer-objection:${id}`,
    fields: [{ name: "answer", label: gettext("管理人答复"), rows: 4, max: 4000 }],
    files: gettext("答复附件（可不附）"),
    button: gettext("发布答复"),
    send: async (typed, chosen) => {
      await room.command("answer_objection", { objection: id, answer: typed.answer });
      await uploadAlong(room, one.files_url, chosen);
    },
    done: gettext("已答复异议。"),
    onClose: () => {
      draw();
      toReply.focus();
    },
  });
  const toReply = opener(gettext("答复"), () => reply, () => draw());
  const adjust = makeAdjust(room, id, () => one, () => {
    draw();
    if (!toAdjust.hidden) toAdjust.focus();
  });
  const toAdjust = opener(gettext("采纳并调整债权"), () => adjust, () => draw());

  // --- the objector's ---
  const maintain = confirmStep({
    label: gettext("坚持异议"),
    question: gettext("坚持异议后，该笔债权作为有争议的债权，不列入无异议债权表；您可以在核查结束后十五日内起诉。"),
    yes: gettext("确定坚持"),
    run: async () => {
      await room.command("maintain_objection", { objection: id });
      room.announce(gettext("已坚持异议。"));
    },
  });
  const withdraw = confirmStep({
    label: gettext("撤回异议"),
    question: gettext("撤回后，该异议仍保留在记录中，但不再需要管理人答复。"),
    yes: gettext("确定撤回"),
    run: async () => {
      await room.command("withdraw_objection", { objection: id });
      room.announce(gettext("已撤回异议。"));
    },
  });

  // --- both ---
  const sue = makeForm(room, {
    key: `suit:${id}`,
    fields: [
      {
        name: "suit",
        label: gettext("诉讼案号"),
        hint: gettext("例如（2026）沪03民初88号；还没有案号的，可以写立案日期。"),
        max: 80,
      },
    ],
    button: gettext("保存案号"),
    send: (typed) => room.command("note_suit", { objection: id, suit: typed.suit }),
    done: gettext("已保存诉讼案号。"),
    onClose: () => {
      draw();
      toSue.focus();
    },
  });
  const toSue = opener(gettext("填写诉讼案号"), () => sue, () => draw());
  const attach = makeAttach(room, {
    id: `objection-files-${id}`,
    label: gettext("添加附件"),
    url: () => one.files_url,
  });

  const actions = h("div", { class: "actions" }, toReply, toAdjust, maintain, withdraw, toSue);
  const node = h(
    "li",
    { class: "card verify-item", "aria-labelledby": `objection-${id}` },
    title,
    h("p", { class: "verify-badges" }, badge, late),
    who,
    reasons,
    basis,
    files.node,
    answer,
    answerFiles.node,
    suit,
    next,
    actions,
    attach.node,
    reply.node,
    adjust.node,
    sue.node,
  );

  function isMine() {
    if (!one) return false;
    if (one.objector_id !== null) return Boolean(room.state.represented?.[one.objector_id]);
    return Boolean(room.state.me?.roles?.includes("debtor"));
  }

  function draw() {
    if (!one) return;
    const stands = ["open", "answered", "maintained"].includes(one.state);
    const mine = isMine();
    const answers = stands && room.can("answer_objection");
    toReply.hidden = !answers || reply.isOpen;
    setText(toReply, one.answer ? gettext("修改答复") : gettext("答复"));
    toAdjust.hidden = !answers || !room.can("accept_objection") || adjust.isOpen;
    maintain.hidden = !(stands && mine && one.state === "answered");
    withdraw.hidden = !(stands && mine);
    const notes = stands && room.can("note_suit") && (mine || room.can("answer_objection"));
    toSue.hidden = !(notes && (one.state === "maintained" || one.late || one.suit)) || sue.isOpen;
    setText(toSue, one.suit ? gettext("修改诉讼案号") : gettext("填写诉讼案号"));
    attach.allow((stands && mine) || (one.state !== "withdrawn" && room.can("answer_objection")));
    // What somebody typed stays to be read, though it can no longer be sent.
    actions.hidden = [toReply, toAdjust, maintain, withdraw, toSue].every((node) => node.hidden);
  }

  function drawAnswer() {
    answer.hidden = !one.answer;
    const wanted = `${one.answered_at}${one.answer}${one.accepted_at}`;
    if (!one.answer || answer.dataset.at === wanted) return;
    answer.dataset.at = wanted;
    const said = one.accepted_at
      ? gettext("%(who)s 采纳异议并调整债权 · %(at)s")
      : gettext("%(who)s 答复 · %(at)s");
    replace(
      answer,
      h("p", { class: "hint" }, say(said, { who: one.answered_by, at: moment(one.answered_at) })),
      h("p", { class: "verify-words" }, one.answer),
    );
  }

  return {
    node,
    get isMine() {
      return isMine();
    },
    get isBusy() {
      return reply.isOpen || adjust.isOpen || sue.isOpen;
    },
    update(fresh) {
      one = fresh;
      const about = { n: one.claim_number, who: one.creditor };
      setText(title, say(gettext("对第 %(n)s 号 %(who)s 的债权"), about));
      const [word, kind] = objectionState(one.state);
      setText(badge, word);
      badge.className = kind;
      late.hidden = !one.late;
      setText(who, say(gettext("%(who)s 提出 · %(at)s"), { who: one.objector, at: moment(one.at) }));
      setText(reasons, one.reasons);
      setText(basis, one.legal_basis ? gettext("法律依据") + gettext("：") + one.legal_basis : "");
      basis.hidden = !one.legal_basis;
      const attached = Object.values(one.files ?? {}).sort((a, b) => a.id - b.id);
      files.update(attached.filter((file) => !file.with_answer));
      answerFiles.update(attached.filter((file) => file.with_answer));
      suit.hidden = !one.suit;
      setText(suit, one.suit ? say(gettext("已起诉：%(suit)s"), { suit: one.suit }) : "");
      drawAnswer();
      setText(next, nextStep(room, one, isMine()));
      next.hidden = !next.textContent;
      adjust.update();
      draw();
    },
  };
}

/** What comes next, in the words of whoever looks at it. */
function nextStep(room, one, mine) {
  const answers = room.can("answer_objection");
  if (one.state === "open") {
    if (answers) return gettext("请书面答复；认为异议成立的，采纳并调整债权。");
    return gettext("等待管理人书面答复或者调整债权。");
  }
  if (one.state === "answered") {
    if (mine) return gettext("请看答复：同意的请撤回异议；仍不同意的请坚持异议。");
    return gettext("等待提出异议的人表示是否同意。");
  }
  if (one.state === "maintained") {
    if (one.suit) return gettext("已经起诉，以人民法院的裁判为准。");
    if (!mine) return gettext("仍有争议，该笔债权不列入无异议债权表。");
    if (maySueInTime(room)) {
      return say(gettext("仍有争议。请在 %(day)s 以前起诉，起诉后填写案号。"), { day: suitDay(room) });
    }
    return gettext("仍有争议。请在核查结束后十五日内起诉，起诉后填写案号。");
  }
  if (one.state === "accepted") {
    return say(gettext("债权已调整，现为：%(amount)s，%(conclusion)s。"), {
      amount: fullMoney(one.entry.confirmed),
      conclusion: conclusionName(one.entry.conclusion),
    });
  }
  return "";
}
