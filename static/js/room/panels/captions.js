// The typist's desk of captions (字幕): a line at a time, Enter sends; the last lines can be put right.

import { h, keep, replace, say, setText, time } from "../dom.js";
import { speaking } from "../floor_words.js";

const LINE_LENGTH = 500;
const LONGEST_TYPING_SECONDS = 120;

/** Make the desk; it shows itself to those who may write captions. */
export function makeCaptions(room) {
  const speaker = h("input", {
    type: "text", id: "caption-speaker", list: "caption-speakers", maxlength: "100",
    autocomplete: "off",
  });
  const known = h("datalist", { id: "caption-speakers" });
  const text = h("input", {
    type: "text", id: "caption-text", maxlength: String(LINE_LENGTH), autocomplete: "off",
    enterkeyhint: "send", "aria-describedby": "caption-hint",
  });
  const error = h("p", { class: "error", role: "alert", hidden: true });
  const form = h("form", { class: "form captions-form", on: { submit: (event) => {
    event.preventDefault();
    send();
  } } },
    h("div", { class: "field captions-speaker" },
      h("label", { for: speaker.id }, gettext("发言人")), speaker, known),
    h("div", { class: "field captions-text" },
      h("label", { for: text.id }, gettext("字幕内容")), text),
    h("button", { type: "submit", class: "button button--primary" }, gettext("发出")),
    error);
  const list = h("ul", { class: "captions-lines plain", "aria-label": gettext("最近的字幕") });
  const node = h("details", { class: "card captions-desk", hidden: true },
    h("summary", { class: "captions-summary" }, gettext("字幕：边听边记")),
    h("p", { class: "hint", id: "caption-hint" },
      gettext("按回车键发出一行，所有人立即看到。字幕帮助听不清的人，不是会议证据；以录像和会议记录为准。")),
    form, list);
  const views = new Map();
  let began = 0; // when the line that is being typed was begun
  text.addEventListener("input", () => {
    if (!text.value) began = 0;
    else began ||= performance.now();
  });

  async function send() {
    const words = text.value.trim();
    error.hidden = true;
    if (!words) {
      text.focus();
      return;
    }
    const seconds = began ? Math.round((performance.now() - began) / 1000) : 0;
    const data = { text: words, speaker: speaker.value.trim() };
    text.value = "";
    began = 0;
    text.focus();
    try {
      // The typist types on meanwhile.
      await room.command("caption", { ...data, seconds_ago: Math.min(seconds, LONGEST_TYPING_SECONDS) });
    } catch (refusal) {
      setText(error, say(gettext("“%(words)s”没有发出：%(why)s"), { words, why: refusal.message }));
      error.hidden = false;
      if (!text.value) text.value = words;
    }
  }

  return {
    node,
    update() {
      node.hidden = !room.can("caption") || room.state.meeting.state === "closed";
      if (node.hidden) return;
      const names = speakers(room.state);
      if (known.dataset.names !== names.join("|")) {
        known.dataset.names = names.join("|");
        replace(known, names.map((one) => h("option", { value: one })));
      }
      const lines = [...(room.state.captions?.lines ?? [])].reverse();
      keep(list, lines, (one) => one.id, (one) => {
        const view = makeLine(room);
        views.set(one.id, view);
        return view.node;
      }, (place, one) => views.get(one.id).update(one));
    },
  };
}

function speakers(state) {
  const streams = Object.values(state.video?.streams ?? {});
  const said = (state.captions?.lines ?? []).map((one) => one.speaker);
  const names = [
    speaking(state.floor)?.name,
    ...streams.map((one) => one.creditor_name ?? one.publisher),
    ...said,
  ];
  return [...new Set(names.filter(Boolean))];
}

function makeLine(room) {
  const words = h("p", { class: "captions-said" });
  const change = h("button", { type: "button", class: "button button--small", on: { click: begin } },
    gettext("更正"));
  const field = h("input", { type: "text", maxlength: String(LINE_LENGTH), autocomplete: "off",
    "aria-label": gettext("更正这行字幕；留空则删去") });
  const error = h("p", { class: "error", role: "alert", hidden: true });
  const form = h("form", { class: "form captions-change", hidden: true, on: {
    submit: (event) => {
      event.preventDefault();
      put();
    },
    keydown: (event) => event.key === "Escape" && rest(),
  } }, field,
    h("button", { type: "submit", class: "button button--small" }, gettext("保存")), error);
  const node = h("li", { class: "captions-line" }, words, change, form);
  let one = null;

  function begin() {
    field.value = one.text;
    error.hidden = true;
    form.hidden = false;
    words.hidden = change.hidden = true;
    field.focus();
  }

  function rest() {
    form.hidden = true;
    words.hidden = change.hidden = false;
    change.focus();
  }

  async function put() {
    try {
      await room.command("correct_caption", { caption: one.id, text: field.value.trim() });
      rest();
    } catch (refusal) {
      setText(error, refusal.message);
      error.hidden = false;
    }
  }

  return {
    node,
    update(now) {
      one = now;
      const heard = one.source === "recognised" ? gettext("（自动识别）") : "";
      const who = one.speaker ? `${one.speaker}${gettext("：")}` : "";
      setText(words, `${time(one.said_at)} ${who}${one.text}${heard}`);
    },
  };
}
