// What the player says, in plain words.

import { say } from "../room/dom.js";

/** What covers the picture in a state; `theirs` when it is the publishers' network that broke. */
export function stateWords(state, { theirs = false } = {}) {
  switch (state) {
    case "off":
      return gettext("目前没有直播。主持人开播后，画面会自动出现在这里。");
    case "connecting":
      return gettext("正在连接直播……");
    case "reconnecting":
      return theirs
        ? gettext("主持人的网络中断，正在等待恢复……")
        : gettext("您的网络中断，正在重新连接直播……");
    case "unsupported":
      return gettext("您的浏览器不能播放本场直播的视频格式。请改用新版 Chrome、Edge 或 Firefox；表决等其他功能不受影响。");
    default:
      return "";
  }
}

/** Who a stream is: "张三（管理人）", "甲公司 李明". */
export function whoWords(stream) {
  const roles = { administrator: gettext("管理人"), judge: gettext("法官") };
  if (roles[stream.role]) {
    return say(gettext("%(name)s（%(role)s）"), { name: stream.publisher, role: roles[stream.role] });
  }
  return [stream.creditor_name, stream.publisher].filter(Boolean).join(" ");
}

/** What a stream shows, as a sentence for those who do not see it. */
export function aboutWords(stream) {
  const text =
    stream.source === "screen" ? gettext("%(name)s正在共享屏幕") : gettext("%(name)s正在直播");
  return say(text, { name: stream.publisher });
}

/** The choices of quality with what they mean. */
export function qualityWords() {
  return {
    auto: [gettext("自动（推荐）"), gettext("随网络快慢调整。")],
    full: [gettext("清晰"), gettext("始终用最清晰的画面。")],
    low: [gettext("省流量"), gettext("画面较小，约每小时 100 MB。")],
    audio: [gettext("只听声音"), gettext("最省流量；文件、表决照常使用。")],
  };
}

/** The choices of layout with what they mean. */
export function layoutWords() {
  return {
    auto: [gettext("自动"), gettext("放大共享的屏幕，或正在发言的人。")],
    main: [gettext("固定放大一个画面"), ""],
    equal: [gettext("所有画面一样大"), ""],
  };
}

/** What is said of the quality beside the picture; "" when there is nothing to say. */
export function noteWords({ rung, lowered, transport }) {
  if (lowered && rung === "audio") {
    return gettext("网络较慢，暂时只有声音，好转后画面自动恢复。");
  }
  if (lowered) return gettext("网络较慢，已降低清晰度。");
  if (transport === "hls") return gettext("已改用兼容方式播放，约晚几秒。");
  return "";
}
