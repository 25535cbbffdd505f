// Speaker and microphone under test.

import { h } from "../room/dom.js";
import { openCamera } from "./capture.js";
import { action, question } from "./device_card.js";
import { Devices } from "./publisher_devices.js";
import { refusal } from "./publisher_words.js";
import { rememberDevices, useSpeaker } from "./speaker.js";

const TONE_HZ = 523;
const TONE_MS = 1500;
const METER_MS = 100;
const HEARD = 0.35;
const SILENT_MS = 8000;
const RECORD_MS = 3000;

/** Play a tone by the chosen speaker, and ask whether it was heard. */
export function mountSpeaker(card) {
  const devices = new Devices({ kinds: ["speaker"], onChange: (_kind, id) => {
    rememberDevices({ speaker: id });
    useSpeaker(sound);
  } });
  const sound = h("audio", { class: "device-tone" });
  const asked = question(gettext("听到“嘟——”的一声了吗？"), {
    yes: gettext("听到了"),
    no: gettext("没听到"),
    onYes: () => card.set("ok", gettext("扬声器正常。")),
    onNo: () => card.set("bad", gettext("请调高系统音量，确认没有静音；插了耳机请戴上，或在上面换一个扬声器，然后再放一次。")),
  });
  const play = action(gettext("播放测试音"), async () => {
    play.disabled = true;
    card.set("busy", gettext("正在播放……"));
    try {
      useSpeaker(sound);
      await playTone(sound);
      asked.hidden = false;
      card.set("busy", "");
    } catch (error) {
      card.set("bad", error.name === "NotAllowedError"
        ? gettext("浏览器不允许本网站播放声音：请点地址栏旁的图标，把“声音”设为允许。")
        : gettext("没有找到可以放出声音的设备：请接上耳机或音箱后再试。"));
    }
    play.disabled = false;
  }, "button button--primary");
  card.add(devices.root, h("div", { class: "actions" }, play), asked, sound);
}

async function playTone(sound) {
  const context = new AudioContext();
  try {
    await context.resume();
    const tone = context.createOscillator();
    const volume = context.createGain();
    tone.frequency.value = TONE_HZ;
    volume.gain.value = 0.3;
    const out = context.createMediaStreamDestination();
    tone.connect(volume).connect(out);
    tone.start();
    sound.srcObject = out.stream;
    await sound.play();
    await after(TONE_MS);
  } finally {
    sound.srcObject = null;
    context.close();
  }
}

/** Show how loud the microphone hears, record three seconds, and play them back. */
export function mountMicrophone(card) {
  const test = new MicrophoneTest(card);
  card.add(test.devices.root, test.meter, test.actions, test.asked, test.sound);
}

class MicrophoneTest {
  constructor(card) {
    this.card = card;
    this.devices = new Devices({ kinds: ["microphone"], onChange: (_kind, id) => {
      rememberDevices({ microphone: id });
      if (this.capture) this.open();
    } });
    this.bar = h("meter", { id: "device-level", min: 0, max: 1, low: 0.2, high: 0.9, optimum: 0.5 });
    this.meter = h("p", { class: "publisher-meter", hidden: true },
      h("label", { for: "device-level" }, gettext("音量")), this.bar);
    this.sound = h("audio", { class: "device-echo" });
    this.start = action(gettext("测试麦克风"), () => this.open(), "button button--primary");
    this.record = action(gettext("录 3 秒，再放给我听"), () => this.echo());
    this.record.hidden = true;
    this.actions = h("div", { class: "actions" }, this.start, this.record);
    this.asked = question(gettext("听到自己的声音了吗？"), {
      yes: gettext("听到了，清楚"),
      no: gettext("没听到，或不清楚"),
      onYes: () => {
        this.close();
        card.set("ok", gettext("麦克风正常，别人能听到您。"));
      },
      onNo: () => card.set("bad", gettext("请靠近麦克风，调高系统的输入音量，或换一个麦克风；也请确认上面的扬声器测试正常。")),
    });
  }

  async open() {
    this.close();
    this.asked.hidden = true;
    this.start.disabled = true;
    this.card.set("busy", gettext("浏览器正在询问能否使用麦克风，请选择“允许”。"));
    try {
      this.capture = await openCamera({ camera: null, microphone: this.devices.value("microphone") });
    } catch (error) {
      this.card.set("bad", refusal(error));
      return;
    } finally {
      this.start.disabled = false;
    }
    this.capture.onended = () => {
      this.close();
      this.card.set("bad", gettext("麦克风断开了，请检查接线后再试。"));
    };
    this.start.hidden = true;
    this.record.hidden = this.meter.hidden = false;
    this.heard = false;
    this.since = Date.now();
    this.timer = setInterval(() => this.listen(), METER_MS);
    this.card.set("busy", gettext("请说一句话，音量条应当跳动。"));
    await this.devices.list();
    this.devices.set("microphone", this.capture.using("microphone"));
  }

  listen() {
    const level = this.capture.level();
    this.bar.value = level;
    if (this.heard || this.recording || this.card.result === "ok") return;
    if (level > HEARD) {
      this.heard = true;
      this.card.set("ok", gettext("听到您的声音了。再录 3 秒听听自己，确认清楚。"));
    } else if (Date.now() - this.since > SILENT_MS && this.card.result !== "warn") {
      this.card.set("warn", gettext("一直没有听到声音：请检查麦克风或耳机上的静音开关，或换一个麦克风。"));
    }
  }

  async echo() {
    this.record.disabled = true;
    this.recording = true;
    this.card.set("busy", gettext("正在录音，请说话……"));
    try {
      const made = await recorded(this.capture.stream);
      this.card.set("busy", gettext("正在播放刚才的录音……"));
      const address = URL.createObjectURL(made);
      this.sound.src = address;
      useSpeaker(this.sound);
      await this.sound.play();
      await Promise.race([after(RECORD_MS * 2),
        new Promise((done) => this.sound.addEventListener("ended", done, { once: true }))]);
      URL.revokeObjectURL(address);
      this.asked.hidden = false;
      this.card.set("busy", "");
    } catch {
      this.card.set("warn", gettext("此浏览器不能录音试听；音量条跳动即表示麦克风可用。"));
    }
    this.recording = false;
    this.record.disabled = false;
  }

  close() {
    clearInterval(this.timer);
    this.capture?.close();
    this.capture = null;
    this.start.hidden = false;
    this.record.hidden = this.meter.hidden = true;
  }
}

/** Three seconds of a stream's sound, as a Blob; nothing of it leaves the browser. */
async function recorded(stream) {
  const recorder = new MediaRecorder(new MediaStream(stream.getAudioTracks()));
  const pieces = [];
  recorder.ondataavailable = ({ data }) => pieces.push(data);
  const stopped = new Promise((done) => (recorder.onstop = done));
  recorder.start();
  await after(RECORD_MS);
  recorder.stop();
  await stopped;
  return new Blob(pieces, { type: recorder.mimeType });
}

function after(ms) {
  return new Promise((done) => setTimeout(done, ms));
}
