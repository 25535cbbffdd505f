// The test of devices before the meeting: five cards and one line that sums them up.

import { say, setText } from "../room/dom.js";
import { Card } from "./device_card.js";
import { mountLine } from "./device_line.js";
import { mountCamera, mountPlayback } from "./device_picture.js";
import { mountMicrophone, mountSpeaker } from "./device_sound.js";

const page = document.querySelector("[data-device]");
const summary = page.querySelector("[data-summary]");
const options = {
  meeting: page.dataset.meeting,
  mostBytes: Number(page.dataset.mostBytes),
  publishes: "publishes" in page.dataset,
};
const cards = [];

function card(mount, texts) {
  const made = new Card({ ...texts, onResult: sumUp });
  cards.push(made);
  page.querySelector("[data-cards]").append(made.root);
  mount(made, options);
}

function sumUp() {
  const [kind, words] = judged();
  summary.className = `notice notice--${kind} device-summary`;
  setText(summary, words);
}

function judged() {
  const named = (...results) =>
    cards.filter((one) => results.includes(one.result)).map((one) => one.title).join(gettext("、"));
  const bad = named("bad");
  if (bad) return ["bad", say(gettext("需要处理：%(what)s。请按下面的提示操作后再测一次。"), { what: bad })];
  const open = cards.filter((one) => ["none", "busy"].includes(one.result) && !one.optional);
  if (open.length) {
    const what = open.map((one) => one.title).join(gettext("、"));
    return ["warn", say(gettext("还没有测完：%(what)s。"), { what })];
  }
  const warned = named("warn");
  if (warned) return ["warn", say(gettext("可以参加会议，但请注意：%(what)s。"), { what: warned })];
  return ["ok", gettext("全部正常，可以参加会议。")];
}

card(mountPlayback, { title: gettext("播放直播") });
card(mountLine, { title: gettext("网络") });
card(mountSpeaker, { title: gettext("扬声器") });
card(mountMicrophone, {
  title: gettext("麦克风"),
  about: gettext("获准发言时使用。录音只在您的浏览器里，不会上传。"),
});
card(mountCamera, {
  title: gettext("摄像头"),
  about: options.publishes ? "" : gettext("发言时可以不用摄像头。"),
  optional: !options.publishes,
});
