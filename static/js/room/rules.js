// The rules of voting in plain words, from data: thresholds, bases, articles, groups, reasons.

import { isChinese, say } from "./dom.js";

const DIGITS = "零一二三四五六七八九";

/** 64 -> 六十四 (1 to 999). */
export function chineseNumber(n) {
  const hundreds = Math.floor(n / 100);
  const tens = Math.floor((n % 100) / 10);
  const ones = n % 10;
  let text = hundreds ? `${DIGITS[hundreds]}百` : "";
  if (tens) text += tens === 1 && !hundreds ? "十" : `${DIGITS[tens]}十`;
  else if (hundreds && ones) text += "零";
  if (ones) text += DIGITS[ones];
  return text;
}

/** "EBL 64(1)" -> 企业破产法第六十四条第一款; other laws stay as they are cited. */
export function articleText(article) {
  if (!article || !article.startsWith("EBL ")) return article ?? "";
  const places = article.slice(4).split(",").map((one) => one.trim());
  if (!isChinese()) return `Enterprise Bankruptcy Law, art. ${places.join(", ")}`;
  const words = places.map((place) => {
    const [, number, ...parts] = place.match(/^(\d+)(?:\((\d+)\))?(?:\((\d+)\))?$/) ?? [null, null];
    if (!number) return place;
    const [paragraph, item] = parts;
    return (
      `第${chineseNumber(Number(number))}条` +
      (paragraph ? `第${chineseNumber(Number(paragraph))}款` : "") +
      (item ? `第${chineseNumber(Number(item))}项` : "")
    );
  });
  return `企业破产法${words.join("、")}`;
}

/** The power of EBL 61(1) that a resolution rests on, as an article; "" for other matters. */
export function powerText(power) {
  return power ? articleText(`EBL 61(1)(${power})`) : "";
}

/** How much is needed: 过半数, 二分之一以上, 三分之二以上. */
export function shareNeeded(threshold) {
  const { numerator: n, denominator: d } = threshold;
  const strict = threshold.comparator === ">";
  if (n === 1 && d === 2) return strict ? gettext("过半数") : gettext("二分之一以上");
  if (n === 2 && d === 3 && !strict) return gettext("三分之二以上");
  if (n === 3 && d === 4 && !strict) return gettext("四分之三以上");
  const text = strict ? gettext("超过 %(n)s/%(d)s") : gettext("%(n)s/%(d)s 以上");
  return say(text, { n, d });
}

/** Of whom a number test counts its share. */
export function numberBase(threshold, grouped) {
  const words = {
    attending: grouped
      ? gettext("出席会议的该组债权人")
      : gettext("出席会议的有表决权的债权人"),
    voted: gettext("投同意或反对票的债权人"),
    entitled: gettext("有表决权的债权人"),
    unconnected: gettext("与债务人无关联的债权人"),
  };
  return words[threshold.of] ?? "";
}

/** Of what an amount test counts its share. */
export function amountBase(threshold, grouped) {
  const words = {
    entitled: grouped ? gettext("该组债权总额") : gettext("无财产担保债权总额"),
    voted: gettext("参加表决的债权额"),
    unconnected: gettext("与债务人无关联的债权总额"),
    attending: gettext("出席会议的债权额"),
  };
  return words[threshold.of] ?? "";
}

/** Whether a rule counts by groups. */
export function isGrouped(resolution) {
  return resolution.counting?.grouped ?? false;
}

/** A resolution's rule in plain words. */
export function ruleText(resolution) {
  const { number, amount, veto } = resolution.thresholds ?? {};
  const grouped = isGrouped(resolution);
  const parts = [];
  if (number) {
    parts.push(
      say(gettext("须经%(base)s%(share)s同意"), {
        base: numberBase(number, grouped),
        share: shareNeeded(number),
      }),
    );
  }
  if (amount) {
    const text = number
      ? gettext("且其所代表的债权额占%(base)s的%(share)s")
      : gettext("同意票所代表的债权额须占%(base)s的%(share)s");
    parts.push(say(text, { base: amountBase(amount, grouped), share: shareNeeded(amount) }));
  }
  if (veto) {
    parts.push(
      say(gettext("且反对票不得占%(base)s的%(share)s"), {
        base: amountBase(veto, grouped),
        share: shareNeeded(veto),
      }),
    );
  }
  const articles = [...new Set([number, amount, veto].filter(Boolean).map((one) => one.article))];
  const groups = grouped ? gettext("各组分别表决，全部通过方为通过。") : "";
  const basis = articles.length
    ? say(gettext("（%(articles)s）"), { articles: articles.map(articleText).join(gettext("；")) })
    : "";
  const barred = resolution.secured_barred
    ? gettext(
        "对特定财产享有担保权且未放弃优先受偿权的债权人对本事项没有表决权（企业破产法第五十九条第三款）。",
      )
    : "";
  if (!parts.length) {
    return say(gettext("没有表决规则“%(rule)s”，请修改表决事项。"), { rule: resolution.rule });
  }
  const comma = gettext("，");
  const stop = gettext("。");
  return parts.join(comma) + basis + stop + groups + barred;
}

/** A group's name; "" where all vote together. */
export function groupName(group) {
  const names = {
    all: "",
    secured: gettext("担保债权组"),
    employee: gettext("职工债权组"),
    tax: gettext("税款债权组"),
    ordinary: gettext("普通债权组"),
    small: gettext("小额债权组"),
    investor: gettext("出资人组"),
  };
  return names[group] ?? group;
}

/** Why a creditor has no vote, from the reason's code. */
export function whyNoVote(reason) {
  const words = {
    "excluded": gettext("该债权人被排除在本次表决之外。"),
    "undetermined-claim": gettext(
      "债权尚未确定，且人民法院未临时确定债权额，不能行使表决权（企业破产法第五十九条第二款）。",
    ),
    "priority-not-waived": gettext(
      "对债务人的特定财产享有担保权且未放弃优先受偿权，对本事项没有表决权（企业破产法第五十九条第三款）。",
    ),
    "no-vote-in-this-matter": gettext("该类债权对本事项没有表决权。"),
    "rejected-claim": gettext("债权不予确认，没有表决权。"),
    "not-in-group": gettext("该债权人不在本次表决的表决组中。"),
  };
  return words[reason] ?? gettext("该债权人不在本次表决的登记册中。");
}

/** What a ballot says. */
export function choiceName(choice) {
  return { for: gettext("同意"), against: gettext("反对"), abstain: gettext("弃权") }[choice];
}

/** What came of a poll. */
export function outcomeName(outcome) {
  const names = {
    passed: gettext("通过"),
    not_passed: gettext("未通过"),
    undecided: gettext("未形成结果"),
  };
  return names[outcome] ?? outcome;
}

/** What a person is in a case. */
export function roleName(role) {
  const names = {
    administrator: gettext("管理人"),
    judge: gettext("法官"),
    clerk: gettext("书记员"),
    creditor: gettext("债权人"),
    proxy: gettext("代理人"),
    debtor: gettext("债务人代表"),
    employees: gettext("职工或工会代表"),
    observer: gettext("旁听人员"),
  };
  return names[role] ?? role;
}

/** What happens at an agenda item. */
export function kindName(kind) {
  const names = {
    report: gettext("报告"),
    verification: gettext("核查债权"),
    document: gettext("文件"),
    resolution: gettext("表决"),
    questions: gettext("提问与答复"),
    other: gettext("其他"),
  };
  return names[kind] ?? kind;
}

/** Where a meeting stands. */
export function meetingStateName(state) {
  const names = {
    draft: gettext("筹备中"),
    convened: gettext("尚未开始"),
    open: gettext("进行中"),
    adjourned: gettext("休会中"),
    closed: gettext("已闭会"),
  };
  return names[state] ?? state;
}
