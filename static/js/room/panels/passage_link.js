// The passage that a question is about, as a way to its page.

import { h, say, setText } from "../dom.js";

/** Make it; `update(passage)` shows it, or nothing where the question is about none. */
export function makePassageLink(room) {
  let shown = null;
  const words = h("span", {});
  const open = h("button", {
    type: "button",
    class: "button button--small passage-link",
    on: { click: () => go() },
  }, words);
  const quote = h("blockquote", { class: "passage-quote" });
  const node = h("div", { class: "passage-of", hidden: true }, open, quote);

  async function go() {
    const { document: id, page } = shown;
    try {
      const places = await import("../../documents/places.js");
      places.openAt(room, id, page);
    } catch {
      room.open("documents", id);
    }
  }

  return {
    node,
    update(passage) {
      shown = passage ?? null;
      node.hidden = !shown;
      if (!shown) return;
      const title = room.state.documents?.[shown.document]?.title ?? "";
      setText(words, say(gettext("《%(title)s》第 %(page)s 页"), { title, page: shown.page }));
      quote.hidden = !shown.quote;
      setText(quote, shown.quote);
    },
  };
}
