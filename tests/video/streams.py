"""Streams as recorders write them, made here."""

import io
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path

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


@cache
def recorded_h264(seconds: int = 4, sound: bool = True) -> bytes:
    """Record the same as `recorded` in H.264, its parameter sets in the file's head."""
    shots = [picture(number)[::2, ::2] for number in range(seconds * FPS)]
    return _h264(shots, [_tone(number) for number in range(seconds * FPS)] if sound else [])


@cache
def recorded_flashes() -> bytes:
    """Record three flashes in the dark, each with a beep as long as it."""
    lit = [number % FPS == 7 or number % FPS == 8 for number in range(3 * FPS)]
    shots = [np.full((180, 320), 235 if light else 16, np.uint8) for light in lit]
    return _h264(shots, [_tone(number, 12_000 * light) for number, light in enumerate(lit)])


@cache
def recorded_large() -> bytes:
    """Record a second of pictures that have to be scaled down for those with a poor network."""
    return _h264([picture(number) for number in range(FPS)], [])


@cache
def recorded_out_of_order() -> bytes:
    """Record three seconds whose pictures come in another order than they are shown in."""
    shots = [picture(number)[::2, ::2] for number in range(3 * FPS)]
    return _h264(shots, [], {"preset": "fast", "bf": "2", "b_strategy": "0"})


_SIMPLE = {"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline"}


def _h264(
    shots: list[np.ndarray], sounds: list[av.AudioFrame], options: dict[str, str] | None = None
) -> bytes:
    out = io.BytesIO()
    container = av.open(out, "w", format="matroska", options={"live": "1"})
    video = container.add_stream("libx264", rate=FPS, options=options or _SIMPLE)
    video.height, video.width = shots[0].shape
    video.pix_fmt, video.gop_size = "yuv420p", FPS
    audio = container.add_stream("libopus", rate=RATE) if sounds else None
    for number, grey in enumerate(shots):
        frame = av.VideoFrame.from_ndarray(np.stack([grey] * 3, axis=-1), format="rgb24")
        frame.pts, frame.time_base = number, Fraction(1, FPS)
        container.mux(video.encode(frame))
        if audio is not None:
            container.mux(audio.encode(sounds[number]))
    container.mux(video.encode())
    if audio is not None:
        container.mux(audio.encode())
    container.close()
    return out.getvalue()


@cache
def recorded_sound(seconds: int = 3) -> bytes:
    """Record the tone alone."""
    out = io.BytesIO()
    container = av.open(out, "w", format="webm", options={"live": "1"})
    audio = container.add_stream("libopus", rate=RATE)
    for number in range(seconds * FPS):
        container.mux(audio.encode(_tone(number)))
    container.mux(audio.encode())
    container.close()
    return out.getvalue()


def from_browser(name: str) -> bytes:
    """Read what Chromium's recorder wrote, in slices of 100 ms and a keyframe a second.

    `screen.mkv` (H.264, opus; 4.5 s): stands still from 1.0 to 2.6 s, and is narrower from 3.6 s
    on. `alpha.webm` (VP8, opus; 2 s): a canvas with transparency.
    """
    return (Path(__file__).parent / "recordings" / name).read_bytes()


def _tone(number: int, loudness: int = 12_000) -> av.AudioFrame:
    count = RATE // FPS
    time = (np.arange(count) + number * count) / RATE
    samples = (np.sin(2 * np.pi * 1000 * time) * loudness).astype(np.int16)[None, :]
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
