// What a viewer chooses for itself, and what the director chooses for all.

import { h, keep, replace, setText } from "../room/dom.js";
import { nameOf } from "./player_layout.js";
import { layoutWords, qualityWords, whoWords } from "./player_words.js";

let count = 0;

const EVENT_MS = 3000; // so long an event may take behind the reply

/**
 * handlers: quality(choice), layout(own or null), direct({mode, main}) -> promise. Returns
 * {node, update({quality, own, layout, streams, directs})}.
 */
export function makeSettings(handlers) {
  const quality = choices(gettext("画质"), Object.entries(qualityWords()), handlers.quality);
  const own = choices(
    gettext("我的画面"),
    [
      ["follow", [gettext("跟随会议安排"), gettext("由会议主持人决定放大谁。")]],
      ...Object.entries(layoutWords()),
    ],
    () => handlers.layout(chosenOwn()),
  );
  const ownMain = picker(gettext("放大"), () => handlers.layout(chosenOwn()));
  const all = choices(gettext("为全体安排画面"), Object.entries(layoutWords()), () => direct());
  const allMain = picker(gettext("放大"), () => direct());
  const error = h("p", { class: "error", role: "alert", hidden: true });
  own.node.append(ownMain.node);
  all.node.append(allMain.node, error);
  const node = h("div", { class: "video-settings" }, quality.node, own.node, all.node);
  let known = { streams: {} };
  let sending = false;
  // What was taken stays chosen until the event says so, which may come behind the reply.
  let taken = null;
  let takenUntil = 0;

  function chosenOwn() {
    const mode = own.value;
    if (mode === "follow") return null;
    const stream = known.streams[ownMain.value] ?? Object.values(known.streams)[0];
    return { mode, main: mode === "main" && stream ? nameOf(stream) : null };
  }

  async function direct() {
    const mode = all.value;
    const main = mode === "main" ? Number(allMain.value) || null : null;
    error.hidden = true;
    if (mode === "main" && main === null) return;
    sending = true;
    try {
      await handlers.direct({ mode, main });
      taken = mode;
      takenUntil = performance.now() + EVENT_MS;
    } catch (refusal) {
      setText(error, refusal.message);
      error.hidden = false;
    } finally {
      sending = false;
    }
    update(known);
  }

  function update(now) {
    known = now;
    const list = Object.values(now.streams);
    quality.value = now.quality;
    own.value = now.own?.mode ?? "follow";
    ownMain.node.hidden = now.own?.mode !== "main";
    const mine = list.find((one) => nameOf(one) === now.own?.main);
    ownMain.update(list, mine?.id ?? now.main);
    all.node.hidden = !now.directs;
    if (sending) return; // what was chosen stays until it is answered
    if (now.layout?.mode === taken || performance.now() > takenUntil) taken = null;
    if (taken !== null) return;
    all.value = now.layout?.mode ?? "auto";
    allMain.node.hidden = now.layout?.mode !== "main";
    allMain.update(list, now.layout?.main ?? now.main);
  }

  return { node, update };
}

/** A group of radio buttons whose words are {value: [label, what it means]}. */
function choices(legend, entries, chosen) {
  const name = `video-choice-${++count}`;
  const inputs = entries.map(([value, [label, meaning]]) => {
    const input = h("input", { type: "radio", name, value, on: { change: () => chosen(value) } });
    const words = h("span", {}, label, meaning && h("span", { class: "video-meaning" }, meaning));
    return { input, node: h("label", { class: "video-choice" }, input, words) };
  });
  const node = h("fieldset", {}, h("legend", {}, legend));
  replace(node, node.firstChild, inputs.map((one) => one.node));
  return {
    node,
    get value() {
      return inputs.find((one) => one.input.checked)?.input.value;
    },
    set value(wanted) {
      for (const { input } of inputs) {
        if (input.checked !== (input.value === wanted)) input.checked = input.value === wanted;
      }
    },
  };
}

/** A list to choose a stream from. */
function picker(label, chosen) {
  const id = `video-picker-${++count}`;
  const select = h("select", { id, on: { change: () => chosen() } });
  return {
    node: h("p", { class: "video-picker" }, h("label", { for: id }, label), select),
    get value() {
      return select.value;
    },
    update(streams, wanted) {
      keep(select, streams, (one) => one.id,
        (one) => h("option", { value: one.id }),
        (option, one) => setText(option, one.source === "screen"
          ? `${whoWords(one)} · ${gettext("屏幕")}` : whoWords(one)));
      const there = streams.some((one) => one.id === wanted);
      if (there && select.value !== String(wanted)) select.value = String(wanted);
    },
  };
}
