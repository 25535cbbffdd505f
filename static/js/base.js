// Every page: large type, kept in a cookie so that the server draws the next page large at once.

const YEAR_SECONDS = 31536000;

function keepLargeType(on) {
  const value = on ? "1" : "";
  const age = on ? YEAR_SECONDS : 0;
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `large_type=${value}; path=/; max-age=${age}; samesite=lax${secure}`;
}

for (const button of document.querySelectorAll("[data-large-type]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const on = document.documentElement.classList.toggle("large");
    for (const each of document.querySelectorAll("[data-large-type]")) {
      each.setAttribute("aria-pressed", String(on));
    }
    keepLargeType(on);
  });
}

// An open menu closes by Escape, and when something else is meant.
for (const menu of document.querySelectorAll("details.menu")) {
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
}

// A form sent twice by an impatient finger is sent once; it can be sent again when it comes back.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || form.target) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
