// A power brings its rule: only rules that apply to the chosen power can be chosen. Groups whose
// rights are not affected are a matter of votes by groups alone.

const form = document.querySelector("form[data-resolution]");
const power = form?.elements.power;
const rule = form?.elements.rule;
const unaffected = form?.querySelector('[data-field="unaffected"]');

function follow() {
  let chosen = null;
  for (const option of rule.options) {
    const applies = (option.dataset.powers ?? "").split(" ").includes(power.value);
    option.disabled = !applies;
    option.hidden = !applies;
    if (applies && (chosen === null || option.selected)) chosen = option;
  }
  if (chosen) rule.value = chosen.value;
  group();
}

function group() {
  if (!unaffected) return;
  const grouped = rule.selectedOptions[0]?.hasAttribute("data-grouped") ?? false;
  unaffected.hidden = !grouped;
  for (const box of unaffected.querySelectorAll("input")) {
    if (!grouped) box.checked = false;
  }
}

if (power && rule) {
  power.addEventListener("change", follow);
  rule.addEventListener("change", group);
  follow();
}
