// One connection of WebRTC with the server's Janus: offers what is sent, or answers what is heard.

const CONNECT_MS = 12_000;
const TOO_LITTLE = 100_000; // bit/s: less is no picture

/** Sends a stream. `say(frame)` takes offer and candidates; `onBroken` is called once. */
export class Sender {
  constructor({ ice, stream, bits, say, onBroken }) {
    Object.assign(this, { stream, bits, onBroken });
    this.pc = connection(ice, say, () => this.broke());
    this.timer = setTimeout(() => this.pc.connectionState !== "connected" && this.broke(), CONNECT_MS);
    this.offer(say);
  }

  async offer(say) {
    const { pc, stream } = this;
    try {
      for (const track of stream.getTracks()) {
        const transceiver = pc.addTransceiver(track, { direction: "sendonly", streams: [stream] });
        prefer(transceiver, track.kind);
      }
      await pc.setLocalDescription();
      await limit(pc, this.bits);
      say({ type: "offer", sdp: pc.localDescription.sdp });
    } catch {
      this.broke();
    }
  }

  async answer(sdp) {
    try {
      await this.pc.setRemoteDescription({ type: "answer", sdp });
    } catch {
      this.broke();
    }
  }

  /** Whether another stream can take this one's place without a new connection. */
  takes(stream) {
    const kinds = (one) => one.getTracks().map((track) => track.kind).sort().join();
    return this.pc.connectionState !== "closed" && kinds(stream) === kinds(this.stream);
  }

  async replace(stream) {
    if (stream === this.stream) return;
    this.stream = stream;
    try {
      for (const sender of this.pc.getSenders()) {
        const kind = sender.track?.kind;
        const track = stream.getTracks().find((one) => one.kind === kind);
        if (track) await sender.replaceTrack(track);
      }
    } catch {
      this.broke();
    }
  }

  broke() {
    if (this.closed) return;
    this.close();
    this.onBroken();
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.pc.close();
  }
}

/** Hears one stream. `onStream(MediaStream)` once, when its tracks are known. */
export class Receiver {
  constructor({ ice, say, onStream, onBroken }) {
    Object.assign(this, { say, onBroken });
    this.stream = new MediaStream();
    this.pc = connection(ice, say, () => this.broke());
    this.pc.ontrack = ({ track, receiver }) => {
      // What is late is worth little in a conversation.
      receiver.jitterBufferTarget = 0;
      this.stream.addTrack(track);
    };
    this.onStream = onStream;
    this.timer = setTimeout(() => this.pc.connectionState !== "connected" && this.broke(), CONNECT_MS);
  }

  async offered(sdp) {
    const { pc } = this;
    try {
      await pc.setRemoteDescription({ type: "offer", sdp });
      await pc.setLocalDescription();
      this.say({ type: "answer", sdp: pc.localDescription.sdp });
      this.onStream(this.stream);
    } catch {
      this.broke();
    }
  }

  broke() {
    if (this.closed) return;
    this.close();
    this.onBroken();
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.pc.close();
  }
}

function connection(iceServers, say, broke) {
  const pc = new RTCPeerConnection({ iceServers, bundlePolicy: "max-bundle" });
  pc.onicecandidate = ({ candidate }) => {
    // An empty one marks an end that the null behind it marks, too.
    if (candidate?.candidate === "") return;
    say({ type: "trickle", candidate: candidate?.toJSON() ?? null });
  };
  pc.onconnectionstatechange = () => pc.connectionState === "failed" && broke();
  return pc;
}

/** H.264 first, which the server passes on as it is: constrained baseline, which all can show. */
function prefer(transceiver, kind) {
  const { codecs } = RTCRtpSender.getCapabilities?.(kind) ?? { codecs: [] };
  const rank = ({ mimeType, sdpFmtpLine = "" }) => {
    const type = mimeType.toLowerCase();
    if (type === "video/h264" && /42e0/i.test(sdpFmtpLine)) {
      return /packetization-mode=1/.test(sdpFmtpLine) ? 0 : 1;
    }
    return { "video/h264": 2, "video/vp8": 3, "audio/opus": 0 }[type] ?? 9;
  };
  const wanted = codecs.filter((one) => rank(one) < 9 || /rtx|red|ulpfec/i.test(one.mimeType));
  wanted.sort((a, b) => rank(a) - rank(b));
  if (wanted.some((one) => rank(one) < 9)) transceiver.setCodecPreferences?.(wanted);
}

async function limit(pc, bits) {
  for (const sender of pc.getSenders()) {
    if (sender.track?.kind !== "video") continue;
    const parameters = sender.getParameters();
    for (const one of parameters.encodings ?? []) one.maxBitrate = Math.max(bits, TOO_LITTLE);
    await sender.setParameters(parameters).catch(() => {});
  }
}
