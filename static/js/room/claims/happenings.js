// What happens in verification, as notices of the room.

import { moment, say } from "../dom.js";

const see = (room, id = null) => ({
  label: gettext("查看"),
  run: () => room.open("claims", id),
});

/** Makers of notices by their kind. */
export const VERIFICATION = {
  objection_accepted: (notice, room) => ({
    text: say(gettext("管理人采纳异议，调整了第 %(n)s 号债权。"), { n: notice.number }),
    kind: "ok",
    spokenOnly: room.can("accept_objection"),
    action: see(room, notice.objection),
  }),
  objection_maintained: (notice, room) => {
    if (!room.state.me?.staff) return null;
    return {
      text: say(gettext("对第 %(n)s 号债权的异议仍有争议。"), { n: notice.number }),
      action: see(room, notice.objection),
    };
  },
  verification_period: (notice, room) => ({
    text: notice.ends_at
      ? say(gettext("债权核查进行至 %(at)s，闭会后仍可核查。"), { at: moment(notice.ends_at) })
      : gettext("债权核查在会议闭会时结束。"),
    action: see(room),
  }),
  verification_ended: (notice, room) => ({
    text: say(gettext("债权核查已经结束。仍有异议的，请在 %(at)s 以前起诉。"), {
      at: moment(notice.suit_until),
    }),
    kind: "warn",
    action: see(room),
  }),
  waiver_submitted: (notice, room) => {
    if (!room.can("accept_waiver")) return null;
    return {
      text: say(gettext("收到第 %(n)s 号债权放弃优先受偿权的声明。"), { n: notice.number }),
      action: see(room),
    };
  },
  waiver_accepted: (notice, room) => {
    if (room.can("accept_waiver")) return null;
    return {
      text: say(gettext("第 %(n)s 号债权放弃优先受偿权的声明已获认可。"), { n: notice.number }),
      kind: "ok",
      action: see(room),
    };
  },
  waiver_refused: (notice, room) => {
    if (room.can("accept_waiver")) return null;
    return {
      text: say(gettext("第 %(n)s 号债权放弃优先受偿权的声明未获认可。"), { n: notice.number }),
      kind: "warn",
      action: see(room),
    };
  },
  temporary_amounts: (notice, room) => ({
    text: say(gettext("法院已为 %(n)s 笔债权临时确定债权额。"), { n: notice.count }),
    spokenOnly: room.can("set_temporary_amounts"),
    action: see(room),
  }),
};
