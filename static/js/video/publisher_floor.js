// The bar of a creditor who was given the floor: try the microphone, speak, see the time left.

import { secondsUntil } from "../room/clock.js";
import { h, say, sentences, setAttribute, setText } from "../room/dom.js";
import { granted } from "./capture.js";
import { laneWords } from "./publisher_lane.js";
import { Studio } from "./publisher_studio.js";
import { clock } from "./publisher_words.js";

const SECOND_MS = 1000;
const WARN_S = 30;

/**
 * Show the bar in `container` whenever the person has the floor of the meeting (its slug); it
 * stays until the floor ends. Call `update()` when the sections `floor` or `me` of `room.state`
 * changed. Returns {update(), close()}.
 */
export function mountFloorPublisher(container, { meeting, room }) {
  let bar = null;
  const update = () => {
    const mine = floorOf(room.state);
    if (bar && bar.id !== mine?.id) {
      bar.leave();
      bar = null;
    }
    container.hidden = !mine;
    if (!mine) return;
    bar ??= new FloorBar(container, meeting, room, mine.id);
    bar.update(mine);
  };
  update();
  return {
    update,
    close() {
      bar?.leave();
      bar = null;
      container.hidden = true;
    },
  };
}

/** The granted request of the person, or null. */
export function floorOf({ floor, me }) {
  const mine = (one) => one.state === "granted" && one.person === me?.person.id;
  return Object.values(floor ?? {}).find(mine) ?? null;
}

class FloorBar {
  constructor(container, meeting, room, id) {
    Object.assign(this, { container, room, id, ready: false });
    this.studio = new Studio({
      meeting,
      kinds: ["microphone", "camera"],
      optional: ["camera"],
      initial: { camera: null }, // a picture is the speaker's own choice, each time
      onChange: () => this.show(),
    });
    this.build();
    container.replaceChildren(this.root);
    this.timer = setInterval(() => this.showTime(), SECOND_MS);
    this.onUnload = (event) => this.studio.lane.busy && event.preventDefault();
    window.addEventListener("beforeunload", this.onUnload);
    room.announce(gettext("轮到您发言了。请在页面上方试好麦克风，然后点“开始发言”。"));
    this.begin();
  }

  build() {
    const { studio } = this;
    this.title = h("p", { class: "floor-title" });
    this.left = h("p", { class: "floor-left" });
    this.words = h("p", { class: "publisher-status", role: "status" });
    this.again = button("button", gettext("打开麦克风"), () => studio.open());
    this.go = button("button button--primary", gettext("开始发言"), () => studio.goLive());
    this.mute = button("button", "", () => studio.setMuted(!studio.capture.muted));
    this.end = button("button", gettext("结束发言"), () => this.giveBack());
    this.more = h("details", { class: "floor-devices" },
      h("summary", {}, gettext("更换麦克风，或打开摄像头")), studio.devices.root);
    this.root = h("section", { class: "publisher floor-bar", "aria-label": gettext("我的发言") },
      h("div", { class: "publisher-head" }, this.title, studio.lane.root, this.left),
      studio.problem, studio.note, this.words, studio.meter, studio.preview,
      h("div", { class: "actions" }, this.again, this.go, this.mute, this.end), this.more);
  }

  /** Ask for the microphone at once: the time runs. After a reload, go on. */
  async begin() {
    const { before } = this.studio.lane;
    if (before && (await granted("microphone"))) await this.studio.goLive({ resume: before });
    else await this.studio.open();
  }

  update(request) {
    this.request = request;
    setText(this.title, say(gettext("请您发言：%(topic)s"), { topic: request.topic }));
    this.showTime();
    this.show();
  }

  showTime() {
    if (!this.request?.ends_at) return;
    const rest = Math.ceil(secondsUntil(this.request.ends_at));
    setText(this.left, say(gettext("剩余 %(time)s"), { time: clock(rest) }));
    setAttribute(this.left, "data-last", rest <= WARN_S ? "true" : null);
    if (rest <= WARN_S && rest > 0 && !this.warned) {
      this.warned = true;
      this.room.announce(say(gettext("发言时间还剩 %(n)s 秒。"), { n: rest }));
    }
    if (rest > WARN_S) this.warned = false;
  }

  show() {
    const { studio } = this;
    if (!this.root) return;
    const { capture, opening, lane } = studio;
    this.root.dataset.state = lane.busy ? lane.state : capture ? "preview" : "off";
    studio.meter.hidden = !capture;
    studio.preview.hidden = !capture?.hasPicture;
    this.again.hidden = Boolean(capture) || lane.busy;
    this.again.disabled = opening;
    this.go.hidden = !capture || lane.busy;
    this.mute.hidden = !lane.busy || !capture?.hasSound;
    setText(this.mute, capture?.muted ? gettext("打开麦克风") : gettext("关闭麦克风"));
    setText(this.words, this.said());
  }

  said() {
    const { capture, opening, lane, heard } = this.studio;
    if (lane.state === "live") {
      return sentences(gettext("大家正在听您发言。"), laneWords(lane), this.studio.soundWords());
    }
    if (lane.busy) return laneWords(lane);
    if (opening) return gettext("浏览器正在询问能否使用麦克风，请选择“允许”。");
    if (!capture) return gettext("请先打开麦克风。");
    const trouble = this.studio.soundWords();
    if (trouble) return trouble;
    return heard
      ? gettext("听到您的声音了。点“开始发言”，所有人都能听到您。")
      : gettext("请说一句话试试麦克风；现在还没有人能听到。");
  }

  /** Stop, and give the floor back. */
  async giveBack() {
    this.end.disabled = true;
    await this.studio.close();
    try {
      await this.room.command("lower_hand", {});
    } catch (refusal) {
      this.studio.complain(refusal.message);
      this.end.disabled = false;
    }
  }

  leave() {
    clearInterval(this.timer);
    window.removeEventListener("beforeunload", this.onUnload);
    this.root.remove();
    this.studio.leave();
  }
}

function button(kind, label, click) {
  return h("button", { type: "button", class: kind, on: { click } }, label);
}
