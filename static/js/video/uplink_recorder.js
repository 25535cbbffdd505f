// One run of the browser's recorder: one part of a broadcast.

/** A slice of the recorder (ms). */
export const SLICE_MS = 100;

const KEYFRAME_MS = 1000;
const SOUND_BITS = 64_000;

/** The types of the server's that this browser can record a stream as, best first. */
export function recordable(stream, mimes) {
  const kind = stream.getVideoTracks().length ? "video/" : "audio/";
  return mimes.filter(
    (mime) => mime.startsWith(kind) && window.MediaRecorder?.isTypeSupported(mime),
  );
}

/** Have a camera make a picture of a size that a bit rate can carry. */
export function fit(stream, bits) {
  const [track] = stream.getVideoTracks();
  const height = bits < 350_000 ? 270 : bits < 700_000 ? 360 : 720;
  if (!track || track.fitted === height || (!track.fitted && height === 720)) return;
  track.fitted = height;
  const size = { height: { ideal: height }, width: { ideal: (height * 16) / 9 } };
  track.applyConstraints?.({ ...size, frameRate: { ideal: 25, max: 30 } }).catch(() => {});
}

/**
 * Records a stream in slices of 100 ms. `onSlice` gets each Blob in order; `onBroken` is called
 * when the browser gives up.
 */
export class Run {
  constructor(stream, { mime, bits, onSlice, onBroken }) {
    const recorder = new MediaRecorder(stream, {
      mimeType: mime,
      videoBitsPerSecond: bits,
      audioBitsPerSecond: SOUND_BITS,
      videoKeyFrameIntervalDuration: KEYFRAME_MS,
    });
    recorder.ondataavailable = ({ data }) => data.size && onSlice(data);
    recorder.onerror = () => onBroken();
    recorder.start(SLICE_MS);
    this.recorder = recorder;
  }

  /** Stop; resolves when the last slice has been given out. */
  finish() {
    const { recorder } = this;
    recorder.onerror = null;
    if (recorder.state === "inactive") return Promise.resolve();
    return new Promise((done) => {
      recorder.onstop = done;
      recorder.stop();
    });
  }

  /** Stop, and give out nothing more. */
  drop() {
    const { recorder } = this;
    recorder.ondataavailable = recorder.onerror = null;
    if (recorder.state !== "inactive") recorder.stop();
  }
}
