// The bar of what is presented. Each follows or reads on their own: a hand on the page stops
// following at once, without a jump, and one button is the way back.

import { h, replace, say, setText } from "../room/dom.js";
import { openAt, readerOf } from "./places.js";
import { onReader } from "./reader.js";

const SCROLL_KEYS = ["ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End", " "];

/** Keep the bar in `place`; `tools` are the presenter's own. Returns {update, following}. */
export function makeFollow(place, room, tools) {
  const shelf = `room:${room.slug}:follow`;
  const words = h("p", { class: "presenting-words", role: "status" });
  const go = h("button", { type: "button", class: "button button--primary button--small" });
  const leave = h("button", { type: "button", class: "button button--small" }, gettext("自己看"));
  const bar = h(
    "div",
    { class: "presenting-bar" },
    words,
    h("div", { class: "actions presenting-actions" }, go, leave, tools.node),
  );
  replace(place, bar);
  let following = kept();
  let came = following;
  let moving = false;
  // Where one was taken last: a pointer that moves takes nobody anywhere.
  let taken = "";

  const shown = () => room.state.presentation;
  const running = () => Boolean(shown()?.document);
  const leads = () => shown()?.person === room.state.me.person.id;

  go.addEventListener("click", () => {
    set(true);
    came = true;
    take({ smooth: true, then: bring });
    draw();
  });
  leave.addEventListener("click", () => {
    set(false);
    draw();
    go.focus();
  });

  function set(value) {
    following = value;
    try {
      if (value) sessionStorage.setItem(shelf, "yes");
      else sessionStorage.removeItem(shelf);
    } catch {
      // It is remembered as long as the page lives.
    }
  }

  function kept() {
    try {
      return sessionStorage.getItem(shelf) === "yes";
    } catch {
      return false;
    }
  }

  // Asked for by hand, the page comes into sight whole, below the bars that stick.
  const bring = (reader) => reader.scroller.scrollIntoView({ block: "nearest" });

  // To the page that is presented. Not the reader's own move, hence no end of following.
  function take({ smooth = false, then = null } = {}) {
    const { document: id, page } = shown();
    const reader = readerOf(id);
    taken = keyOf(shown());
    moving = true;
    openAt(room, id, page, { quiet: true, smooth: smooth && Boolean(reader), then });
    moving = false;
  }

  const keyOf = ({ document: id, page }) => `${id}/${page}`;
  const inSight = () => document.body.dataset.tab === "documents" && readerOf(shown()?.document);

  // Somebody who writes, or looks at something else in the room, is left alone.
  function mayMove() {
    if (document.body.dataset.tab !== "documents") return false;
    return !document.activeElement?.matches("textarea, input, select");
  }

  function stop() {
    if (!following || moving) return;
    set(false);
    draw();
  }

  onReader((reader) => {
    if (reader.facts.room !== room) return;
    let pressed = false;
    const { scroller } = reader;
    const presented = () => running() && shown().document === reader.documentId && !leads();
    const mine = () => {
      if (presented() && following) {
        // A glide that is under way ends where it is.
        scroller.scrollTo({ top: scroller.scrollTop, behavior: "instant" });
        stop();
      }
    };
    reader.listen(scroller, "wheel", (event) => !event.ctrlKey && mine(), { passive: true });
    reader.listen(scroller, "touchmove", (event) => event.touches.length === 1 && mine(), {
      passive: true,
    });
    reader.listen(scroller, "keydown", (event) => SCROLL_KEYS.includes(event.key) && mine());
    reader.listen(scroller, "pointerdown", (event) => {
      pressed = event.pointerType === "mouse";
    });
    reader.listen(window, "pointerup", () => {
      pressed = false;
    });
    reader.listen(scroller, "scroll", () => pressed && mine(), { passive: true });
    reader.listen(reader, "pagechange", (event) => {
      if (event.detail.by === "reader" && presented()) stop();
    });
    reader.listen(reader, "closed", () => {
      if (presented() && !moving && document.body.dataset.tab === "documents") stop();
      draw();
    });
    draw();
  });

  // Whoever looks at another part of the room has the way back before them all the same.
  new MutationObserver(() => draw()).observe(document.body, { attributeFilter: ["data-tab"] });

  function draw() {
    place.hidden = !running();
    if (place.hidden) return;
    const { document: id, page, name } = shown();
    const title = room.state.documents?.[id]?.title ?? "";
    const told = leads()
      ? gettext("您正在讲解《%(title)s》第 %(page)s 页")
      : gettext("%(name)s 正在讲解《%(title)s》第 %(page)s 页");
    setText(words, say(told, { name, title, page }));
    const there = following && inSight() && taken === keyOf(shown());
    const label = came || following ? gettext("回到讲解页") : gettext("跟随");
    setText(go, label);
    go.hidden = leads() || Boolean(there);
    leave.hidden = leads() || !there;
    bar.classList.toggle("presenting-bar--following", Boolean(there));
    tools.update();
  }

  return {
    update() {
      if (!running() || leads()) {
        came = false;
        if (following) set(false);
      } else if (following && taken !== keyOf(shown()) && mayMove()) {
        take({ smooth: true });
      }
      draw();
    },
    draw,
  };
}
