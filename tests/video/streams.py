"""Streams as recorders write them, made here."""

import io
from collections.abc import Iterator
from fractions import Fraction
from functools import cache

import av
import numpy as np

from creditor_meetings.video import webm
from tests.support.media import picture

FPS = 15
RATE = 48_000


@cache
def recorded(seconds: int = 4, keyframe_every: int = FPS, sound: bool = True) -> bytes:
    """Record the frame counter in VP8, with a tone in opus, as one endless file."""
    out = io.BytesIO()
    container = av.open(out, "w", format="webm", options={"live": "1"})
    video = container.add_stream("libvpx", rate=FPS)
    video.width, video.height, video.pix_fmt = 320, 180, "yuv420p"
    video.options = {"deadline": "realtime", "cpu-used": "8", "g": str(keyframe_every)}
    video.bit_rate = 150_000
    audio = container.add_stream("libopus", rate=RATE) if sound else None
    for number in range(seconds * FPS):
        grey = picture(number)[::2, ::2]
        frame = av.VideoFrame.from_ndarray(np.stack([grey] * 3, axis=-1), format="rgb24")
        frame.pts, frame.time_base = number, Fraction(1, FPS)
        container.mux(video.encode(frame))
        if audio is not None:
            container.mux(audio.encode(_tone(number)))
    container.mux(video.encode())
    if audio is not None:
        container.mux(audio.encode())
    container.close()
    return out.getvalue()


def _tone(number: int) -> av.AudioFrame:
    count = RATE // FPS
    time = (np.arange(count) + number * count) / RATE
    samples = (np.sin(2 * np.pi * 1000 * time) * 12_000).astype(np.int16)[None, :]
    frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = RATE, number * count, Fraction(1, RATE)
    return frame


def slices(data: bytes, size: int = 2_000) -> Iterator[bytes]:
    """Cut a recording into slices that end anywhere."""
    for at in range(0, len(data), size):
        yield data[at : at + size]


def cut(data: bytes, size: int = 2_000) -> tuple[webm.Init, list[webm.Fragment]]:
    """Send a recording through a cutter."""
    cutter = webm.Cutter()
    fragments = [one for part in slices(data, size) for one in cutter.feed(part)]
    fragments += cutter.flush()
    assert cutter.init is not None
    return cutter.init, fragments


def pictures(data: bytes) -> int:
    """Decode a file and count its pictures."""
    with av.open(io.BytesIO(data)) as container:
        return sum(1 for _ in container.decode(video=0))


def sounds(data: bytes) -> float:
    """Decode a file's sound and return its length in seconds."""
    with av.open(io.BytesIO(data)) as container:
        return sum(frame.samples / frame.sample_rate for frame in container.decode(audio=0))
