// Where the player's media comes from: which way, as good as the line carries, by itself.

import { Downlink } from "./downlink.js";
import { canPlayHls } from "./hls_stage.js";
import { Ladder, wish } from "./ladder.js";
import { canFeed } from "./mse.js";
import { Transport } from "./player_transport.js";

const SILENT_MS = 6000;
const LATE_START_MS = 2500;
const SLOW_MS = 700;
const PILED_MS = 1400;
const ASK_MS = 5000;

/**
 * Feeds the tiles of a meeting. handlers: know(video) when the state is told, heard(id, level),
 * changed() when tiles are to be fed anew. `talk` as for mountPlayer.
 */
export class Media {
  constructor(meeting, { choice, talk, handlers }) {
    Object.assign(this, { meeting, talk, handlers });
    this.tiles = new Map();
    this.connected = false;
    this.wasConnected = false;
    this.toldByHttp = false;
    this.hls = null;
    this.askedAt = now();
    this.ladder = new Ladder({ choice, now: now() });
    this.transport = new Transport({ canFeed: canFeed(), canHls: canPlayHls() });
    this.link = new Downlink(meeting, this.ears());
  }

  get isHls() {
    return this.transport.kind === "hls";
  }

  /** Whether nothing will come any more. */
  get closed() {
    return this.link.closed;
  }

  /** What the socket tells. */
  ears() {
    return {
      grant: (grant) => {
        this.hls = grant.hls ?? ""; // empty where the server makes none
      },
      state: (video) => this.handlers.know(video),
      init: (told, head) => this.feeds(told.stream)?.begin(told, head),
      media: (told, data) => this.take(told, data),
      end: (stream) => {
        const tile = this.tiles.get(stream);
        if (tile) tile.ended = true;
      },
      skipped: () => this.trouble("skipped"),
      levels: (levels) => {
        for (const [id, level] of Object.entries(levels)) this.handlers.heard(Number(id), level);
      },
      delay: (ms) => {
        if (ms > SLOW_MS) this.trouble("slow", ms > PILED_MS);
      },
      line: (connected) => this.line(connected),
      gone: () => this.handlers.know(null),
    };
  }

  /** The tile that takes what the socket brings of a stream, if any. */
  feeds(stream) {
    return this.isHls || this.talk?.get(stream) ? null : this.tiles.get(stream);
  }

  take(told, data) {
    this.handlers.heard(told.stream, told.level);
    if (!this.isHls) this.feeds(told.stream)?.push(told, data);
    else if (this.transport.proven(now())) this.handlers.changed();
  }

  line(connected) {
    this.connected = connected;
    this.wasConnected = this.wasConnected || connected;
    for (const tile of this.tiles.values()) tile.askedAt = null;
    if (!connected && !this.restarting && !this.closed) this.askByHttp({ lost: true });
    this.handlers.changed();
  }

  /**
   * Ask by plain HTTP what the socket would have told. A socket that breaks although HTTP gets
   * through is one that somebody in between cuts.
   */
  async askByHttp({ lost = false } = {}) {
    this.askedAt = now();
    const url = `/meetings/${encodeURIComponent(this.meeting)}/video/address/`;
    const answer = await fetch(url, { cache: "no-store" }).catch(() => null);
    const told = answer?.ok ? await answer.json().catch(() => null) : null;
    this.toldByHttp = Boolean(told);
    if (!told || this.closed) return;
    if (this.hls !== "") this.hls = told.hls;
    if (this.connected) {
      this.handlers.changed();
      return;
    }
    if (lost && this.hls) this.transport.lost(now());
    this.handlers.know(told.video);
  }

  /** The address of HLS is good no more. */
  expired() {
    if (now() - this.askedAt > ASK_MS) this.askByHttp();
  }

  /** A picture waits: because of this line, or because nothing was sent? */
  stalled(tile) {
    if (tile.kind !== "hls") this.link.measure();
    else if (tile.isLive) this.trouble("stall");
  }

  trouble(kind, piled = false) {
    if (!this.ladder.trouble(kind, now())) return;
    // What piled up on the way would have to pass before anything smaller comes.
    if (!this.isHls && (piled || kind === "skipped")) this.startOver();
    this.handlers.changed();
  }

  startOver() {
    this.restarting = true;
    this.link.restart({ atOnce: true });
    this.restarting = false;
  }

  /** The browser gave a stream up: a new socket brings it anew. */
  renew() {
    this.link.restart();
  }

  choose(choice) {
    this.ladder.choose(choice, now());
    this.handlers.changed();
  }

  /** Feed the tiles; `isLarge(id)` tells which are worth the best. */
  feed(tiles, isLarge) {
    this.tiles = tiles;
    const wishes = {};
    for (const [id, tile] of tiles) {
      const spoken = this.talk?.get(id);
      const rendition = wish(this.ladder.rung, isLarge(id));
      if (spoken) tile.converse(spoken);
      else if (!this.isHls) wishes[id] = rendition;
      else if (this.hls) tile.follow(this.hls, rendition);
      if (!(id in wishes) || !tile.isLive || !this.connected) tile.askedAt = null;
      else if (tile.askedAt === null) Object.assign(tile, { askedAt: now(), cameAt: null });
    }
    this.link?.want(this.isHls ? this.trial() : wishes);
  }

  /** While HLS plays, now and then ask the socket for a little, to see whether it carries it. */
  trial() {
    const at = now();
    const [first] = this.tiles.keys();
    if (first === undefined || !this.connected || !this.transport.trying(at)) {
      this.trialSince = null;
      return {};
    }
    this.trialSince ??= at;
    const hopeless = at - this.trialSince > SILENT_MS && this.transport.provenSince === null;
    if (hopeless) this.transport.failed(at);
    return hopeless ? {} : { [first]: "audio" };
  }

  /** Let time pass; returns whether tiles are to be fed anew. */
  tick(at) {
    if (!this.connected && !this.closed && at - this.askedAt > ASK_MS) {
      this.askByHttp({ lost: !this.wasConnected });
    }
    const silent = this.connected && this.isSilent(at) && this.transport.silent(at);
    return this.ladder.tick(at) || silent || this.isHls;
  }

  /** Whether something asked for on the socket never came; late, it is a sign of a slow line. */
  isSilent(at) {
    if (this.isHls) return false;
    for (const tile of this.tiles.values()) {
      if (tile.askedAt === null || tile.cameAt !== null) continue;
      if (at - tile.askedAt > SILENT_MS && this.hls) return true;
      if (at - tile.askedAt > LATE_START_MS) this.link.measure();
    }
    return false;
  }

  close() {
    this.link.close();
  }
}

function now() {
  return performance.now();
}
