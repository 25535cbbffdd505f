// "How this vote is counted" in plain words, before the vote: from the rule and the practice.

import { fullMoney, h, isChinese, replace, say } from "./dom.js";
import { articleText, groupName, isGrouped, ruleText, whyNoVote } from "./rules.js";

const FEW = 3;

/** The place for one resolution; `update()` after every change of the room. */
export function makeCounted(room, id) {
  const list = h("ul", { class: "counted-points" });
  const mine = h("div", { class: "counted-mine" });
  const node = h(
    "details",
    { class: "resolution-full counted" },
    h("summary", {}, gettext("本次表决如何计票")),
    list,
    mine,
  );
  let drawn = "";

  function update() {
    const one = room.state.resolutions[id];
    const rights = Object.entries(room.state.my_rights?.[id] ?? {});
    const wanted = JSON.stringify([
      one.thresholds,
      one.practice,
      one.groups,
      one.unaffected_groups,
      one.second_scope,
      one.secured_barred,
      one.counting,
      rights.length <= FEW ? rights : rights.length,
    ]);
    if (wanted === drawn) return;
    drawn = wanted;
    const points = [ruleText(one), ...practiceWords(one)].filter(Boolean);
    replace(list, points.map((point) => h("li", {}, point)));
    replace(mine, rights.length > 0 && rights.length <= FEW && myRights(room, rights));
    node.hidden = points.length === 0;
  }

  return { node, update };
}

function myRights(room, rights) {
  return [
    h("p", {}, gettext("登记册上您的表决权：")),
    h(
      "ul",
      {},
      rights.map(([creditor, right]) => {
        const name = room.state.represented?.[creditor]?.name ?? "";
        const words = right.votes || right.carried ? lineWords(right) : [whyNoVote(right.reason)];
        return h("li", {}, h("strong", {}, name), gettext("："), words.join(gettext("；")));
      }),
    ),
  ];
}

function lineWords(right) {
  const lines = right.lines ?? [{ group: "all", heads: right.heads, amount: right.amount }];
  const told = lines.map((line) => {
    const name = groupName(line.group);
    const words = say(gettext("%(heads)s 户，%(amount)s"), {
      heads: line.heads,
      amount: fullMoney(line.amount),
    });
    return name ? name + gettext("：") + words : words;
  });
  if (right.carried) told.push(gettext("您上次同意，继续有效"));
  return told;
}

/** Each sentence on the count beyond the thresholds; the server's `voting/wording.py` says the same. */
export function practiceWords(one) {
  const told = [
    one.counting?.text?.[isChinese() ? "zh" : "en"],
    ...groupWords(one),
    one.thresholds?.number && gettext("一位债权人不论有几笔债权，计为一户；代理人为每一位被代理人各投一票。"),
    gettext("只有同意票计入同意；反对、弃权和出席未表决均不是同意。"),
    one.rule?.startsWith("prc-") &&
      cited(gettext("债权尚未确定的，按人民法院临时确定的债权额行使表决权，未临时确定的不能行使"), "EBL 59(2)"),
    scopeWords(one),
  ];
  const settled = Object.entries(one.practice ?? {})
    .filter(([key]) => bears(key, one))
    .map(([key, value]) => WORDS[key]?.()[value])
    .filter(Boolean)
    .map((said) => say(gettext("%(said)s（本次会议的约定）。"), { said }));
  return [...told.filter(Boolean), ...settled];
}

function cited(said, article) {
  return say(gettext("%(said)s（%(article)s）。"), { said, article: articleText(article) });
}

const SECOND_VOTES = [6, 10];

// Whether a settled point matters in this vote.
function bears(key, one) {
  if (key === "attendance") return one.thresholds?.number?.of === "attending";
  if (key === "second_vote") return SECOND_VOTES.includes(one.power);
  if (key === "paper_conflict") return true;
  if (!one.counting?.points?.includes(key)) return false;
  return !(key === "secured_general" && one.secured_barred);
}

const WORDS = {
  attendance: () => ({
    signed_in_or_voted: gettext(
      "完成身份核验并签到，或者在截止前投出有效表决票的，计为出席；仅观看直播不计为出席",
    ),
    voted_only: gettext("在截止前投出有效表决票的，计为出席；仅签到或者仅观看直播不计为出席"),
  }),
  secured_general: () => ({
    head: gettext("对特定财产享有担保权且未放弃优先受偿权的，计人数，其担保债权额不计入分子和分母"),
    none: gettext("对特定财产享有担保权且未放弃优先受偿权的，其担保债权不计人数，也不计债权额"),
  }),
  employee: () => ({
    none: gettext("职工债权不参加表决，不计入无财产担保债权总额"),
    vote: gettext("职工债权参加表决，计入无财产担保债权总额"),
  }),
  tax: () => ({
    vote: gettext("已申报的税款和社会保险费债权参加表决，计入无财产担保债权总额"),
    none: gettext("税款和社会保险费债权不参加表决，不计入无财产担保债权总额"),
  }),
  subordinated: () => ({
    none: gettext("劣后债权不参加表决，不计入无财产担保债权总额"),
    vote: gettext("劣后债权参加表决，计入无财产担保债权总额"),
  }),
  second_vote: () => ({
    whole_group: gettext("需要再次表决时，由全体有表决权的债权人重新表决"),
    not_for: gettext("需要再次表决时，仅由上次未投同意票的债权人表决，上次的同意继续有效"),
  }),
  paper_conflict: () => ({
    online: gettext("同一债权人既有网络表决票又有书面表决票的，以网络表决票为准"),
    paper: gettext("同一债权人既有网络表决票又有书面表决票的，以书面表决票为准"),
    first: gettext("同一债权人既有网络表决票又有书面表决票的，以先收到的为准"),
    last: gettext("同一债权人既有网络表决票又有书面表决票的，以后收到的为准"),
  }),
};

function scopeWords(one) {
  if (one.second_scope === "not_for") {
    return gettext("本次为再次表决：上次同意的继续有效，只由未同意的债权人表决。");
  }
  return one.second_scope === "whole_group" ? gettext("本次为再次表决：全组重新表决。") : "";
}

function groupWords(one) {
  if (!isGrouped(one)) return [];
  return [
    one.thresholds?.amount?.of === "entitled" &&
      gettext("每组以该组全部债权额为分母，含未出席的。"),
    one.counting?.split &&
      cited(gettext("部分担保的债权分别计入担保债权组和普通债权组"), "EBL 82(1)"),
    unaffectedWords(one),
  ];
}

function unaffectedWords(one) {
  const names = (one.unaffected_groups ?? []).map(groupName).filter(Boolean);
  if (!names.length) return "";
  const said = say(gettext("%(groups)s的权益未受调整或者影响，不参加表决"), {
    groups: names.join(gettext("、")),
  });
  return cited(said, "JI-III 11(2)");
}
