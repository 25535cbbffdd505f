// How long claims are verified, and the fifteen days to sue after it: a reminder, never a lock.

import { confirmStep } from "../confirm.js";
import { h, moment, replace, say } from "../dom.js";
import { makeForm } from "./forms.js";

const COURT = "+08:00"; // times are given by the court's clock, wherever the reader is
const DAY_MS = 86400000;
const TICK_MS = 15000;

function period(room) {
  return room.state.verification_period ?? {};
}

/** Whether objections are taken: from convening on, and late ones for ever. */
export function mayObject(room) {
  return (room.state.meeting?.state ?? "draft") !== "draft";
}

/** Whether verification has ended: what is said from then on is marked as late. */
export function isOver(room) {
  const state = room.state.meeting?.state;
  const { ends_at: end } = period(room);
  if (state === "convened" || state === "draft") return false;
  return end ? Date.parse(end) <= room.now() : state === "closed";
}

/** Whether claims can be confirmed now. */
export function mayConfirm(room) {
  return mayObject(room) && !isOver(room);
}

/** The last day for a suit in words; empty while it is not known. */
export function suitDay(room) {
  const { suit_until: until } = period(room);
  return until ? dayOf(until) : "";
}

/** Whether the fifteen days still run. */
export function maySueInTime(room) {
  const { suit_until: until } = period(room);
  return isOver(room) && Boolean(until) && Date.parse(until) > room.now();
}

// The date without the time of day.
function dayOf(rfc3339) {
  return moment(rfc3339).replace(/[,，]?\s*\d{1,2}:\d{2}$/, "");
}

// Counted by the calendar: the last day itself is none that is left.
function leftWords(room) {
  const days = Math.floor((Date.parse(period(room).suit_until) - room.now()) / DAY_MS);
  return days ? say(gettext("还有 %(n)s 天"), { n: days }) : gettext("今天是最后一天");
}

/** Make the lines on the period, with what the administrator and the judge can do about it. */
export function makePeriod(room) {
  const words = h("div", {});
  const controls = makeControls(room);
  const node = h(
    "section",
    { class: "verify-period", "aria-label": gettext("核查期间"), hidden: true },
    words,
    controls.node,
  );
  let drawn = "";
  let wasOver = null;

  function update() {
    node.hidden = !mayObject(room);
    if (node.hidden) return;
    const told = lines(room);
    const wanted = JSON.stringify(told);
    if (wanted !== drawn) {
      drawn = wanted;
      replace(
        words,
        h(
          "div",
          { class: told.kind, role: "status" },
          told.text.map((line) => h("p", {}, line)),
        ),
      );
    }
    controls.update();
  }

  // Time goes by without an event: what can be done changes with it.
  setInterval(() => {
    if (!room.state.meeting) return;
    const over = isOver(room);
    if (wasOver !== null && over !== wasOver) room.refresh("verification_period");
    else update();
    wasOver = over;
  }, TICK_MS);

  return { node, update };
}

function lines(room) {
  const { ends_at: end, announced, reason } = period(room);
  if (!isOver(room)) {
    const when = end && Date.parse(end) > room.now();
    if (!when) {
      return { kind: "hint", text: [gettext("核查债权在会议闭会时结束；管理人可以公布更晚的截止时间。")] };
    }
    const left = (Date.parse(end) - room.now()) / 1000;
    const text = [
      say(gettext("核查进行至 %(at)s（还有 %(left)s）。闭会以后到截止以前，仍可在这里确认、提出异议。"), {
        at: moment(end),
        left: left > 86400 ? daysWords(left) : minutesWords(left),
      }),
    ];
    if (announced && reason) text.push(say(gettext("说明：%(reason)s"), { reason }));
    return { kind: "notice", text };
  }
  const ended = end ? say(gettext("核查已于 %(at)s 结束。"), { at: moment(end) }) : gettext("核查已经结束。");
  if (!maySueInTime(room)) {
    return {
      kind: "hint",
      text: [
        ended +
          (end ? say(gettext("十五日的起诉提醒期已于 %(day)s 届满。"), { day: suitDay(room) }) : ""),
        gettext("仍可提出意见，会注明“核查结束后提出”；已经起诉的，仍可填写案号。"),
      ],
    };
  }
  const court = room.state.meeting?.case?.court ?? "";
  return {
    kind: "notice notice--warn",
    text: [
      ended +
        say(gettext("仍有异议的，请在 %(day)s（含当日）以前向人民法院起诉，%(left)s。"), {
          day: suitDay(room),
          left: leftWords(room),
        }),
      say(gettext("起诉到受理本案的%(court)s，起诉后请在您的异议下填写案号。最后一天是法定节假日的，顺延到节后第一天。"), {
        court: court || gettext("人民法院"),
      }),
      gettext("这是提醒，不影响您的权利：现在仍可提出意见，会注明“核查结束后提出”。"),
    ],
  };
}

function daysWords(seconds) {
  return say(gettext("%(n)s 天"), { n: Math.ceil(seconds / 86400) });
}

function minutesWords(seconds) {
  const minutes = Math.max(1, Math.ceil(seconds / 60));
  return minutes >= 60
    ? say(gettext("%(h)s 小时 %(m)s 分钟"), { h: Math.floor(minutes / 60), m: minutes % 60 })
    : say(gettext("%(m)s 分钟"), { m: minutes });
}

// --- the administrator's and the judge's ---

function makeControls(room) {
  const form = makeForm(room, {
    key: "verification-period",
    fields: [
      {
        name: "ends_at",
        label: gettext("核查截止时间（北京时间）"),
        type: "datetime-local",
        max: 20,
      },
      {
        name: "reason",
        label: gettext("说明（变更时必填）"),
        rows: 2,
        max: 500,
        required: false,
      },
    ],
    button: gettext("公布截止时间"),
    send: (typed) => {
      const data = { ends_at: `${typed.ends_at}:00${COURT}` };
      if (typed.reason) data.reason = typed.reason;
      return room.command("set_verification_period", data);
    },
    done: gettext("已公布核查截止时间。"),
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
    gettext("确定核查截止时间"),
  );
  const end = confirmStep({
    label: gettext("现在结束核查"),
    question: gettext("结束后十五日的起诉期间开始计算；此后提出的异议会注明“核查结束后提出”。"),
    yes: gettext("结束核查"),
    run: async () => {
      await room.command("end_verification", {});
      room.announce(gettext("核查已经结束。"));
    },
  });
  const actions = h("div", { class: "actions" }, toggle, end);
  const node = h("div", { hidden: true }, actions, form.node);

  function draw() {
    node.hidden = !room.can("set_verification_period");
    if (node.hidden) return;
    toggle.hidden = form.isOpen;
    toggle.textContent = period(room).announced || isOver(room)
      ? gettext("变更核查截止时间")
      : gettext("确定核查截止时间");
    end.hidden = isOver(room) || room.state.meeting?.state === "convened";
  }
  return { node, update: draw };
}
