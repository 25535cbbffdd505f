// The bar of the reader: which page one is on, the one before, the one after, and a page by number.

import { setText } from "../room/dom.js";

/** Wire the bar; it is there only where scripts run. */
export function wireReaderBar(reader) {
  const { root } = reader;
  for (const part of root.querySelectorAll("[data-with-scripts]")) part.hidden = false;
  const form = root.querySelector("[data-page-form]");
  const field = form.elements.page;
  const back = root.querySelector('[data-turn="back"]');
  const on = root.querySelector('[data-turn="on"]');

  function say() {
    const page = reader.currentPage;
    if (document.activeElement !== field) field.value = page;
    // A button that is switched off would lose the focus of whoever pressed it.
    back.setAttribute("aria-disabled", String(page <= 1));
    on.setAttribute("aria-disabled", String(page >= reader.pages));
  }

  function turn(by) {
    const wanted = reader.currentPage + by;
    if (wanted >= 1 && wanted <= reader.pages) reader.goTo(wanted, { smooth: true });
  }

  function goToField() {
    const wanted = Math.round(Number(field.value));
    if (Number.isFinite(wanted) && wanted >= 1) reader.goTo(wanted);
    field.value = reader.currentPage;
  }

  back.addEventListener("click", () => turn(-1));
  on.addEventListener("click", () => turn(1));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    goToField();
  });
  field.addEventListener("change", goToField);
  field.addEventListener("focus", () => field.select());

  reader.listen(root, "keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.matches("input, textarea, select")) return;
    const act = {
      PageDown: () => turn(1),
      PageUp: () => turn(-1),
      Home: () => reader.goTo(1),
      End: () => reader.goTo(reader.pages),
    };
    if (!(event.key in act)) return;
    event.preventDefault();
    act[event.key]();
  });
  reader.listen(reader, "pagechange", say);
  const total = root.querySelector("[data-pages-total]");
  if (total) setText(total, reader.pages);
  form.hidden = reader.pages === 1;
  back.hidden = on.hidden = reader.pages === 1;
  say();
}
