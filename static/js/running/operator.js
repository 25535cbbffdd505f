// The operator's page renews itself; where it cannot, it says so and keeps what it has.

const now = document.getElementById("now");
const words = document.getElementById("renewing");
const pause = Number(now.dataset.seconds) * 1000;

words.textContent = words.dataset.fine;

function say(text) {
  if (words.textContent !== text) words.textContent = text;
}

// Whoever reads a wide table keeps the place and the keyboard's focus.
function renew(html) {
  const places = [...now.querySelectorAll(".table-scroll")].map((one) => one.scrollLeft);
  const focused = [...now.querySelectorAll("[tabindex]")].indexOf(document.activeElement);
  const fresh = new DOMParser().parseFromString(html, "text/html");
  now.replaceChildren(...fresh.body.childNodes);
  now.querySelectorAll(".table-scroll").forEach((one, place) => {
    one.scrollLeft = places[place] ?? 0;
  });
  if (focused >= 0) now.querySelectorAll("[tabindex]")[focused]?.focus({ preventScroll: true });
}

async function look() {
  try {
    const answer = await fetch(now.dataset.from, {
      headers: { Accept: "text/html" },
      redirect: "error",
      signal: AbortSignal.timeout(15000),
    });
    if (!answer.ok) throw new Error(String(answer.status));
    renew(await answer.text());
    say(words.dataset.fine);
  } catch {
    say(words.dataset.lost);
  }
}

// One after the other, so that a slow server is not asked twice; not while nobody looks.
async function lookOn() {
  if (!document.hidden) await look();
  setTimeout(lookOn, pause);
}

setTimeout(lookOn, pause);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) look();
});
