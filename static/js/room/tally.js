// How a vote stands: both tests as bars with denominator and threshold, and the exact figures.

import { fen, fullMoney, h, money, replace, say, setAttribute, shortMoney, svg } from "./dom.js";
import {
  amountBase,
  choiceName,
  groupName,
  isGrouped,
  numberBase,
  shareNeeded,
} from "./rules.js";

const CHOICES = ["for", "against", "abstain"];
const LATE_MS = 2500;
const RETRY_MS = 5000;
const CHART_WIDTH = 420;

/** The view of one resolution's tally: the chart, the exact figures, both tests. */
export function makeTally(room, resolutionId) {
  const live = h("div", { class: "tally-live" });
  const groups = h("div", { class: "tally-groups" });
  const chart = makeChart(room, resolutionId, { onDrawn: () => showLive() });
  const node = h(
    "div",
    { class: "tally" },
    h("div", { class: "tally-picture" }, chart.node, live),
    groups,
  );
  let figures = "";
  let changedAt = 0;
  let timer = null;

  function update() {
    const resolution = room.state.resolutions?.[resolutionId];
    const tally = room.state.tallies?.[resolutionId];
    node.hidden = !tally || !resolution;
    if (node.hidden) return;
    const now = JSON.stringify([tally, resolution.state]);
    if (now !== figures) {
      figures = now;
      changedAt = performance.now();
      replace(
        groups,
        (tally.groups ?? []).map((group) => drawFigures(resolution, group)),
      );
      replace(
        live,
        (tally.groups ?? []).map((group) => drawLive(resolution, group)),
      );
      clearTimeout(timer);
      timer = setTimeout(showLive, LATE_MS);
    }
    chart.update(tally);
    showLive();
  }

  // The bars stand in for a picture that is not there yet, or comes late.
  function showLive() {
    const waited = performance.now() - changedAt >= LATE_MS;
    const late = waited && changedAt - chart.drawnAt() >= LATE_MS && !chart.coming();
    live.hidden = chart.drawnAt() > 0 && !late;
  }

  return { node, update };
}

// The picture by matplotlib. Its room is kept before it comes, so that nothing jumps; the last
// one stays until the next is there, so that nothing flickers.
function makeChart(room, resolutionId, { onDrawn }) {
  const image = h("img", { class: "chart", alt: "" });
  const node = h("div", { class: "chart-box" }, image);
  let loading = false;
  let shown = "";
  let drawn = 0;

  function wanted() {
    const version = room.state.charts?.[resolutionId]?.version;
    if (version === undefined) return "";
    const base = `/meetings/${room.slug}/resolutions/${resolutionId}/chart.svg`;
    return `${base}?v=${version}&lang=${encodeURIComponent(room.lang)}`;
  }

  function load() {
    const url = wanted();
    // Thousands may watch a vote: the picture is fetched by those who look, one at a time.
    if (!url || url === shown || loading || !node.checkVisibility()) return;
    loading = true;
    const next = new Image();
    next.onload = () => {
      loading = false;
      shown = url;
      drawn = performance.now();
      keepRoom(next.naturalWidth, next.naturalHeight);
      image.src = url;
      node.classList.add("chart-box--drawn");
      onDrawn();
      load();
    };
    next.onerror = () => {
      loading = false;
      setTimeout(load, RETRY_MS);
    };
    next.src = url;
  }

  function keepRoom(width, height) {
    setAttribute(image, "width", width);
    setAttribute(image, "height", height);
    node.style.setProperty("--chart-shape", `${width} / ${height}`);
  }

  return {
    node,
    drawnAt: () => drawn,
    coming: () => wanted() !== shown,
    update(tally) {
      if (!shown) keepRoom(CHART_WIDTH, expectedHeight(tally.groups ?? []));
      setAttribute(
        image,
        "alt",
        say(gettext("“%(title)s”的计票图，精确数字见表格"), {
          title: room.state.resolutions[resolutionId].title,
        }),
      );
      load();
    },
  };
}

// As the chart's maker lays it out: a head for each named group, two or three bars, a legend.
function expectedHeight(groups) {
  const named = groups.some((group) => group.group !== "all");
  const bars = groups.reduce(
    (sum, one) =>
      sum + Math.max(1, [one.number_test, one.amount_test, one.veto_test].filter(Boolean).length),
    0,
  );
  return 48 + (named ? 34 * groups.length : 0) + 107 * bars;
}

function drawLive(resolution, group) {
  const name = groupName(group.group);
  return h(
    "div",
    { class: "bars bars--slim" },
    name && h("b", {}, name),
    numberBar(resolution, group),
    amountBar(resolution, group),
  );
}

function drawFigures(resolution, group) {
  const name = groupName(group.group);
  return h(
    "section",
    { class: "tally-group" },
    name && h("h4", {}, name),
    table(group),
    tests(resolution, group),
  );
}

/** One group's bars, table and tests, for a page that shows no picture. */
export function drawGroup(resolution, group) {
  const name = groupName(group.group);
  return h(
    "section",
    { class: "tally-group" },
    name && h("h4", {}, name),
    h("div", { class: "bars" }, numberBar(resolution, group), amountBar(resolution, group)),
    table(group),
    tests(resolution, group),
  );
}

function numberBar(resolution, group) {
  const test = group.number_test;
  const threshold = resolution.thresholds?.number;
  if (!test || !threshold) return null;
  return bar({
    title: gettext("按人数"),
    figures: say(gettext("同意 %(part)s / %(base)s %(whole)s 户"), {
      part: test.numerator,
      base: threshold.of === "attending" ? gettext("出席") : numberBase(threshold, false),
      whole: test.denominator,
    }),
    test,
    threshold,
    parts: CHOICES.map((choice) => [choice, BigInt(group[choice].number)]),
    whole: BigInt(test.denominator),
    label: (part) => String(part),
  });
}

function amountBar(resolution, group) {
  const test = group.amount_test;
  const threshold = resolution.thresholds?.amount;
  if (!test || !threshold) return null;
  return bar({
    title: gettext("按债权额"),
    figures: say(gettext("同意 %(part)s / %(base)s %(whole)s"), {
      part: shortMoney(test.numerator),
      base: threshold.of === "entitled" ? gettext("总额") : amountBase(threshold, false),
      whole: shortMoney(test.denominator),
    }),
    test,
    threshold,
    parts: CHOICES.map((choice) => [choice, fen(group[choice].amount)]),
    whole: fen(test.denominator),
    label: (part) => shortMoney(`${part / 100n}.${String(part % 100n).padStart(2, "0")}`),
  });
}

function bar({ title, figures, test, threshold, parts, whole, label }) {
  const sum = parts.reduce((total, [, part]) => total + part, 0n);
  const width = whole > sum ? whole : sum;
  const percent = (part) => (width > 0n ? Number((part * 1000000n) / width) / 10000 : 0);
  // Half of three is one and a half: the line is not cut to whole creditors.
  const needed = (percent(whole) * threshold.numerator) / threshold.denominator;
  const line = needed || (100 * threshold.numerator) / threshold.denominator;
  const share = test.share ? ` = ${test.share}` : "";
  const drawn = [];
  let left = 0;
  for (const [choice, part] of parts) {
    const size = percent(part);
    if (size > 0) {
      drawn.push(
        svg("rect", { class: choice, x: `${left}%`, y: "0", width: `${size}%`, height: "2.4rem" }),
      );
      const text = size > 34 ? `${choiceName(choice)} ${label(part)}` : label(part);
      if (size > 34 || size > text.length * 2.2) {
        drawn.push(
          svg(
            "text",
            {
              class: "inside",
              // The first one starts at the left, clear of the threshold's line.
              x: left === 0 ? "0.7rem" : `${left + size / 2}%`,
              y: "1.2rem",
              "text-anchor": left === 0 ? "start" : "middle",
              "dominant-baseline": "central",
            },
            text,
          ),
        );
      }
    }
    left += size;
  }
  const told = [figures + share, shareNeeded(threshold), metName(test)].join(gettext("，"));
  const described = title + gettext("：") + told;
  return h(
    "div",
    { class: "bar" },
    h("div", { class: "bar-head" }, h("b", {}, title), h("span", {}, `${figures}${share}`)),
    svg(
      "svg",
      { role: "img", "aria-label": described, focusable: "false" },
      svg("rect", { class: "track", x: "0", y: "0", width: "100%", height: "2.4rem", rx: "6" }),
      drawn,
      svg("line", { class: "line", x1: `${line}%`, x2: `${line}%`, y1: "-0.1rem", y2: "2.8rem" }),
      svg(
        "text",
        { class: "line-label", x: `${line}%`, y: "3.9rem", "text-anchor": "middle" },
        shareNeeded(threshold),
      ),
    ),
  );
}

/** A group's tests in short, for a glance: [{name, figures, met, verdict}]. */
export function testsInShort(resolution, group) {
  const { number, amount, veto } = resolution.thresholds ?? {};
  const short = (name, test, threshold, write) =>
    test &&
    threshold && {
      name,
      figures: `${write(test.numerator)} / ${write(test.denominator)} = ${test.share ?? "—"}`,
      met: test.met,
      verdict: metName(test),
    };
  return [
    short(gettext("按人数"), group.number_test, number, String),
    short(gettext("按债权额"), group.amount_test, amount, shortMoney),
    short(gettext("否决线"), group.veto_test, veto, shortMoney),
  ].filter(Boolean);
}

function metName(test) {
  return test.met ? gettext("已达到") : gettext("未达到");
}

function table(group) {
  const row = (key, name, sum) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, h("span", { class: `key key--${key}` }), name),
      h("td", { class: "number" }, sum.number),
      h("td", { class: "number" }, money(sum.amount)),
    );
  return h(
    "table",
    { class: "table tally-table" },
    h("caption", { class: "visually-hidden" }, gettext("表决票的户数与债权额")),
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        h("th", { scope: "col" }, gettext("意见")),
        h("th", { scope: "col", class: "number" }, gettext("户数")),
        h("th", { scope: "col", class: "number" }, gettext("代表债权额（元）")),
      ),
    ),
    h(
      "tbody",
      {},
      CHOICES.map((choice) => row(choice, choiceName(choice), group[choice])),
      group.not_voted && row("unvoted", gettext("出席未表决"), group.not_voted),
    ),
  );
}

function tests(resolution, group) {
  const thresholds = resolution.thresholds ?? {};
  const grouped = isGrouped(resolution);
  const line = (test, threshold, base, write, words) =>
    test &&
    threshold &&
    h(
      "li",
      { class: test.met ? "test test--met" : "test" },
      h("span", { class: "test-mark", "aria-hidden": "true" }, test.met ? "✓" : "✕"),
      h(
        "span",
        {},
        say(words, {
          part: write(test.numerator),
          whole: write(test.denominator),
          base,
          share: test.share ?? "—",
          needed: shareNeeded(threshold),
          met: metName(test),
        }),
      ),
    );
  const households = (n) => say(gettext("%(n)s 户"), { n });
  const words = gettext("同意 %(part)s / %(base)s %(whole)s = %(share)s，须%(needed)s：%(met)s");
  const number = thresholds.number;
  const amount = thresholds.amount;
  return h(
    "ul",
    { class: "tests plain" },
    line(group.number_test, number, number && numberBase(number, grouped), households, words),
    line(group.amount_test, amount, amount && amountBase(amount, grouped), fullMoney, words),
    line(
      group.veto_test,
      thresholds.veto,
      thresholds.veto && amountBase(thresholds.veto, grouped),
      fullMoney,
      gettext("反对 %(part)s / %(base)s %(whole)s = %(share)s，否决线%(needed)s：%(met)s"),
    ),
  );
}
