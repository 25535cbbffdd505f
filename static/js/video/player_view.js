// The player's frame: pictures, what covers them, captions, and the bar of buttons below.

import { h, setAttribute, setText } from "../room/dom.js";

/**
 * Build it. handlers: sound(), mute(), captions(), full(), follow(), settings(open). Returns the
 * parts and `close()`.
 */
export function makeView({ captions, settings, handlers, plain }) {
  const tiles = h("ul", { class: "tiles", "aria-label": gettext("直播画面") });
  const text = h("p", { class: "video-words", role: "status" });
  const cover = h("div", { class: "video-cover" }, text);
  const live = h("span", { class: "video-live", hidden: true }, gettext("直播"));
  const recording = h("span", { class: "video-recording", hidden: true },
    h("span", { class: "video-dot", "aria-hidden": true }, "●"), gettext("录像中"));
  const marks = h("p", { class: "video-marks" }, live, recording);
  const sound = button("button button--primary video-sound", gettext("打开声音"), handlers.sound);
  sound.hidden = true;
  const note = h("p", { class: "video-note", role: "status" });
  const mute = button("video-button", "", handlers.mute);
  const subtitles = button("video-button", gettext("字幕"), handlers.captions);
  const follow = button("video-button video-follow", gettext("跟随会议画面"), handlers.follow);
  const more = button("video-button", gettext("画面设置"), () => openSettings(settings.node.hidden));
  const full = button("video-button", gettext("全屏"), handlers.full);
  settings.node.id = `video-settings-${Math.random().toString(36).slice(2)}`;
  settings.node.hidden = true;
  more.setAttribute("aria-controls", settings.node.id);
  more.setAttribute("aria-expanded", "false");
  const bar = h("div", { class: "video-bar" }, note, follow, mute, subtitles, more, full);
  const frame = h("div", { class: "video-frame" }, tiles, cover, marks, sound);
  const root = h("div", { class: plain ? "video video--plain" : "video" }, frame, captions.node,
    bar, settings.node);

  function openSettings(open) {
    settings.node.hidden = !open;
    setAttribute(more, "aria-expanded", String(open));
    handlers.settings(open);
  }

  settings.node.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    openSettings(false);
    more.focus();
  });

  const onFullscreen = () => setText(full,
    document.fullscreenElement === root ? gettext("退出全屏") : gettext("全屏"));
  document.addEventListener("fullscreenchange", onFullscreen);

  return {
    root, tiles, cover, text, live, recording, sound, note, mute, subtitles, follow, more, bar,
    toggleFullscreen(video) {
      if (document.fullscreenElement) document.exitFullscreen();
      else if (root.requestFullscreen) root.requestFullscreen().catch(() => {});
      else video?.webkitEnterFullscreen?.(); // iPhones show a <video> only
    },
    closeSettings: () => openSettings(false),
    close: () => document.removeEventListener("fullscreenchange", onFullscreen),
  };
}

function button(kind, label, click) {
  return h("button", { type: "button", class: kind, on: { click: () => click() } }, label);
}
