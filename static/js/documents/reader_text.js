// Pages as pictures, pages as text: one change from one to the other, at the same page. What was
// fetched once stays.

import { h, replace } from "../room/dom.js";
import { buildPages } from "./reader_pages.js";

const LAYERS = { pages: ".reader-pages", text: ".reader-text" };

/** Wire the change between the views; gives the reader `showView(name)`. */
export function wireTextView(reader) {
  const { root, scroller } = reader;
  const links = [...root.querySelectorAll("a[data-view]")];
  const said = root.querySelector("[data-reader-said]");
  let asked = 0;

  const layer = (name) => scroller.querySelector(LAYERS[name]);

  function mark() {
    for (const link of links) link.hidden = link.dataset.view === reader.view;
    root.dataset.view = reader.view;
    for (const name of Object.keys(LAYERS)) {
      const element = layer(name);
      if (element) element.hidden = name !== reader.view;
    }
  }

  async function fetched(name) {
    const response = await fetch(`${reader.url}?fragment=1&view=${name}`, {
      headers: { Accept: "text/html" },
      credentials: "same-origin",
    });
    if (!response.ok || response.redirected) throw new Error(String(response.status));
    const html = new DOMParser().parseFromString(await response.text(), "text/html");
    const found = html.querySelector(LAYERS[name]);
    if (!found) throw new Error(`no ${name} in the answer`);
    return document.adoptNode(found);
  }

  reader.showView = async (name) => {
    if (name === reader.view || !LAYERS[name]) return true;
    const turn = (asked += 1);
    replace(said);
    if (!layer(name)) {
      scroller.setAttribute("aria-busy", "true");
      try {
        const made = await fetched(name);
        if (!layer(name)) scroller.append(made);
      } catch {
        if (turn === asked) failed(name);
        return false;
      } finally {
        scroller.removeAttribute("aria-busy");
      }
      buildPages(reader);
    }
    if (turn !== asked || !reader.isOpen) return false;
    const page = reader.currentPage;
    reader.view = name;
    mark();
    reader.goTo(page);
    reader.tell("viewchange", { view: name });
    return true;
  };

  function failed(name) {
    replace(
      said,
      h(
        "p",
        { class: "notice notice--warn", role: "alert" },
        gettext("暂时打不开，请检查网络后重试。"),
        h(
          "button",
          { type: "button", class: "button button--small", on: { click: () => reader.showView(name) } },
          gettext("重试"),
        ),
      ),
    );
  }

  for (const link of links) {
    link.addEventListener("click", async (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      if (await reader.showView(link.dataset.view)) {
        links.find((one) => !one.hidden)?.focus({ preventScroll: true });
      }
    });
  }
  mark();
}
