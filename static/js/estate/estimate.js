// The calculator of a distribution plan: asks the server while somebody types, by the same law
// that computed the plan, and says the outcome once the fingers rest. Without a script the form
// asks for a page instead.

const WAIT_MS = 350;

const form = document.querySelector("form[data-estimate]");
const box = document.querySelector("[data-answer]");

function cell(kind, text, label) {
  const made = document.createElement(kind);
  made.textContent = text;
  made.dataset.label = label;
  if (kind === "th") made.scope = "row";
  else made.className = "number";
  return made;
}

function showSteps(steps) {
  const head = [...box.querySelectorAll("thead th")].map((one) => one.textContent);
  const rows = steps.map((one) => {
    const row = document.createElement("tr");
    const values = [one.label, one.owed, one.paid, one.set_aside, one.rate];
    row.append(...values.map((text, at) => cell(at === 0 ? "th" : "td", text, head[at])));
    return row;
  });
  box.querySelector("[data-steps]").replaceChildren(...rows);
}

function showErrors(errors) {
  for (const place of form.querySelectorAll("[data-error]")) {
    const words = errors[place.dataset.error] || "";
    place.textContent = words;
    const input = form.elements[place.dataset.error];
    if (words) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }
}

function show({ ok, data }) {
  showErrors(data.errors);
  box.hidden = false;
  // A live region speaks when its words change: the same outcome is not said again.
  const said = box.querySelector("[data-said]");
  const words = ok ? data.said : gettext("填写的金额有误，请按提示改正。");
  if (said.textContent !== words) said.textContent = words;
  if (ok) showSteps(data.steps);
}

let waiting = 0;
let asking = null;

async function ask() {
  asking?.abort();
  asking = new AbortController();
  const { signal } = asking;
  box.setAttribute("aria-busy", "true");
  try {
    const query = new URLSearchParams(new FormData(form));
    const response = await fetch(`${form.dataset.estimate}?${query}`, {
      headers: { Accept: "application/json" },
      signal,
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer?.error?.message);
    show(answer);
  } catch (error) {
    if (signal.aborted) return;
    box.hidden = false;
    box.querySelector("[data-said]").textContent =
      error instanceof TypeError || !error.message
        ? gettext("暂时无法测算，请稍后再试。")
        : error.message;
  }
  if (!signal.aborted) box.removeAttribute("aria-busy");
}

function askSoon() {
  clearTimeout(waiting);
  waiting = setTimeout(ask, WAIT_MS);
}

if (form && box) {
  form.addEventListener("input", askSoon);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(waiting);
    ask();
  });
  form.querySelector("[data-reset]").addEventListener("click", (event) => {
    event.preventDefault();
    for (const input of form.elements) {
      if (input.name) input.value = input.dataset.planned ?? input.value;
    }
    form.elements.sum.focus();
    askSoon();
  });
}
