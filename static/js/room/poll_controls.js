// What the chair does with a poll, and the judge with its outcome.

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
    const wanted = [resolution.state, meeting, Boolean(outcome?.confirmation)].join("|");
    if (wanted === drawn) return;
    drawn = wanted;
    replace(node, controls(resolution, outcome, meeting));
    node.hidden = node.childElementCount === 0;
  }

  function controls(resolution, outcome, meeting) {
    if (resolution.state === "draft" && room.can("open_poll")) {
      return meeting === "open"
        ? opening(room, resolution)
        : h("p", { class: "hint" }, gettext("会议进行中才能开始表决。"));
    }
    if (resolution.state === "open" && room.can("close_poll")) return closing(room, resolution);
    if (resolution.state === "closed" && room.can("confirm_outcome") && outcome) {
      return outcome.confirmation ? [] : confirming(room, resolution);
    }
    return [];
  }

  return { node, update };
}

const MINUTES = [3, 5, 10, 15, 30, 60];

function opening(room, resolution) {
  const select = h(
    "select",
    { id: `minutes-${resolution.id}` },
    h("option", { value: "" }, gettext("由主持人手动截止")),
    MINUTES.map((n) =>
      h(
        "option",
        { value: String(n), selected: n === 10 },
        say(gettext("开始后 %(n)s 分钟截止"), { n }),
      ),
    ),
  );
  return h(
    "div",
    { class: "form chair" },
    confirmStep({
      label: gettext("开始表决"),
      kind: "button--primary",
      question: say(
        gettext("开始表决“%(title)s”？登记册将按现在的债权表冻结，所有参会人员立即可以投票。"),
        { title: resolution.title },
      ),
      yes: gettext("确认开始"),
      fields: () =>
        h(
          "div",
          { class: "field" },
          h("label", { for: `minutes-${resolution.id}` }, gettext("截止方式")),
          select,
        ),
      run: () => {
        const minutes = Number(select.value);
        const data = { resolution: resolution.id, ...(minutes ? { minutes } : {}) };
        return room.command("open_poll", data);
      },
    }),
  );
}

function closing(room, resolution) {
  return h(
    "div",
    { class: "chair" },
    confirmStep({
      label: gettext("截止表决"),
      kind: "button--seal",
      question: gettext("现在截止并计票？截止后不能再投票，结果不能改写。"),
      yes: gettext("确认截止"),
      run: () => room.command("close_poll", { resolution: resolution.id }),
    }),
  );
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
