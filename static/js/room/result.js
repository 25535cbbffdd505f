// What came of a vote: the stamp, the judge's word, what follows in law, rulings, paper apart.

import { branchText, rulingText } from "./branch.js";
import { exactTime, h, money, replace, say, setText } from "./dom.js";
import { confirmationText } from "./poll_controls.js";
import { choiceName, groupName, outcomeName } from "./rules.js";

/** The result of one resolution and the links that belong to it. */
export function makeResult(room, id) {
  const stamp = h("span", { class: "stamp", hidden: true });
  const when = h("p", { class: "hint", hidden: true });
  const word = h("div", { class: "notice confirmation", hidden: true });
  const follows = h("div", { class: "follows", hidden: true });
  const paper = h("div", { class: "paper-part", hidden: true });
  const links = h("div", { class: "actions links", hidden: true });
  const node = h(
    "div",
    { class: "result" },
    h("div", { class: "row row--between verdict" }, when, stamp),
    word,
    follows,
    paper,
  );
  let linksFor = "";
  let followsFor = "";

  function update() {
    const one = room.state.resolutions[id];
    const outcome = one.state === "voided" ? null : room.state.outcomes?.[id];
    node.hidden = !outcome && !one.closed_at;
    stamp.hidden = !outcome;
    if (outcome) {
      setText(stamp, outcomeName(outcome.outcome));
      stamp.classList.toggle("stamp--no", outcome.outcome !== "passed");
    }
    when.hidden = !one.closed_at;
    if (one.closed_at) {
      setText(when, say(gettext("%(time)s 截止"), { time: exactTime(one.closed_at) }));
    }
    updateWord(outcome?.confirmation);
    updateFollows(outcome);
    updateLinks(one);
  }

  function updateWord(confirmation) {
    word.hidden = !confirmation;
    if (!confirmation) return;
    word.classList.toggle("notice--warn", confirmation.decision === "declined");
    word.classList.toggle("notice--ok", confirmation.decision === "confirmed");
    replace(
      word,
      h("p", {}, confirmationText(confirmation)),
      confirmation.reasons && h("p", {}, confirmation.reasons),
    );
  }

  function updateFollows(outcome) {
    const wanted = JSON.stringify([outcome?.branch, outcome?.rulings, outcome?.ways]);
    if (wanted === followsFor) return;
    followsFor = wanted;
    const branch = branchText(outcome?.branch);
    const rulings = outcome?.rulings ?? [];
    follows.hidden = !branch && !rulings.length;
    replace(
      follows,
      branch && h("p", { class: "branch" }, branch),
      rulings.map((ruling) =>
        h(
          "div",
          { class: ruling.granted ? "notice notice--ok" : "notice notice--warn" },
          h("p", {}, rulingText(ruling)),
          ruling.reasons && h("p", {}, ruling.reasons),
        ),
      ),
    );
    const rows = paperRows(outcome?.ways?.paper);
    paper.hidden = !rows.length;
    replace(paper, rows.length > 0 && paperTable(rows));
  }

  function updateLinks(one) {
    const { staff, roles } = room.state.me;
    const wanted = one.state === "closed" ? `closed|${staff}` : one.state === "voided" && staff ? "voided" : "";
    if (wanted === linksFor) return;
    linksFor = wanted;
    links.hidden = !wanted;
    const base = `/meetings/${room.slug}/resolutions/${id}`;
    const link = (href, text) => h("a", { class: "button", href, target: "_blank" }, text);
    replace(
      links,
      one.state === "closed" && link(`${base}/result/`, gettext("结果页（可打印）")),
      staff && wanted && link(`${base}/evidence/`, gettext("登记册与表决票")),
      roles.includes("judge") &&
        one.state === "closed" &&
        link(`/meetings/${room.slug}/desk/`, gettext("法官工作台")),
    );
  }

  return { node, links, update };
}

function paperRows(groups) {
  return Object.entries(groups ?? {}).flatMap(([group, choices]) =>
    Object.entries(choices)
      .filter(([, sum]) => sum.number)
      .map(([choice, sum]) => ({ group, choice, ...sum })),
  );
}

// Counted together with what was cast online, and shown apart.
function paperTable(rows) {
  const named = rows.some((row) => groupName(row.group));
  return h(
    "table",
    { class: "table tally-table" },
    h("caption", {}, gettext("其中书面表决票（已计入上列结果）")),
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        named && h("th", { scope: "col" }, gettext("表决组")),
        h("th", { scope: "col" }, gettext("意见")),
        h("th", { scope: "col", class: "number" }, gettext("户数")),
        h("th", { scope: "col", class: "number" }, gettext("代表债权额（元）")),
      ),
    ),
    h(
      "tbody",
      {},
      rows.map((row) =>
        h(
          "tr",
          {},
          named && h("td", {}, groupName(row.group)),
          h("th", { scope: "row" }, choiceName(row.choice)),
          h("td", { class: "number" }, row.number),
          h("td", { class: "number" }, money(row.amount)),
        ),
      ),
    ),
  );
}
