// Notices that were sent to me, with the deadlines that run from their delivery.

import { h, moment, replace, say } from "./dom.js";

/** The list; `update()` after every change of the room. */
export function makeMyNotices(room) {
  const list = h("ul", { class: "plain my-notices" });
  const summary = h("summary", {});
  const node = h("details", { class: "resolution-full notices-fold", hidden: true }, summary, list);
  let drawn = "";

  function update() {
    const rows = inOrder(room);
    const wanted = JSON.stringify(rows);
    if (wanted === drawn) return;
    drawn = wanted;
    node.hidden = rows.length === 0;
    const coming = rows.filter((row) => row.deadline && Date.parse(row.deadline) > room.now());
    replace(
      summary,
      say(gettext("我的通知（%(n)s）"), { n: rows.length }),
      coming.length > 0 &&
        h("span", { class: "hint" }, say(gettext(" · %(n)s 项期限未满"), { n: coming.length })),
    );
    replace(list, rows.map((row) => drawRow(room, row)));
  }

  return { node, update };
}

// One notice goes to all whom a person acts for: told once, with the earliest delivery.
function inOrder(room) {
  const found = new Map();
  for (const notices of Object.values(room.state.my_notices ?? {})) {
    for (const [id, notice] of Object.entries(notices)) {
      const known = found.get(id);
      const earlier = known?.delivered_at && known.delivered_at <= (notice.delivered_at ?? "~");
      if (!earlier) found.set(id, { id, ...notice });
    }
  }
  return [...found.values()].sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
}

function drawRow(room, row) {
  return h(
    "li",
    { class: "my-notice" },
    h(
      "details",
      {},
      h("summary", {}, h("b", {}, row.subject), h("span", { class: "hint" }, ` ${moment(row.at)}`)),
      h("p", { class: "resolution-text" }, row.text),
    ),
    h("p", { class: "hint" }, deliveryWords(row)),
    row.deadline && h("p", { class: deadlineKind(room, row) }, deadlineWords(row)),
  );
}

function deliveryWords(row) {
  return row.delivered_at
    ? say(gettext("于 %(at)s 送达"), { at: moment(row.delivered_at) })
    : gettext("尚无送达记录");
}

function deadlineKind(room, row) {
  return Date.parse(row.deadline) > room.now() ? "notice notice--warn" : "hint";
}

// EBL 64(2): to ask the court to revoke a resolution; EBL 66: to ask for review of a ruling.
function deadlineWords(row) {
  const words =
    row.kind === "ruling"
      ? gettext("对裁定不服的，可以在 %(at)s 前申请复议（企业破产法第六十六条）。")
      : gettext(
          "认为决议违反法律规定、损害其利益的，可以在 %(at)s 前请求人民法院裁定撤销（企业破产法第六十四条第二款）。",
        );
  return say(words, { at: moment(row.deadline) });
}
