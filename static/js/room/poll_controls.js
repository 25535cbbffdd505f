// What the chair does with a poll, and the judge with its outcome: each in a step of its own.

import { closingFields, reasonsField } from "./closing_fields.js";
import { confirmStep } from "./confirm.js";
import { h, moment, replace, say } from "./dom.js";

/** The controls of one resolution; `update()` after every change of the room. */
export function makePollControls(room, resolutionId) {
  const node = h("div", { class: "poll-controls" });
  let drawn = null;

  function update() {
    const resolution = room.state.resolutions[resolutionId];
    const outcome = room.state.outcomes?.[resolutionId];
    const meeting = room.state.meeting.state;
    const wanted = JSON.stringify([
      resolution.state,
      resolution.second_possible,
      resolution.second,
      meeting,
      outcome && [outcome.confirmation?.decision, outcome.rulings?.length],
      waitingPapers(room),
      room.can("open_poll"),
    ]);
    if (wanted === drawn) return;
    drawn = wanted;
    replace(node, controls(room, resolution, outcome, meeting));
    node.hidden = node.childElementCount === 0;
  }

  return { node, update };
}

function waitingPapers(room) {
  return Number(room.state.paper?.waiting ?? 0);
}

function controls(room, one, outcome, meeting) {
  const chair = room.can("open_poll");
  const judge = room.state.me.roles.includes("judge");
  if (one.state === "draft") {
    return [
      chair && meeting === "open" && opening(room, one),
      chair && meeting !== "open" && h("p", { class: "hint" }, gettext("会议进行中才能开始表决。")),
      room.state.me.staff && preview(room, one),
    ];
  }
  if (one.state === "open" || one.state === "suspended") {
    return [chair && running(room, one), room.state.me.staff && papers(room)];
  }
  if (one.state !== "closed" || !outcome) return [];
  return [
    room.can("confirm_outcome") && !outcome.confirmation && confirming(room, one),
    after(room, one, outcome, { chair, judge }),
  ];
}

const link = (href, text, badge = 0) =>
  h(
    "a",
    { class: "button button--small", href, target: "_blank" },
    text,
    badge > 0 && [" ", h("span", { class: "badge" }, badge)],
  );

function preview(room, one) {
  const href = `/meetings/${room.slug}/resolutions/${one.id}/register/`;
  return h("p", { class: "actions" }, link(href, gettext("预览登记册")));
}

function papers(room) {
  const text = gettext("书面表决票");
  return h("p", { class: "actions" }, link(`/meetings/${room.slug}/paper/`, text, waitingPapers(room)));
}

function opening(room, one) {
  const closing = closingFields(`minutes-${one.id}`, {
    none: gettext("由主持人手动截止"),
    words: gettext("开始后 %(n)s 分钟截止"),
  });
  return h(
    "div",
    { class: "form chair" },
    confirmStep({
      label: gettext("开始表决"),
      kind: "button--primary",
      question: say(
        gettext("开始表决“%(title)s”？登记册将按现在的债权表冻结，所有参会人员立即可以投票。"),
        { title: one.title },
      ),
      yes: gettext("确认开始"),
      fields: () => closing.nodes,
      run: async () => room.command("open_poll", { resolution: one.id, ...closing.read() }),
    }),
  );
}

// --- while it runs ---

function running(room, one) {
  const suspended = one.state === "suspended";
  return h(
    "div",
    { class: "form chair" },
    h(
      "div",
      { class: "actions chair-actions" },
      !suspended &&
        confirmStep({
          label: gettext("截止表决"),
          kind: "button--seal",
          question: gettext("现在截止并计票？截止后不能再投票，结果不能改写。"),
          yes: gettext("确认截止"),
          run: () => room.command("close_poll", { resolution: one.id }),
        }),
      suspended ? resuming(room, one) : suspending(room, one),
      extending(room, one),
      !suspended && reminding(room, one),
      voiding(room, one),
    ),
  );
}

function resuming(room, one) {
  return confirmStep({
    label: gettext("恢复表决"),
    kind: "button--primary",
    question: gettext("恢复表决？截止时间按暂停的时间相应顺延。"),
    yes: gettext("确认恢复"),
    run: () => room.command("resume_poll", { resolution: one.id }),
  });
}

function suspending(room, one) {
  return withReasons(room, one, {
    name: "suspend",
    label: gettext("暂停表决"),
    question: gettext("暂停期间任何人不能投票；已投的票和已选的内容保留，恢复后补足时间。"),
    yes: gettext("确认暂停"),
    reasonsLabel: gettext("暂停的理由（所有参会人员可见）"),
    run: (reasons) => room.command("suspend_poll", { resolution: one.id, reasons }),
  });
}

function extending(room, one) {
  const closing = closingFields(`extend-${one.id}`, {
    minutes: 15,
    words: one.closes_at ? gettext("再延长 %(n)s 分钟") : gettext("%(n)s 分钟后截止"),
  });
  return withReasons(room, one, {
    name: "extend",
    label: gettext("延长表决"),
    question: gettext("延长后的截止时间和理由会向所有参会人员公布，并载入记录。"),
    yes: gettext("确认延长"),
    reasonsLabel: gettext("延长的理由（所有参会人员可见）"),
    fields: closing.nodes,
    run: (reasons) =>
      room.command("extend_poll", { resolution: one.id, ...closing.read(), reasons }),
  });
}

function voiding(room, one) {
  return withReasons(room, one, {
    name: "void",
    label: gettext("作废表决"),
    question: gettext(
      "作废后，已投的票不计入任何结果，登记册和表决票仍留在记录中；随即生成一份内容相同的新表决，供更正登记册后重新开始。",
    ),
    yes: gettext("确认作废"),
    reasonsLabel: gettext("作废的理由（所有参会人员可见）"),
    run: async (reasons) => {
      const made = await room.command("void_poll", { resolution: one.id, reasons });
      if (made.resolution) room.open("votes", made.resolution);
    },
  });
}

function reminding(room, one) {
  return confirmStep({
    label: gettext("提醒未投票者"),
    question: gettext("向尚未投票的债权人和代理人发送短信或者邮件提醒？"),
    yes: gettext("确认发送"),
    run: async () => {
      await room.command("remind_voters", { resolution: one.id });
      room.notify({ text: gettext("提醒正在发送。"), kind: "ok" });
    },
  });
}

function withReasons(room, one, { name, label, question, yes, reasonsLabel, fields, run }) {
  const reasons = reasonsField(room, `${name}-${one.id}`, reasonsLabel);
  return confirmStep({
    label,
    question,
    yes,
    fields: () => [fields, reasons.node],
    run: async () => {
      await run(reasons.read());
      reasons.drop();
    },
  });
}

// --- after the close ---

function after(room, one, outcome, { chair, judge }) {
  const confirmed = outcome.confirmation?.decision === "confirmed";
  const mayVoid = judge && !confirmed && !one.second && !outcome.rulings?.length;
  const steps = [
    chair &&
      one.second_possible &&
      confirmStep({
        label: gettext("再次表决"),
        kind: "button--primary",
        question: gettext("就本事项再次表决一次？将生成与本次相连的新表决，由主持人开始。"),
        yes: gettext("确认再次表决"),
        run: async () => {
          const made = await room.command("call_second_vote", { resolution: one.id });
          if (made.resolution) room.open("votes", made.resolution);
        },
      }),
    room.can("send_result_notice") && noticing(room, one),
    mayVoid && voiding(room, one),
  ].filter(Boolean);
  return steps.length
    ? h("div", { class: "form chair" }, h("div", { class: "actions chair-actions" }, steps))
    : null;
}

function noticing(room, one) {
  return confirmStep({
    label: gettext("发送结果通知"),
    question: gettext("向全体债权人发送本次表决结果的通知？"),
    yes: gettext("确认发送"),
    run: async () => {
      await room.command("send_result_notice", { resolution: one.id });
      room.notify({ text: gettext("结果通知正在发送。"), kind: "ok" });
    },
  });
}

function confirming(room, resolution) {
  const key = `reasons:${resolution.id}`;
  const reasons = h("textarea", {
    id: `reasons-${resolution.id}`,
    maxlength: "4000",
    rows: "3",
    value: room.drafts.read(key) ?? "",
    on: { input: () => room.drafts.write(key, reasons.value) },
  });
  const decide = (decision) => async () => {
    await room.command("confirm_outcome", {
      resolution: resolution.id,
      decision,
      reasons: reasons.value.trim(),
    });
    room.drafts.drop(key);
  };
  return h(
    "div",
    { class: "form chair card panel" },
    h("h4", {}, gettext("法官确认")),
    h(
      "div",
      { class: "field" },
      h(
        "label",
        { for: `reasons-${resolution.id}` },
        gettext("意见或理由（不予确认时必须填写）"),
      ),
      reasons,
    ),
    h(
      "div",
      { class: "actions" },
      confirmStep({
        label: gettext("确认结果"),
        kind: "button--seal",
        question: gettext("确认本次表决结果？确认后不能更改。"),
        run: decide("confirmed"),
      }),
      confirmStep({
        label: pgettext("decision", "不予确认"),
        question: gettext("对本次表决结果不予确认？作出后不能更改。"),
        run: decide("declined"),
      }),
    ),
  );
}

/** The judge's word on an outcome, for everybody. */
export function confirmationText(confirmation) {
  const words =
    confirmation.decision === "confirmed"
      ? gettext("法官 %(judge)s 已于 %(at)s 确认本次表决结果。")
      : gettext("法官 %(judge)s 已于 %(at)s 对本次表决结果不予确认。");
  return say(words, { judge: confirmation.judge, at: moment(confirmation.at) });
}
