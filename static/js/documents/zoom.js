// Nearer and farther: buttons, keys, two fingers, the wheel with Ctrl; a hand moves what is large.
// In the text view the same buttons make the type larger and smaller.

import { setText } from "../room/dom.js";

const STEPS = [0.5, 0.75, 1, 1.25, 1.5, 2, 2.5, 3, 4];
const TYPE_STEPS = [1, 1.2, 1.4, 1.7, 2, 2.5];
const TYPE_SHELF = "reader:type";
const WHEEL = 0.0025;

/** Wire the zoom; gives the reader `zoom`, `setZoom(zoom, point)` and `zoomBy(steps)`. */
export function wireZoom(reader) {
  const { root, scroller } = reader;
  const shown = root.querySelector("[data-zoom-shown]");
  const find = (name) => root.querySelector(`[data-zoom="${name}"]`);
  reader.zoom = 1;
  reader.type = kept();

  const limits = (steps) => [steps[0], steps.at(-1)];

  function say() {
    const text = reader.view === "text";
    const value = text ? reader.type : reader.zoom;
    const [least, most] = limits(text ? TYPE_STEPS : STEPS);
    root.style.setProperty("--zoom", reader.zoom);
    root.style.setProperty("--type", reader.type);
    root.classList.toggle("reader--zoomed", reader.zoom > 1 && !text);
    root.classList.toggle("reader--scaled", value !== 1);
    setText(shown, `${Math.round(value * 100)}%`);
    find("out").disabled = value <= least;
    find("in").disabled = value >= most;
    const fit = text ? gettext("标准字号") : gettext("适合宽度");
    setText(find("fit"), fit);
    find("out").setAttribute("aria-label", text ? gettext("缩小文字") : gettext("缩小"));
    find("in").setAttribute("aria-label", text ? gettext("放大文字") : gettext("放大"));
  }

  // What lies under `point` (by default the middle) stays under it.
  reader.setZoom = (zoom, point = null) => {
    const [least, most] = limits(STEPS);
    const wanted = Math.min(Math.max(zoom, least), most);
    if (Math.abs(wanted - reader.zoom) < 0.001) return;
    const box = scroller.getBoundingClientRect();
    const x = (point?.x ?? box.left + box.width / 2) - box.left;
    const y = (point?.y ?? box.top + box.height / 2) - box.top;
    const sheet = reader.layers.pages[reader.pageAt(scroller.scrollTop + y) - 1];
    const before = sheet?.getBoundingClientRect();
    const share = before && {
      x: (x + box.left - before.left) / before.width,
      y: (y + box.top - before.top) / before.height,
    };
    reader.zoom = wanted;
    say();
    if (share) {
      const after = sheet.getBoundingClientRect();
      scroller.scrollLeft += after.left + share.x * after.width - (x + box.left);
      scroller.scrollTop += after.top + share.y * after.height - (y + box.top);
    }
    reader.tell("zoomchange", { zoom: wanted });
  };

  reader.zoomBy = (by) => {
    if (reader.view === "text") setType(stepped(TYPE_STEPS, reader.type, by));
    else reader.setZoom(stepped(STEPS, reader.zoom, by));
  };

  function fit() {
    if (reader.view === "text") setType(1);
    else reader.setZoom(1);
  }

  function setType(type) {
    const page = reader.currentPage;
    reader.type = type;
    say();
    try {
      localStorage.setItem(TYPE_SHELF, String(type));
    } catch {
      // The next document begins with standard type.
    }
    reader.goTo(page);
  }

  find("out").addEventListener("click", () => reader.zoomBy(-1));
  find("in").addEventListener("click", () => reader.zoomBy(1));
  find("fit").addEventListener("click", fit);
  reader.listen(root, "keydown", (event) => {
    if (event.altKey || event.metaKey || event.target.matches("input, textarea, select")) return;
    const act = { "+": () => reader.zoomBy(1), "=": () => reader.zoomBy(1), "-": () => reader.zoomBy(-1), 0: fit };
    if (!(event.key in act)) return;
    event.preventDefault();
    act[event.key]();
  });
  reader.listen(
    scroller,
    "wheel",
    (event) => {
      if (!event.ctrlKey || reader.view !== "pages") return;
      event.preventDefault();
      reader.setZoom(reader.zoom * Math.exp(-event.deltaY * WHEEL), {
        x: event.clientX,
        y: event.clientY,
      });
    },
    { passive: false },
  );
  reader.listen(reader, "viewchange", say);
  wirePinch(reader);
  wirePan(reader);
  say();
}

function stepped(steps, value, by) {
  const nearer = steps.filter((step) => (by > 0 ? step > value + 0.001 : step < value - 0.001));
  return (by > 0 ? nearer[0] : nearer.at(-1)) ?? value;
}

function kept() {
  try {
    const value = Number(localStorage.getItem(TYPE_SHELF));
    return TYPE_STEPS.includes(value) ? value : 1;
  } catch {
    return 1;
  }
}

// Two fingers: their distance is the zoom, their middle is held.
function wirePinch(reader) {
  let began = null;
  const spread = ([a, b]) => Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
  reader.listen(
    reader.scroller,
    "touchstart",
    (event) => {
      if (event.touches.length === 2 && reader.view === "pages") {
        began = { spread: spread(event.touches), zoom: reader.zoom };
      }
    },
    { passive: true },
  );
  reader.listen(
    reader.scroller,
    "touchmove",
    (event) => {
      if (!began || event.touches.length !== 2) return;
      event.preventDefault();
      const [a, b] = event.touches;
      reader.setZoom((began.zoom * spread(event.touches)) / began.spread, {
        x: (a.clientX + b.clientX) / 2,
        y: (a.clientY + b.clientY) / 2,
      });
    },
    { passive: false },
  );
  const over = (event) => {
    if (event.touches.length < 2) began = null;
  };
  reader.listen(reader.scroller, "touchend", over);
  reader.listen(reader.scroller, "touchcancel", over);
}

// A mouse takes hold of a page that is larger than its frame.
function wirePan(reader) {
  const { scroller } = reader;
  let held = null;
  reader.listen(scroller, "pointerdown", (event) => {
    const free = event.pointerType === "mouse" && event.button === 0 && !event.defaultPrevented;
    if (!free || reader.zoom <= 1 || reader.view !== "pages") return;
    if (event.target.closest("button, a, input")) return;
    // The scroll bar keeps its own hold.
    const box = scroller.getBoundingClientRect();
    if (event.clientX > box.left + scroller.clientWidth) return;
    if (event.clientY > box.top + scroller.clientHeight) return;
    held = { x: event.clientX, y: event.clientY, left: scroller.scrollLeft, top: scroller.scrollTop };
    scroller.setPointerCapture(event.pointerId);
    reader.root.classList.add("reader--held");
  });
  reader.listen(scroller, "pointermove", (event) => {
    if (!held) return;
    scroller.scrollLeft = held.left + held.x - event.clientX;
    scroller.scrollTop = held.top + held.y - event.clientY;
  });
  const letGo = () => {
    held = null;
    reader.root.classList.remove("reader--held");
  };
  reader.listen(scroller, "pointerup", letGo);
  reader.listen(scroller, "pointercancel", letGo);
}
