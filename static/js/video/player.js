// The meeting's live video as everybody sees it: several streams at once, arranged by the
// meeting's director or by the viewer.

import { replace, setAttribute, setText } from "../room/dom.js";
import { makeCaptions } from "./player_captions.js";
import { arrange, nameOf } from "./player_layout.js";
import { Media } from "./player_media.js";
import { makeSettings } from "./player_settings.js";
import { recall, remember } from "./player_shelf.js";
import { Speaking } from "./player_speaking.js";
import { makeView } from "./player_view.js";
import { noteWords, stateWords } from "./player_words.js";
import { Tile } from "./tiles.js";

const OFF = { state: "off", streams: {} };
const TICK_MS = 250;
const BLINK_MS = 2500; // a picture that stands so briefly is nobody's business
const PHONE_PX = 520;

/**
 * Show the live video of a meeting (its slug) in `container`. `onState` is told
 * {state: "off" | "connecting" | "live" | "reconnecting" | "unsupported", publisher, source}.
 * `room` is the room's object ({state, can(name), command(type, data)}): with it come captions,
 * the director's choices, and one's own stream without its sound. `talk` gives the streams of a
 * conversation: {get(id): MediaStream or null, level?(id): 0..100, onchange}; those are shown
 * instead of what the server passes on. `plain` is for a screen without controls.
 * Returns {update(videoState), close()}.
 */
export function mountPlayer(container, options) {
  const player = new Player(container, options);
  return {
    update: (video) => player.hint(video),
    close: () => player.close(),
  };
}

class Player {
  constructor(container, { meeting, onState = () => {}, room = null, talk = null, plain = false }) {
    Object.assign(this, { container, meeting, onState, room, talk, plain });
    this.known = OFF;
    this.muted = false;
    this.refused = false;
    this.liveAt = -Infinity;
    this.tiles = new Map();
    this.layout = { mode: "main", main: null, order: [], following: true };
    this.own = plain ? null : recall(`${meeting}:layout`);
    this.wantsCaptions = plain || (recall("captions") ?? true);
    this.speaking = new Speaking();
    this.build();
    this.media = new Media(meeting, {
      choice: plain ? "auto" : (recall("quality") ?? "auto"),
      talk,
      handlers: {
        know: (video) => this.know(video),
        heard: (id, level) => this.speaking.heard(id, level, performance.now()),
        changed: () => this.media && this.sync(),
      },
    });
    if (talk) talk.onchange = () => this.sync();
    this.timer = setInterval(() => this.tick(), TICK_MS);
    this.resized = new ResizeObserver(() => this.sync());
    this.resized.observe(this.view.root);
    this.sync();
  }

  build() {
    this.captions = makeCaptions(() => this.wantsCaptions);
    this.settings = makeSettings({
      quality: (choice) => {
        remember("quality", choice === "auto" ? null : choice);
        this.media.choose(choice);
      },
      layout: (own) => this.chooseLayout(own),
      direct: (layout) => this.room.command("set_layout", layout),
    });
    this.view = makeView({
      captions: this.captions,
      settings: this.settings,
      plain: this.plain,
      handlers: {
        sound: () => this.setMuted(false),
        mute: () => this.setMuted(!this.muted),
        captions: () => this.setCaptions(!this.wantsCaptions),
        follow: () => this.chooseLayout(null),
        settings: () => this.show(),
        full: () => this.view.toggleFullscreen(this.mainTile?.video),
      },
    });
    this.before = [...this.container.childNodes];
    replace(this.container, this.view.root);
  }

  // --- what is known and chosen ---

  /** What the room knows: of use only while our own line is down. */
  hint(video) {
    this.captions.update(this.room?.state.captions);
    if (!this.media.connected) this.know(video);
    else this.show();
  }

  know(video) {
    this.known = { ...OFF, ...video, streams: video?.streams ?? {} };
    this.speaking.keep(Object.values(this.known.streams).map((one) => one.id));
    this.sync();
  }

  chooseLayout(own) {
    this.own = own;
    remember(`${this.meeting}:layout`, own);
    this.sync();
  }

  /** A picture was pressed: large for this viewer; pressed again, as the meeting has it. */
  chooseTile(id) {
    const stream = this.known.streams[id];
    if (!stream) return;
    const again = this.own?.mode === "main" && this.layout.main === id && !this.layout.following;
    this.chooseLayout(again ? null : { mode: "main", main: nameOf(stream) });
  }

  setCaptions(on) {
    this.wantsCaptions = on;
    remember("captions", on);
    this.captions.tick();
    this.show();
  }

  setMuted(muted) {
    this.refused = false;
    this.muted = muted;
    this.show();
  }

  soundRefused() {
    this.refused = true;
    this.muted = true;
    this.show();
  }

  // --- tiles ---

  /** Bring tiles, wishes and ways of the media in step with all that is known. */
  sync() {
    this.layout = arrange({
      streams: this.known.streams,
      layout: this.known.layout,
      own: this.own,
      speaker: this.leader ?? null,
      before: this.layout.main,
    });
    this.keepTiles();
    this.media.feed(this.tiles, (id) => this.isLarge(id));
    this.show();
  }

  keepTiles() {
    const { order } = this.layout;
    for (const [id, tile] of this.tiles) {
      if (order.includes(id)) continue;
      tile.close();
      this.tiles.delete(id);
    }
    for (const id of order) if (!this.tiles.has(id)) this.tiles.set(id, this.makeTile(id));
    order.forEach((id, at) => {
      const tile = this.tiles.get(id);
      tile.isLive = this.known.streams[id].state === "live";
      // Moving a <video> in the page would stop it: their order is one of style.
      if (!tile.node.isConnected) this.view.tiles.append(tile.node);
      tile.node.style.order = String(at);
    });
  }

  makeTile(id) {
    return new Tile(id, {
      changed: () => this.show(),
      refused: () => this.soundRefused(),
      stalled: (tile) => this.media.stalled(tile),
      broken: () => this.media.renew(),
      expired: () => this.media.expired(),
      choose: (one) => this.chooseTile(one),
    });
  }

  isLarge(id) {
    if (this.layout.mode === "main") return id === this.layout.main;
    return this.layout.order.length < 3 && this.view.root.clientWidth > PHONE_PX;
  }

  get mainTile() {
    return this.tiles.get(this.layout.main ?? this.layout.order[0]);
  }

  tick() {
    const at = performance.now();
    for (const id of this.tiles.keys()) {
      if (this.talk?.get(id) && this.talk.level) this.speaking.heard(id, this.talk.level(id), at);
    }
    const { speaking, leader } = this.speaking.tick(at);
    const turned = leader !== this.leader;
    Object.assign(this, { speakers: speaking, leader });
    if (this.media.tick(at) || turned) this.sync();
    else this.show();
    this.captions.tick();
  }

  // --- what is seen ---

  get state() {
    const { media, known } = this;
    const tiles = [...this.tiles.values()];
    if (known.state === "off" || !tiles.length) {
      this.liveAt = -Infinity;
      if (media.connected || media.closed || media.toldByHttp) return "off";
      return media.wasConnected ? "reconnecting" : "connecting";
    }
    if (this.isUnsupported(tiles)) return "unsupported";
    if (tiles.some((tile) => tile.playing)) this.liveAt = performance.now();
    if (performance.now() - this.liveAt < BLINK_MS) return "live";
    const broken = !media.connected && media.wasConnected;
    return broken || known.state === "reconnecting" ? "reconnecting" : "connecting";
  }

  isUnsupported(tiles) {
    if (this.media.isHls) return false;
    return !this.media.transport.canFeed || tiles.every((tile) => tile.unsupported);
  }

  show() {
    if (!this.media) return;
    const { state, view, known, media } = this;
    const { rung, lowered } = media.ladder;
    const live = state === "live";
    setAttribute(view.root, "data-state", state);
    setAttribute(view.root, "data-transport", media.transport.kind);
    setAttribute(view.root, "data-rung", rung);
    this.showTiles();
    setText(view.text, stateWords(state, { theirs: known.state === "reconnecting" }));
    view.cover.hidden = live;
    view.live.hidden = !live;
    view.recording.hidden = !known.recording;
    view.sound.hidden = !(this.refused && this.muted && live);
    view.bar.hidden = state === "off" || this.plain;
    if (state === "off" && !this.settings.node.hidden) view.closeSettings();
    setText(view.note, live ? noteWords({ rung, lowered, transport: media.transport.kind }) : "");
    view.follow.hidden = this.layout.following;
    setText(view.mute, this.muted ? gettext("取消静音") : gettext("静音"));
    setAttribute(view.subtitles, "aria-pressed", String(this.wantsCaptions));
    if (!this.settings.node.hidden) this.showSettings();
    const stream = known.streams[this.layout.main ?? this.layout.order[0]];
    const told = `${state} ${stream?.id} ${stream?.source}`;
    if (told === this.told) return;
    this.told = told;
    this.onState({ state, publisher: stream?.publisher ?? "", source: stream?.source ?? null });
  }

  showTiles() {
    const { mode, main, order } = this.layout;
    setAttribute(this.view.tiles, "data-mode", mode);
    setAttribute(this.view.tiles, "data-count", order.length);
    for (const [id, tile] of this.tiles) {
      const stream = this.known.streams[id];
      if (!stream) continue;
      const mine = stream.person === this.room?.state.me?.person?.id;
      tile.setMuted(this.muted || mine);
      tile.show({
        stream,
        mine,
        large: mode === "main" && id === main,
        alone: order.length < 2 || this.plain,
        speaks: Boolean(this.speakers?.includes(id)) && tile.playing,
        soundOnly: this.media.ladder.rung === "audio" && !this.talk?.get(id),
      });
    }
  }

  showSettings() {
    this.settings.update({
      quality: this.media.ladder.choice,
      own: this.own,
      layout: this.known.layout,
      streams: this.known.streams,
      main: this.layout.main,
      directs: Boolean(this.room?.can("set_layout")),
    });
  }

  close() {
    clearInterval(this.timer);
    this.resized.disconnect();
    this.media.close();
    for (const tile of this.tiles.values()) tile.close();
    if (this.talk) this.talk.onchange = null;
    this.view.close();
    this.container.replaceChildren(...this.before);
  }
}
