// Asking about a passage: this page, words selected in the text or found, or an area drawn on the
// page. What is begun stays with its page, wherever one reads on.

import { h, say, setText } from "../room/dom.js";
import { makeWriting } from "../room/panels/writing.js";
import { lay, wireAreas } from "./passage_area.js";

const QUOTE_LENGTH = 500;

const HINTS = {
  all: () => gettext("所有参会人员都能在本页看到您的提问和答复。"),
  moderated: () => gettext("提问先由管理人或法官审看，公开后所有参会人员可见。"),
  asker: () => gettext("只有您、管理人和法院能看到您的提问和答复。"),
};

const small = (label, run, more = {}) =>
  h("button", { type: "button", class: "button button--small", on: { click: run }, ...more }, label);

/** Make the form beside a reader; returns {node, update(), visible()}. */
export function makeAsk(reader, room) {
  const key = `passage:${reader.documentId}`;
  const shelf = `${key}:place`;
  let place = room.drafts.read(shelf);
  let open = Boolean(place || room.drafts.read(key));
  let drawing = false;

  const where = h("p", { class: "passage-where" });
  const quote = h("blockquote", { class: "passage-quote", hidden: true });
  const area = h("span", { class: "passage-area passage-area--drawn", "aria-hidden": "true" });
  const draw = small(gettext("在页面上划定范围"), () => setDrawing(!drawing), {
    "aria-pressed": "false",
  });
  const quoted = small(gettext("就所选文字"), takeSelection, { hidden: true });
  const clear = small(gettext("改为整页"), () => setPlace({ page: place.page }), { hidden: true });
  const moved = small("", () => setPlace({ page: reader.currentPage }), { hidden: true });
  const form = makeWriting(room, {
    key,
    label: gettext("提问"),
    hint: () => (HINTS[room.state.meeting.questions_shown] ?? HINTS.all)(),
    button: gettext("提交提问"),
    max: 2000,
    send: (text) => {
      const { page, quote: words, area: box } = at();
      const passage = { document: reader.documentId, page };
      if (words) passage.quote = words;
      if (box) passage.area = box;
      return room.command("ask_question", { text, ...passage });
    },
    done: gettext("已提交提问。"),
    visible: () => true,
    onDone: () => {
      shut();
      start.focus();
    },
  });
  // A word written keeps the page it is about, though one reads on.
  form.text.addEventListener("input", () => {
    if (!place && form.text.value) setPlace({ page: reader.currentPage });
  });
  const start = small(gettext("就本页提问"), () => {
    open = true;
    if (selection()) takeSelection();
    update();
    form.text.focus();
  });
  const cancel = small(gettext("取消"), () => {
    form.text.value = "";
    room.drafts.drop(key);
    shut();
    start.focus();
  });
  const panel = h(
    "div",
    { class: "passage-ask", hidden: true },
    where,
    quote,
    h("div", { class: "actions" }, draw, quoted, clear, moved, cancel),
    form.node,
  );
  const node = h("div", {}, start, panel);

  const at = () => place ?? { page: reader.currentPage };
  const visible = () =>
    room.can("ask_question") &&
    room.state.meeting.state !== "closed" &&
    Boolean(room.state.documents?.[reader.documentId]?.handed_out_at);

  function shut() {
    open = false;
    place = null;
    room.drafts.drop(shelf);
    setDrawing(false);
  }

  function setPlace(made) {
    place = made;
    room.drafts.write(shelf, place);
    update();
  }

  function setDrawing(value) {
    drawing = value;
    reader.root.classList.toggle("reader--drawing", drawing);
    draw.setAttribute("aria-pressed", String(drawing));
    if (drawing && reader.view !== "pages") reader.showView("pages");
    if (drawing) reader.scroller.scrollIntoView({ block: "nearest" });
    update();
  }

  wireAreas(reader, () => drawing, (drawn) => {
    setPlace({ ...drawn });
    setDrawing(false);
    form.text.focus();
  });

  // Words that are selected in the text of a page.
  function selection() {
    const chosen = document.getSelection();
    if (!chosen || chosen.isCollapsed || !chosen.rangeCount) return null;
    const section = chosen.getRangeAt(0).startContainer.parentElement?.closest(".reader-text > section");
    if (!section || !reader.root.contains(section)) return null;
    const words = chosen.toString().replace(/\s+/g, " ").trim().slice(0, QUOTE_LENGTH);
    return words ? { page: Number(section.dataset.page), quote: words } : null;
  }

  function takeSelection() {
    const chosen = selection();
    if (!chosen) return;
    open = true;
    setPlace(chosen);
    form.text.focus({ preventScroll: true });
  }

  reader.listen(document, "selectionchange", () => {
    quoted.hidden = !selection();
  });
  // The button must not take the selection away that it is about.
  for (const one of [quoted, start]) {
    one.addEventListener("pointerdown", (event) => event.preventDefault());
  }
  reader.listen(reader, "closed", () => area.remove());

  function update() {
    node.hidden = !visible();
    start.hidden = open;
    panel.hidden = !open;
    const { page, quote: words, area: box } = at();
    setText(where, placeWords(page, box));
    quote.hidden = !words;
    setText(quote, words ?? "");
    clear.hidden = !words && !box;
    const elsewhere = place && place.page !== reader.currentPage;
    moved.hidden = !elsewhere;
    setText(moved, say(gettext("改为第 %(page)s 页"), { page: reader.currentPage }));
    setText(draw, drawing ? gettext("请在页面上拖动；再按一次取消") : gettext("在页面上划定范围"));
    drawOwn(open && box ? page : null, box);
    form.update();
  }

  function placeWords(page, box) {
    const words = box ? gettext("就第 %(page)s 页上划定的范围提问") : gettext("就第 %(page)s 页提问");
    return say(words, { page });
  }

  function drawOwn(page, box) {
    const element = page && reader.view === "pages" ? reader.pageElement(page) : null;
    if (!element) {
      area.remove();
      return;
    }
    if (area.parentElement !== element) element.append(area);
    lay(area, box);
  }

  update();
  return { node, update, visible };
}
