// The bar of who has the floor: it stays, with the time left, until the floor ends.

import { secondsUntil } from "./clock.js";
import { confirmStep } from "./confirm.js";
import { countdown, h, replace, say, setAttribute, setText } from "./dom.js";
import { speakerName, speaking } from "./floor_words.js";

const WARN_SECONDS = 30;

/** Keep the bar in `place`: for all but the speaker, who has a bar to speak from. */
export function makeFloorBar(place, room) {
  const who = h("b", {});
  const topic = h("span", { class: "speaking-topic" });
  const left = h("span", { class: "speaking-left", role: "timer" });
  const controls = makeFloorControls(room);
  const bar = h("div", { class: "speaking-bar" },
    h("p", { class: "speaking-words" }, who, " ", topic), left, controls.node);
  replace(place, bar);
  let one = null;

  function update() {
    one = speaking(room.state.floor);
    const mine = one?.person === room.state.me.person.id;
    place.hidden = !one || (mine && !room.can("grant_floor"));
    if (place.hidden) {
      one = null;
      return;
    }
    setText(who, say(gettext("正在发言：%(who)s"), { who: speakerName(one) }));
    setText(topic, one.topic);
    controls.update(one);
    tick();
  }

  function tick() {
    if (one) drawLeft(left, one);
  }

  setInterval(tick, 250);
  return { update };
}

/** Write the time that somebody has left. */
export function drawLeft(node, one) {
  const seconds = secondsUntil(one.ends_at);
  const words = seconds > 0 ? gettext("剩余 %(left)s") : gettext("时限已到");
  setText(node, say(words, { left: countdown(seconds) }));
  setAttribute(node, "data-last", seconds <= WARN_SECONDS ? "true" : null);
}

/** What whoever gives the floor does with it: more time, and taking it back. */
export function makeFloorControls(room) {
  const error = h("p", { class: "error", role: "alert", hidden: true });
  const more = h("button", {
    type: "button",
    class: "button button--small",
    on: { click: () => extend() },
  }, gettext("延长 1 分钟"));
  const reason = h("input", { type: "text", maxlength: "500", id: "floor-withdraw-reason" });
  const end = confirmStep({
    label: gettext("收回发言"),
    kind: "button--small",
    question: gettext("收回发言后，发言人的声音和画面立即停止。"),
    yes: gettext("收回"),
    fields: () => {
      reason.value = "";
      return h("div", { class: "field" },
        h("label", { for: reason.id }, gettext("理由（可不填，记入会议记录）")), reason);
    },
    run: () => room.command("withdraw_floor", { request: one.id, reason: reason.value.trim() }),
  });
  const node = h("div", { class: "speaking-controls", hidden: true },
    h("div", { class: "actions" }, more, end), error);
  let one = null;

  async function extend() {
    if (more.getAttribute("aria-busy") === "true") return;
    more.setAttribute("aria-busy", "true");
    error.hidden = true;
    try {
      await room.command("extend_floor", { request: one.id, seconds: 60 });
    } catch (refusal) {
      setText(error, refusal.message);
      error.hidden = false;
    } finally {
      more.removeAttribute("aria-busy");
    }
  }

  return {
    node,
    update(now) {
      if (one && one.id !== now.id) error.hidden = true;
      one = now;
      node.hidden = !room.can("extend_floor");
    },
  };
}
