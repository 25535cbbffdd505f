// The pictures of the pages: those before the eyes first, the next two ahead of them, those far
// away put aside again. Which width is asked for hangs on the screen and on the zoom.

import { h } from "../room/dom.js";
import { alternative } from "./reader_pages.js";

const AHEAD = 2;
const KEPT = 6;
const AGAIN_MS = 3000;

/** A picture a little less fine than the screen is not told from it, and comes sooner. */
const FINE_ENOUGH = 0.85;

function saving() {
  return Boolean(navigator.connection?.saveData);
}

/** Wire the pictures of a reader. */
export function wirePictures(reader) {
  const widths = reader.root.dataset.widths.split(",").map(Number);
  const filled = new Map(); // page -> the width that was asked for
  let asked = false;

  // What the HTML brought along keeps its picture.
  reader.layers.pages.forEach((sheet, index) => {
    const image = sheet.querySelector("img");
    if (image) filled.set(index + 1, shownWidth(image));
  });

  function widthFor(sheet) {
    const fine = Math.min(window.devicePixelRatio || 1, saving() ? 1 : 3);
    const wanted = sheet.clientWidth * fine * FINE_ENOUGH;
    return widths.find((width) => width >= wanted) ?? widths.at(-1);
  }

  function fill(page, urgent) {
    const sheet = reader.layers.pages[page - 1];
    if (!sheet?.clientWidth) return;
    const width = widthFor(sheet);
    if ((filled.get(page) ?? 0) >= width) return;
    filled.set(page, width);
    const image = h("img", {
      alt: alternative(reader, page),
      decoding: "async",
      fetchpriority: urgent ? "high" : "low",
      draggable: "false",
    });
    image.addEventListener("load", () => shown(page, sheet, image, width));
    image.addEventListener("error", () => failed(page, sheet, image, width));
    sheet.setAttribute("aria-busy", "true");
    image.src = `${reader.url}pages/${page}.webp?w=${width}`;
    // The coarser one stays until the finer is there.
    if (!sheet.querySelector("img")) sheet.prepend(image);
  }

  function shown(page, sheet, image, width) {
    if (filled.get(page) !== width) return;
    sheet.removeAttribute("aria-busy");
    sheet.classList.remove("reader-sheet--missing");
    const old = sheet.querySelector("img");
    if (old === image) return;
    if (old) old.replaceWith(image);
    else sheet.prepend(image);
  }

  function failed(page, sheet, image, width) {
    if (filled.get(page) !== width) return;
    filled.delete(page);
    image.remove();
    sheet.removeAttribute("aria-busy");
    sheet.classList.add("reader-sheet--missing");
    sheet.dataset.missing = gettext("这一页暂时没有送到，正在重试。");
    setTimeout(update, AGAIN_MS);
  }

  function empty(page) {
    filled.delete(page);
    const sheet = reader.layers.pages[page - 1];
    sheet.querySelector("img")?.remove();
    sheet.removeAttribute("aria-busy");
  }

  function update() {
    asked = false;
    if (!reader.isOpen || reader.view !== "pages" || !reader.layers.pages.length) return;
    const { scrollTop, clientHeight } = reader.scroller;
    const first = reader.pageAt(scrollTop);
    const last = reader.pageAt(scrollTop + clientHeight);
    for (let page = first; page <= last; page += 1) fill(page, page === reader.currentPage);
    const ahead = saving() ? 0 : AHEAD;
    for (let page = last + 1; page <= Math.min(last + ahead, reader.pages); page += 1) {
      fill(page, false);
    }
    if (ahead && first > 1) fill(first - 1, false);
    for (const page of [...filled.keys()]) {
      if (page < first - KEPT || page > last + KEPT) empty(page);
    }
  }

  function soon() {
    if (asked) return;
    asked = true;
    requestAnimationFrame(update);
  }

  reader.listen(reader.scroller, "scroll", soon, { passive: true });
  for (const name of ["ready", "pagechange", "zoomchange", "viewchange"]) {
    reader.listen(reader, name, soon);
  }
  const sizes = new ResizeObserver(soon);
  sizes.observe(reader.scroller);
  reader.listen(reader, "closed", () => sizes.disconnect());
}

function shownWidth(image) {
  const found = /[?&]w=(\d+)/.exec(image.currentSrc || image.src);
  return found ? Number(found[1]) : 0;
}
