// Where the administrator or judge goes live: camera and screen, each by itself or together.

import { h, sentences, setText } from "../room/dom.js";
import { granted, openScreen } from "./capture.js";
import { Lane, laneWords } from "./publisher_lane.js";
import { Studio } from "./publisher_studio.js";
import { refusal } from "./publisher_words.js";

export { mountFloorPublisher } from "./publisher_floor.js";

const SAME_MS = 20_000; // the server waits so long: what comes later begins a new broadcast

/**
 * Show the publisher's panel for a meeting (its slug) in `container`. `onState` is told
 * {state: "off" | "preview" | "connecting" | "live" | "reconnecting" | "stopping", recording,
 * screen: the state of the shared screen}. Returns {close()}.
 */
export function mountPublisher(container, { meeting, onState = () => {} }) {
  const publisher = new Publisher(container, meeting, onState);
  return { close: () => publisher.close() };
}

class Publisher {
  constructor(container, meeting, onState) {
    this.onState = onState;
    this.studio = new Studio({
      meeting,
      kinds: ["camera", "microphone", "speaker"],
      optional: ["camera", "microphone"],
      onChange: () => this.show(),
    });
    this.screen = new Lane({ meeting, source: "screen", onChange: () => this.screenChanged() });
    this.build();
    container.append(this.root);
    this.onUnload = (event) => this.busy && event.preventDefault();
    window.addEventListener("beforeunload", this.onUnload);
    this.show();
    this.goOn();
  }

  /** Whether anything is being sent. */
  get busy() {
    return this.studio.lane.busy || this.screen.busy;
  }

  build() {
    const { studio } = this;
    this.status = h("p", { class: "publisher-status", role: "status" });
    this.look = button("button", gettext("预览"), () => studio.open());
    this.go = button("button button--primary", gettext("开始直播"), () => this.goLive());
    this.mute = button("button", "", () => studio.setMuted(!studio.capture.muted));
    this.stop = button("button", gettext("停止直播"), () => studio.lane.stop());
    this.off = button("button button--quiet", gettext("关闭预览"), () => studio.close());
    this.screenPreview = h("video", { muted: true, playsinline: true, autoplay: true,
      class: "publisher-screen", "aria-label": gettext("共享的屏幕") });
    this.screenPreview.muted = true;
    this.screenStatus = h("p", { class: "publisher-status", role: "status" });
    this.screenProblem = h("p", { class: "notice notice--bad", role: "alert", hidden: true });
    this.share = button("button button--primary", gettext("共享屏幕"), () => this.shareScreen());
    this.unshare = button("button", gettext("停止共享"), () => this.screen.stop());
    this.root = h("div", { class: "publisher" },
      lane(gettext("摄像头与麦克风"), studio.lane, studio.preview, studio.meter, studio.devices.root,
        studio.problem, studio.note, this.status,
        h("div", { class: "actions" }, this.look, this.go, this.mute, this.stop, this.off)),
      lane(gettext("共享屏幕"), this.screen, this.screenPreview, this.screenProblem,
        this.screenStatus, h("div", { class: "actions" }, this.share, this.unshare)));
  }

  /** After a reload: go on where the browser gives the devices without asking, else offer it. */
  async goOn() {
    const { devices, lane: camera } = this.studio;
    this.wasScreen = this.screen.before;
    this.wasLive = camera.before;
    this.show();
    if (!this.wasLive || Date.now() - this.wasLive.at > SAME_MS) return;
    const kinds = ["camera", "microphone"].filter((kind) => devices.value(kind) !== null);
    const free = await Promise.all(kinds.map(granted));
    if (free.every(Boolean)) await this.goLive();
  }

  async goLive() {
    const resume = this.wasLive;
    this.wasLive = null;
    await this.studio.goLive({ resume });
  }

  async shareScreen() {
    if (this.screen.busy || this.share.disabled) return;
    this.complainOfScreen("");
    this.share.disabled = true;
    try {
      this.shared = await openScreen();
    } catch (error) {
      this.complainOfScreen(refusal(error, "screen"));
      return;
    } finally {
      this.share.disabled = false;
    }
    const { shared } = this;
    this.screenPreview.srcObject = shared.stream;
    shared.onended = ({ kind }) => this.screenEnded(kind);
    const resume = this.wasScreen;
    this.wasScreen = null;
    await this.screen.go(shared.stream, { resume });
  }

  /** The browser's own button ends the picture; a window that falls silent goes on. */
  screenEnded(kind) {
    if (kind !== "camera") return;
    this.screen.stop();
    this.complainOfScreen(gettext("屏幕共享已停止。"));
  }

  screenChanged() {
    if (!this.screen.busy) {
      this.shared?.close();
      this.shared = null;
      this.screenPreview.srcObject = null;
      if (this.screen.message) this.complainOfScreen(this.screen.message);
    }
    this.show();
  }

  complainOfScreen(text) {
    this.screenProblem.hidden = !text;
    setText(this.screenProblem, text);
  }

  get state() {
    const { lane: camera, capture } = this.studio;
    if (camera.busy) return camera.state;
    return capture ? "preview" : "off";
  }

  show() {
    if (!this.root) return;
    const { studio, screen, state } = this;
    const { capture, opening } = studio;
    this.root.dataset.state = state;
    studio.preview.hidden = !capture?.hasPicture;
    studio.meter.hidden = !capture?.hasSound;
    this.look.hidden = Boolean(capture) || studio.lane.busy;
    this.go.hidden = studio.lane.busy;
    for (const one of [this.look, this.go]) {
      one.disabled = opening;
      one.setAttribute("aria-busy", String(opening));
    }
    setText(this.go, this.wasLive ? gettext("继续直播") : gettext("开始直播"));
    this.mute.hidden = !capture?.hasSound;
    setText(this.mute, capture?.muted ? gettext("打开麦克风") : gettext("关闭麦克风"));
    this.stop.hidden = !studio.lane.busy;
    this.off.hidden = state !== "preview";
    setText(this.status, this.words());
    this.screenPreview.hidden = !screen.busy;
    this.share.hidden = screen.busy;
    this.unshare.hidden = !screen.busy;
    setText(this.share, this.wasScreen ? gettext("继续共享屏幕") : gettext("共享屏幕"));
    setText(this.screenStatus, this.screenWords());
    this.tell();
  }

  tell() {
    const recording = [this.studio.lane, this.screen].some((one) => one.told.recording);
    const told = { state: this.state, recording, screen: this.screen.state };
    if (JSON.stringify(told) === this.toldLast) return;
    this.toldLast = JSON.stringify(told);
    this.onState(told);
  }

  words() {
    const { studio } = this;
    if (studio.lane.busy) {
      return sentences(laneWords(studio.lane), studio.soundWords());
    }
    if (studio.capture) {
      return sentences(gettext("这是预览，只有您能看到。"), studio.soundWords());
    }
    if (studio.opening) return gettext("浏览器正在询问能否使用摄像头和麦克风，请选择“允许”。");
    if (this.wasLive) return gettext("页面刷新前您正在直播，点“继续直播”即可恢复。");
    return gettext("先预览，检查画面和音量，再开始直播。");
  }

  screenWords() {
    const { screen, studio } = this;
    if (screen.busy) {
      // The voice has its own way: with the screen's it would be heard twice.
      const voice = studio.lane.busy
        ? ""
        : gettext("参会人只听到屏幕的声音；要讲话，请同时开始上面的直播（可以不用摄像头）。");
      return sentences(laneWords(screen), voice);
    }
    if (this.wasScreen) return gettext("页面刷新前您正在共享屏幕，点“继续共享屏幕”即可恢复。");
    return gettext("可以与摄像头同时播出。");
  }

  async close() {
    window.removeEventListener("beforeunload", this.onUnload);
    this.root.remove();
    await this.studio.leave();
    await this.screen.close();
    this.shared?.close();
  }
}

function lane(title, { root }, ...parts) {
  return h("section", { class: "publisher-lane", "aria-label": title },
    h("div", { class: "publisher-head" }, h("p", { class: "publisher-title" }, title), root), parts);
}

function button(kind, label, click) {
  return h("button", { type: "button", class: kind, on: { click } }, label);
}
