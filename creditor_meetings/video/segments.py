"""Fragments gathered into segments of about a second: a pure function of a rendition's index.

Every process that reads an index comes to the same segments with the same numbers.
"""

import json
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

SEGMENT_MS = 900
"""A segment ends before the first keyframe after so long; recorders' seconds are a little short."""
LONGEST_MS = 6_000
"""It ends after so long in any case, also where the picture stands still and has no keyframe."""
KEPT_SECONDS = 90
"""How far back segments are known: what is older is no live video."""
_CLOCK_DRIFT = timedelta(seconds=1)


@dataclass(frozen=True)
class Head:
    """An init segment: where it lies in the file."""

    number: int
    offset: int
    length: int
    mime: str


@dataclass(frozen=True)
class Segment:
    """Whole fragments that lie one after another in the file; times of the part's time line."""

    number: int
    head: Head
    offset: int
    length: int
    start_ms: int
    duration_ms: int
    wall: datetime


@dataclass
class _Open:
    """The segment that still grows."""

    offset: int
    start_ms: int
    wall: datetime
    key: bool
    length: int = 0
    end_ms: int = 0

    @property
    def duration_ms(self) -> int:
        return max(self.end_ms - self.start_ms, 1)


def index_of(media: Path) -> Path:
    """Return the index beside a rendition's file."""
    return media.with_suffix(".index")


def parsed(raw: bytes) -> dict[str, Any] | None:
    """Read a line of an index; None where it was cut short."""
    try:
        line = json.loads(raw)
    except ValueError:
        return None
    return line if isinstance(line, dict) else None


class Track:
    """One rendition of one part, read on as it grows; used by one thread at a time."""

    def __init__(self, media: Path) -> None:
        self.media = media
        self.heads: list[Head] = []
        self.segments: deque[Segment] = deque()
        self.count = 0
        """How many segments there were so far, gone ones among them."""
        self.ended = False
        self.independent = True
        """Whether every segment so far began with a keyframe."""
        self.longest_ms = 0
        self.bytes = 0
        self.milliseconds = 0
        self.peak = 0
        """Bits a second of the heaviest segment."""
        self._index = index_of(media)
        self._read = 0
        self._open: _Open | None = None
        # When the part's time line began; moves on when the recorder cut a pause out.
        self._zero: datetime | None = None

    @property
    def size(self) -> int:
        """How much of the index was read: it has news when the file is longer."""
        return self._read

    def read_on(self) -> None:
        """Take what was written since."""
        if self.ended:
            return
        # The media's size first: a line that is there has its media there, except after a crash
        # of the whole machine, and then neither grows any more.
        with self._index.open("rb") as index:
            index.seek(self._read)
            news = index.read()
        whole = news.rfind(b"\n") + 1
        if not whole:
            return
        self._read += whole
        size = self.media.stat().st_size
        for raw in news[:whole].splitlines():
            line = parsed(raw)
            if line is not None:
                self._take(line, size)

    def close(self) -> None:
        """Let what there is be all: whoever wrote it is gone."""
        self._finish()
        self.ended = True

    def _take(self, line: dict[str, Any], size: int) -> None:
        if self.ended:
            return
        if "end" in line:
            self.close()
        elif line["offset"] + line["length"] > size:
            return
        elif "init" in line:
            self._finish()
            head = Head(line["init"], line["offset"], line["length"], line["mime"])
            self.heads.append(head)
        elif self.heads:
            self._add(line)

    def _add(self, line: dict[str, Any]) -> None:
        start, duration = line["start_ms"], line["duration_ms"]
        so_far = max(start - self._open.start_ms, 0) if self._open else 0
        if self._open and (
            (line["key"] and so_far >= SEGMENT_MS) or so_far + duration > LONGEST_MS
        ):
            self._finish()
        if self._open is None:
            self._open = _Open(line["offset"], start, self._moment(line), line["key"])
        self._open.length = line["offset"] + line["length"] - self._open.offset
        self._open.end_ms = max(self._open.end_ms, start + duration)

    def _moment(self, line: dict[str, Any]) -> datetime:
        """Say when the fragment's first picture was taken, as a steady clock and not as it came."""
        start = timedelta(milliseconds=line["start_ms"])
        came = datetime.fromisoformat(line["wall"])
        zero = came - start - timedelta(milliseconds=line["duration_ms"])
        if self._zero is None or abs(zero - self._zero) > _CLOCK_DRIFT:
            self._zero = zero
        return self._zero + start

    def _finish(self) -> None:
        done, self._open = self._open, None
        if done is None:
            return
        made = Segment(
            self.count, self.heads[-1], done.offset, done.length, done.start_ms,
            done.duration_ms, done.wall,
        )  # fmt: skip
        self.segments.append(made)
        self.count += 1
        self.independent = self.independent and done.key
        self.longest_ms = max(self.longest_ms, made.duration_ms)
        self.bytes += made.length
        self.milliseconds += made.duration_ms
        if made.duration_ms >= SEGMENT_MS / 2:
            self.peak = max(self.peak, made.length * 8 * 1000 // made.duration_ms)
        while made.start_ms - self.segments[0].start_ms > KEPT_SECONDS * 1000:
            self.segments.popleft()
