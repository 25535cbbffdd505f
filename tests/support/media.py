"""A camera and a microphone whose pictures and sound a test recognises at the far end.

The camera shows a frame counter as black and white blocks, large enough to survive scaling and
compression; the microphone hears a tone. `read_frame` and `read_tone` read them back from a
<video> in any page, so that a test knows which frame a viewer sees and what it hears.
"""

import io
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Locator

WIDTH, HEIGHT, FPS = 640, 360, 30
BLOCK = 40  # pixels; a row holds 16: twelve bits of the counter, four of a check
SAMPLES = 48_000

# The lower row repeats the upper one inverted: a bit is whichever of the two is brighter.
_READ_FRAME = """video => {
  if (!(video instanceof HTMLVideoElement)) throw new Error("not a video");
  if (video.readyState < 2 || !video.videoWidth) return null;
  const canvas = document.createElement("canvas");
  canvas.width = 640;
  canvas.height = 360;
  const paper = canvas.getContext("2d", { willReadFrequently: true });
  paper.drawImage(video, 0, 0, 640, 360);
  const light = (column, row) => {
    const pixels = paper.getImageData(column * 40 + 12, row * 40 + 12, 16, 16).data;
    let sum = 0;
    for (let i = 0; i < pixels.length; i += 4) sum += pixels[i];
    return sum / (pixels.length / 4);
  };
  let word = 0;
  for (let column = 0; column < 16; column++) {
    const difference = light(column, 0) - light(column, 1);
    if (Math.abs(difference) < 60) return null;
    word = word * 2 + (difference > 0 ? 1 : 0);
  }
  const number = word >> 4;
  const check = ((number >> 8) + (number >> 4) + number + 10) & 15;
  return check === (word & 15) ? number : null;
}"""

# A stream of its own each time: what a <video> plays after a break comes on new tracks.
_READ_TONE = """async (video, seconds) => {
  const context = new AudioContext();
  await context.resume();
  const analyser = context.createAnalyser();
  analyser.fftSize = 16384;
  analyser.smoothingTimeConstant = 0;
  context.createMediaStreamSource(video.captureStream()).connect(analyser);
  const bins = new Float32Array(analyser.frequencyBinCount);
  let best = { hz: null, level: -Infinity };
  const until = performance.now() + seconds * 1000;
  while (performance.now() < until) {
    await new Promise(done => setTimeout(done, 50));
    analyser.getFloatFrequencyData(bins);
    bins.forEach((level, i) => {
      if (level > best.level) best = { hz: i * context.sampleRate / analyser.fftSize, level };
    });
  }
  await context.close();
  return best.level > -70 ? { hz: Math.round(best.hz), level: Math.round(best.level) } : null;
}"""


@dataclass(frozen=True)
class FedMedia:
    """Files that Chromium shows as its camera and plays as its microphone, over and over."""

    video: Path
    audio: Path
    frames: int
    hz: int

    @property
    def arguments(self) -> list[str]:
        """Chromium's arguments for them."""
        return [
            f"--use-file-for-fake-video-capture={self.video}",
            f"--use-file-for-fake-audio-capture={self.audio}",
        ]

    def behind(self, sent: int, seen: int) -> float:
        """How many seconds the frame `seen` lies behind `sent`; the counter starts over."""
        return ((sent - seen) % self.frames) / FPS


def picture(number: int) -> NDArray[np.uint8]:
    """Draw the frame of a number: its blocks above a grey slope that moves."""
    slope = (np.arange(WIDTH) + number * 4) % WIDTH * 160 // WIDTH + 48
    image = np.tile(slope.astype(np.uint8), (HEIGHT, 1))
    check = ((number >> 8) + (number >> 4) + number + 10) & 15
    word = (number << 4) | check
    for column in range(16):
        bit = word >> (15 - column) & 1
        across = slice(column * BLOCK, (column + 1) * BLOCK)
        image[:BLOCK, across] = 235 if bit else 16
        image[BLOCK : 2 * BLOCK, across] = 16 if bit else 235
    return image


def write_video(path: Path, frames: int) -> None:
    """Write frames 0 to `frames` as motion JPEG, which Chromium plays at 30 frames a second."""
    if not 0 < frames <= 4096:
        raise ValueError("the counter has twelve bits")
    with path.open("wb") as file:
        for number in range(frames):
            jpeg = io.BytesIO()
            Image.fromarray(picture(number)).convert("RGB").save(
                jpeg, "JPEG", quality=85, subsampling="4:2:0"
            )
            file.write(jpeg.getvalue())


def write_tone(path: Path, hz: int, seconds: int) -> None:
    """Write a tone that swells four times a second: a steady one is what noise filters remove."""
    time = np.arange(seconds * SAMPLES) / SAMPLES
    swell = 0.6 + 0.4 * np.sin(2 * np.pi * 4 * time)
    sound = (0.6 * swell * np.sin(2 * np.pi * hz * time) * 32767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLES)
        file.writeframes(sound.tobytes())


def make_media(directory: Path, *, seconds: int = 20, hz: int = 1000) -> FedMedia:
    """Make a camera and a microphone file."""
    frames = seconds * FPS
    media = FedMedia(directory / "camera.mjpeg", directory / f"tone-{hz}.wav", frames, hz)
    write_video(media.video, frames)
    write_tone(media.audio, hz, seconds)
    return media


def read_frame(video: Locator) -> int | None:
    """Return the number of the frame that a <video> shows, None when it shows none whole."""
    number: int | None = video.evaluate(_READ_FRAME)
    return number


def read_tone(video: Locator, *, seconds: float = 0.8) -> int | None:
    """Return the loudest frequency that a <video> plays, in hertz; None when it is silent."""
    heard: dict[str, int] | None = video.evaluate(_READ_TONE, seconds)
    return heard["hz"] if heard else None


@pytest.fixture(scope="session")
def fed_media(tmp_path_factory: pytest.TempPathFactory) -> FedMedia:
    """A camera with a frame counter and a microphone with a tone of 1000 Hz."""
    return make_media(tmp_path_factory.mktemp("media"))
