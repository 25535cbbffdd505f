// Asks how the verifier stands until it is done; without this the page is reloaded by hand.

const EVERY_MS = 1500;

async function follow() {
  const shown = document.querySelector("[data-verifier][data-running]");
  if (!shown) return;
  try {
    const answer = await fetch(shown.dataset.running, { credentials: "same-origin" });
    if (answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("[data-verifier]");
      if (fresh && !fresh.dataset.running) {
        shown.replaceWith(document.importNode(fresh, true));
        return;
      }
    }
  } catch {
    // The next look may succeed.
  }
  setTimeout(follow, EVERY_MS);
}

follow();
