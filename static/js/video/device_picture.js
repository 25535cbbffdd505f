// The camera under test, and whether this browser can play and make live video at all.

import { h } from "../room/dom.js";
import { openCamera } from "./capture.js";
import { action } from "./device_card.js";
import { canPlayHls } from "./hls_stage.js";
import { canFeed } from "./mse.js";
import { Devices } from "./publisher_devices.js";
import { refusal } from "./publisher_words.js";
import { rememberDevices } from "./speaker.js";

const LOOK_MS = 250;
const PATIENCE_MS = 6000;
const DARK = 12; // of 255: a lens that is covered

const RECORDED = [
  "video/x-matroska;codecs=avc1,opus",
  "video/webm;codecs=vp8,opus",
  "video/webm;codecs=vp9,opus",
];

/** Tell by which way this browser plays live video. */
export function mountPlayback(card) {
  const feeds = canFeed();
  const hls = canPlayHls();
  if (feeds) card.set("ok", gettext("此浏览器可以低延迟收看直播；网络受限时会自动改用 HLS。"));
  else if (hls) card.set("ok", gettext("此浏览器以 HLS 方式收看直播，画面会晚几秒。"));
  else card.set("bad", gettext("此浏览器不能播放直播：请换用新版 Chrome、Edge、Firefox 或 Safari。文件和表决不受影响。"));
  card.root.dataset.way = feeds ? "mse" : hls ? "hls" : "none";
}

/** Show the camera to its owner, and look whether there is a picture. */
export function mountCamera(card, { publishes }) {
  const test = new CameraTest(card, publishes);
  card.add(test.devices.root, test.preview, h("div", { class: "actions" }, test.start, test.stop));
}

class CameraTest {
  constructor(card, publishes) {
    Object.assign(this, { card, publishes });
    this.devices = new Devices({ kinds: ["camera"], onChange: (_kind, id) => {
      rememberDevices({ camera: id });
      if (this.capture) this.open();
    } });
    this.preview = h("video", { muted: true, playsinline: true, autoplay: true, hidden: true,
      class: "publisher-preview", "aria-label": gettext("预览") });
    this.preview.muted = true;
    this.start = action(gettext("打开摄像头"), () => this.open(), "button button--primary");
    this.stop = action(gettext("关闭摄像头"), () => this.close());
    this.stop.hidden = true;
  }

  async open() {
    this.close();
    this.start.disabled = true;
    this.card.set("busy", gettext("浏览器正在询问能否使用摄像头，请选择“允许”。"));
    try {
      this.capture = await openCamera({ camera: this.devices.value("camera"), microphone: null });
    } catch (error) {
      this.card.set(this.publishes ? "bad" : "warn", refusal(error));
      return;
    } finally {
      this.start.disabled = false;
    }
    this.capture.onended = () => {
      this.close();
      this.card.set("bad", gettext("摄像头断开了，请检查接线后再试。"));
    };
    this.preview.srcObject = this.capture.stream;
    this.preview.hidden = this.stop.hidden = false;
    this.start.hidden = true;
    this.look();
    await this.devices.list();
    this.devices.set("camera", this.capture.using("camera"));
  }

  /** Wait for a picture that is not black. */
  look() {
    const until = Date.now() + PATIENCE_MS;
    clearInterval(this.looking);
    this.looking = setInterval(() => {
      const light = brightness(this.preview);
      if (light > DARK) this.found(...this.seen());
      else if (Date.now() > until) this.found("bad", light === null
        ? gettext("摄像头没有送来画面：请关闭其他正在使用它的程序，或换一个摄像头。")
        : gettext("画面是黑的：请打开镜头盖，或检查光线。"));
    }, LOOK_MS);
  }

  seen() {
    if (!this.publishes || RECORDED.some((one) => window.MediaRecorder?.isTypeSupported(one))) {
      return ["ok", gettext("摄像头正常。请看看画面是否清楚、光线是否足够。")];
    }
    return ["bad", gettext("摄像头正常，但此浏览器不能直播：请换用新版 Chrome 或 Edge。")];
  }

  found(result, words) {
    clearInterval(this.looking);
    this.card.set(result, words);
  }

  close() {
    clearInterval(this.looking);
    this.capture?.close();
    this.capture = null;
    this.preview.srcObject = null;
    this.preview.hidden = this.stop.hidden = true;
    this.start.hidden = false;
  }
}

/** How bright a <video> is, 0 to 255; null while it shows nothing. */
function brightness(video) {
  if (video.readyState < 2 || !video.videoWidth) return null;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 16;
  const paper = canvas.getContext("2d", { willReadFrequently: true });
  paper.drawImage(video, 0, 0, 16, 16);
  const { data } = paper.getImageData(0, 0, 16, 16);
  let sum = 0;
  for (let i = 0; i < data.length; i += 4) sum += data[i] + data[i + 1] + data[i + 2];
  return sum / (data.length / 4) / 3;
}
