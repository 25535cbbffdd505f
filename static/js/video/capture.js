// Camera, microphone and screen of the publisher: asked for once, changed without asking again.

const CAMERA = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 25, max: 30 } };
const SCREEN = { width: { max: 1920 }, height: { max: 1080 }, frameRate: { ideal: 15, max: 30 } };
const MICROPHONE = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

const KINDS = { camera: "video", microphone: "audio" };

/** List cameras, microphones and speakers; their names are known only after permission. */
export async function devices() {
  const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  const of = (kind) => all.filter((one) => one.kind === kind && one.deviceId);
  return {
    cameras: of("videoinput"),
    microphones: of("audioinput"),
    speakers: of("audiooutput"),
  };
}

/** Whether the browser gives a device ("camera" or "microphone") without asking the person. */
export async function granted(kind) {
  try {
    return (await navigator.permissions.query({ name: kind })).state === "granted";
  } catch {
    return false; // A browser that does not say is one that asks.
  }
}

/**
 * Open camera and microphone with one question; each is a device id, "" for the browser's choice,
 * null for none. Returns a `Capture`. Rejects with the browser's own error.
 */
export async function openCamera({ camera, microphone }) {
  const stream = await ask({ camera, microphone });
  return new Capture(stream);
}

/** Open a screen or window with its sound. Returns a `Capture`. */
export async function openScreen() {
  if (!navigator.mediaDevices?.getUserMedia) throw named("InsecureError");
  if (!navigator.mediaDevices.getDisplayMedia) throw named("NoScreenError");
  const stream = await navigator.mediaDevices.getDisplayMedia({
    video: SCREEN,
    audio: true,
    systemAudio: "include",
    selfBrowserSurface: "exclude",
    surfaceSwitching: "include",
  });
  return new Capture(stream, { still: true });
}

function ask({ camera, microphone }) {
  if (!navigator.mediaDevices?.getUserMedia) throw named("InsecureError");
  return navigator.mediaDevices.getUserMedia({
    video: camera === null ? false : { ...device(camera), ...CAMERA },
    audio: microphone === null ? false : { ...device(microphone), ...MICROPHONE },
  });
}

function device(id) {
  return id ? { deviceId: { exact: id } } : {};
}

function named(name) {
  const error = new Error(name);
  error.name = name;
  return error;
}

/**
 * What was opened, and how loud it is. `stream` is what to publish: another object whenever a
 * device changed. `onended` is told {kind: "camera" | "microphone", label} when one went away by
 * itself.
 */
export class Capture {
  constructor(stream, { still = false } = {}) {
    this.onended = () => {};
    this.muted = false;
    this.tracks = {};
    this.still = still;
    for (const kind of Object.keys(KINDS)) this.put(kind, tracksOf(stream, kind)[0] ?? null);
    this.assemble();
  }

  put(kind, track) {
    this.tracks[kind]?.stop();
    this.tracks[kind] = track;
    if (track) {
      track.addEventListener("ended", () => {
        if (this.tracks[kind] === track) this.onended({ kind, label: track.label });
      });
    }
    if (kind === "microphone") {
      this.setMuted(this.muted);
      this.listen();
    }
  }

  assemble() {
    const { camera, microphone } = this.tracks;
    const picture = camera && (this.still ? this.steady(camera) : camera);
    this.stream = new MediaStream([picture, microphone].filter(Boolean));
  }

  /** A track that goes on sending while the screen stands still, where the browser can. */
  steady(track) {
    if (!window.MediaStreamTrackProcessor || !window.MediaStreamTrackGenerator) return track;
    const { readable } = new MediaStreamTrackProcessor({ track });
    const generator = new MediaStreamTrackGenerator({ kind: "video" });
    const { writable } = generator;
    this.worker = new Worker(new URL("./steady.js", import.meta.url));
    this.worker.postMessage({ readable, writable }, [readable, writable]);
    this.generator = generator;
    return generator;
  }

  /**
   * Use another device of a kind ("camera" or "microphone"; an id, "" or null for none). Rejects
   * with the browser's error; what was used before then goes on.
   */
  async change(kind, id) {
    this.put(kind, id === null ? null : await this.another(kind, id));
    this.assemble();
  }

  async another(kind, id) {
    const wanted = { camera: null, microphone: null, [kind]: id };
    const former = this.tracks[kind];
    try {
      return tracksOf(await ask(wanted), kind)[0];
    } catch (error) {
      // Telephones open one camera at a time: let go of the first, and take it back if need be.
      if (error.name !== "NotReadableError" || !former || former.readyState === "ended") throw error;
      const { deviceId } = former.getSettings();
      former.stop();
      try {
        return tracksOf(await ask(wanted), kind)[0];
      } catch (again) {
        const back = await ask({ ...wanted, [kind]: deviceId }).catch(() => null);
        if (!back) throw again;
        this.put(kind, tracksOf(back, kind)[0]);
        this.assemble();
        throw again;
      }
    }
  }

  /** The id of the device that is used for a kind, or null. */
  using(kind) {
    const track = this.tracks[kind];
    return track ? (track.getSettings().deviceId ?? "") : null;
  }

  get hasSound() {
    return Boolean(this.tracks.microphone);
  }

  get hasPicture() {
    return Boolean(this.tracks.camera);
  }

  /** Send silence, or the sound again. */
  setMuted(muted) {
    this.muted = muted;
    if (this.tracks.microphone) this.tracks.microphone.enabled = !muted;
  }

  listen() {
    this.context?.close();
    this.context = this.analyser = null;
    const { microphone } = this.tracks;
    if (!microphone) return;
    this.context = new AudioContext();
    this.context.resume().catch(() => {});
    this.analyser = this.context.createAnalyser();
    this.analyser.fftSize = 1024;
    this.context.createMediaStreamSource(new MediaStream([microphone])).connect(this.analyser);
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
    for (const track of Object.values(this.tracks)) track?.stop();
    this.generator?.stop();
    this.worker?.terminate();
    this.context?.close();
    this.context = this.analyser = null;
  }
}

function tracksOf(stream, kind) {
  return stream.getTracks().filter((track) => track.kind === KINDS[kind]);
}
