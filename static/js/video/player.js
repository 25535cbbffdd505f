// The meeting's live video as everybody sees it: several streams at once, by whatever way comes
// through, as good as the line carries.

import { replace, setAttribute, setText } from "../room/dom.js";
import { Downlink } from "./downlink.js";
import { canPlayHls } from "./hls_stage.js";
import { Ladder, wish } from "./ladder.js";
import { canFeed } from "./mse.js";
import { makeCaptions } from "./player_captions.js";
import { arrange } from "./player_layout.js";
import { makeSettings } from "./player_settings.js";
import { recall, remember } from "./player_shelf.js";
import { Speaking } from "./player_speaking.js";
import { Transport } from "./player_transport.js";
import { makeView } from "./player_view.js";
import { noteWords, stateWords } from "./player_words.js";
import { Tile } from "./tiles.js";

const OFF = { state: "off", streams: {} };
const TICK_MS = 250;
const BLINK_MS = 2500; // a picture that stands so briefly is nobody's business
const SILENT_MS = 6000;
const LATE_START_MS = 2500;
const SLOW_MS = 700;
const PILED_MS = 1400;
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
    this.connected = false;
    this.wasConnected = false;
    this.hls = null;
    this.muted = false;
    this.refused = false;
    this.liveAt = -Infinity;
    this.tiles = new Map();
    this.layout = { mode: "main", main: null, order: [], following: true };
    this.own = plain ? null : recall(`${meeting}:layout`);
    this.wantsCaptions = plain || (recall("captions") ?? true);
    this.ladder = new Ladder({ choice: plain ? "auto" : recall("quality") ?? "auto", now: now() });
    this.transport = new Transport({ canFeed: canFeed(), canHls: canPlayHls() });
    this.speaking = new Speaking();
    this.build();
    this.link = new Downlink(meeting, this.ears());
    if (talk) talk.onchange = () => this.sync();
    this.timer = setInterval(() => this.tick(), TICK_MS);
    this.resized = new ResizeObserver(() => this.sync());
    this.resized.observe(this.view.root);
    this.sync();
  }

  build() {
    this.captions = makeCaptions(() => this.wantsCaptions);
    this.settings = makeSettings({
      quality: (choice) => this.chooseQuality(choice),
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

  /** What the socket tells. */
  ears() {
    return {
      grant: (grant) => {
        this.hls = grant.hls ?? null;
      },
      state: (video) => this.know(video),
      init: (told, head) => this.feeds(told.stream)?.begin(told, head),
      media: (told, data) => this.take(told, data),
      end: (stream) => {
        const tile = this.tiles.get(stream);
        if (tile) tile.ended = true;
      },
      skipped: () => this.trouble("skipped"),
      levels: (levels) => {
        for (const [id, level] of Object.entries(levels)) this.speaking.heard(Number(id), level, now());
      },
      delay: (ms) => this.delayed(ms),
      line: (connected) => this.line(connected),
      gone: () => this.know(OFF),
    };
  }

  // --- media ---

  /** The tile that takes what the socket brings of a stream, if any. */
  feeds(stream) {
    return this.transport.kind === "socket" && !this.talk?.get(stream)
      ? this.tiles.get(stream)
      : null;
  }

  take(told, data) {
    this.speaking.heard(told.stream, told.level, now());
    if (this.feeds(told.stream)) this.tiles.get(told.stream).push(told, data);
    else if (this.transport.kind === "hls" && this.transport.proven(now())) this.sync();
  }

  line(connected) {
    this.connected = connected;
    this.wasConnected = this.wasConnected || connected;
    for (const tile of this.tiles.values()) tile.askedAt = null;
    if (!connected && !this.restarting) this.countLoss();
    this.sync();
  }

  /** A socket that breaks although plain HTTP gets through is one that somebody in between cuts. */
  async countLoss() {
    const answer = await fetch("/healthz", { cache: "no-store" }).catch(() => null);
    if (answer?.ok && !this.connected && this.transport.lost(now())) this.sync();
  }

  /** A picture waits: because of this line, or because nothing was sent? */
  stalled(tile) {
    if (tile.kind === "hls") this.stallOfHls(tile);
    else this.link.measure();
  }

  stallOfHls(tile) {
    if (this.known.streams[tile.id]?.state === "live") this.trouble("stall");
  }

  delayed(ms) {
    if (ms > SLOW_MS) this.trouble("slow", ms > PILED_MS);
  }

  trouble(kind, piled = false) {
    if (!this.ladder.trouble(kind, now())) return;
    // What piled up on the way would have to pass before anything smaller comes.
    if (this.transport.kind === "socket" && (piled || kind === "skipped")) this.startOver();
    this.sync();
  }

  startOver() {
    this.restarting = true;
    this.link.restart({ atOnce: true });
    this.restarting = false;
  }

  // --- what is known, chosen and wished for ---

  /** What the room knows: of use only while our own line is down. */
  hint(video) {
    this.captions.update(this.room?.state.captions);
    if (!this.connected) this.know(video);
    else this.show();
  }

  know(video) {
    this.known = { ...OFF, ...video, streams: video?.streams ?? {} };
    this.speaking.keep(Object.values(this.known.streams).map((one) => one.id));
    this.sync();
  }

  chooseQuality(choice) {
    remember("quality", choice === "auto" ? null : choice);
    this.ladder.choose(choice, now());
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
    this.chooseLayout(again ? null : { mode: "main", main: `${stream.person}/${stream.source}` });
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

  isMine(stream) {
    return stream.person === this.room?.state.me?.person?.id;
  }

  get directs() {
    return Boolean(this.room?.can("set_layout"));
  }

  /** Bring tiles, wishes and ways of the media in step with all that is known. */
  sync() {
    const { streams } = this.known;
    this.layout = arrange({
      streams,
      layout: this.known.layout,
      own: this.own,
      speaker: this.leader ?? null,
      before: this.layout.main,
    });
    this.keepTiles();
    const wishes = {};
    for (const [id, tile] of this.tiles) this.feed(tile, streams[id], wishes);
    this.wishes = wishes;
    const trying = this.transport.kind === "hls";
    this.link?.want(trying ? this.trial() : wishes);
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
      const { node } = this.tiles.get(id);
      // Moving a <video> in the page would stop it: their order is one of style.
      if (!node.isConnected) this.view.tiles.append(node);
      node.style.order = String(at);
    });
  }

  makeTile(id) {
    return new Tile(id, {
      changed: () => this.show(),
      refused: () => this.soundRefused(),
      stalled: (tile) => this.stalled(tile),
      broken: () => this.link.restart(),
      expired: () => this.link.restart(),
      choose: (one) => this.chooseTile(one),
    });
  }

  soundRefused() {
    this.refused = true;
    this.muted = true;
    this.show();
  }

  feed(tile, stream, wishes) {
    const spoken = this.talk?.get(tile.id);
    if (spoken) {
      tile.converse(spoken);
      return;
    }
    const rendition = wish(this.ladder.rung, this.isLarge(tile.id));
    if (this.transport.kind === "hls") {
      if (this.hls) tile.follow(this.hls, rendition);
      return;
    }
    wishes[tile.id] = rendition;
    if (stream.state !== "live" || !this.connected) tile.askedAt = null;
    else if (tile.askedAt === null) Object.assign(tile, { askedAt: now(), cameAt: null });
  }

  isLarge(id) {
    if (this.layout.mode === "main") return id === this.layout.main;
    return this.layout.order.length < 3 && this.view.root.clientWidth > PHONE_PX;
  }

  // --- time ---

  tick() {
    const at = now();
    for (const id of this.tiles.keys()) {
      if (this.talk?.get(id) && this.talk.level) this.speaking.heard(id, this.talk.level(id), at);
    }
    const { speaking, leader } = this.speaking.tick(at);
    const turned = leader !== this.leader;
    Object.assign(this, { speakers: speaking, leader });
    const silent = this.connected && this.isSilent(at) && this.transport.silent(at);
    if (this.ladder.tick(at) || silent || turned || this.transport.kind === "hls") this.sync();
    else this.show();
    this.captions.tick();
  }

  /** Whether something asked for on the socket never came; late, it is a sign of a slow line. */
  isSilent(at) {
    if (this.transport.kind !== "socket") return false;
    for (const tile of this.tiles.values()) {
      if (tile.askedAt === null || tile.cameAt !== null) continue;
      if (at - tile.askedAt > SILENT_MS && this.hls) return true;
      if (at - tile.askedAt > LATE_START_MS) this.link.measure();
    }
    return false;
  }

  /** While HLS plays, now and then ask the socket for a little, to see whether it carries it. */
  trial() {
    const at = now();
    const [first] = this.layout.order;
    if (first === undefined || !this.connected || !this.transport.trying(at)) {
      this.trialSince = null;
      return {};
    }
    this.trialSince ??= at;
    const hopeless = at - this.trialSince > SILENT_MS && this.transport.provenSince === null;
    if (hopeless) this.transport.failed(at);
    return hopeless ? {} : { [first]: "audio" };
  }

  // --- what is seen ---

  get mainTile() {
    return this.tiles.get(this.layout.main ?? this.layout.order[0]);
  }

  get state() {
    const tiles = [...this.tiles.values()];
    if (this.known.state === "off" || !tiles.length) return this.stateOfNone();
    if (this.isUnsupported(tiles)) return "unsupported";
    if (tiles.some((tile) => tile.playing)) this.liveAt = now();
    if (now() - this.liveAt < BLINK_MS) return "live";
    const broken = !this.connected && this.wasConnected;
    if (broken || this.known.state === "reconnecting") return "reconnecting";
    return "connecting";
  }

  stateOfNone() {
    this.liveAt = -Infinity;
    if (this.connected || this.link?.closed) return "off";
    return this.wasConnected ? "reconnecting" : "connecting";
  }

  isUnsupported(tiles) {
    if (this.transport.kind === "hls") return false;
    return !this.transport.canFeed || tiles.every((tile) => tile.unsupported);
  }

  show() {
    const { state, view, known } = this;
    const live = state === "live";
    setAttribute(view.root, "data-state", state);
    setAttribute(view.root, "data-transport", this.transport.kind);
    setAttribute(view.root, "data-rung", this.ladder.rung);
    this.showTiles();
    setText(view.text, stateWords(state, { theirs: known.state === "reconnecting" }));
    view.cover.hidden = live;
    view.live.hidden = !live;
    view.recording.hidden = !known.recording;
    view.sound.hidden = !(this.refused && this.muted && live);
    view.bar.hidden = state === "off" || this.plain;
    if (state === "off" && !this.settings.node.hidden) view.closeSettings();
    setText(view.note, live ? noteWords({ rung: this.ladder.rung, lowered: this.ladder.lowered,
      transport: this.transport.kind }) : "");
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
      const mine = this.isMine(stream);
      tile.setMuted(this.muted || mine);
      tile.show({
        stream,
        mine,
        large: mode === "main" && id === main,
        alone: order.length < 2 || this.plain,
        speaks: Boolean(this.speakers?.includes(id)) && tile.playing,
        soundOnly: this.ladder.rung === "audio" && !this.talk?.get(id),
      });
    }
  }

  showSettings() {
    this.settings.update({
      quality: this.ladder.choice,
      own: this.own,
      layout: this.known.layout,
      streams: this.known.streams,
      main: this.layout.main,
      directs: this.directs,
    });
  }

  close() {
    clearInterval(this.timer);
    this.resized.disconnect();
    this.link.close();
    for (const tile of this.tiles.values()) tile.close();
    if (this.talk) this.talk.onchange = null;
    this.view.close();
    this.container.replaceChildren(...this.before);
  }
}

function now() {
  return performance.now();
}
