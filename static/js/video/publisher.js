// Where the administrator or judge goes live: choose, see oneself, begin, stop.

import { h, replace, setText } from "../room/dom.js";
import { devices, open } from "./capture.js";
import { Uplink } from "./uplink.js";

const METER_MS = 100;
const NONE = "none";

/**
 * Show the publisher's panel for a meeting (its slug) in `container`. `onState` is told
 * {state: "idle" | "preview" | "connecting" | "live" | "reconnecting", recording}.
 * Returns {close()}.
 */
export function mountPublisher(container, { meeting, onState = () => {} }) {
  const publisher = new Publisher(container, meeting, onState);
  return { close: () => publisher.close() };
}

let mounted = 0;

class Publisher {
  constructor(container, meeting, onState) {
    Object.assign(this, { container, meeting, onState, source: "camera", state: "idle" });
    this.build();
    this.listDevices();
    this.onDevices = () => this.listDevices();
    navigator.mediaDevices?.addEventListener("devicechange", this.onDevices);
    this.onUnload = (event) => this.uplink && event.preventDefault();
    window.addEventListener("beforeunload", this.onUnload);
    this.show();
  }

  build() {
    const id = `publisher-${++mounted}`;
    this.camera = h("select", { id: `${id}-camera`, on: { change: () => this.reopen() } });
    this.microphone = h("select", { id: `${id}-mic`, on: { change: () => this.reopen() } });
    this.cameraField = field(gettext("摄像头"), this.camera);
    const sources = h(
      "fieldset",
      { class: "publisher-sources" },
      h("legend", {}, gettext("直播内容")),
      this.sourceChoice(id, "camera", gettext("摄像头")),
      this.sourceChoice(id, "screen", gettext("屏幕（含声音）")),
    );
    this.choices = h("div", { class: "form publisher-choices" }, sources, this.cameraField,
      field(gettext("麦克风"), this.microphone));
    this.preview = h("video", { muted: true, playsinline: true, autoplay: true,
      class: "publisher-preview", "aria-label": gettext("预览") });
    this.preview.muted = true;
    this.meter = h("meter", { id: `${id}-meter`, min: 0, max: 1, low: 0.2, high: 0.9, optimum: 0.5 });
    this.meterField = h("p", { class: "publisher-meter" },
      h("label", { for: `${id}-meter` }, gettext("音量")), this.meter);
    this.status = h("p", { class: "publisher-status", role: "status" });
    this.problem = h("p", { class: "notice notice--bad", role: "alert", hidden: true });
    this.look = button("button", gettext("预览"), () => this.openPreview());
    this.go = button("button button--primary", gettext("开始直播"), () => this.goLive());
    this.stop = button("button", gettext("停止直播"), () => this.uplink?.stop());
    this.off = button("button button--quiet", gettext("关闭预览"), () => this.closeCapture());
    this.root = h("div", { class: "publisher" }, this.choices, this.preview, this.meterField,
      this.problem, this.status,
      h("div", { class: "actions" }, this.look, this.go, this.stop, this.off));
    this.container.append(this.root);
  }

  sourceChoice(id, value, label) {
    const input = h("input", { type: "radio", name: `${id}-source`, value,
      checked: value === this.source, on: { change: () => this.choose(value) } });
    return h("label", { class: "check" }, input, label);
  }

  choose(source) {
    this.source = source;
    this.closeCapture();
  }

  async listDevices() {
    const { cameras, microphones } = await devices().catch(() => ({ cameras: [], microphones: [] }));
    fill(this.camera, cameras, gettext("摄像头 %s"), gettext("不使用摄像头，只有声音"));
    fill(this.microphone, microphones, gettext("麦克风 %s"), gettext("不使用麦克风"));
  }

  async openCapture() {
    if (this.capture) return true;
    this.complain("");
    this.busy(true);
    try {
      this.capture = await open({
        source: this.source,
        camera: this.camera.value === NONE ? null : this.camera.value,
        microphone: this.microphone.value === NONE ? null : this.microphone.value,
      });
    } catch (error) {
      this.complain(refusal(error, this.source));
      return false;
    } finally {
      this.busy(false);
    }
    this.capture.onended = (kind) => this.sourceEnded(kind);
    this.preview.srcObject = this.capture.stream;
    this.measure = setInterval(() => (this.meter.value = this.capture?.level() ?? 0), METER_MS);
    this.setState("preview");
    this.listDevices(); // names are known now
    return true;
  }

  openPreview() {
    return this.openCapture();
  }

  /** Another device was chosen: show it at once if something is shown already. */
  async reopen() {
    if (!this.capture || this.uplink) return;
    this.closeCapture();
    await this.openCapture();
  }

  closeCapture() {
    clearInterval(this.measure);
    this.uplink?.stop();
    this.capture?.close();
    this.capture = null;
    this.preview.srcObject = null;
    this.meter.value = 0;
    if (!this.uplink) this.setState("idle");
  }

  sourceEnded(kind) {
    const stopped = this.source === "screen" && kind === "video";
    this.closeCapture();
    this.complain(
      stopped ? gettext("屏幕共享已停止。") : gettext("摄像头或麦克风断开了，请检查设备后重新开始。"),
    );
  }

  async goLive() {
    if (this.uplink || !(await this.openCapture())) return;
    this.uplink = new Uplink({
      meeting: this.meeting,
      stream: this.capture.stream,
      source: this.source,
      onState: (told) => this.heard(told),
    });
  }

  heard({ state, message, recording, slow }) {
    this.recording = recording;
    this.slow = slow;
    if (state !== "ended") {
      this.setState(state);
      return;
    }
    this.uplink = null;
    if (message) this.complain(message);
    this.setState(this.capture ? "preview" : "idle");
  }

  setState(state) {
    this.state = state;
    this.show();
    this.onState({ state, recording: Boolean(this.recording) });
  }

  show() {
    const sending = ["connecting", "live", "reconnecting"].includes(this.state);
    const open = this.state !== "idle";
    this.root.dataset.state = this.state;
    this.choices.hidden = sending;
    this.cameraField.hidden = this.source === "screen";
    this.preview.hidden = !open;
    this.meterField.hidden = !open;
    this.look.hidden = open;
    this.go.hidden = sending;
    this.stop.hidden = !sending;
    this.off.hidden = this.state !== "preview";
    setText(this.status, this.words());
  }

  words() {
    const silent = this.capture && !this.capture.hasSound ? gettext("没有声音：未使用麦克风。") : "";
    switch (this.state) {
      case "preview":
        return gettext("这是预览，只有您能看到。") + silent;
      case "connecting":
        return gettext("正在连接服务器……");
      case "reconnecting":
        return gettext("网络中断，正在自动恢复直播……");
      case "live":
        return [
          this.recording ? gettext("正在直播，并在服务器上录像。") : gettext("正在直播，但录像未能保存，请通知技术人员。"),
          this.slow ? gettext("网络较慢，已降低清晰度。") : "",
          silent,
        ].join("");
      default:
        return gettext("请选择直播内容，先预览，再开始直播。");
    }
  }

  complain(text) {
    this.problem.hidden = !text;
    setText(this.problem, text);
  }

  busy(on) {
    for (const one of [this.look, this.go]) {
      one.disabled = on;
      one.setAttribute("aria-busy", String(on));
    }
  }

  close() {
    this.closeCapture();
    navigator.mediaDevices?.removeEventListener("devicechange", this.onDevices);
    window.removeEventListener("beforeunload", this.onUnload);
    this.root.remove();
  }
}

function field(label, select) {
  return h("p", { class: "field" }, h("label", { for: select.id }, label), select);
}

function button(kind, label, click) {
  return h("button", { type: "button", class: kind, on: { click } }, label);
}

function fill(select, found, unnamed, none) {
  const before = select.value;
  const options = found.map((one, i) =>
    h("option", { value: one.deviceId }, one.label || interpolate(unnamed, [i + 1])));
  // Before permission there are no names and no ids: the browser's own choice.
  if (!options.length) options.push(h("option", { value: "" }, gettext("浏览器默认设备")));
  options.push(h("option", { value: NONE }, none));
  replace(select, options);
  if ([...select.options].some((one) => one.value === before)) select.value = before;
}

/** Say in plain words why the browser gave nothing. */
function refusal(error, source) {
  switch (error.name) {
    case "NotAllowedError":
    case "SecurityError":
      return source === "screen"
        ? gettext("您没有选择要共享的屏幕，或浏览器不允许共享。请再试一次，并在浏览器的提示中选择窗口或屏幕。")
        : gettext("浏览器未获准使用摄像头或麦克风。请点击地址栏旁的图标，允许本网站使用后再试。");
    case "NotFoundError":
    case "OverconstrainedError":
      return gettext("没有找到所选的摄像头或麦克风。请检查是否已连接，或换一个设备。");
    case "NotReadableError":
    case "AbortError":
      return gettext("摄像头或麦克风正被其他程序占用。请关闭其他会议软件后再试。");
    case "TypeError":
      return gettext("请至少选择摄像头或麦克风中的一项。");
    case "InsecureError":
      return gettext("只有通过 https 打开的页面才能使用摄像头和麦克风。");
    case "NoScreenError":
      return gettext("本设备的浏览器不能共享屏幕，请在电脑上使用 Chrome、Edge 或 Firefox。");
    default:
      return interpolate(gettext("无法打开设备：%s"), [error.message || error.name]);
  }
}
