// An area drawn on a page by mouse or finger: what a question is about.

import { h } from "../room/dom.js";
import { placeOf } from "./pointer.js";

const LEAST = 8;

/** Draw boxes on a reader's pages while `on()`; `done({page, area})` with what was drawn. */
export function wireAreas(reader, on, done) {
  const { scroller } = reader;
  const box = h("span", { class: "passage-area passage-area--drawn", "aria-hidden": "true" });
  let began = null;

  reader.listen(scroller, "pointerdown", (event) => {
    if (!on() || !event.isPrimary || event.button > 0) return;
    const at = placeOf(reader, event);
    if (!at) return;
    // The page neither scrolls nor is dragged meanwhile.
    event.preventDefault();
    began = at;
    scroller.setPointerCapture(event.pointerId);
    reader.pageElement(at.page).append(box);
    lay(box, areaOf(began, at));
  });
  reader.listen(scroller, "pointermove", (event) => {
    if (began) lay(box, areaOf(began, within(event)));
  });
  reader.listen(scroller, "pointerup", (event) => {
    if (!began) return;
    const area = areaOf(began, within(event));
    const { page } = began;
    letGo();
    const [left, top, right, bottom] = area;
    if (right - left >= LEAST && bottom - top >= LEAST) done({ page, area });
  });
  reader.listen(scroller, "pointercancel", letGo);

  // A hand that leaves the page draws up to its edge.
  function within(event) {
    const page = reader.pageElement(began.page).getBoundingClientRect();
    const share = (at, begin, length) =>
      Math.round(Math.min(Math.max((at - begin) / length, 0), 1) * 1000);
    return {
      x: share(event.clientX, page.left, page.width),
      y: share(event.clientY, page.top, page.height),
    };
  }

  function letGo() {
    began = null;
    box.remove();
  }
}

function areaOf(a, b) {
  return [Math.min(a.x, b.x), Math.min(a.y, b.y), Math.max(a.x, b.x), Math.max(a.y, b.y)];
}

/** Lay an element over an area of the page it lies on. */
export function lay(element, [left, top, right, bottom]) {
  const values = { "--x": left, "--y": top, "--w": right - left, "--h": bottom - top };
  for (const [name, value] of Object.entries(values)) element.style.setProperty(name, value);
}
