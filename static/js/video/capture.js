// Camera, microphone and screen of the publisher: asked for once, mixed into one stream.

/** List cameras and microphones; their names are known only after permission. */
export async function devices() {
  const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  const of = (kind) => all.filter((one) => one.kind === kind && one.deviceId);
  return { cameras: of("videoinput"), microphones: of("audioinput") };
}

/**
 * Open what is to be shown: source "camera" or "screen"; `camera` and `microphone` are device
 * ids, "" for the browser's choice, null for none. Returns a Capture. Rejects with the
 * browser's own error.
 */
export async function open({ source, camera, microphone }) {
  if (!navigator.mediaDevices?.getUserMedia) throw named("InsecureError");
  if (source === "camera") {
    const stream = await navigator.mediaDevices.getUserMedia({
      video: camera === null ? false : { ...device(camera), ...CAMERA },
      audio: microphone === null ? false : { ...device(microphone), ...MICROPHONE },
    });
    return new Capture(source, [stream]);
  }
  if (!navigator.mediaDevices.getDisplayMedia) throw named("NoScreenError");
  const screen = await navigator.mediaDevices.getDisplayMedia({ video: SCREEN, audio: true });
  if (microphone === null) return new Capture(source, [screen]);
  try {
    const voice = await navigator.mediaDevices.getUserMedia({
      audio: { ...device(microphone), ...MICROPHONE },
    });
    return new Capture(source, [screen, voice]);
  } catch (error) {
    stopAll(screen);
    throw error;
  }
}

const CAMERA = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 25, max: 30 } };
const SCREEN = { width: { max: 1920 }, height: { max: 1080 }, frameRate: { ideal: 15, max: 30 } };
const MICROPHONE = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

function device(id) {
  return id ? { deviceId: { exact: id } } : {};
}

function named(name) {
  const error = new Error(name);
  error.name = name;
  return error;
}

function stopAll(stream) {
  for (const track of stream.getTracks()) track.stop();
}

/** One stream to publish, out of what was opened, and how loud it is. */
export class Capture {
  constructor(source, streams) {
    this.streams = streams;
    this.onended = () => {};
    const audio = streams.flatMap((stream) => stream.getAudioTracks());
    const video = streams.flatMap((stream) => stream.getVideoTracks());
    this.stream = new MediaStream(source === "screen" ? video.map((one) => this.steady(one)) : video);
    if (audio.length) this.addSound(audio);
    for (const track of [...video, ...audio]) {
      track.addEventListener("ended", () => this.onended(track.kind));
    }
  }

  /** A track that goes on sending while the screen stands still, where the browser can. */
  steady(track) {
    if (!window.MediaStreamTrackProcessor || !window.MediaStreamTrackGenerator) return track;
    const { readable } = new MediaStreamTrackProcessor({ track });
    const generator = new MediaStreamTrackGenerator({ kind: "video" });
    const { writable } = generator;
    this.worker = new Worker(new URL("./steady.js", import.meta.url));
    this.worker.postMessage({ readable, writable }, [readable, writable]);
    return generator;
  }

  addSound(tracks) {
    this.context = new AudioContext();
    this.context.resume().catch(() => {});
    this.analyser = this.context.createAnalyser();
    this.analyser.fftSize = 1024;
    const mixed = this.context.createMediaStreamDestination();
    for (const track of tracks) {
      const source = this.context.createMediaStreamSource(new MediaStream([track]));
      source.connect(this.analyser);
      source.connect(mixed);
    }
    // One track goes as it is: what need not be mixed cannot be spoilt by mixing.
    this.stream.addTrack(tracks.length === 1 ? tracks[0] : mixed.stream.getAudioTracks()[0]);
  }

  get hasSound() {
    return Boolean(this.analyser);
  }

  /** How loud it is now, from 0 to 1 (a voice at ordinary strength is about 0.5). */
  level() {
    if (!this.analyser) return 0;
    const samples = new Float32Array(this.analyser.fftSize);
    this.analyser.getFloatTimeDomainData(samples);
    const mean = samples.reduce((sum, one) => sum + one * one, 0) / samples.length;
    const decibels = 10 * Math.log10(mean + 1e-10);
    return Math.min(1, Math.max(0, (decibels + 60) / 60));
  }

  close() {
    this.onended = () => {};
    this.streams.forEach(stopAll);
    stopAll(this.stream);
    this.worker?.terminate();
    this.context?.close();
  }
}
