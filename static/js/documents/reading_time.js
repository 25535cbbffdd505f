// How long which page is before the eyes, told to the server every few seconds: the administrator
// has to know whether creditors were informed. The reader is told so, and shown the own record.

import { h, say, setText } from "../room/dom.js";
import { onReader } from "./reader.js";

const TICK_MS = 1000;
const REPORT_MS = 10_000;
const IDLE_MS = 120_000;
// A page counts as looked at with this part of it, or of the view, in sight.
const WHOLE = 0.9;
const SIGNS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"];

class ReadingTime {
  constructor(reader) {
    this.reader = reader;
    this.address = `${reader.url}reading/`;
    this.spent = new Map();
    this.looked = performance.now();
    this.alive = this.looked;
    this.told = this.looked;
    this.words = h("p", { class: "hint reading-own" });
    reader.slot("bar").append(this.words);
    const sign = () => {
      this.alive = performance.now();
    };
    for (const name of SIGNS) reader.listen(window, name, sign, { passive: true, capture: true });
    reader.listen(reader.scroller, "scroll", sign, { passive: true });
    reader.listen(document, "visibilitychange", () => {
      this.tick();
      if (document.hidden) this.report();
    });
    reader.listen(window, "pagehide", () => {
      this.tick();
      this.report();
    });
    const timer = setInterval(() => this.tick(), TICK_MS);
    reader.listen(reader, "closed", () => {
      clearInterval(timer);
      this.tick();
      this.report();
    });
    this.fetchOwn();
  }

  // What has passed since the last look belongs to what was in sight then.
  tick() {
    const now = performance.now();
    // A machine that slept read nothing.
    const passed = Math.min(now - this.looked, 2 * TICK_MS);
    const pages = this.inSight ?? [];
    for (const page of pages) {
      this.spent.set(page, (this.spent.get(page) ?? 0) + passed / pages.length);
    }
    this.looked = now;
    this.inSight = this.pagesInSight(now);
    if (now - this.told >= REPORT_MS) this.report();
  }

  pagesInSight(now) {
    if (document.hidden || now - this.alive > IDLE_MS) return [];
    const { scroller } = this.reader;
    const box = scroller.getBoundingClientRect();
    const top = Math.max(box.top, 0);
    const bottom = Math.min(box.bottom, window.innerHeight);
    // In another tab of the room, or scrolled away.
    if (!box.width || bottom - top < 60) return [];
    const at = (y) => this.reader.pageAt(scroller.scrollTop + y - box.top);
    let most = null;
    let height = 0;
    const whole = [];
    for (let page = at(top); page <= at(bottom); page += 1) {
      const sheet = this.reader.pageElement(page)?.getBoundingClientRect();
      if (!sheet) continue;
      const seen = Math.min(sheet.bottom, bottom) - Math.max(sheet.top, top);
      if (seen > 0 && seen >= sheet.height * WHOLE) whole.push(page);
      if (seen > height) [most, height] = [page, seen];
    }
    if (whole.length > 1) return whole;
    return most === null ? [] : [most];
  }

  async report() {
    const pages = {};
    for (const [page, spent] of this.spent) {
      const seconds = Math.floor(spent / 1000);
      if (!seconds) continue;
      pages[page] = seconds;
      this.spent.set(page, spent - seconds * 1000);
    }
    this.told = performance.now();
    if (!Object.keys(pages).length) return;
    try {
      const answer = await fetch(this.address, {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          Accept: "application/json",
          "X-CSRFToken": cookie("csrftoken"),
        },
        body: JSON.stringify({ pages }),
        credentials: "same-origin",
        // The page may be gone before the answer comes.
        keepalive: true,
      });
      if (answer.ok) this.draw(await answer.json());
    } catch {
      // It goes with the next report.
      for (const [page, seconds] of Object.entries(pages)) {
        const before = this.spent.get(Number(page)) ?? 0;
        this.spent.set(Number(page), before + seconds * 1000);
      }
    }
  }

  async fetchOwn() {
    try {
      const answer = await fetch(this.address, { headers: { Accept: "application/json" } });
      if (answer.ok) this.draw(await answer.json());
    } catch {
      // The first report tells it.
    }
  }

  draw({ read, pages }) {
    const words = gettext("您已阅读 %(n)s/%(pages)s 页；阅读情况会记录在案。");
    setText(this.words, say(words, { n: read.length, pages }));
  }
}

function cookie(name) {
  const found = document.cookie
    .split("; ")
    .find((one) => one.replace(/^__Host-/, "").startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(found.indexOf("=") + 1)) : "";
}

// In the room as on the reader's own page.
onReader((reader) => new ReadingTime(reader));
