// What the publisher's panels say.

import { say } from "../room/dom.js";

/** How long something lasts already, from a moment (ms since 1970): "3:07", "1:02:45". */
export function lasting(since, now = Date.now()) {
  return clock((now - since) / 1000);
}

/** Seconds as "3:07" or "1:02:45". */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (number) => String(number).padStart(2, "0");
  const minutes = Math.floor(whole / 60) % 60;
  const hours = Math.floor(whole / 3600);
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** Say in plain words why the browser gave nothing. */
export function refusal(error, source = "camera") {
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

/** Say that a device went away, and what goes on in its place (a label, or null for nothing). */
export function lostDevice(kind, label, another) {
  const name = label || (kind === "camera" ? gettext("摄像头") : gettext("麦克风"));
  if (another !== null) {
    return say(gettext("“%(old)s”断开了，已换用“%(another)s”。"), { old: name, another });
  }
  return kind === "camera"
    ? say(gettext("“%(old)s”断开了，没有其他摄像头：现在只有声音。接好后请重新选择。"), { old: name })
    : say(gettext("“%(old)s”断开了，没有其他麦克风：现在没有声音。接好后请重新选择。"), { old: name });
}
