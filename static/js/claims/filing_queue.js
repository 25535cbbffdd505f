// The queue shows who has which filing as that changes, unless somebody is at it with the keyboard.

const PAUSE_MS = 15000;

async function look() {
  const shown = document.querySelector("[data-queue]");
  if (document.hidden || shown.contains(document.activeElement)) return;
  try {
    const reply = await fetch(location.href);
    if (!reply.ok) return;
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    const fresh = page.querySelector("[data-queue]");
    if (fresh && !shown.contains(document.activeElement)) shown.replaceWith(fresh);
  } catch {
    // The next look may succeed.
  }
}

setInterval(look, PAUSE_MS);
