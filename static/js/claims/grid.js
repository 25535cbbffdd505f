// A claims table that the server finds, sorts and cuts into pages, renewed in place: while somebody
// types, at a click on a head or a page, or because the claims changed.
//
// Without this script the same form and links load whole pages.

const TYPING_PAUSE = 300;

/**
 * Bring a claims table to life within `place`, which holds the server's fragment or will.
 *
 * `address` is where it comes from, `announce(text)` tells those who listen what was found,
 * `prepare(fragment)` may change a fragment before it is shown, `shown(token)` gets what `began()`
 * said when that was asked for, `went(query, how)` hears of another query ("push" or "replace"),
 * `failed(retry)` of a table that could not be had.
 */
export function makeGrid(place, options) {
  const { address, headers, announce, prepare, began, shown, went, failed } = options;
  let query = "";
  let isLoaded = Boolean(place.querySelector("[data-claims-result]"));
  let timer = null;
  let asked = null;

  const form = () => place.querySelector("form[role=search]");
  const search = () => form()?.querySelector("input[type=search]");

  place.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-claims-link]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const href = link.getAttribute("href");
    load(href, { whole: true, how: "push", focus: focusOf(link) });
  });
  place.addEventListener("submit", (event) => {
    if (event.target !== form()) return;
    event.preventDefault();
    find("replace");
  });
  place.addEventListener("input", (event) => {
    // Signs that an input method still composes are no word yet.
    if (event.target !== search() || event.isComposing) return;
    soon();
  });
  place.addEventListener("compositionend", (event) => {
    if (event.target === search()) soon();
  });
  place.addEventListener("change", (event) => {
    if (event.target.closest("form") === form() && event.target !== search()) find("replace");
  });

  function soon() {
    clearTimeout(timer);
    timer = setTimeout(() => find("replace"), TYPING_PAUSE);
  }

  function find(how) {
    const fields = [...new FormData(form())].filter(([, value]) => value !== "");
    load(`?${new URLSearchParams(fields)}`, { how });
  }

  /** Fetch what a query finds; of several at a time only the last one counts. */
  async function load(wanted, { whole = false, how = "", focus = null, quiet = false } = {}) {
    clearTimeout(timer);
    timer = null;
    asked?.abort();
    query = wanted;
    const token = began?.();
    const mine = new AbortController();
    asked = mine;
    result()?.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(`${address}${wanted === "?" ? "" : wanted}`, {
        headers: { "X-Requested-With": "XMLHttpRequest", Accept: "text/html", ...headers },
        credentials: "same-origin",
        signal: mine.signal,
      });
      if (!response.ok) throw new Error(String(response.status));
      const text = await response.text();
      if (mine !== asked) return;
      isLoaded = true;
      show(text, { whole, quiet, focus });
      if (how) went?.(wanted, how);
      shown?.(token);
    } catch (problem) {
      if (mine !== asked || problem.name === "AbortError") return;
      failed?.(() => load(wanted, { whole, how, focus }), isLoaded);
    } finally {
      if (mine === asked) {
        asked = null;
        result()?.removeAttribute("aria-busy");
      }
    }
  }

  const result = () => place.querySelector("[data-claims-result]");

  function show(text, { whole, quiet, focus }) {
    const fresh = document.createElement("template");
    fresh.innerHTML = text;
    prepare?.(fresh.content);
    const typed = search()?.value;
    const half = search() && typed !== search().defaultValue && whole;
    if (result() && !whole) {
      // The form is the reader's: what is typed, chosen or unfolded there stays as it is, and
      // focus inside the table stays at the same link.
      const held = result().contains(document.activeElement)
        ? focusOf(document.activeElement)
        : null;
      if (search()) search().defaultValue = fresh.content.querySelector("#claims-q").defaultValue;
      result().replaceWith(fresh.content.querySelector("[data-claims-result]"));
      if (held) restore(held);
    } else {
      const unfolded = place.querySelector(".claims-filters")?.open;
      place.replaceChildren(fresh.content);
      if (unfolded) place.querySelector(".claims-filters").open = true;
      if (half) {
        search().value = typed;
        soon();
      }
    }
    if (focus) restore(focus);
    if (!quiet) announce(found());
  }

  /** What was found, in words: how many, and the sums. */
  function found() {
    const said = place.querySelector(".claims-table caption, .claims-result .empty");
    return (said?.textContent ?? "").trim().replace(/\s+/g, " ");
  }

  // A link is known again by what it is for, since its address changes with every click.
  function focusOf(node) {
    const link = node.closest("a, button");
    if (!link) return null;
    const { claimsSort, claim } = link.dataset;
    if (claimsSort) return `[data-claims-sort="${claimsSort}"]`;
    if (claim) return `[data-claim="${claim}"]`;
    return link.rel ? `a[rel="${link.rel}"]` : ".claims-pages a";
  }

  function restore(selector) {
    const target = place.querySelector(selector) ?? place.querySelector(".claims-pages a");
    (target ?? search())?.focus();
  }

  return {
    load,
    /**
     * Fetch the same again, since the claims changed; nothing that somebody is doing is lost.
     * What is on its way, or will be when the typing pauses, comes anyway.
     */
    renew() {
      if (timer === null && asked === null) load(query, { quiet: true });
    },
    set query(value) {
      query = value;
    },
  };
}
