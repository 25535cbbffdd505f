// The claims table on a page of its own: found while one types, the address says what is shown.

import { makeGrid } from "./grid.js";

const place = document.querySelector("[data-claims-grid]");
const live = document.querySelector("[data-claims-said]");
const trouble = document.querySelector("[data-claims-trouble]");

if (place) {
  const grid = makeGrid(place, {
    address: location.pathname,
    headers: { "X-Claims-Place": "page" },
    announce: (text) => {
      live.textContent = text;
      trouble.hidden = true;
    },
    went: (query, how) => {
      const address = `${location.pathname}${query === "?" ? "" : query}`;
      if (how === "push") history.pushState(null, "", address);
      else history.replaceState(null, "", address);
    },
    failed: (retry) => {
      trouble.hidden = false;
      trouble.querySelector("button").onclick = retry;
    },
  });
  grid.query = location.search;
  window.addEventListener("popstate", () => grid.load(location.search || "?", { whole: true }));
}
