// The places of the pages: each stands at its size from the beginning, with or without a picture,
// so that nothing jumps and a document of 500 pages is a list of 500 small elements.

import { h, say } from "../room/dom.js";

/** Fill a list of pages from its `data-sizes` ("595x842*3,842x595"); remember the elements. */
export function buildPages(reader) {
  const list = reader.root.querySelector(".reader-pages");
  if (list) {
    const sizes = unfolded(list.dataset.sizes);
    const ready = list.querySelectorAll(".reader-page").length;
    const made = sizes.slice(ready).map((_size, index) => place(reader, ready + index + 1));
    list.append(...made);
    reader.layers.pages = [...list.querySelectorAll(".reader-sheet")];
    reader.layers.pages.forEach((sheet, index) => {
      const [width, height] = sizes[index];
      sheet.style.setProperty("--width", width);
      sheet.style.setProperty("--height", height);
    });
  }
  reader.layers.text = [...reader.root.querySelectorAll(".reader-text > section")];
}

function place(reader, page) {
  const number = h("p", { class: "hint reader-number", "aria-hidden": "true" });
  number.textContent = `${page} / ${reader.pages}`;
  return h(
    "li",
    { class: "reader-page", dataset: { page } },
    h("div", { class: "reader-sheet" }),
    number,
  );
}

/** "595x842*3,842x595" -> [[595, 842], [595, 842], [595, 842], [842, 595]] */
function unfolded(text) {
  return text.split(",").flatMap((run) => {
    const [size, times = "1"] = run.split("*");
    return Array(Number(times)).fill(size.split("x").map(Number));
  });
}

/** What a picture of a page says to those who do not see it. */
export function alternative(reader, page) {
  if (reader.pages === 1) return reader.title;
  const text = gettext("%(title)s，第 %(n)s 页，共 %(total)s 页");
  return say(text, { title: reader.title, n: page, total: reader.pages });
}
