// A power brings its rule: only rules that apply to the chosen power can be chosen.

const form = document.querySelector("form[data-resolution]");
const power = form?.elements.power;
const rule = form?.elements.rule;

function follow() {
  let chosen = null;
  for (const option of rule.options) {
    const applies = (option.dataset.powers ?? "").split(" ").includes(power.value);
    option.disabled = !applies;
    option.hidden = !applies;
    if (applies && (chosen === null || option.selected)) chosen = option;
  }
  if (chosen) rule.value = chosen.value;
}

if (power && rule) {
  power.addEventListener("change", follow);
  follow();
}
