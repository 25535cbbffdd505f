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
    withdrawn: [gettext("已撤回"), "badge badge--quiet"],
  };
  return words[state] ?? [state, "badge"];
}
