"""A recording as a browser's recorder hands it over: a slice every tenth of a second."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import count

import av
import numpy as np

WIDTH, HEIGHT, FPS, RATE = 640, 360, 20, 48_000
BITS_A_SECOND = 400_000
SLICE_SECONDS = 0.1


def endless() -> Iterator[bytes]:
    """Record in Matroska (H.264, opus) for ever, a slice every 0.1 seconds of it."""
    out = _Tape()
    options = {"live": "1", "cluster_time_limit": "100", "flush_packets": "1"}
    container = av.open(out, "w", format="matroska", options=options)
    video = container.add_stream("libx264", rate=FPS)
    video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    video.bit_rate = BITS_A_SECOND
    video.options = {
        "preset": "ultrafast", "tune": "zerolatency", "profile": "baseline",
        "g": str(FPS), "keyint_min": str(FPS), "sc_threshold": "0",
    }  # fmt: skip
    audio = container.add_stream("libopus", rate=RATE)
    audio.bit_rate = 48_000
    chance = np.random.default_rng(7)
    for number in count():
        container.mux(video.encode(_picture(number, chance)))
        container.mux(audio.encode(_tone(number)))
        if (number + 1) % round(FPS * SLICE_SECONDS) == 0:
            yield out.take()


class _Tape:
    """What a muxer writes to, taken away slice by slice; it cannot be wound back."""

    def __init__(self) -> None:
        self._held = bytearray()

    def write(self, data: bytes) -> int:
        self._held += data
        return len(data)

    def take(self) -> bytes:
        taken = bytes(self._held)
        self._held.clear()
        return taken


def _picture(number: int, chance: np.random.Generator) -> av.VideoFrame:
    coarse = chance.integers(90, 166, (HEIGHT // 40, WIDTH // 40), dtype=np.uint8)
    grey = np.kron(coarse, np.ones((40, 40), dtype=np.uint8))
    grey[:, (number * 8) % WIDTH :][:, :24] = 235
    frame = av.VideoFrame.from_ndarray(np.stack([grey] * 3, axis=-1), format="rgb24")
    frame.pts, frame.time_base = number, Fraction(1, FPS)
    return frame


def _tone(number: int) -> av.AudioFrame:
    length = RATE // FPS
    time = (np.arange(length) + number * length) / RATE
    samples = (np.sin(2 * np.pi * 440 * time) * 9_000).astype(np.int16)[None, :]
    frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = RATE, number * length, Fraction(1, RATE)
    return frame
