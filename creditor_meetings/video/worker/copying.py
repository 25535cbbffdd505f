"""The process that makes the copy that plays (可播放副本): `python -m …worker.copying`.

It reads one job as JSON on standard input and answers with one line of JSON:

    {"source": path, "length": bytes of it that are whole, "format": "mp4" | "matroska",
     "target": path, "chapters": [[title, ms], …]}
    -> {"ok": true, "base_ms", "duration_ms", "pictures", "damaged", "bytes", "sha256"}
    -> {"ok": false, "problem": "disk_full" | "unreadable", "what": words for the log}

Times of the job are on the source's time line; the copy begins at `base_ms` of it. Like the live
worker it meets media of strangers in native code, hence a process of its own with limits.
"""

import ctypes
import errno
import hashlib
import io
import json
import os
import resource
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
from av.container import InputContainer, OutputContainer

from creditor_meetings.video.worker.recoding import Damaged, Track, tracks_of

if TYPE_CHECKING:
    from av.container.core import Chapter

MEMORY = 2 * 1024 * 1024 * 1024
CPU_SECONDS = 6 * 3600
GENTLE = 10
FIRST_PACKETS = 200
"""Among so many the earliest one is found, of whatever stream."""
_READ = 1024 * 1024


class Unreadable(Exception):
    """Nothing in the source can be played."""


@dataclass(frozen=True)
class Job:
    """What is to be copied where; chapters are titles with milliseconds of the source."""

    source: str
    length: int
    format: str
    target: str
    chapters: Sequence[tuple[str, int]]


@dataclass
class Extent:
    """How far the copy reaches, in milliseconds of the source, and how many pictures it has."""

    until_ms: float = 0.0
    pictures: int = 0
    damaged: bool = False


def copy(job: Job) -> dict[str, Any]:
    """Make the copy and say what it came to. Raises `Unreadable`, OSError."""
    try:
        end_ms, base_ms = _reach(job)
        with _opened(job) as source:
            extent = _write(job, source, base_ms, end_ms)
    except (Damaged, av.error.InvalidDataError, av.error.EOFError, ValueError) as bad:
        raise Unreadable(str(bad)) from bad
    size, sha256 = _measure(Path(job.target))
    return {
        "ok": True,
        "base_ms": round(base_ms),
        "duration_ms": round(extent.until_ms - base_ms),
        "pictures": extent.pictures,
        "damaged": extent.damaged,
        "bytes": size,
        "sha256": sha256,
    }


class _Cut(io.FileIO):
    """A file that ends at `length`: behind it may lie what a killed server did not finish."""

    def __init__(self, path: str, length: int) -> None:
        super().__init__(path, "rb")
        self._length = length

    def read(self, size: int | None = -1, /) -> bytes:
        """Give at most what is whole."""
        left = max(0, self._length - self.tell())
        return super().read(left if size is None or size < 0 else min(size, left))

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Move; the end is where the whole part ends."""
        return super().seek(self._length + offset) if whence == 2 else super().seek(offset, whence)


def _opened(job: Job) -> InputContainer:
    return av.open(_Cut(job.source, job.length), "r", format=job.format)


def _reach(job: Job) -> tuple[float, float]:
    """Walk the packets once: where the source ends and begins, in milliseconds.

    Chapters are written before the first packet, and the last one must end with the media.
    """
    ends: list[float] = []
    starts: list[float] = []
    with _opened(job) as source:
        for packet in _packets(source, Extent()):
            if packet.pts is None or packet.time_base is None:
                continue
            start = float(packet.pts * packet.time_base * 1000)
            if len(starts) < FIRST_PACKETS:
                starts.append(start)
            ends.append(start + float((packet.duration or 0) * packet.time_base * 1000))
            if len(ends) > 1000:
                ends = [max(ends)]
    if not starts:
        raise Unreadable("no packets")
    return max(ends), min(starts)


def _packets(source: InputContainer, extent: Extent) -> Iterator[av.Packet]:
    """Give the packets up to where a killed server cut the file off."""
    streams = [one for one in source.streams if one.type in ("video", "audio")]
    if not streams:
        raise Unreadable("neither pictures nor sound")
    packets = source.demux(streams)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except (av.error.InvalidDataError, av.error.EOFError):
            extent.damaged = True
            return
        if packet.size:
            yield packet


def _write(job: Job, source: InputContainer, base_ms: float, end_ms: float) -> Extent:
    extent = Extent()
    # Written twice: the index goes to the front, so that a player may begin at once.
    options = {"movflags": "faststart"}
    with av.open(job.target, "w", format="mp4", options=options) as target:
        tracks = tracks_of(source, target, base_ms)
        if not tracks:
            raise Unreadable("nothing that plays")
        target.set_chapters(_chapters(job.chapters, base_ms, end_ms))
        for packet in _packets(source, extent):
            _take(tracks.get(packet.stream_index), packet, target, extent)
        for track in tracks.values():
            _put(track, track.flush(), target, extent)
    extent.until_ms += base_ms
    if extent.until_ms <= base_ms:
        raise Unreadable("no whole picture and no sound")
    return extent


def _take(track: Track | None, packet: av.Packet, target: OutputContainer, extent: Extent) -> None:
    if track is None:
        return
    try:
        made = track.take(packet)
    except (av.error.InvalidDataError, ValueError):
        # One packet that cannot be decoded costs itself, not what follows.
        extent.damaged = True
        return
    _put(track, made, target, extent)


def _put(
    track: Track, packets: Sequence[av.Packet], target: OutputContainer, extent: Extent
) -> None:
    for packet in packets:
        assert packet.pts is not None
        assert packet.time_base is not None
        end = (packet.pts + (packet.duration or 0)) * packet.time_base * 1000
        extent.until_ms = max(extent.until_ms, float(end))
        extent.pictures += track.is_video
        target.mux_one(packet)


def _chapters(
    chapters: Sequence[tuple[str, int]], base_ms: float, end_ms: float
) -> "list[Chapter]":
    end = max(1, round(end_ms - base_ms))
    starts = [(title, max(0, min(round(at - base_ms), end))) for title, at in chapters]
    # Of chapters that were over before the recording began, only the last was still going on.
    kept = [
        one
        for number, one in enumerate(starts)
        if one[1] < end and (number + 1 == len(starts) or starts[number + 1][1] > one[1])
    ]
    untils = [start for _title, start in kept[1:]] + [end]
    return [
        {
            "id": number,
            "start": start,
            "end": until,
            "time_base": Fraction(1, 1000),
            "metadata": {"title": title},
        }
        for number, ((title, start), until) in enumerate(zip(kept, untils, strict=True))
    ]


def _measure(file: Path) -> tuple[int, str]:
    """Have the disk itself take the copy; return its size and hash."""
    total, size = hashlib.sha256(), 0
    with file.open("rb") as made:
        while part := made.read(_READ):
            total.update(part)
            size += len(part)
        os.fsync(made.fileno())
    return size, total.hexdigest()


def _confine(source: str) -> None:
    """End with whoever started us, leave the processor to live video, and take no more than this.

    What a broken file can make native code do stays within these limits.
    """
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    os.nice(GENTLE)
    largest = 64 * 1024 * 1024 + 8 * Path(source).stat().st_size
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, largest),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))


def main() -> int:
    """Do one job; 0 when the copy is there."""
    told = json.load(sys.stdin)
    try:
        _confine(told["source"])
        answer = copy(Job(**told))
    except Unreadable as bad:
        answer = {"ok": False, "problem": "unreadable", "what": str(bad)}
    except OSError as problem:
        full = problem.errno in (errno.ENOSPC, errno.EDQUOT)
        what = "disk_full" if full else "unreadable"
        answer = {"ok": False, "problem": what, "what": str(problem)}
    sys.stdout.write(json.dumps(answer) + "\n")
    return 0 if answer["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
