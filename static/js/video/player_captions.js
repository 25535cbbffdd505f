// The captions (字幕) under the picture: what was said last, large; old words go away.

import { serverNow } from "../room/clock.js";
import { h, keep, setText } from "../room/dom.js";

const STAYS_MS = 30_000;
const LINES = 2;

/** Make the line: {node, update(captions), tick()}; `isOn()` tells whether the viewer wants it. */
export function makeCaptions(isOn) {
  const node = h("div", { class: "video-captions", hidden: true, role: "group",
    "aria-label": gettext("字幕") });
  let lines = [];

  function draw() {
    const fresh = lines.filter((one) => serverNow() - Date.parse(one.said_at) < STAYS_MS);
    node.hidden = !isOn() || !fresh.length;
    if (node.hidden) return;
    keep(node, fresh.slice(-LINES), (one) => one.id,
      () => h("p", {}, h("b", {}), h("span", {})),
      (line, one) => {
        setText(line.firstChild, one.speaker ? `${one.speaker}${gettext("：")}` : "");
        setText(line.lastChild, one.text);
      });
  }

  return {
    node,
    /** Whether somebody writes captions in this meeting. */
    get exist() {
      return lines.length > 0;
    },
    update(captions) {
      lines = captions?.lines ?? [];
      draw();
    },
    tick: draw,
  };
}
