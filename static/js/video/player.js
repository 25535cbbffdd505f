// The meeting's live video as everybody sees it.

import { h, say, setText } from "../room/dom.js";
import { Downlink } from "./downlink.js";
import { Stage, canPlay } from "./mse.js";

const OFF = { live: false, stream: null, publisher: "", source: null, state: "off" };
const STALL_MS = 1500;

/**
 * Show the live video of a meeting (its slug) in `container`. `onState` is told
 * {state: "off" | "connecting" | "live" | "reconnecting" | "unsupported", publisher, source}.
 * Returns {update(videoState), close()}.
 */
export function mountPlayer(container, { meeting, onState = () => {} }) {
  const player = new Player(container, meeting, onState);
  return {
    update: (video) => player.hint(video),
    close: () => player.close(),
  };
}

class Player {
  constructor(container, meeting, onState) {
    this.onState = onState;
    this.known = OFF;
    this.connected = false;
    this.wasConnected = false;
    this.playing = false;
    this.unsupported = false;
    this.muted = false;
    this.build(container);
    this.stage = new Stage(this.video, { onBroken: () => this.link.restart() });
    this.link = new Downlink(meeting, {
      begin: (mime, head) => this.begin(mime, head),
      push: (data) => this.stage.push(data),
      end: () => this.ended(),
      state: (video) => this.know(video),
      line: (connected) => this.line(connected),
      gone: () => this.gone(),
    });
    this.show();
  }

  build(container) {
    this.video = h("video", { playsinline: true, "aria-label": gettext("会议直播") });
    this.text = h("p", { class: "video-words", role: "status" });
    this.cover = h("div", { class: "video-cover" }, this.text);
    this.live = h("span", { class: "video-live" }, gettext("直播"));
    this.who = h("span", { class: "video-who" });
    this.sound = h(
      "button",
      { type: "button", class: "button button--primary video-sound", hidden: true,
        on: { click: () => this.setMuted(false) } },
      gettext("打开声音"),
    );
    this.mute = h("button", { type: "button", class: "video-button",
      on: { click: () => this.setMuted(!this.video.muted) } });
    this.full = h("button", { type: "button", class: "video-button",
      on: { click: () => this.toggleFullscreen() } }, gettext("全屏"));
    this.bar = h("div", { class: "video-bar" }, this.live, this.who, this.mute, this.full);
    this.root = h("div", { class: "video" }, this.video, this.cover, this.sound, this.bar);
    this.container = container;
    this.before = [...container.childNodes];
    container.replaceChildren(this.root);
    this.video.addEventListener("playing", () => this.setPlaying(true));
    this.video.addEventListener("emptied", () => this.setPlaying(false));
    this.video.addEventListener("waiting", () => {
      // A short wait is caught up; covering the picture for it would only flicker.
      clearTimeout(this.stalled);
      this.stalled = setTimeout(() => this.setPlaying(false), STALL_MS);
    });
    this.video.addEventListener("timeupdate", () => !this.playing && this.setPlaying(true));
    this.video.addEventListener("volumechange", () => this.show());
    this.onFullscreen = () => this.show();
    document.addEventListener("fullscreenchange", this.onFullscreen);
  }

  setPlaying(playing) {
    clearTimeout(this.stalled);
    if (playing && (this.video.paused || this.video.readyState < 2)) return;
    this.playing = playing;
    this.show();
  }

  begin(mime, head) {
    this.unsupported = !canPlay(mime);
    if (!this.unsupported) {
      this.stage.begin(mime, head);
      this.play();
    }
    this.show();
  }

  async play() {
    try {
      await this.video.play();
    } catch (error) {
      // Browsers refuse sound until the person has touched the page: picture first, then ask.
      if (error.name !== "NotAllowedError") return;
      this.refused = true;
      this.video.muted = true;
      await this.video.play().catch(() => {});
    }
    this.show();
  }

  setMuted(muted) {
    this.refused = false;
    this.video.muted = muted;
    if (this.video.paused) this.play();
    this.show();
  }

  ended() {
    this.stage.end();
    this.show();
  }

  /** What the room knows: of use only while our own line, which the media comes by, is down. */
  hint(video) {
    if (!this.connected) this.know(video);
  }

  know(video) {
    this.known = video || OFF;
    this.show();
  }

  line(connected) {
    this.connected = connected;
    this.wasConnected = this.wasConnected || connected;
    if (connected) this.stage.end(); // what goes on now begins with a head of its own
    this.show();
  }

  gone() {
    this.stage.end();
    this.known = OFF;
    this.show();
  }

  toggleFullscreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else if (this.root.requestFullscreen) this.root.requestFullscreen().catch(() => {});
    else this.video.webkitEnterFullscreen?.(); // iPhones show a <video> only
  }

  get state() {
    if (this.unsupported && this.known.state !== "off") return "unsupported";
    if (!this.connected && !this.link?.closed) return this.wasConnected ? "reconnecting" : "connecting";
    if (this.known.state === "live") return this.playing ? "live" : "connecting";
    return this.known.state;
  }

  show() {
    const { state, known, video } = this;
    this.root.dataset.state = state;
    setText(this.text, words(state, known));
    this.cover.hidden = state === "live";
    this.live.hidden = state !== "live";
    setText(this.who, known.publisher && state !== "off" ? about(known) : "");
    this.sound.hidden = !(this.refused && video.muted && state === "live");
    this.bar.hidden = state === "off";
    setText(this.mute, video.muted ? gettext("取消静音") : gettext("静音"));
    setText(this.full, document.fullscreenElement ? gettext("退出全屏") : gettext("全屏"));
    const told = `${state} ${known.stream} ${known.source}`;
    if (told === this.told) return;
    this.told = told;
    this.onState({ state, publisher: known.publisher, source: known.source });
  }

  close() {
    clearTimeout(this.stalled);
    this.link.close();
    this.stage.close();
    document.removeEventListener("fullscreenchange", this.onFullscreen);
    this.container.replaceChildren(...this.before);
  }
}

function about(video) {
  const text = video.source === "screen" ? gettext("%(name)s正在共享屏幕") : gettext("%(name)s正在直播");
  return say(text, { name: video.publisher });
}

function words(state, video) {
  switch (state) {
    case "off":
      return gettext("目前没有直播。主持人开播后，画面会自动出现在这里。");
    case "connecting":
      return gettext("正在连接直播……");
    case "reconnecting":
      return video.state === "reconnecting"
        ? gettext("主持人的网络中断，正在等待恢复……")
        : gettext("您的网络中断，正在重新连接直播……");
    case "unsupported":
      return gettext("您的浏览器不能播放本场直播的视频格式。请改用新版 Chrome、Edge 或 Firefox；表决等其他功能不受影响。");
    default:
      return "";
  }
}
