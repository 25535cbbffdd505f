// The choice of camera, microphone and speaker, remembered for the next page.

import { h, replace } from "../room/dom.js";
import { devices } from "./capture.js";
import { chosenDevices } from "./speaker.js";

const NONE = "none";
const SYSTEM = ["default", "communications"];

let mounted = 0;

/**
 * Lists to choose from. `kinds` are those shown, of "camera", "microphone", "speaker";
 * `optional` those that may be left out; `initial` is chosen at first in place of what is
 * remembered. `onChange(kind, id)`: id null for none.
 */
export class Devices {
  constructor({ kinds, optional = [], initial = {}, onChange }) {
    const id = `devices-${++mounted}`;
    const before = { ...chosenDevices(), ...initial };
    this.optional = optional;
    this.selects = {};
    this.fields = {};
    for (const kind of kinds) {
      const select = h("select", { id: `${id}-${kind}` });
      select.addEventListener("change", () => {
        delete select.dataset.wanted;
        onChange(kind, this.value(kind));
      });
      this.selects[kind] = select;
      this.fields[kind] = h("p", { class: "field" },
        h("label", { for: select.id }, LABELS[kind]()), select);
      this.fill(kind, []);
      this.set(kind, before[kind]);
    }
    // Where the browser cannot choose a speaker, the system's is used and there is nothing to ask.
    if (this.fields.speaker && !HTMLMediaElement.prototype.setSinkId) this.fields.speaker.remove();
    this.root = h("div", { class: "form publisher-devices" }, Object.values(this.fields));
    this.onDevices = () => this.list();
    navigator.mediaDevices?.addEventListener("devicechange", this.onDevices);
    this.list();
  }

  /** What is chosen of a kind: an id, "" for the browser's choice, null for none. */
  value(kind) {
    const { value, dataset } = this.selects[kind];
    // Until the browser names its devices, a remembered one is asked for unseen.
    return value === NONE ? null : value || dataset.wanted || "";
  }

  /** Show what is used of a kind. */
  set(kind, id) {
    const select = this.selects[kind];
    const value = id === null ? NONE : id;
    if (select && [...select.options].some((one) => one.value === value)) select.value = value;
    else if (select && value && value !== NONE) select.dataset.wanted = value;
  }

  async list() {
    const found = await devices().catch(() => ({ cameras: [], microphones: [], speakers: [] }));
    // The system's own choice is in the list already, as what stands when nothing is chosen.
    found.speakers = found.speakers.filter((one) => !SYSTEM.includes(one.deviceId));
    for (const kind of Object.keys(this.selects)) this.fill(kind, found[`${kind}s`]);
  }

  fill(kind, found) {
    const select = this.selects[kind];
    const before = select.dataset.wanted ?? select.value;
    const options = found.map((one, i) =>
      h("option", { value: one.deviceId }, one.label || interpolate(UNNAMED[kind](), [i + 1])));
    // Before permission there are no names and no ids: the browser's own choice.
    if (!options.length || kind === "speaker") {
      options.unshift(h("option", { value: "" }, gettext("浏览器默认设备")));
    }
    if (this.optional.includes(kind)) options.push(h("option", { value: NONE }, WITHOUT[kind]()));
    replace(select, options);
    if ([...select.options].some((one) => one.value === before)) {
      select.value = before;
      delete select.dataset.wanted;
    }
  }

  close() {
    navigator.mediaDevices?.removeEventListener("devicechange", this.onDevices);
  }
}

const LABELS = {
  camera: () => gettext("摄像头"),
  microphone: () => gettext("麦克风"),
  speaker: () => gettext("扬声器"),
};

const UNNAMED = {
  camera: () => gettext("摄像头 %s"),
  microphone: () => gettext("麦克风 %s"),
  speaker: () => gettext("扬声器 %s"),
};

const WITHOUT = {
  camera: () => gettext("不使用摄像头，只有声音"),
  microphone: () => gettext("不使用麦克风"),
};
