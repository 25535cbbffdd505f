"""Fragments as a worker makes them, made here: a frame counter in H.264, a tone in AAC."""

import io
import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import cache

import av
import numpy as np

from creditor_meetings.video.media import AUDIO, FULL, Fragment, Init
from creditor_meetings.video.store import Store
from tests.support.media import picture

FPS = 15
RATE = 48_000
KEY_EVERY = 5
BEGAN = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
CODECS = {True: "avc1.42c00d,mp4a.40.2", False: "mp4a.40.2"}


@cache
def made(seconds: int = 3, *, pictured: bool = True) -> tuple[Init, tuple[Fragment, ...]]:
    """Make a head and fragments of a third of a second, each with a keyframe."""
    data = _encoded(seconds, pictured)
    boxes = list(_boxes(data))
    at = next(number for number, (kind, _) in enumerate(boxes) if kind == b"moof")
    head = b"".join(content for _, content in boxes[:at])
    pieces = [
        one[1] + two[1]
        for one, two in zip(boxes[at:], boxes[at + 1 :], strict=False)
        if (one[0], two[0]) == (b"moof", b"mdat")
    ]
    step = seconds * 1000 / len(pieces)
    fragments = tuple(
        Fragment(piece, True, round(n * step), round((n + 1) * step) - round(n * step))
        for n, piece in enumerate(pieces)
    )
    kind = "video" if pictured else "audio"
    return Init(f'{kind}/mp4; codecs="{CODECS[pictured]}"', head), fragments


def _encoded(seconds: int, pictured: bool) -> bytes:
    out = io.BytesIO()
    flags = {"movflags": "empty_moov+default_base_moof+frag_keyframe", "use_editlist": "0"}
    if not pictured:
        flags = {"movflags": "empty_moov+default_base_moof", "frag_duration": "333333"}
    container = av.open(out, "w", format="mp4", options=flags)
    video = container.add_stream("libx264", rate=FPS) if pictured else None
    if video is not None:
        video.width, video.height, video.pix_fmt = 320, 180, "yuv420p"
        video.options = {"preset": "ultrafast", "tune": "zerolatency", "g": str(KEY_EVERY)}
    audio = container.add_stream("aac", rate=RATE)
    audio.layout = "mono"
    for number in range(seconds * FPS):
        if video is not None:
            grey = picture(number)[::2, ::2]
            frame = av.VideoFrame.from_ndarray(np.stack([grey] * 3, axis=-1), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            container.mux(video.encode(frame))
        container.mux(audio.encode(_tone(number)))
    if video is not None:
        container.mux(video.encode())
    container.mux(audio.encode())
    container.close()
    return out.getvalue()


def _tone(number: int) -> av.AudioFrame:
    count = RATE // FPS
    time = (np.arange(count) + number * count) / RATE
    samples = (np.sin(2 * np.pi * 1000 * time) * 0.3).astype(np.float32)[None, :]
    frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = RATE, number * count, Fraction(1, RATE)
    return frame


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        yield kind, data[at : at + size]
        at += size


def dummies(count: int, *, key_every: int = 10, start: int = 0) -> list[Fragment]:
    """Make fragments of 100 ms that are no media, each telling its number."""
    return [
        Fragment(f"<{n}>".encode(), n % key_every == 0, n * 100, 100)
        for n in range(start, start + count)
    ]


def moment(fragment: Fragment, part: int = 1) -> datetime:
    """When a fragment of a part was whole; a part begins each minute."""
    end = fragment.start_ms + fragment.duration_ms
    return BEGAN + timedelta(minutes=part - 1, milliseconds=end)


def write(store: Store, part: int, renditions: tuple[str, ...] = (FULL, AUDIO), **how) -> None:
    """Write a whole part of real media."""
    for rendition in renditions:
        init, fragments = made(pictured=rendition != AUDIO, **how)
        store.begin(rendition, init)
        for one in fragments:
            store.append(rendition, one, moment(one, part))
    store.close()
