// Questions to a passage: marks on the pages, the questions of the page beside them with their
// answers, and the way to ask one. Only in the room, which has the questions.

import { h, keep, say, setText } from "../room/dom.js";
import { makeAsk } from "./passage_ask.js";
import { lay } from "./passage_area.js";
import { makePassageQuestion } from "./passage_question.js";
import { onReader } from "./reader.js";

/** Keep passages in every reader of the room; returns {update(changed)}. */
export function makePassages(room) {
  const desks = new Set();
  onReader((reader) => {
    if (reader.facts.room !== room) return;
    const desk = makeDesk(reader, room);
    desks.add(desk);
    reader.listen(reader, "closed", () => desks.delete(desk));
  });
  return {
    update(changed) {
      const seen = ["questions", "meeting", "me", "documents"];
      if (changed && !seen.some((name) => changed.has(name))) return;
      for (const desk of desks) desk.update();
    },
  };
}

/** The questions about a document, in the order of its pages. */
function about(room, documentId) {
  return Object.values(room.state.questions ?? {})
    .filter((one) => one.passage?.document === documentId)
    .sort((a, b) => a.passage.page - b.passage.page || a.id - b.id);
}

function makeDesk(reader, room) {
  const title = h("h4", { class: "passages-title" });
  const elsewhere = h("p", { class: "hint passages-elsewhere", hidden: true });
  const list = h("ul", { class: "passages plain" });
  const ask = makeAsk(reader, room);
  const views = new Map();
  const side = h(
    "section",
    { class: "passages-side", "aria-label": gettext("本页的提问与答复") },
    title,
    list,
    elsewhere,
    ask.node,
  );
  reader.slot("side").append(side);
  reader.listen(reader, "pagechange", update);
  reader.listen(reader, "viewchange", update);

  function update() {
    const all = about(room, reader.documentId);
    const page = reader.currentPage;
    const here = all.filter((one) => one.passage.page === page);
    setText(
      title,
      here.length
        ? say(ngettext("第 %(page)s 页的提问（%(n)s）", "第 %(page)s 页的提问（%(n)s）", here.length), {
            page,
            n: here.length,
          })
        : say(gettext("第 %(page)s 页还没有提问"), { page }),
    );
    keep(
      list,
      all,
      (one) => one.id,
      (one) => {
        const view = makePassageQuestion(room, one.id, () => reader.goTo(one.passage.page));
        views.set(one.id, view);
        return view.node;
      },
      (node, one) => {
        // Those of other pages stay, hidden: an answer that is half written is not lost.
        node.hidden = one.passage.page !== page;
        views.get(one.id).update();
      },
    );
    drawElsewhere(all, page);
    mark();
    ask.update();
    // Where nobody asks and nobody may, the page has the room.
    side.hidden = !all.length && !ask.visible();
  }

  function drawElsewhere(all, page) {
    const pages = [...new Set(all.map((one) => one.passage.page))].filter((one) => one !== page);
    elsewhere.hidden = !pages.length;
    keep(
      elsewhere,
      pages,
      (one) => one,
      (one) => {
        const open = { click: () => reader.goTo(one) };
        return h("button", { type: "button", class: "button button--quiet button--small", on: open });
      },
      (node, one) => {
        const n = all.filter((each) => each.passage.page === one).length;
        const words = ngettext("第 %(page)s 页 %(n)s 个提问", "第 %(page)s 页 %(n)s 个提问", n);
        setText(node, say(words, { page: one, n }));
      },
    );
  }

  // Marks on the pages: a pin with the number of questions, and the areas they are about.
  function mark() {
    const all = about(room, reader.documentId);
    for (let page = 1; page <= reader.pages; page += 1) {
      const element = reader.pageElement(page);
      if (!element) continue;
      const here = all.filter((one) => one.passage.page === page);
      drawPin(element, page, here);
      drawAreas(element, here);
    }
  }

  function drawPin(element, page, here) {
    let pin = element.querySelector(":scope > .passage-pin");
    if (!here.length) {
      pin?.remove();
      return;
    }
    if (!pin) {
      pin = h("button", { type: "button", class: "passage-pin", on: { click: () => show(page) } });
      element.append(pin);
    }
    const waiting = here.some((one) => !one.answered_at);
    pin.classList.toggle("passage-pin--waiting", waiting);
    setText(pin, String(here.length));
    const words = ngettext(
      "第 %(page)s 页有 %(n)s 个提问，查看",
      "第 %(page)s 页有 %(n)s 个提问，查看",
      here.length,
    );
    pin.setAttribute("aria-label", say(words, { page, n: here.length }));
  }

  function show(page) {
    if (reader.currentPage !== page) reader.goTo(page);
    side.scrollIntoView({ block: "nearest" });
    title.tabIndex = -1;
    title.focus({ preventScroll: true });
  }

  function drawAreas(element, here) {
    const present = new Map(
      [...element.querySelectorAll(":scope > .passage-area[data-question]")].map((node) => [
        node.dataset.question,
        node,
      ]),
    );
    for (const one of reader.view === "pages" ? here : []) {
      if (!one.passage.area) continue;
      let node = present.get(String(one.id));
      present.delete(String(one.id));
      if (!node) {
        node = h("span", { class: "passage-area", "aria-hidden": "true" });
        node.dataset.question = one.id;
        element.append(node);
      }
      lay(node, one.passage.area);
    }
    for (const node of present.values()) node.remove();
  }

  update();
  return { update };
}
