// The results on the big screen, a page after another where they are more than it holds.

import { serverNow } from "./clock.js";
import { h } from "./dom.js";
import { groupName, outcomeName } from "./rules.js";
import { testsInShort } from "./tally.js";

const PAGE_MS = 10000;
const LINES_A_PAGE = 10;

/** After the close, what came of every vote, with both tests. */
export function results(state) {
  const pages = resultPages(state);
  const shown = pages[turnOf(pages.length)] ?? [];
  const long = shown.reduce((sum, one) => sum + linesOf(state, one), 0) > 8;
  return h(
    "ul",
    { class: long ? "screen-results screen-results--long plain" : "screen-results plain" },
    shown.map((one) => {
      const { outcome } = state.outcomes[one.id];
      return h(
        "li",
        {},
        h(
          "div",
          {},
          h("p", { class: "screen-result" }, one.title, elected(state, one)),
          (state.tallies?.[one.id]?.groups ?? []).map((group) => testLine(one, group)),
        ),
        h(
          "span",
          { class: outcome === "passed" ? "stamp" : "stamp stamp--no" },
          outcomeName(outcome),
        ),
      );
    }),
  );
}

const linesOf = (state, one) => 1 + (state.tallies?.[one.id]?.groups.length ?? 0);

// More results than a screen holds take turns as open polls do.
function resultPages(state) {
  const closed = Object.values(state.resolutions ?? {})
    .filter((one) => state.outcomes?.[one.id] && one.state === "closed")
    .sort((a, b) => a.position - b.position || a.id - b.id);
  const pages = [];
  let left = 0;
  for (const one of closed) {
    const lines = linesOf(state, one);
    if (lines > left) {
      pages.push([]);
      left = LINES_A_PAGE;
    }
    pages.at(-1).push(one);
    left -= lines;
  }
  return pages;
}

/** Which of the pages of results is on. */
export function resultTurn(state) {
  return turnOf(resultPages(state).length);
}

/** Which of so many pages is on: each for a while, by the server's clock. */
export function turnOf(pages) {
  return pages > 1 ? Math.floor(serverNow() / PAGE_MS) % pages : 0;
}

function elected(state, one) {
  const row = state.elections?.[one.election]?.result?.find((found) => found.resolution === one.id);
  return row?.elected ? ` · ${gettext("当选")}` : "";
}

/** One group's tests in a line. */
export function testLine(resolution, group) {
  const name = groupName(group.group);
  return h(
    "p",
    { class: "screen-tests" },
    name && h("b", {}, name),
    testsInShort(resolution, group).map((test) =>
      h(
        "span",
        { class: test.met ? "test--met" : "" },
        `${test.name} ${test.figures} `,
        h("span", { class: "test-mark", "aria-hidden": "true" }, test.met ? "✓" : "✕"),
        ` ${test.verdict}`,
      ),
    ),
  );
}
