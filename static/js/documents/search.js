// Words found in a document: how many, where, each with what stands around it, and a mark on the
// page, be it a picture or text.

import { h, replace, say, setText } from "../room/dom.js";
import { markText, unmarkText } from "./search_text.js";

const WAIT_MS = 350;

/** Wire the search; where the document has no text to search, it is not offered. */
export function wireSearch(reader) {
  const { root } = reader;
  const opener = root.querySelector("[data-search-open]");
  const form = root.querySelector("[data-search-form]");
  if (!opener || !form) return;
  const field = form.elements.q;
  const count = form.querySelector("[data-search-count]");
  const list = root.querySelector("[data-search-hits]");
  const steps = form.querySelectorAll("[data-search-step]");
  let found = null;
  let here = -1;
  let asked = 0;
  let waiting = null;
  let running = null;

  opener.addEventListener("click", () => {
    if (form.hidden) show();
    else close();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(waiting);
    const same = found && found.query === field.value.trim();
    if (same) step(1);
    else search();
  });
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(search, WAIT_MS);
  });
  field.addEventListener("compositionend", () => {
    clearTimeout(waiting);
    waiting = setTimeout(search, WAIT_MS);
  });
  for (const button of steps) {
    button.addEventListener("click", () => step(Number(button.dataset.searchStep)));
  }
  form.querySelector("[data-search-close]").addEventListener("click", close);
  reader.listen(root, "keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "f") {
      event.preventDefault();
      show();
    } else if (event.key === "Escape" && !form.hidden) {
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if (event.key === "F3" && found?.hits.length) {
      event.preventDefault();
      step(event.shiftKey ? -1 : 1);
    }
  });
  reader.listen(reader, "viewchange", draw);
  reader.listen(reader, "closed", () => running?.abort());

  function show() {
    form.hidden = false;
    opener.setAttribute("aria-expanded", "true");
    field.focus();
    field.select();
    if (found?.query !== field.value.trim()) search();
    else draw();
  }

  function close() {
    clearTimeout(waiting);
    running?.abort();
    form.hidden = true;
    list.hidden = true;
    opener.setAttribute("aria-expanded", "false");
    erase();
    opener.focus();
  }

  async function search() {
    const query = field.value.trim();
    const turn = (asked += 1);
    running?.abort();
    running = new AbortController();
    if (!query || field.isComposing) {
      found = null;
      draw();
      return;
    }
    setText(count, gettext("正在查找…"));
    try {
      const address = `${reader.url}search/?q=${encodeURIComponent(query)}`;
      const response = await fetch(address, {
        headers: { Accept: "application/json" },
        credentials: "same-origin",
        signal: running.signal,
      });
      const answer = await response.json();
      if (turn !== asked) return;
      if (!response.ok) throw new Error(answer.error?.message || "");
      found = { ...answer, query };
      here = -1;
      const after = found.hits.findIndex((hit) => hit.page >= reader.currentPage);
      if (found.hits.length) step(0, Math.max(0, after));
      else draw();
    } catch (error) {
      if (turn !== asked || error.name === "AbortError") return;
      found = null;
      draw();
      setText(count, error.message || gettext("暂时查不了，请检查网络后重试。"));
    }
  }

  // To the next, the one before, or a certain one.
  function step(by, index = null) {
    if (!found?.hits.length) return;
    const all = found.hits.length;
    here = index ?? (here + by + all) % all;
    const hit = found.hits[here];
    draw();
    const mark = current();
    if (mark) reveal(mark);
    else reader.goTo(hit.page);
  }

  function current() {
    return reader.pageElement(found.hits[here].page)?.querySelector(".reader-hit--here") ?? null;
  }

  // A mark comes into the upper part of the view, sideways too where the page is large.
  function reveal(mark) {
    const { scroller } = reader;
    reader.goTo(found.hits[here].page);
    const box = scroller.getBoundingClientRect();
    const at = mark.getBoundingClientRect();
    const below = at.top - box.top;
    if (below < 0 || below > box.height * 0.6) scroller.scrollTop += below - box.height * 0.3;
    const aside = at.left - box.left;
    if (aside < 0 || at.right > box.right) scroller.scrollLeft += aside - box.width * 0.3;
    reader.stay(found.hits[here].page);
  }

  function erase() {
    for (const layer of Object.values(reader.layers)) {
      for (const element of layer) {
        for (const mark of element.querySelectorAll(":scope > .reader-hit")) mark.remove();
        unmarkText(element);
      }
    }
  }

  function draw() {
    erase();
    for (const button of steps) button.disabled = !found?.hits.length;
    setText(count, words());
    drawList();
    if (!found || form.hidden) return;
    for (const [page, hits] of byPage(found.hits)) {
      const element = reader.pageElement(page);
      if (!element) continue;
      if (reader.view === "text") markText(element, found.folded, hits, found.hits[here]);
      else markPicture(element, hits);
    }
  }

  function markPicture(element, hits) {
    for (const hit of hits) {
      for (const [x, y, width, height] of hit.rects) {
        const mark = h("span", { class: "reader-mark reader-hit", "aria-hidden": "true" });
        mark.classList.toggle("reader-hit--here", hit === found.hits[here]);
        mark.style.setProperty("--x", x);
        mark.style.setProperty("--y", y);
        mark.style.setProperty("--w", width);
        mark.style.setProperty("--h", height);
        element.append(mark);
      }
    }
  }

  function words() {
    if (!found) return "";
    if (found.hits.length) {
      const text = gettext("第 %(n)s 处，共 %(total)s 处");
      const values = { n: here + 1, total: found.total };
      return found.total > found.hits.length
        ? say(gettext("第 %(n)s 处，共 %(total)s 处，列出前 %(shown)s 处"), {
            ...values,
            shown: found.hits.length,
          })
        : say(text, values);
    }
    if (found.scanned) return gettext("这份文件是扫描的图像，没有可以查找的文字。");
    if (found.without_text) {
      const text = ngettext(
        "没有找到；有 %(n)s 页是图像，无法查找。",
        "没有找到；有 %(n)s 页是图像，无法查找。",
        found.without_text,
      );
      return say(text, { n: found.without_text });
    }
    return gettext("没有找到。");
  }

  function drawList() {
    const hits = found?.hits ?? [];
    list.hidden = form.hidden || hits.length === 0;
    if (list.hidden) return replace(list);
    // The list stays what it is while one walks through it.
    if (list.childElementCount === hits.length && list.dataset.query === found.query) {
      [...list.children].forEach((row, index) => markRow(row, index));
      return undefined;
    }
    list.dataset.query = found.query;
    replace(list, ...hits.map((hit, index) => row(hit, index)));
    return undefined;
  }

  function row(hit, index) {
    const [before, itself, after] = hit.excerpt;
    const made = h(
      "li",
      {},
      h(
        "button",
        { type: "button", class: "reader-found", on: { click: () => step(0, index) } },
        h("span", { class: "hint" }, say(gettext("第 %(n)s 页"), { n: hit.page })),
        h("span", {}, before, h("mark", {}, itself), after),
      ),
    );
    markRow(made, index);
    return made;
  }

  function markRow(made, index) {
    const button = made.firstElementChild;
    if (index === here) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
    if (index === here) scrollWithin(list, made);
  }
}

function scrollWithin(list, row) {
  const top = row.offsetTop - list.offsetTop;
  if (top < list.scrollTop) list.scrollTop = top;
  else if (top + row.offsetHeight > list.scrollTop + list.clientHeight) {
    list.scrollTop = top + row.offsetHeight - list.clientHeight;
  }
}

function byPage(hits) {
  const pages = new Map();
  for (const hit of hits) pages.set(hit.page, [...(pages.get(hit.page) ?? []), hit]);
  return pages;
}
