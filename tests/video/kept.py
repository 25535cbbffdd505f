"""Recordings as a meeting leaves them: evidence, fragments of the live stream, and their rows."""

import io
import struct
from collections.abc import Iterator
from datetime import datetime, timedelta
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np

from creditor_meetings.cases import clock
from creditor_meetings.cases.models import Person
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.video import recordings
from creditor_meetings.video.copy_source import store_of
from creditor_meetings.video.media import Fragment, Init
from creditor_meetings.video.models import Broadcast, Recording
from creditor_meetings.video.store import Store
from tests.support.media import picture
from tests.video.streams import FPS, slices

MIME = 'video/mp4; codecs="avc1.42c01f"'


@cache
def h264(seconds: int = 4, *, first: int = 0, container: str = "matroska") -> bytes:
    """The frame counter in H.264, from frame `first` on; each second begins with a keyframe."""
    out = io.BytesIO()
    options = (
        {"movflags": "empty_moov+default_base_moof+frag_keyframe"} if container == "mp4" else {}
    )
    with av.open(out, "w", format=container, options=options) as target:
        video = target.add_stream("libx264", rate=FPS)
        video.width, video.height, video.pix_fmt = 640, 360, "yuv420p"
        video.options = {"preset": "ultrafast", "tune": "zerolatency", "g": str(FPS)}
        for number in range(seconds * FPS):
            frame = av.VideoFrame.from_ndarray(
                np.stack([picture(first + number)] * 3, axis=-1), format="rgb24"
            )
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            target.mux(video.encode(frame))
        target.mux(video.encode())
    return out.getvalue()


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Cut MP4 into its boxes: type and whole box."""
    at = 0
    while at < len(data):
        (size,) = struct.unpack_from(">I", data, at)
        yield data[at + 4 : at + 8], data[at : at + size]
        at += size


def fragments(data: bytes) -> tuple[bytes, list[bytes]]:
    """Cut fragmented MP4 into its head and its fragments, one a second."""
    head, found = b"", []
    for kind, box in boxes(data):
        if kind in (b"ftyp", b"moov"):
            head += box
        elif kind == b"moof":
            found.append(box)
        elif kind == b"mdat":
            found[-1] += box
    return head, found


def make_broadcast(
    meeting: Meeting, publisher: Person, at: datetime, source: str = "camera"
) -> Broadcast:
    """A broadcast that has ended."""
    return Broadcast.objects.create(
        meeting=meeting, publisher=publisher, source=source, mime="video/webm", state="ended",
        started_at=at, ended_at=at, seen_at=at,
    )  # fmt: skip


def make_recording(
    broadcast: Broadcast,
    data: bytes,
    at: datetime,
    *,
    mime: str = "video/webm;codecs=vp8,opus",
    seconds: int = 4,
    part: int = 1,
) -> Recording:
    """A recording from `at` on, its slices received as they were made."""
    path = f"{broadcast.meeting_id}/{at:%Y%m%dT%H%M%S}-{broadcast.pk}-{part}.webm"
    writer = recordings.Writer(path)
    cut = list(slices(data, max(1, len(data) // (seconds * 10))))
    for number, one in enumerate(cut):
        with clock.set_to(at + timedelta(seconds=0.1 * (number + 1))):
            writer.append(one)
    measured = writer.close()
    return Recording.objects.create(
        broadcast=broadcast, part=part, path=path, mime=mime, started_at=at,
        ended_at=at + timedelta(seconds=seconds), bytes=measured.bytes, chunks=measured.chunks,
        sha256=measured.sha256,
    )  # fmt: skip


def keep_fragments(
    recording: Recording,
    data: bytes,
    *,
    late: float = 0.3,
    paused: tuple[int, float] = (10**6, 0.0),
) -> Path:
    """Keep a live stream's fragments, each whole `late` seconds after its last picture.

    `paused`: before which fragment the recorder had paused, for how many seconds.
    """
    broadcast = recording.broadcast
    store = Store(broadcast.meeting_id, broadcast.pk, recording.part)
    head, found = fragments(data)
    store.begin("full", Init(MIME, head))
    for number, one in enumerate(found):
        pause = paused[1] if number >= paused[0] else 0.0
        wall = recording.started_at + timedelta(seconds=number + 1 + late + pause)
        store.append("full", Fragment(one, True, number * 1000, 1000), wall)
    store.close()
    return store_of(recording) / "full.mp4"
