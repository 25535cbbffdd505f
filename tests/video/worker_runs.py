"""Recordings sent through the worker's pipeline in this process, and what came out."""

import io
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import av

from creditor_meetings.video.media import Fragment, Init
from creditor_meetings.video.worker.matroska import MatroskaSource
from creditor_meetings.video.worker.packets import Packet, Track
from creditor_meetings.video.worker.pipeline import Pipeline
from tests.video import streams


@dataclass
class Made:
    """Heads and fragments of each rendition, in order."""

    heads: dict[str, list[Init]] = field(default_factory=lambda: defaultdict(list))
    fragments: dict[str, list[Fragment]] = field(default_factory=lambda: defaultdict(list))
    pcm: bytes = b""
    _bodies: dict[str, list[list[Fragment]]] = field(default_factory=lambda: defaultdict(list))

    def on_init(self, rendition: str, init: Init) -> None:
        """Take a head."""
        self.heads[rendition].append(init)
        self._bodies[rendition].append([])

    def on_fragment(self, rendition: str, fragment: Fragment) -> None:
        """Take a fragment; one before its head is an error."""
        self.fragments[rendition].append(fragment)
        self._bodies[rendition][-1].append(fragment)

    def on_pcm(self, samples: bytes) -> None:
        """Take sound for a recogniser."""
        self.pcm += samples

    def files(self, rendition: str) -> list[bytes]:
        """One file a head."""
        return [
            head.data + b"".join(one.data for one in body)
            for head, body in zip(self.heads[rendition], self._bodies[rendition], strict=True)
        ]

    def file(self, rendition: str) -> bytes:
        """All fragments after the first head, as a replay has them."""
        return self.heads[rendition][0].data + b"".join(
            one.data for one in self.fragments[rendition]
        )

    def from_key(self, rendition: str) -> Iterator[bytes]:
        """One file for each place where a player may begin."""
        for head, body in zip(self.heads[rendition], self._bodies[rendition], strict=True):
            for number, fragment in enumerate(body):
                if fragment.key:
                    yield head.data + b"".join(one.data for one in body[number:])


class Slices:
    """An inlet of a recording that arrives slice by slice."""

    def __init__(self, data: bytes, size: int) -> None:
        self._data, self._size = data, size

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        """Give slice after slice."""
        for one in streams.slices(self._data, self._size):
            yield 0, one


def packets_of(data: bytes, size: int = 2_000) -> tuple[list[Track], list[Packet]]:
    """Read the packets of a recording."""
    source = MatroskaSource(Slices(data, size))
    tracks = source.tracks()
    return tracks, list(source.packets())


def run(tracks: list[Track], packets: list[Packet]) -> Made:
    """Send packets through a pipeline, all at once."""
    made = Made()
    pipeline = Pipeline(tracks, made.on_init, made.on_fragment, made.on_pcm)
    for packet in packets:
        pipeline.take(packet)
    pipeline.finish()
    return made


def made_of(data: bytes, size: int = 2_000) -> Made:
    """Send a recording through a pipeline."""
    return run(*packets_of(data, size))


def times(data: bytes, kind: str) -> list[tuple[float, float]]:
    """Return when each packet of a file is decoded and when it is shown, in seconds."""
    with av.open(io.BytesIO(data)) as container:
        stream = next(one for one in container.streams if one.type == kind)
        return [
            (float(one.dts * one.time_base), float(one.pts * one.time_base))
            for one in container.demux(stream)
            if one.size
        ]


def coded(data: bytes) -> list[bytes]:
    """Return the packets of a file's pictures as they stand in it."""
    with av.open(io.BytesIO(data)) as container:
        return [bytes(one) for one in container.demux(video=0) if one.size]
