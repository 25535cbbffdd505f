// The line between this browser and the server: delay, and how much goes each way in a second.

import { say } from "../room/dom.js";
import { action } from "./device_card.js";

const PINGS = 5;
const FIRST_BYTES = 64 * 1024;
const LONG_ENOUGH_MS = 800;
const PATIENCE_MS = 20_000;

// Mbit/s. A picture takes about 1.3, the small one and sound 0.25, sound alone 0.1.
const PICTURE = 1.6;
const SMALL = 0.4;
const SOUND = 0.12;
const SLOW_MS = 400;

/** Measure the line to a meeting and tell it in `card`. */
export function mountLine(card, { meeting, mostBytes, publishes }) {
  const again = action(gettext("重新测速"), () => run());
  card.add(again);

  async function run() {
    again.disabled = true;
    card.set("busy", gettext("正在测速，大约需要 10 秒……"));
    try {
      const line = new Line(meeting, mostBytes);
      const delay = await line.delay();
      const down = await line.down();
      const up = await line.up();
      card.set(...judge({ delay, down, up, publishes }));
    } catch (error) {
      card.set("bad", error.plain ?? gettext("测速没有完成：网络中断或太慢。请检查网络，或换用其他网络（例如手机热点）后再测。"));
    } finally {
      again.disabled = false;
    }
  }

  run();
}

/** Measures with real requests; `delay` in ms, `down` and `up` in Mbit/s. */
export class Line {
  constructor(meeting, mostBytes) {
    this.base = `/meetings/${encodeURIComponent(meeting)}/device/`;
    this.mostBytes = mostBytes;
  }

  async delay() {
    const took = [];
    for (let i = 0; i < PINGS; i++) took.push(await this.fetched(0));
    this.way = took.sort((a, b) => a - b)[Math.floor(PINGS / 2)];
    return Math.round(this.way);
  }

  down() {
    return this.growing((bytes) => this.fetched(bytes));
  }

  up() {
    return this.growing((bytes) => this.sent(noise(bytes)));
  }

  /** Larger and larger pieces, until one takes long enough to be told from the delay. */
  async growing(carry) {
    let best = 0;
    for (let bytes = FIRST_BYTES; ; bytes = Math.min(this.mostBytes, bytes * 4)) {
      const took = await carry(bytes);
      // The way there and back is no part of the speed.
      best = Math.max(best, (bytes * 8) / 1000 / (took - Math.min(this.way, took / 2)));
      if (took >= LONG_ENOUGH_MS || bytes === this.mostBytes) return best;
    }
  }

  async fetched(bytes) {
    const began = performance.now();
    const answer = await this.ask(`download/?bytes=${bytes}`, {});
    await answer.arrayBuffer();
    return performance.now() - began;
  }

  async sent(body) {
    const began = performance.now();
    const answer = await this.ask("upload/", {
      method: "POST",
      body,
      headers: { "Content-Type": "application/octet-stream", "X-CSRFToken": token() },
    });
    const { bytes } = await answer.json();
    if (bytes !== body.byteLength) throw new Error("some of it was lost on the way");
    return performance.now() - began;
  }

  async ask(path, { headers = {}, ...options }) {
    const answer = await fetch(this.base + path, {
      ...options,
      headers: { Accept: "application/json", ...headers },
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (answer.ok) return answer;
    const said = await answer.json().catch(() => null);
    throw Object.assign(new Error(String(answer.status)), { plain: said?.error?.message });
  }
}

/** What the figures mean: a result and words. */
export function judge({ delay, down, up, publishes }) {
  const figures = say(gettext("下载 %(down)s Mbit/s，上传 %(up)s Mbit/s，延迟 %(delay)s 毫秒。"), {
    down: rounded(down), up: rounded(up), delay,
  });
  const lines = [figures];
  const results = [];
  const find = (result, words) => {
    results.push(result);
    if (words) lines.push(words);
  };
  if (down < SOUND) find("bad", gettext("下载太慢，直播可能断断续续：请换用其他网络，或靠近无线路由器。"));
  else if (down < SMALL) find("warn", gettext("下载较慢：建议看直播时选“仅声音”，文件和表决不受影响。"));
  else if (down < PICTURE) find("warn", gettext("下载一般：直播会自动降低清晰度。"));
  else find("ok", gettext("收看直播没有问题。"));
  if (up < SOUND) find(publishes ? "bad" : "warn", gettext("上传太慢，发言时别人可能听不清：请换用其他网络后再测。"));
  else if (up < SMALL) find("warn", gettext("上传较慢：发言时请只用声音，不要打开摄像头。"));
  else if (up < PICTURE && publishes) find("warn", gettext("上传一般：直播会自动降低清晰度，共享屏幕时建议关闭摄像头。"));
  else find("ok", gettext("发言和直播的上传没有问题。"));
  if (delay > SLOW_MS) find("warn", gettext("延迟较高：对话会有停顿，请尽量使用有线网络。"));
  const worst = ["bad", "warn", "ok"].find((one) => results.includes(one));
  return [worst, lines.join("")];
}

function rounded(megabits) {
  return megabits >= 10 ? Math.round(megabits) : megabits.toFixed(megabits < 1 ? 2 : 1);
}

/** Bytes that no proxy makes smaller. */
function noise(bytes) {
  const all = new Uint8Array(bytes);
  for (let from = 0; from < bytes; from += 65536) {
    crypto.getRandomValues(all.subarray(from, Math.min(bytes, from + 65536)));
  }
  return all;
}

function token() {
  return document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
}
