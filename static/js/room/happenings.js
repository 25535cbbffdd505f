// What happens in the meeting, as notices: said once, by text and by voice.

import { moment, money, say } from "./dom.js";
import { VERIFICATION } from "./claims/happenings.js";
import { endWords, speakerName } from "./floor_words.js";
import { meetingStateName, outcomeName } from "./rules.js";

/** Turn an event's notice into one on the page; null when it is nothing for this person. */
export function happening(notice, room) {
  const make = MAKERS[notice.kind];
  return make ? make(notice, room) : null;
}

const go = (room, tab, id, label) => ({ label, run: () => room.open(tab, id) });

// A vote that runs stays on the version that it was opened with: people must not have to guess.
function documentNews(notice) {
  if (!notice.replaces) return say(gettext("新文件：《%(title)s》"), { title: notice.title });
  const told = say(gettext("《%(title)s》发放了第 %(version)s 版，旧版仍可查阅。"), notice);
  if (!notice.voted_on?.length) return told;
  const matters = notice.voted_on.join("、");
  return `${told}${say(gettext("正在进行的表决“%(matters)s”仍以开始时所附的旧版为准。"), { matters })}`;
}

const MAKERS = {
  ...VERIFICATION,
  meeting: (notice) => ({
    text: say(gettext("会议状态：%(state)s。"), { state: meetingStateName(notice.state) }),
  }),
  agenda: (notice, room) => ({
    text: say(gettext("现在进行：%(title)s"), { title: notice.title }),
    action: go(room, "agenda", notice.item, gettext("看议程")),
  }),
  document: (notice, room) => ({
    text: documentNews(notice),
    action: go(room, "documents", notice.document, gettext("阅读")),
  }),
  undisputed_list: (notice, room) => ({
    text: say(gettext("第 %(n)s 号无异议债权表已编制，提请法院裁定。"), { n: notice.number }),
    action: go(room, "claims", null, gettext("查看")),
  }),
  undisputed_list_returned: (notice, room) => ({
    text: say(gettext("第 %(n)s 号无异议债权表已退回。"), { n: notice.number }),
    action: go(room, "claims", null, gettext("查看")),
  }),
  undisputed_list_confirmed: (notice, room) => ({
    text: say(gettext("法院已裁定确认无异议债权 %(claims)s 笔。"), { claims: notice.claims }),
    action: go(room, "claims", null, gettext("查看")),
  }),
  // The bar shows it; what is left is to say it. Nobody is taken anywhere.
  presentation: (notice, room) => {
    if (room.state.presentation?.person === room.state.me.person.id) return null;
    const words = gettext("现在讲解：《%(title)s》");
    return { text: say(words, { title: notice.title }), spokenOnly: true };
  },
  question: (notice, room) => {
    const asked = room.state.questions?.[notice.question];
    if (!room.can("answer_question") || !asked) return null;
    return {
      text: say(gettext("%(who)s 提问。"), { who: asked.asker }),
      action: go(room, "questions", notice.question, gettext("查看")),
    };
  },
  answer: (notice, room) => {
    const asked = room.state.questions?.[notice.question];
    return {
      text: say(gettext("对 %(who)s 的提问已有答复。"), { who: asked?.asker ?? "" }),
      action: go(room, "questions", notice.question, gettext("查看")),
    };
  },
  question_moderated: (notice, room) => {
    const asked = room.state.questions?.[notice.question];
    if (!asked || asked.person !== room.state.me.person.id) return null;
    return {
      text: notice.shown
        ? gettext("您的提问已公开。")
        : say(gettext("您的提问未公开：%(reason)s"), { reason: asked.reason }),
      kind: notice.shown ? "ok" : "warn",
      action: go(room, "questions", notice.question, gettext("查看")),
    };
  },
  hand_raised: (notice, room) => {
    const one = room.state.floor?.[notice.request];
    if (!one || !room.can("grant_floor")) return null;
    return {
      text: say(gettext("%(who)s 举手：%(topic)s"), { who: speakerName(one), topic: one.topic }),
      // Who has the queue before them sees it there: twenty hands are no twenty notices.
      spokenOnly: document.body.dataset.tab === "questions",
      action: go(room, "questions", "floor", gettext("查看")),
    };
  },
  hand_refused: (notice) => ({
    text: notice.reason
      ? say(gettext("您申请的发言（%(topic)s）没有安排：%(reason)s"), notice)
      : say(gettext("您申请的发言（%(topic)s）没有安排。"), notice),
    kind: "warn",
  }),
  // The floor's own bar shows it; what is left is to say it. The speaker hears it from there.
  floor_granted: (notice, room) => {
    const one = room.state.floor?.[notice.request];
    if (!one || one.person === room.state.me.person.id) return null;
    return {
      text: say(gettext("请%(who)s发言：%(topic)s"), { who: speakerName(one), topic: one.topic }),
      spokenOnly: true,
    };
  },
  floor_extended: (notice, room) => {
    const one = room.state.floor?.[notice.request];
    if (one?.person !== room.state.me.person.id) return null;
    return { text: say(gettext("您的发言延长了 %(n)s 秒。"), { n: notice.seconds }) };
  },
  floor_ended: (notice, room) => {
    const one = room.state.floor?.[notice.request];
    if (!one) return null;
    if (one.person !== room.state.me.person.id) {
      return { text: say(gettext("%(who)s的发言结束。"), { who: speakerName(one) }), spokenOnly: true };
    }
    return { text: say(gettext("您的发言已结束：%(why)s。"), { why: endWords(one) }) };
  },
  // The poll's own bar shows it; what is left is to say it.
  poll_opened: (notice) => ({
    text: say(gettext("开始表决：%(title)s"), { title: notice.title }),
    spokenOnly: true,
  }),
  poll_closed: (notice, room) => ({
    text: say(gettext("表决截止：%(title)s，%(outcome)s"), {
      title: notice.title,
      outcome: outcomeName(notice.outcome),
    }),
    action: go(room, "votes", notice.resolution, gettext("看结果")),
  }),
  poll_extended: (notice, room) => ({
    text: say(gettext("“%(title)s”的表决延长至 %(time)s。理由：%(reasons)s"), {
      title: notice.title,
      time: moment(notice.closes_at),
      reasons: notice.reasons,
    }),
    action: go(room, "votes", notice.resolution, gettext("查看")),
  }),
  poll_suspended: (notice, room) => ({
    text: say(gettext("“%(title)s”的表决已暂停：%(reasons)s。恢复后补足时间，您选的内容已保留。"), {
      title: notice.title,
      reasons: notice.reasons,
    }),
    kind: "warn",
    action: go(room, "votes", notice.resolution, gettext("查看")),
  }),
  poll_resumed: (notice, room) => ({
    text: notice.closes_at
      ? say(gettext("“%(title)s”的表决已恢复，%(time)s 截止。"), {
          title: notice.title,
          time: moment(notice.closes_at),
        })
      : say(gettext("“%(title)s”的表决已恢复。"), { title: notice.title }),
    action: go(room, "votes", notice.resolution, gettext("查看")),
  }),
  poll_voided: (notice, room) => ({
    text: say(gettext("“%(title)s”的表决已作废：%(reasons)s"), {
      title: notice.title,
      reasons: notice.reasons,
    }),
    kind: "warn",
    action: go(room, "votes", notice.replaced_by ?? notice.resolution, gettext("查看新的表决")),
  }),
  second_vote: (notice, room) => ({
    text: say(gettext("“%(title)s”将再次表决。"), { title: notice.title }),
    action: go(room, "votes", notice.second, gettext("查看")),
  }),
  election_result: (notice, room) => ({
    text: say(gettext("“%(title)s”的选举结果已产生。"), { title: notice.title }),
    action: go(
      room,
      "votes",
      room.state.elections?.[notice.election]?.candidates?.[0] ?? null,
      gettext("查看"),
    ),
  }),
  confirmation: (notice, room) => ({
    text: say(
      notice.decision === "confirmed"
        ? gettext("法官已确认“%(title)s”的表决结果。")
        : gettext("法官对“%(title)s”的表决结果不予确认。"),
      { title: room.state.resolutions?.[notice.resolution]?.title ?? "" },
    ),
    kind: notice.decision === "confirmed" ? "ok" : "warn",
    action: go(room, "votes", notice.resolution, gettext("查看")),
  }),
  objection_raised: (notice, room) => {
    const one = room.state.objections?.[notice.objection];
    if (!one || room.state.represented?.[one.objector_id]) return null;
    return {
      text: say(gettext("%(who)s 对第 %(n)s 号债权提出异议。"), {
        who: one.objector,
        n: one.claim_number,
      }),
      action: go(room, "claims", notice.objection, gettext("查看")),
    };
  },
  objection_answered: (notice, room) => {
    if (room.can("answer_objection")) return null;
    return {
      text: say(gettext("管理人已答复对第 %(n)s 号债权的异议。"), { n: notice.number }),
      action: go(room, "claims", notice.objection, gettext("查看")),
    };
  },
  temporary_amount: (notice, room) => ({
    text: say(gettext("法院已临时确定债权额：%(amount)s 元。"), { amount: money(notice.amount) }),
    action: go(room, "claims", null, gettext("查看")),
  }),
};
