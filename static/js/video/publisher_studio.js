// Camera and microphone of whoever publishes: opened once, watched, changed while live.

import { h, setText } from "../room/dom.js";
import { openCamera } from "./capture.js";
import { Devices } from "./publisher_devices.js";
import { Lane } from "./publisher_lane.js";
import { lostDevice, refusal } from "./publisher_words.js";
import { rememberDevices, useSpeaker } from "./speaker.js";

const METER_MS = 100;
const HEARD = 0.35; // a voice; a quiet room stays below
const SILENT = 0.05;
const SILENT_MS = 8000;

let mounted = 0;

/**
 * The parts of a panel (`devices`, `preview`, `meter`, `problem`, `note`, `lane`) and what they
 * do together; the panel arranges them. `onChange()` is called when anything changed.
 */
export class Studio {
  constructor({ meeting, kinds, optional, initial = {}, onChange }) {
    Object.assign(this, { meeting, onChange, capture: null, opening: false, heard: false, lastHeard: 0 });
    this.keeps = (kind) => !(kind in initial);
    this.devices = new Devices({ kinds, optional, initial,
      onChange: (kind, id) => this.choose(kind, id) });
    this.preview = h("video", { muted: true, playsinline: true, autoplay: true,
      class: "publisher-preview", "aria-label": gettext("预览"), hidden: true });
    this.preview.muted = true;
    const id = `studio-${++mounted}-meter`;
    this.bar = h("meter", { id, min: 0, max: 1, low: 0.2, high: 0.9, optimum: 0.5 });
    this.meter = h("p", { class: "publisher-meter", hidden: true },
      h("label", { for: id }, gettext("音量")), this.bar);
    this.problem = h("p", { class: "notice notice--bad", role: "alert", hidden: true });
    this.note = h("p", { class: "notice notice--warn", role: "status", hidden: true });
    this.lane = new Lane({ meeting, source: "camera", onChange: () => this.laneChanged() });
    useSpeaker();
  }

  /** Open what is chosen, once; resolves to whether it is open. */
  async open() {
    if (this.capture || this.opening) return Boolean(this.capture);
    this.complain("");
    this.opening = true;
    this.onChange();
    try {
      this.capture = await this.openChosen();
    } catch (error) {
      this.complain(refusal(error));
    }
    this.opening = false;
    if (this.capture) this.opened();
    this.onChange();
    return Boolean(this.capture);
  }

  async openChosen() {
    const chosen = {
      camera: this.devices.value("camera"),
      microphone: this.devices.value("microphone"),
    };
    try {
      return await openCamera(chosen);
    } catch (error) {
      if (error.name !== "OverconstrainedError") throw error;
      // A device of last time that is not there today: what there is does as well.
      const any = (id) => (id === null ? null : "");
      return openCamera({ camera: any(chosen.camera), microphone: any(chosen.microphone) });
    }
  }

  opened() {
    this.capture.onended = (lost) => this.fallBack(lost);
    this.lastHeard = Date.now();
    this.measure = setInterval(() => this.listen(), METER_MS);
    this.shown();
  }

  /** Show what is used now, by name: names are known only after permission. */
  async shown() {
    const { capture } = this;
    this.preview.srcObject = capture.stream;
    await this.devices.list();
    for (const kind of ["camera", "microphone"]) this.devices.set(kind, capture.using(kind));
    this.onChange();
  }

  listen() {
    const level = this.capture?.level() ?? 0;
    this.bar.value = level;
    if (level > SILENT || this.capture?.muted) this.lastHeard = Date.now();
    const silent = this.capture?.hasSound && Date.now() - this.lastHeard > SILENT_MS;
    if (silent !== this.silent || (level > HEARD && !this.heard)) {
      this.silent = silent;
      this.heard ||= level > HEARD;
      this.onChange();
    }
  }

  /** Another device was chosen: used at once if something is open, live or not. */
  async choose(kind, id) {
    if (this.keeps(kind)) rememberDevices({ [kind]: id });
    if (kind === "speaker") useSpeaker();
    if (kind === "speaker" || !this.capture) return;
    this.complain("");
    this.say("");
    const other = kind === "camera" ? "microphone" : "camera";
    if (id === null && this.capture.using(other) === null) {
      this.complain(refusal({ name: "TypeError" }));
      this.devices.set(kind, this.capture.using(kind));
      return;
    }
    await this.change(kind, id).catch((error) => this.complain(refusal(error)));
    await this.shown();
  }

  async change(kind, id) {
    await this.capture.change(kind, id);
    this.heard = false;
    this.lane.replace(this.capture.stream);
  }

  /** A device went away by itself: another of its kind takes its place, or the rest goes on. */
  async fallBack({ kind, label }) {
    const { capture } = this;
    const others = Object.keys(capture.tracks).filter((one) => one !== kind && capture.tracks[one]);
    let another = null;
    try {
      await this.change(kind, "");
      another = capture.tracks[kind].label;
    } catch {
      if (!others.length) {
        this.close();
        this.complain(gettext("摄像头或麦克风断开了，请检查设备后重新开始。"));
        return;
      }
      await this.change(kind, null);
    }
    if (capture !== this.capture) return;
    this.say(lostDevice(kind, label, another));
    await this.shown();
  }

  /** Go live; with `resume` go on with the broadcast of before. */
  async goLive({ resume = null } = {}) {
    if (this.lane.busy || !(await this.open())) return;
    this.say("");
    // Who had closed the microphone is not heard again because the page was loaded again.
    if (resume && this.wasMuted()) this.setMuted(true);
    await this.lane.go(this.capture.stream, { resume });
  }

  setMuted(muted) {
    this.capture?.setMuted(muted);
    try {
      sessionStorage.setItem(`muted:${this.meeting}`, String(muted));
    } catch {
      // Then a reload opens it.
    }
    this.onChange();
  }

  wasMuted() {
    try {
      return sessionStorage.getItem(`muted:${this.meeting}`) === "true";
    } catch {
      return false;
    }
  }

  laneChanged() {
    if (this.lane.message) this.complain(this.lane.message);
    this.onChange();
  }

  complain(text) {
    this.problem.hidden = !text;
    setText(this.problem, text);
  }

  say(text) {
    this.note.hidden = !text;
    setText(this.note, text);
  }

  /** What is wrong with the sound, or nothing. */
  soundWords() {
    if (!this.capture) return "";
    if (!this.capture.hasSound) return gettext("没有声音：未使用麦克风。");
    if (this.capture.muted) return gettext("麦克风已关闭，别人听不到您。");
    return this.silent ? gettext("一直没有听到声音，请检查麦克风是否静音，或换一个麦克风。") : "";
  }

  /** Let go of camera and microphone; what is live stops. */
  async close() {
    const { capture } = this;
    this.capture = null;
    clearInterval(this.measure);
    this.preview.srcObject = null;
    this.bar.value = 0;
    this.heard = this.silent = false;
    this.onChange();
    await this.lane.stop(); // the last slice goes up before its tracks end
    capture?.close();
  }

  /** Take the parts away for good. */
  async leave() {
    this.devices.close();
    await this.close();
    this.lane.close();
  }
}
