// The reader, on its own page and in the room: pages as pictures or as text, one scrolling view,
// the page one is on, and where one was. Zoom, pictures, search and text are modules of their own.

import { wirePictures } from "./prefetch.js";
import { buildPages } from "./reader_pages.js";
import { wireReaderBar } from "./reader_bar.js";
import { wirePlace } from "./reader_place.js";
import { wireSearch } from "./search.js";
import { wireTextView } from "./reader_text.js";
import { wireZoom } from "./zoom.js";

/** How long a smooth way to a page may take before the view is the reader's own again. */
const GOING_MS = 1500;

/** At which part of the view's height the page lies that one is on. */
const EYE = 0.35;

/**
 * One open document.
 *
 * Events: `ready` (pages stand, the old place is found again), `pagechange` with `detail: {page,
 * by}` where `by` is "reader" or "presenter", `viewchange` with `detail: {view}` ("pages" or
 * "text"), `zoomchange` with `detail: {zoom}`, `closed`.
 */
export class Reader extends EventTarget {
  constructor(root, facts = {}) {
    super();
    /** The element `.reader`, with the slots `[data-reader-slot="bar"]` and `="side"`. */
    this.root = root;
    /** What whoever opened it knows: `room` (the room's, where there is one), `title`, `url`. */
    this.facts = facts;
    this.documentId = Number(root.dataset.document);
    this.title = root.dataset.title;
    this.url = root.dataset.url;
    /** The meeting's name in addresses. */
    this.meeting = root.dataset.meeting;
    /** How many pages there are. */
    this.pages = Number(root.dataset.pages);
    this.page = 1;
    this.isOpen = true;
    /** The element that scrolls. */
    this.scroller = root.querySelector("[data-reader-scroller]");
    this.view = root.querySelector(".reader-text") ? "text" : "pages";
    this.going = null;
    this.held = null;
    this.gone = new AbortController();
    this.layers = { pages: [], text: [] };
  }

  /** The page that is before the reader's eyes, from 1. */
  get currentPage() {
    return this.page;
  }

  /** Listens as long as the reader is open. */
  listen(target, name, listener, options = {}) {
    target.addEventListener(name, listener, { signal: this.gone.signal, ...options });
  }

  /** A slot for what others put beside the pages: "bar" above them, "side" beside them. */
  slot(name) {
    return this.root.querySelector(`[data-reader-slot="${name}"]`);
  }

  /**
   * The positioned element of a page, which overlays may be put into: class `reader-mark` places
   * them by the custom properties --x, --y, --w, --h in thousandths of the page.
   */
  pageElement(page) {
    return this.layers[this.view][page - 1] ?? null;
  }

  /**
   * Go to a page. `smooth` lets it glide; `quiet` is a move that is not the reader's own: the
   * `pagechange` then says by "presenter".
   */
  goTo(page, { smooth = false, quiet = false } = {}) {
    const wanted = Math.min(Math.max(1, Math.round(Number(page) || 1)), this.pages);
    const element = this.pageElement(wanted);
    if (!element) return;
    const by = quiet ? "presenter" : "reader";
    this.going = { page: wanted, by, until: Date.now() + GOING_MS };
    const glides = smooth && !matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.scroller.scrollTo({
      top: this.topOf(element),
      behavior: glides ? "smooth" : "instant",
    });
    if (!glides) this.stay(wanted);
    this.turn(wanted, by);
  }

  /** The page one is on is this one until something moves, short as its text may be. */
  stay(page) {
    this.held = { page, top: this.scroller.scrollTop };
  }

  /** Where an element begins in what scrolls, in pixels. */
  topOf(element) {
    const inside = element.getBoundingClientRect().top - this.scroller.getBoundingClientRect().top;
    return this.scroller.scrollTop + inside;
  }

  /** Find out which page is before the eyes now. */
  look() {
    if (!this.isOpen) return;
    if (this.going && Date.now() < this.going.until) return;
    const by = this.going?.by ?? "reader";
    if (this.going && this.isAt(this.going.page)) this.stay(this.going.page);
    this.going = null;
    if (this.held && Math.abs(this.scroller.scrollTop - this.held.top) < 4) {
      this.turn(this.held.page, by);
      return;
    }
    this.held = null;
    this.turn(this.pageAt(this.scroller.scrollTop + this.scroller.clientHeight * EYE), by);
  }

  // Whether one is as near to the beginning of a page as one can be: the last ones may be short.
  isAt(page) {
    const element = this.pageElement(page);
    if (!element) return false;
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    const top = Math.min(this.topOf(element), scrollHeight - clientHeight);
    return Math.abs(scrollTop - Math.max(0, top)) < 4;
  }

  /** The page at a height of what scrolls. */
  pageAt(top) {
    const all = this.layers[this.view];
    let low = 0;
    let high = all.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.topOf(all[middle]) <= top) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }

  turn(page, by) {
    if (page === this.page) return;
    this.page = page;
    this.tell("pagechange", { page, by });
  }

  tell(name, detail = {}) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  /** The reader is put away: modules let go of what they hold. */
  close() {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.tell("closed");
    this.gone.abort();
    open.delete(this);
  }
}

const open = new Set();
const companions = new Set();

/**
 * Call `callback(reader)` for each reader that is opened, and for those that are open; it is
 * called when the pages stand. What it throws stays its own.
 */
export function onReader(callback) {
  companions.add(callback);
  for (const reader of open) meet(callback, reader);
}

function meet(callback, reader) {
  try {
    callback(reader);
  } catch (error) {
    console.error("something beside the reader stumbled", error);
  }
}

/** Open the reader whose HTML stands in `root`; returns the `Reader`. */
export function openReader(root, facts = {}) {
  const element = root.matches(".reader") ? root : root.querySelector(".reader");
  const reader = new Reader(element, facts);
  buildPages(reader);
  for (const wire of [wireZoom, wirePictures, wireTextView, wireReaderBar, wireSearch, wirePlace]) {
    wire(reader);
  }
  watchScrolling(reader);
  open.add(reader);
  for (const callback of companions) meet(callback, reader);
  reader.tell("ready");
  return reader;
}

function watchScrolling(reader) {
  let asked = false;
  const looked = () => {
    asked = false;
    reader.look();
  };
  reader.listen(
    reader.scroller,
    "scroll",
    () => {
      if (asked) return;
      asked = true;
      requestAnimationFrame(looked);
    },
    { passive: true },
  );
  reader.listen(reader.scroller, "scrollend", () => {
    if (reader.going) reader.going.until = 0;
    reader.look();
  });
  // A hand on the page ends the way that somebody else began.
  for (const name of ["wheel", "touchmove", "pointerdown", "keydown"]) {
    const mine = () => {
      reader.going = null;
    };
    reader.listen(reader.scroller, name, mine, { passive: true });
  }
}
