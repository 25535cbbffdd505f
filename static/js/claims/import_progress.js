// A large table is read beside the server: its page shows how far that is, and goes on when it is
// done. Without this script a link looks again.

const POLL_MS = 800;
const SLOWEST_MS = 8000;

const section = document.querySelector("[data-reading]");
const bar = section.querySelector("progress");
const words = section.querySelector("[data-words]");
const stopped = section.querySelector("[data-stopped]");
let wait = POLL_MS;

function show(far) {
  if (far.percent === null) {
    bar.removeAttribute("value");
    bar.removeAttribute("aria-valuenow");
  } else {
    bar.value = far.percent;
    bar.setAttribute("aria-valuenow", String(far.percent));
  }
  bar.setAttribute("aria-valuetext", far.words);
  words.textContent = far.words;
}

function stop(why) {
  bar.hidden = true;
  words.textContent = "";
  stopped.textContent = why;
  stopped.hidden = false;
  section.querySelector("[data-again]").hidden = false;
}

async function look() {
  try {
    const answer = await fetch(section.dataset.reading, { headers: { Accept: "application/json" } });
    if (!answer.ok || answer.redirected) {
      // Signed out, or too long ago: the page itself says what is the matter.
      window.location.assign(section.dataset.ready);
      return;
    }
    const far = await answer.json();
    wait = POLL_MS;
    if (far.ready) {
      window.location.replace(section.dataset.ready);
      return;
    }
    if (far.stopped) {
      stop(far.stopped);
      return;
    }
    show(far);
  } catch {
    wait = Math.min(wait * 2, SLOWEST_MS); // the line is broken for a moment
  }
  setTimeout(look, wait);
}

section.querySelector("[data-look]").hidden = true;
look();
