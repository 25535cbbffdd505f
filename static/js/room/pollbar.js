// A bar for every open poll: it stays, with its countdown, until the poll is over.

import { secondsUntil } from "./clock.js";
import { countdown, h, keep, say, setText } from "./dom.js";
import { powerText } from "./rules.js";

const SPOKEN_SECONDS = [300, 60, 10];

/** Keep bars for the open polls in `place`. */
export function makePollBars(place, room) {
  const views = new Map();

  function update() {
    const open = Object.values(room.state.resolutions ?? {})
      .filter((one) => one.state === "open")
      .sort((a, b) => a.position - b.position || a.id - b.id);
    place.hidden = open.length === 0;
    document.body.classList.toggle("has-poll", open.length > 0);
    keep(
      place,
      open,
      (one) => one.id,
      (one) => {
        const view = makeBar(room, one.id);
        views.set(one.id, view);
        return view.node;
      },
      (node, one) => views.get(one.id).update(),
    );
    for (const id of [...views.keys()]) if (!open.some((one) => one.id === id)) views.delete(id);
  }

  setInterval(() => {
    for (const view of views.values()) view.tick();
  }, 250);
  return { update };
}

function makeBar(room, id) {
  const label = h("b", { class: "poll-label" }, gettext("正在表决"));
  const title = h("span", { class: "poll-title" });
  const article = h("span", { class: "poll-article wide" });
  const turnout = h("span", { class: "poll-turnout wide" });
  const left = h("span", { class: "poll-left", role: "timer" });
  const button = h("button", {
    type: "button",
    class: "button button--primary",
    on: { click: () => room.open("votes", id) },
  });
  const node = h(
    "div",
    { class: "poll-bar" },
    h("div", { class: "poll-words" }, label, " ", title, article),
    turnout,
    left,
    button,
  );
  let spoken = null;

  function update() {
    const one = room.state.resolutions[id];
    const voted = room.hasVoted(id);
    const may = room.mayVote(id);
    setText(title, one.title);
    const basis = powerText(one.power);
    setText(article, basis ? say(gettext("（%(article)s）"), { article: basis }) : "");
    const part = room.state.participation?.[id];
    setText(
      turnout,
      part
        ? say(gettext("已投 %(voted)s / %(entitled)s 户"), {
            voted: part.voted,
            entitled: part.entitled,
          })
        : "",
    );
    node.classList.toggle("poll-bar--done", may && voted);
    setText(button, may ? (voted ? gettext("已投 · 查看") : gettext("去表决")) : gettext("查看"));
    button.setAttribute("aria-label", button.textContent + gettext("：") + one.title);
    button.classList.toggle("button--primary", !(may && voted));
    tick();
  }

  function tick() {
    const one = room.state.resolutions[id];
    if (!one) return;
    if (!one.closes_at) {
      setText(left, "");
      return;
    }
    const seconds = secondsUntil(one.closes_at);
    if (seconds <= 0) {
      setText(left, gettext("正在截止…"));
      room.passed(id);
      return;
    }
    setText(left, say(gettext("剩余 %(left)s"), { left: countdown(seconds) }));
    speak(seconds, one.title);
  }

  // A countdown read out each second helps nobody; three times does.
  function speak(seconds, title) {
    const due = SPOKEN_SECONDS.filter((mark) => seconds <= mark).at(-1) ?? null;
    if (due === spoken) return;
    const first = spoken === null && seconds < due - 2;
    spoken = due;
    if (due === null || first) return;
    const text =
      due >= 60
        ? say(gettext("“%(title)s”的表决还剩 %(n)s 分钟。"), { title, n: due / 60 })
        : say(gettext("“%(title)s”的表决还剩 %(n)s 秒。"), { title, n: due });
    room.announce(text);
  }

  return { node, update, tick };
}
