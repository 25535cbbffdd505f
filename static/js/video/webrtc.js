// The publisher's way up by WebRTC: the socket, the breaks and the resuming are `Uplink`'s, media
// go beside it. Where the network lets no WebRTC through, slices go over the socket after all.

import { Sender } from "./webrtc_peer.js";

const WEBRTC = "webrtc";
const MOST_FAILURES = 2;

/**
 * The class that sends a stream into a meeting through Janus, made and used as the `Uplink` that
 * it is given to inherit from (which imports this module, and not the other way round as well).
 */
export function webRtcUplink(Uplink) {
  return class WebRtcUplink extends Uplink {
    get engine() {
      return "janus";
    }

    choose(stream) {
      if (this.fallen || !window.RTCPeerConnection) return super.choose(stream);
      return WEBRTC;
    }

    get direct() {
      return this.mime === WEBRTC;
    }

    announce(frame) {
      this.flowing = false;
      super.announce(frame);
    }

    begin() {
      if (!this.direct) {
        super.begin();
        return;
      }
      // `ice` and `started` come in either order.
      this.begun = true;
      if (this.ice) this.connectMedia();
    }

    connectMedia() {
      const { sender, stream, socket } = this;
      if (sender && !sender.closed && sender.takes(stream)) {
        sender.replace(stream);
        return;
      }
      sender?.close();
      this.sender = new Sender({
        ice: this.ice,
        stream,
        bits: this.rate.bits,
        say: (frame) => socket === this.socket && this.say(frame),
        onBroken: () => socket === this.socket && this.mediaBroke(),
      });
    }

    signal(frame) {
      if (frame.type === WEBRTC) {
        this.ice = frame.ice;
        if (this.begun && !this.sender) this.connectMedia();
      } else if (frame.type === "answer") {
        this.sender?.answer(frame.sdp);
      } else if (frame.type === "flowing") {
        this.flowing = true;
        this.failures = 0;
        this.acknowledged({ chunks: 1, recording: this.recording });
      }
    }

    acknowledged(frame) {
      if (this.direct) super.acknowledged({ ...frame, chunks: this.flowing ? 1 : 0 });
      else super.acknowledged(frame);
    }

    /** No connection, or it broke: again, then by the socket alone. */
    mediaBroke() {
      this.failures = (this.failures ?? 0) + 1;
      if (this.failures >= MOST_FAILURES) this.fallen = true;
      this.restart();
    }

    refused(error) {
      if (error.code === "unavailable" && this.id === null) this.end(error.message);
      else super.refused(error);
    }

    drop() {
      super.drop();
      this.sender?.close();
      this.sender = this.ice = null;
      this.begun = false;
    }
  };
}
