// The reader, in the page and in the room: pages at a size for reading at a glance or closely.

const CLOSE_UP = "reader-pages--large";

/** Wire the reader inside `root`; call again when its content was exchanged. */
export function wireReader(root) {
  const button = root.querySelector("[data-zoom]");
  const pages = root.querySelector(".reader-pages");
  if (!button || !pages) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    const large = pages.classList.toggle(CLOSE_UP);
    button.setAttribute("aria-pressed", String(large));
    for (const image of pages.querySelectorAll("img")) {
      // Twice the size wants a finer picture, which the browser then chooses by itself.
      image.dataset.sizes ??= image.sizes;
      image.sizes = large ? "1800px" : image.dataset.sizes;
    }
  });
}

for (const root of document.querySelectorAll("[data-reader]")) wireReader(root);
