// Which way to the meeting this network lets through: a socket, a stream, or one request at a time.

import { PollLink } from "./line_poll.js";
import { SocketLink } from "./line_socket.js";
import { STALLED, StreamLink } from "./line_stream.js";

export const SOCKET = "socket";
export const STREAM = "stream";
export const POLL = "poll";

const LINKS = { [SOCKET]: SocketLink, [STREAM]: StreamLink, [POLL]: PollLink };
const FAILED_SOCKETS = 2; // unproven, one after the other: then HTTP is tried as well
const STALLED_STREAMS = 2;
// A socket is better where it can be had, and a network is not the same all day.
const TRIAL_MS = [30000, 120000, 300000, 600000];
// A socket that was only slower, or whose server was away, is tried soon.
const SOON_MS = 4000;
const SHELF = "room:way";

/** What is known of the ways, and which is to be tried next. */
export class Ways {
  constructor() {
    this.byHttp = STREAM;
    this.next = SOCKET;
    this.failedSockets = 0;
    this.stalledStreams = 0;
    this.trials = 0;
    this.hadSocket = false;
    /** Whether it is the network that lets no socket through, for all that is known. */
    this.barred = false;
    const known = recall();
    if (known === STREAM || known === POLL) {
      this.next = this.byHttp = known;
      this.barred = true;
    }
  }

  /** Open a link of a kind. */
  open(kind, slug, after, on) {
    return new LINKS[kind](slug, after, on);
  }

  /** A link was proven. */
  worked(kind) {
    this.next = kind;
    this.failedSockets = 0;
    if (kind === SOCKET) {
      this.trials = 0;
      this.byHttp = STREAM;
      this.hadSocket = true;
      this.barred = false;
    }
    if (kind === SOCKET || this.barred) remember(kind);
  }

  /** A link broke, or never was one (`live` false); true when the next is worth a try at once. */
  failed(kind, code, live) {
    if (kind === SOCKET) {
      if (live) {
        this.next = SOCKET;
        return false;
      }
      this.failedSockets += 1;
      // Where one came through before, it may as well be the server that was away.
      if (this.failedSockets >= FAILED_SOCKETS && !this.hadSocket) this.barred = true;
      this.next = this.failedSockets >= FAILED_SOCKETS ? this.byHttp : SOCKET;
      return this.next !== SOCKET;
    }
    if (kind === STREAM && code === STALLED) {
      this.stalledStreams += 1;
      // One from which nothing came at all is held back on the way.
      if (!live || this.stalledStreams >= STALLED_STREAMS) this.byHttp = POLL;
      this.next = this.byHttp;
      return !live;
    }
    this.next = live ? this.byHttp : SOCKET;
    return false;
  }

  /** A socket that was tried beside a link that works, `kind`, came to nothing. */
  trialFailed(kind) {
    this.barred = true;
    remember(kind);
  }

  /** How long until the socket is tried again, beside a link that works. */
  trialPause() {
    if (!this.barred) return SOON_MS * (0.5 + Math.random());
    const longest = TRIAL_MS[Math.min(this.trials, TRIAL_MS.length - 1)];
    this.trials += 1;
    return longest * (0.7 + 0.6 * Math.random());
  }
}

// For this tab: another network, another day, and it begins with a socket again.
function remember(kind) {
  try {
    if (kind === SOCKET) sessionStorage.removeItem(SHELF);
    else sessionStorage.setItem(SHELF, kind);
  } catch {
    // The next load finds out anew.
  }
}

function recall() {
  try {
    return sessionStorage.getItem(SHELF);
  } catch {
    return null;
  }
}
