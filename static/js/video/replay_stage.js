// The pictures of a replay, laid out as the meeting's director had them, or as the viewer wants.

import { h, say, setText } from "../room/dom.js";
import { mainOf } from "./replay_timeline.js";

/** The stage. `choose(stream or null)` is called when the viewer wants another main picture. */
export function makeStage(place, timeline) {
  const tiles = new Map();
  const line = h("p", { class: "replay-caption", lang: "zh-Hans", hidden: true });
  const note = h("p", { class: "replay-note", role: "status" });
  const pictures = h("div", { class: "replay-pictures" });
  place.append(pictures, line, note);
  let chosen = null;
  let muted = false;

  for (const one of timeline.streams.values()) {
    const tile = makeTile(one, () => {
      chosen = chosen === one.stream ? null : one.stream;
    });
    tiles.set(one.stream, tile);
    pictures.append(tile.node);
  }

  function video(stream) {
    return tiles.get(stream).video;
  }

  function load(stream, part) {
    const { video: element, track } = tiles.get(stream);
    track.src = part.captions;
    element.src = part.url;
    element.muted = muted;
    element.load();
  }

  function update(active, at) {
    const layout = timeline.layoutAt(at);
    const wanted = chosen !== null && active.has(chosen) ? { mode: "main", main: chosen } : layout;
    const main = mainOf(wanted, active);
    let shown = 0;
    for (const [stream, tile] of tiles) {
      const span = active.get(stream);
      tile.node.hidden = !span;
      if (!span) continue;
      shown += 1;
      const silent = !span.part.picture;
      tile.node.classList.toggle("replay-tile--sound", silent);
      tile.node.classList.toggle("replay-tile--main", stream === main);
      tile.button.setAttribute("aria-pressed", String(stream === main));
    }
    pictures.dataset.mode = main === null ? "equal" : "main";
    pictures.dataset.count = shown;
  }

  return {
    video,
    load,
    update,
    /** Let the elements play that a gesture was made for: some browsers ask one for each. */
    touch() {
      for (const tile of tiles.values()) if (!tile.video.src) tile.video.load();
    },
    mute(on) {
      muted = on;
      for (const tile of tiles.values()) tile.video.muted = on;
    },
    caption(lines) {
      line.hidden = !lines.length;
      setText(line, lines.map((one) => (one.speaker ? `${one.speaker}：${one.text}` : one.text)).join("　"));
    },
    note: (text) => setText(note, text),
  };
}

function makeTile(one, choose) {
  const track = h("track", { kind: "captions", srclang: "zh", label: gettext("字幕") });
  const video = h("video", { class: "replay-video", playsinline: true, preload: "auto" }, track);
  const source = one.source === "screen" ? gettext("屏幕") : gettext("摄像头");
  const name = say(gettext("%(name)s · %(source)s"), { name: one.publisher, source });
  const button = h(
    "button",
    { type: "button", class: "replay-name", "aria-pressed": false, on: { click: choose } },
    name,
  );
  button.title = gettext("放大或恢复会议当时的布局");
  return { node: h("div", { class: "replay-tile", hidden: true }, video, button), video, track, button };
}
