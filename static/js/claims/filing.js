// A step of a filing is kept on the server while it is written; the sums are the server's too.

const form = document.querySelector("[data-filing-step]");
const said = form.querySelector("[data-saved]");
const total = form.querySelector("[data-total]");
const capitals = form.querySelector("[data-capitals]");
const doubt = form.querySelector("[data-doubt]");
const PAUSE_MS = 1200;

let timer = 0;
let turn = 0;
let leaving = false;
let sending = null;

function show(answer) {
  const wrong = Object.values(answer.errors);
  said.textContent = wrong.length
    ? wrong[0]
    : interpolate(gettext("已自动暂存（%(time)s）"), { time: answer.saved }, true);
  if (total) total.textContent = answer.total;
  if (capitals) capitals.textContent = answer.capitals;
  if (doubt) {
    doubt.textContent = answer.doubt;
    doubt.hidden = !answer.doubt;
  }
}

async function keep() {
  turn += 1;
  const mine = turn;
  const body = new FormData(form);
  body.set("go", "stay");
  // Of two on their way the older one must not arrive last.
  sending?.abort();
  sending = new AbortController();
  try {
    const reply = await fetch(location.href, {
      method: "POST",
      body,
      headers: { Accept: "application/json" },
      signal: sending.signal,
    });
    // What was asked for later has a later answer.
    if (mine !== turn || leaving) return;
    if (reply.ok) show(await reply.json());
    else said.textContent = gettext("没有保存上，请点“暂存”再试。");
  } catch {
    if (mine === turn && !leaving) said.textContent = gettext("网络中断，尚未保存；恢复后会再试。");
  }
}

// What was found wrong of a field no longer stands beside what is being put right.
function forget(field) {
  field.removeAttribute("aria-invalid");
  field.closest(".field")?.querySelector(".error")?.remove();
}

function keepSoon() {
  clearTimeout(timer);
  timer = setTimeout(keep, PAUSE_MS);
}

form.addEventListener("input", (event) => {
  forget(event.target);
  keepSoon();
});
form.addEventListener("submit", () => {
  leaving = true;
  clearTimeout(timer);
  sending?.abort();
});
window.addEventListener("pageshow", () => {
  leaving = false;
});
window.addEventListener("online", keep);

// What was typed before this script came, or put back by the browser, is kept too.
function isChanged(field) {
  if (field.tagName === "SELECT") {
    return [...field.options].some((option) => option.selected !== option.defaultSelected);
  }
  return "defaultValue" in field && field.type !== "hidden" && field.value !== field.defaultValue;
}
if ([...form.elements].some(isChanged)) keepSoon();
