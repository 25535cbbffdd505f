// What follows in law from an outcome, and what the court ruled.

import { articleText } from "./rules.js";
import { moment, say } from "./dom.js";

/** What follows, as a sentence with its article; "" where nothing more is to be said. */
export function branchText(branch) {
  const sentences = {
    second_vote: gettext("未通过的，可以再次表决一次。"),
    court_65_1: gettext("债权人会议表决未通过，由人民法院裁定。"),
    court_65_2: gettext("债权人会议二次表决仍未通过，由人民法院裁定。"),
    court_87: gettext("未通过的表决组再次表决仍未通过或者拒绝再次表决，符合条件的，可以申请人民法院批准重整计划草案。"),
    composition_99: gettext("和解协议草案未通过，由人民法院裁定终止和解程序，并宣告债务人破产。"),
    recognise_116: gettext("分配方案已通过，由管理人提请人民法院裁定认可。"),
    approve_86: gettext("各表决组均已通过，重整计划即为通过；自通过之日起十日内，应当提出批准重整计划的申请。"),
    recognise_98: gettext("和解协议已通过，由人民法院裁定认可。"),
  };
  const text = sentences[branch?.code];
  if (!text) return "";
  return branch.article
    ? text + say(gettext("（%(article)s）"), { article: articleText(branch.article) })
    : text;
}

/** The court's ruling in words. */
export function rulingText(ruling) {
  const granted = {
    "65-1": gettext("裁定认可本方案（企业破产法第六十五条第一款）"),
    "65-2": gettext("裁定认可财产分配方案（企业破产法第六十五条第二款）"),
    "87": gettext("裁定批准重整计划草案（企业破产法第八十七条）"),
    "86": gettext("裁定批准重整计划（企业破产法第八十六条）"),
    "116": gettext("裁定认可破产财产分配方案（企业破产法第一百一十六条）"),
    "98": gettext("裁定认可和解协议（企业破产法第九十八条）"),
    "99": gettext("裁定终止和解程序并宣告债务人破产（企业破产法第九十九条）"),
  };
  const what = granted[ruling.kind] ?? ruling.kind;
  const words = ruling.granted
    ? gettext("法官 %(judge)s 于 %(at)s %(what)s。")
    : gettext("法官 %(judge)s 于 %(at)s 不予%(what)s。");
  return say(words, { judge: ruling.judge, at: moment(ruling.at), what });
}
