// A card of the test of devices: what is tested, how it came out, and what to do about it.

import { h, setText } from "../room/dom.js";

const RESULTS = {
  none: () => gettext("未测试"),
  busy: () => gettext("正在测试"),
  ok: () => gettext("正常"),
  warn: () => gettext("请注意"),
  bad: () => gettext("有问题"),
};

const BADGES = { none: "quiet", busy: "quiet", ok: "ok", warn: "warn", bad: "bad" };

/**
 * One thing under test. `optional`: the meeting can be followed without it. `onResult()` is
 * called when the result changed.
 */
export class Card {
  constructor({ title, about, optional = false, onResult }) {
    Object.assign(this, { title, optional, onResult, result: "none" });
    this.badge = h("span", { class: "badge" });
    this.words = h("p", { class: "device-words", role: "status" });
    this.body = h("div", { class: "device-body" });
    this.root = h("section", { class: "card panel device-card", "aria-label": title },
      h("div", { class: "publisher-head" },
        h("h2", { class: "publisher-title" }, title), this.badge),
      about && h("p", { class: "hint" }, about), this.body, this.words);
    this.set("none");
  }

  /** Show a result: "none", "busy", "ok", "warn" or "bad", with words for the person. */
  set(result, words = "") {
    this.result = result;
    this.root.dataset.result = result;
    this.badge.className = `badge badge--${BADGES[result]}`;
    setText(this.badge, RESULTS[result]());
    setText(this.words, words);
    this.onResult();
  }

  add(...parts) {
    this.body.append(...parts);
  }
}

/** A button of a card. */
export function action(label, click, kind = "button") {
  return h("button", { type: "button", class: kind, on: { click } }, label);
}

/** A question with a yes and a no; hidden until `root.hidden` is set to false. */
export function question(text, { yes, no, onYes, onNo }) {
  const root = h("div", { class: "device-question", hidden: true },
    h("p", { class: "strong" }, text));
  const answer = (then) => () => {
    root.hidden = true;
    then();
  };
  root.append(h("div", { class: "actions" },
    action(yes, answer(onYes), "button button--primary"), action(no, answer(onNo))));
  return root;
}
