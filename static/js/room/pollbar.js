// The bar of the open polls: it stays, with the countdown, until the last one is over.

import { secondsUntil } from "./clock.js";
import { countdown, h, keep, say, setText } from "./dom.js";
import { closingTime, lastChange } from "./poll_words.js";
import { powerText } from "./rules.js";

const SPOKEN_SECONDS = [300, 60, 10];
const LONG = 3600; // from here on a date and time say more than a countdown

/** Keep the bar of the open polls in `place`: one poll by its name, several by their number. */
export function makePollBars(place, room) {
  const views = new Map();

  function update() {
    const going = room.book.going();
    place.hidden = going.length === 0;
    document.body.classList.toggle("has-poll", going.length > 0);
    const bars = going.length > 1 ? [{ id: "all", polls: going }] : going.map((one) => ({ id: one.id, polls: [one] }));
    keep(
      place,
      bars,
      (bar) => bar.id,
      (bar) => {
        const view = makeBar(room);
        views.set(bar.id, view);
        return view.node;
      },
      (node, bar) => views.get(bar.id).update(bar.polls),
    );
    for (const id of [...views.keys()]) if (!bars.some((bar) => bar.id === id)) views.delete(id);
  }

  setInterval(() => {
    for (const view of views.values()) view.tick();
  }, 250);
  return { update };
}

function makeBar(room) {
  const label = h("b", { class: "poll-label" });
  const title = h("span", { class: "poll-title" });
  const article = h("span", { class: "poll-article wide" });
  const turnout = h("span", { class: "poll-turnout wide" });
  const left = h("span", { class: "poll-left", role: "timer" });
  const button = h("button", {
    type: "button",
    class: "button button--primary",
    on: { click: () => room.open("votes", next().id) },
  });
  const node = h(
    "div",
    { class: "poll-bar" },
    h("div", { class: "poll-words" }, label, " ", title, article),
    turnout,
    left,
    button,
  );
  const spoken = new Map();
  let polls = [];

  const mine = () => polls.filter((one) => room.mayVote(one.id));
  const missing = () => mine().filter((one) => !room.hasVoted(one.id));
  const next = () => missing().find((one) => one.state === "open") ?? missing()[0] ?? mine()[0] ?? polls[0];

  function update(now) {
    polls = now;
    const suspended = polls.filter((one) => one.state === "suspended");
    const open = missing().filter((one) => one.state === "open");
    const done = mine().length > 0 && missing().length === 0;
    if (polls.length === 1) drawOne(polls[0], suspended.length > 0);
    else drawMany(suspended.length);
    node.classList.toggle("poll-bar--done", done);
    node.classList.toggle("poll-bar--paused", suspended.length === polls.length);
    const words = open.length
      ? gettext("去表决")
      : done
        ? gettext("已投 · 查看")
        : gettext("查看");
    setText(button, words);
    button.setAttribute("aria-label", words + gettext("：") + title.textContent);
    button.classList.toggle("button--primary", open.length > 0 || !mine().length);
    tick();
  }

  function drawOne(one, suspended) {
    setText(label, suspended ? gettext("表决已暂停") : gettext("正在表决"));
    setText(title, one.title);
    const basis = powerText(one.power);
    setText(article, basis ? say(gettext("（%(article)s）"), { article: basis }) : "");
    const part = room.state.participation?.[one.id];
    setText(
      turnout,
      part
        ? say(gettext("已投 %(voted)s / %(entitled)s 户"), {
            voted: part.voted,
            entitled: part.entitled,
          })
        : "",
    );
  }

  function drawMany(suspended) {
    const open = polls.length - suspended;
    setText(label, open ? say(gettext("正在表决 %(n)s 项"), { n: open }) : gettext("表决已暂停"));
    const waiting = missing().filter((one) => one.state === "open").length;
    const parts = [
      mine().length > 0 && missing().length > 0
        ? waiting > 0 && say(gettext("您还有 %(n)s 项未投"), { n: waiting })
        : mine().length > 0 && gettext("您已全部投票"),
      suspended > 0 && open > 0 && say(gettext("%(n)s 项已暂停"), { n: suspended }),
    ].filter(Boolean);
    setText(title, parts.join(" · ") || polls.map((one) => one.title).join(gettext("、")));
    setText(article, "");
    setText(turnout, "");
  }

  function tick() {
    const timed = polls.filter((one) => one.state === "open" && one.closes_at);
    timed.sort((a, b) => Date.parse(a.closes_at) - Date.parse(b.closes_at));
    for (const one of timed) {
      const seconds = secondsUntil(one.closes_at);
      if (seconds <= 0) room.passed(one.id, one.closes_at);
      else speak(one, seconds);
    }
    setText(left, leftWords(timed));
  }

  function leftWords(timed) {
    if (!timed.length) return suspendedWords();
    const coming = timed.find((one) => secondsUntil(one.closes_at) > 0);
    if (!coming) return gettext("正在截止…");
    const seconds = secondsUntil(coming.closes_at);
    if (seconds > LONG) {
      return say(gettext("%(time)s 截止"), { time: closingTime(room, coming.closes_at) });
    }
    const words =
      polls.length > 1 ? gettext("最早截止：剩余 %(left)s") : gettext("剩余 %(left)s");
    return say(words, { left: countdown(seconds) });
  }

  function suspendedWords() {
    if (!polls.length || polls.some((one) => one.state !== "suspended")) return "";
    const reasons = lastChange(polls[0], "suspended")?.reasons;
    return reasons
      ? say(gettext("%(reasons)s；恢复后补足时间"), { reasons })
      : gettext("恢复后补足时间");
  }

  // A countdown read out each second helps nobody; three times does.
  function speak(one, seconds) {
    const due = SPOKEN_SECONDS.filter((mark) => seconds <= mark).at(-1) ?? null;
    const known = spoken.get(one.id) ?? null;
    if (due === known) return;
    const first = known === null && seconds < due - 2;
    spoken.set(one.id, due);
    if (due === null || first) return;
    const text =
      due >= 60
        ? say(gettext("“%(title)s”的表决还剩 %(n)s 分钟。"), { title: one.title, n: due / 60 })
        : say(gettext("“%(title)s”的表决还剩 %(n)s 秒。"), { title: one.title, n: due });
    room.announce(text);
  }

  return { node, update, tick };
}
