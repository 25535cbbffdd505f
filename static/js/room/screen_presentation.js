// The page that is presented, as large as the big screen has room for it, with the pointer.

import { h, say } from "./dom.js";
import { place } from "../documents/pointer.js";

const WIDTH = 1800;

/** What of the presentation asks for another picture: document, page, title; null when none runs. */
export function presented(state) {
  const shown = state.presentation;
  const one = shown?.document && state.documents?.[shown.document];
  return one ? [one.id, shown.page, one.title, shown.name] : null;
}

/** Show the page; the next one is fetched ahead, so that turning shows no empty place. */
export function presentationView(state) {
  const [id, page, title, name] = presented(state);
  const one = state.documents[id];
  const words = gettext("%(name)s 正在讲解《%(title)s》第 %(page)s / %(pages)s 页");
  const told = say(words, { name, title, page, pages: one.pages });
  const picture = h("img", { alt: told, src: address(one, page) });
  const sheet = h("div", { class: "screen-page" }, picture);
  shape(sheet, 210, 297);
  picture.addEventListener("load", () => {
    shape(sheet, picture.naturalWidth, picture.naturalHeight);
    if (page < one.pages) new Image().src = address(one, page + 1);
  });
  return h(
    "div",
    { class: "screen-presented" },
    h("p", { class: "screen-kicker" }, told),
    h("div", { class: "screen-page-place" }, sheet),
  );
}

/** Put the pointer where it is now, or take it away. */
export function movePointer(view, state) {
  const sheet = view.querySelector(".screen-page");
  if (!sheet) return;
  const at = state.presentation?.pointer;
  let dot = sheet.querySelector(".pointer-dot");
  if (!at) {
    dot?.remove();
    return;
  }
  if (!dot) {
    dot = h("span", { class: "pointer-dot", "aria-hidden": "true" });
    sheet.append(dot);
  }
  place(dot, at);
}

function shape(sheet, width, height) {
  sheet.style.setProperty("--width", width);
  sheet.style.setProperty("--height", height);
}

function address(one, page) {
  return `${one.url}pages/${page}.webp?w=${WIDTH}`;
}
