// The tools of who presents: begin at this page, turn pages, point, stop; by mouse, finger and keys.

import { h, replace, say, setAttribute, setText } from "../room/dom.js";
import { makeLane } from "./lane.js";
import { placeOf } from "./pointer.js";
import { openAt, readerOf } from "./places.js";
import { onReader } from "./reader.js";

const TURN_MS = 300;
const POINT_MS = 220;
const STEP = 20;
const ARROWS = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };

const button = (label, run, more = {}) =>
  h("button", { type: "button", class: "button button--small", on: { click: run }, ...more }, label);

/** Make the tools; `node` stands in the room's bar, others stand at each reader's pages. */
export function makePresenter(room) {
  const may = () => room.can("present_document");
  const shown = () => room.state.presentation ?? {};
  const leads = () => Boolean(shown().document) && shown().person === room.state.me.person.id;
  const lane = makeLane((page) => room.command("present_page", { page }), TURN_MS);
  const point = makeLane((place) => room.command("point", place), POINT_MS);
  const desks = new Set();
  let pointing = false;
  // The page that was asked for and that the room may not have heard of yet.
  let asked = null;
  let aim = { x: 500, y: 500 };

  const back = button(gettext("上一页"), () => step(-1), { "aria-keyshortcuts": "PageUp" });
  const on = button(gettext("下一页"), () => step(1), { "aria-keyshortcuts": "PageDown" });
  const home = button(gettext("回到讲解页"), () => openAt(room, shown().document, shown().page));
  const stop = button(gettext("停止讲解"), end);
  const node = h("div", { class: "actions", hidden: true }, back, on, home, stop);

  function turn(page) {
    if (page === (asked ?? shown().page)) return;
    asked = page;
    lane(page);
  }

  // The reader leads where it is open; else the page turns for the others alone.
  function step(by) {
    const page = (asked ?? shown().page) + by;
    const last = room.state.documents?.[shown().document]?.pages ?? page;
    if (page < 1 || page > last) return;
    const reader = readerOf(shown().document);
    if (reader) reader.goTo(page, { smooth: true });
    else turn(page);
  }

  async function end() {
    setPointing(false);
    await attempt(room.command("stop_presenting", {}));
  }

  async function attempt(sent) {
    try {
      await sent;
    } catch (refusal) {
      room.notify({ text: refusal.message, kind: "warn" });
    }
  }

  function setPointing(value) {
    if (value === pointing) return;
    pointing = value;
    if (!value && leads() && shown().pointer) point({});
    update();
  }

  function aimAt(place) {
    aim = place;
    point({ x: place.x, y: place.y });
  }

  onReader((reader) => {
    if (reader.facts.room !== room || !may()) return;
    const desk = makeDesk(reader);
    desks.add(desk);
    reader.listen(reader, "closed", () => desks.delete(desk));
    desk.update();
  });

  function makeDesk(reader) {
    const begin = button(gettext("从本页开始讲解"), () =>
      attempt(
        room.command("present_document", {
          document: reader.documentId,
          page: reader.currentPage,
        }),
      ),
    );
    const hint = h("span", { class: "hint" });
    const toggle = button(gettext("指示"), () => setPointing(!pointing), {
      "aria-pressed": "false",
      title: gettext("打开后移动鼠标或手指指示；也可用方向键"),
    });
    toggle.addEventListener("keydown", (event) => {
      const by = ARROWS[event.key];
      if (!by || !pointing || !presents()) return;
      event.preventDefault();
      event.stopPropagation();
      const within = (value) => Math.min(Math.max(value, 0), 1000);
      aimAt({ x: within(aim.x + by[0]), y: within(aim.y + by[1]) });
    });
    const row = h("div", { class: "presenter-desk actions" }, begin, toggle, hint);
    reader.slot("bar").append(row);
    const presents = () => leads() && shown().document === reader.documentId;

    reader.listen(reader, "pagechange", ({ detail }) => {
      if (presents()) turn(detail.page);
    });
    const follow = (event) => {
      if (!pointing || !presents()) return;
      const at = placeOf(reader, event);
      if (at?.page === shown().page) aimAt(at);
      else if (at === null && shown().pointer) point({});
    };
    reader.listen(reader.scroller, "pointermove", follow, { passive: true });
    reader.listen(reader.scroller, "pointerdown", (event) => {
      // A finger that points does not scroll, a mouse that points does not drag.
      if (pointing && presents()) event.preventDefault();
      follow(event);
    });
    reader.listen(reader.scroller, "pointerleave", () => {
      if (pointing && presents() && shown().pointer) point({});
    });

    return {
      update() {
        const one = room.state.documents?.[reader.documentId];
        const waits = !one?.handed_out_at;
        const other = shown().document && !leads();
        begin.hidden = presents() || room.state.meeting.state === "closed";
        setAttribute(begin, "disabled", waits ? "" : null);
        setText(begin, other ? gettext("由我从本页讲解") : gettext("从本页开始讲解"));
        toggle.hidden = !presents();
        setAttribute(toggle, "aria-pressed", pointing ? "true" : "false");
        reader.root.classList.toggle("reader--pointing", pointing && presents());
        setText(hint, hintWords(waits, other, presents()));
        hint.hidden = !hint.textContent;
      },
    };
  }

  function hintWords(waits, other, mine) {
    if (waits) return gettext("发放后才能讲解。");
    if (mine) return gettext("您翻到哪一页，跟随的人就看到哪一页。");
    return other ? say(gettext("现在由 %(name)s 讲解"), { name: shown().name }) : "";
  }

  function update() {
    if (!leads()) pointing = false;
    if (!leads() || shown().page === asked) asked = null;
    node.hidden = !may() || !shown().document;
    const { document: id, page } = shown();
    const last = room.state.documents?.[id]?.pages ?? page;
    for (const one of [back, on, home]) one.hidden = !leads();
    setAttribute(back, "aria-disabled", page <= 1 ? "true" : null);
    setAttribute(on, "aria-disabled", page >= last ? "true" : null);
    if (readerOf(id) && document.body.dataset.tab === "documents") home.hidden = true;
    for (const desk of desks) desk.update();
  }

  return { node, update };
}
