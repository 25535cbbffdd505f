// The pointer of who presents: a dot with rings on the page, at its place however large the page is.

import { h } from "../room/dom.js";

/** Draw the pointer on a reader's page, or take it away; `shown` is the room's presentation. */
export function drawPointer(reader, shown) {
  const at = shown?.document === reader.documentId && reader.view === "pages" && shown.pointer;
  const page = at ? reader.pageElement(shown.page) : null;
  let dot = reader.root.querySelector(".pointer-dot");
  if (!page) {
    dot?.remove();
    return;
  }
  dot ??= h("span", { class: "pointer-dot", "aria-hidden": "true" });
  if (dot.parentElement !== page) page.append(dot);
  place(dot, shown.pointer);
}

/** Put a dot at a place in thousandths of what it lies on. */
export function place(dot, { x, y }) {
  dot.style.setProperty("--x", x);
  dot.style.setProperty("--y", y);
}

/** Where an event of a mouse or finger is on a page: {page, x, y}, or null where no page is. */
export function placeOf(reader, event) {
  if (reader.view !== "pages") return null;
  const middle = event.clientY - reader.scroller.getBoundingClientRect().top;
  const page = reader.pageAt(reader.scroller.scrollTop + middle);
  const box = reader.pageElement(page)?.getBoundingClientRect();
  if (!box?.width || !box.height) return null;
  const share = (at, begin, length) => Math.round(((at - begin) / length) * 1000);
  const x = share(event.clientX, box.left, box.width);
  const y = share(event.clientY, box.top, box.height);
  const inside = x >= 0 && x <= 1000 && y >= 0 && y <= 1000;
  return inside ? { page, x, y } : null;
}
