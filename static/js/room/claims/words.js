// The words of claims: natures, conclusions, where an objection stands.

/** The nature of a claim (债权性质). */
export function natureName(nature) {
  const words = {
    ordinary: gettext("普通债权"),
    secured: gettext("有财产担保债权"),
    construction: gettext("建设工程价款优先受偿权"),
    employee: gettext("职工债权"),
    tax: gettext("税款债权"),
    social_insurance: gettext("社会保险债权"),
    subordinated: gettext("劣后债权"),
    small: gettext("小额债权"),
    investor: gettext("出资人"),
  };
  return words[nature] ?? nature;
}

/** What the review came to (审查结论). */
export function conclusionName(conclusion) {
  const words = {
    confirmed: gettext("确认"),
    partly_confirmed: gettext("部分确认"),
    undetermined: gettext("暂缓确认"),
    rejected: gettext("不予确认"),
  };
  return words[conclusion] ?? conclusion;
}

/** Where an objection stands, and the badge that says so. */
export function objectionState(state) {
  const words = {
    open: [gettext("待管理人答复"), "badge badge--warn"],
    answered: [gettext("管理人已答复"), "badge badge--ok"],
    maintained: [gettext("仍有异议"), "badge badge--bad"],
    accepted: [gettext("已采纳"), "badge badge--ok"],
    withdrawn: [gettext("已撤回"), "badge badge--quiet"],
  };
  return words[state] ?? [state, "badge"];
}

/** Where a waiver of priority stands, and the badge that says so. */
export function waiverState(state) {
  const words = {
    submitted: [gettext("待管理人审核"), "badge badge--warn"],
    accepted: [gettext("已认可"), "badge badge--ok"],
    refused: [gettext("未认可"), "badge badge--bad"],
    withdrawn: [gettext("已撤回"), "badge badge--quiet"],
  };
  return words[state] ?? [state, "badge"];
}

/** As people type amounts: full-width digits and separators are theirs to use. */
export function plainAmount(text) {
  return text.normalize("NFKC").replace(/[,\s¥元]/g, "");
}

/** Whether text is an amount of yuan as commands take it. */
export function isAmount(text) {
  return /^\d{1,16}(\.\d{1,2})?$/.test(text);
}
