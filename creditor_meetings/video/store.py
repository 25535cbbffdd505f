"""Fragments of a part on disk, from where every process serves them and the copy is made.

`recordings/<meeting>/media/<broadcast>-<part>/` holds for each rendition

- `<rendition>.mp4`: head and fragments one after another, as they came out of the worker;
- `<rendition>.index`: a line of JSON for each head (`init`, `mime`, `offset`, `length`), each
  fragment (`seq`, `offset`, `length`, `key`, `start_ms`, `duration_ms`, `wall`: UTC) and the end.

Both only grow. The media is written before its line, so that whatever has a whole line is there;
a line that was cut short, or that tells of more than the file holds, counts as never written.
`part.json` says where the numbers of this part's segments begin.
"""

import contextlib
import ctypes
import json
import os
import re
import shutil
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from creditor_meetings.cases import clock
from creditor_meetings.video.media import LOW, RENDITIONS, Fragment, Init
from creditor_meetings.video.recordings import directory
from creditor_meetings.video.segments import KEPT_SECONDS, Track, index_of, parsed

DISCARDED = "discarded"
LINGER_SECONDS = 60.0
"""How long an unrecorded part stays after its end, for viewers some seconds behind."""

FORGET_EVERY_MS = 10_000
SUCCEED_SECONDS = 6.0
"""How long a part waits for the end of the one before: a worker has five to give out the rest."""

_NAME = re.compile(r"([0-9]{1,18})-([0-9]{1,9})")
_JUMP = 1_000_000
"""Segments of a part are numbered from here on when nothing tells of the part before."""
_LIBC = ctypes.CDLL(None)
_PUNCH_HOLE = 0x01 | 0x02  # the file keeps its size (Linux, fallocate(2))
_Offset = ctypes.c_int64

_being_written: set[tuple[int, int, int]] = set()
"""The parts that this process writes; of those of another one, nothing more is expected."""
_being_written_lock = threading.Lock()


def media_directory(meeting_id: int) -> Path:
    """Return where the parts of a meeting lie."""
    return directory() / str(meeting_id) / "media"


def part_directory(meeting_id: int, broadcast_id: int, part: int) -> Path:
    """Return where a part lies."""
    return media_directory(meeting_id) / f"{broadcast_id}-{part}"


def media_file(meeting_id: int, broadcast_id: int, part: int, rendition: str) -> Path:
    """Return the file of a part's rendition: head and fragments."""
    return part_directory(meeting_id, broadcast_id, part) / f"{rendition}.mp4"


def lines(media: Path) -> Iterator[dict[str, Any]]:
    """Read the index of a rendition: heads and fragments that are there whole, in order."""
    size = media.stat().st_size if media.exists() else 0
    index = index_of(media)
    if not index.exists():
        return
    for raw in index.read_bytes().split(b"\n")[:-1]:
        line = parsed(raw)
        if line is not None and "offset" in line and line["offset"] + line["length"] <= size:
            yield line


def whole_bytes(media: Path) -> int:
    """Return how much of a rendition's file is whole fragments, after whatever crash."""
    return max((line["offset"] + line["length"] for line in lines(media)), default=0)


def parts(meeting_id: int, broadcast_id: int) -> list[int]:
    """Return the numbers of a broadcast's parts that are there, in order."""
    return sorted(part for broadcast, part in _there(meeting_id) if broadcast == broadcast_id)


def all_parts(meeting_id: int) -> list[tuple[int, int]]:
    """Return broadcast and part of all that is there and is to stay."""
    return [
        (broadcast, part)
        for broadcast, part in _there(meeting_id)
        if not (part_directory(meeting_id, broadcast, part) / DISCARDED).exists()
    ]


def _there(meeting_id: int) -> list[tuple[int, int]]:
    try:
        names = [found.name for found in media_directory(meeting_id).iterdir()]
    except FileNotFoundError:
        return []
    matches = [_NAME.fullmatch(name) for name in names]
    return [(int(one[1]), int(one[2])) for one in matches if one is not None]


class Store:
    """Writes one part; used by one thread at a time. OSError when the disk does not take it."""

    def __init__(self, meeting_id: int, broadcast_id: int, part: int) -> None:
        self._key = (meeting_id, broadcast_id, part)
        self._directory = part_directory(meeting_id, broadcast_id, part)
        self._renditions: dict[str, _Rendition] = {}
        self._closed = False
        self._forgets = False
        self._begun: float | None = None
        # What came while the part before was still being written; None once this one is.
        self._waiting: list[Callable[[], None]] | None = []
        with _being_written_lock:
            _being_written.add(self._key)

    def forget(self) -> None:
        """Keep of this part only what live viewers need: it is not recorded."""
        self._do(self._forget)

    def _forget(self) -> None:
        self._forgets = True
        for one in self._renditions.values():
            one.forgets = True

    def begin(self, rendition: str, init: Init) -> None:
        """Write a head; a later one of the same rendition holds from there on."""
        if rendition not in RENDITIONS:
            raise ValueError(f"rendition {rendition!r}: one of {', '.join(RENDITIONS)} is right")
        self._do(lambda: self._begin(rendition, init))

    def append(self, rendition: str, fragment: Fragment, at: datetime) -> None:
        """Write a fragment that was whole at the moment `at`."""
        self._do(lambda: self._renditions[rendition].append(fragment, at))

    def close(self) -> None:
        """Mark the end: nothing of this part follows."""
        if self._closed:
            return
        self._closed = True
        try:
            self._go_on()
            for one in self._renditions.values():
                one.close()
        finally:
            with _being_written_lock:
                _being_written.discard(self._key)

    def _do(self, work: Callable[[], None]) -> None:
        """Write, or wait with it: the numbers of this part follow those of the one before."""
        if self._waiting is None:
            work()
            return
        self._begun = self._begun or time.monotonic()
        self._waiting.append(work)
        late = time.monotonic() - self._begun > SUCCEED_SECONDS
        if late or not self._is_one_before():
            self._go_on()

    def _is_one_before(self) -> bool:
        meeting_id, broadcast_id, part = self._key
        with _being_written_lock:
            return any(
                one[:2] == (meeting_id, broadcast_id) and one[2] < part for one in _being_written
            )

    def _go_on(self) -> None:
        waiting, self._waiting = self._waiting, None
        for work in waiting or ():
            work()

    def _begin(self, rendition: str, init: Init) -> None:
        if rendition not in self._renditions:
            if not self._renditions:
                _open_part(*self._key)
            self._renditions[rendition] = _Rendition(self._directory / f"{rendition}.mp4")
            self._renditions[rendition].forgets = self._forgets
        self._renditions[rendition].begin(init)


class _Rendition:
    """The two files of a rendition, open for writing."""

    def __init__(self, media: Path) -> None:
        # Exclusive: a part is written once, by one process.
        self._media = media.open("xb", buffering=0)
        self._index = index_of(media).open("ab", buffering=0)
        self._bytes = 0
        self._head_places: list[tuple[int, int]] = []
        self._fragments = 0
        self.forgets = False
        # Where something began every now and then, and when: (start_ms, offset).
        self._marks: deque[tuple[int, int]] = deque()
        self._forgotten = 0

    def begin(self, init: Init) -> None:
        self._write(init.data, {"init": len(self._head_places), "mime": init.mime})
        self._head_places.append((self._bytes - len(init.data), self._bytes))

    def append(self, fragment: Fragment, at: datetime) -> None:
        line = {
            "seq": self._fragments,
            "key": fragment.key,
            "start_ms": fragment.start_ms,
            "duration_ms": fragment.duration_ms,
            "wall": clock.rfc3339(at),
        }
        if self.forgets:
            self._forget_before(fragment.start_ms)
        self._write(fragment.data, line)
        self._fragments += 1

    def _forget_before(self, now_ms: int) -> None:
        """Have what no live viewer can ask for any more erased; a head may still serve."""
        if not self._marks or now_ms - self._marks[-1][0] >= FORGET_EVERY_MS:
            self._marks.append((now_ms, self._bytes))
        while now_ms - self._marks[0][0] > KEPT_SECONDS * 1000 + FORGET_EVERY_MS:
            self._marks.popleft()
            for head, end in [*self._head_places, (self._marks[0][1], self._marks[0][1])]:
                if head >= self._forgotten:
                    erase(self._media.fileno(), self._forgotten, min(head, self._marks[0][1]))
                    self._forgotten = min(end, self._marks[0][1])

    def _write(self, data: bytes, line: Mapping[str, Any]) -> None:
        offset = self._bytes
        rest = memoryview(data)
        while rest:
            written = os.write(self._media.fileno(), rest)
            self._bytes += written
            rest = rest[written:]
        _add_line(self._index.fileno(), {**line, "offset": offset, "length": len(data)})

    def close(self) -> None:
        try:
            _add_line(self._index.fileno(), {"end": True})
            os.fdatasync(self._media.fileno())
            os.fdatasync(self._index.fileno())
        finally:
            self._media.close()
            self._index.close()


def erase(descriptor: int, begin: int, end: int) -> None:
    """Take the content of a part of a file away, and its place on the disk where that is possible.

    Other offsets stay as they are.
    """
    if end <= begin:
        return
    if _LIBC.fallocate(descriptor, _PUNCH_HOLE, _Offset(begin), _Offset(end - begin)) == 0:
        return
    while begin < end:  # a file system that knows no holes
        begin += os.pwrite(descriptor, bytes(min(end - begin, 1024 * 1024)), begin)


def _add_line(descriptor: int, line: Mapping[str, Any]) -> None:
    # One write to a file opened for appending: it comes whole, whoever else appends.
    os.write(descriptor, json.dumps(line).encode() + b"\n")


def _open_part(meeting_id: int, broadcast_id: int, part: int) -> None:
    """Make a part's directory, and number its segments on from the part before."""
    sweep(meeting_id)
    first = _first_numbers(meeting_id, broadcast_id, part)
    made = part_directory(meeting_id, broadcast_id, part)
    made.mkdir(parents=True, exist_ok=True)
    draft = made / "part.draft"
    draft.write_text(json.dumps({"first": first}))
    draft.replace(made / "part.json")


def _first_numbers(meeting_id: int, broadcast_id: int, part: int) -> dict[str, int]:
    """Return the number of a part's first segment, for each rendition."""
    earlier = [one for one in parts(meeting_id, broadcast_id) if one < part]
    if not earlier:
        return dict.fromkeys(RENDITIONS, (part - 1) * _JUMP if part > 1 else 0)
    before = part_directory(meeting_id, broadcast_id, earlier[-1])
    first = first_numbers(before)
    if first is None:
        return dict.fromkeys(RENDITIONS, (part - 1) * _JUMP)
    return {
        rendition: first[rendition] + _sealed_count(before, rendition) for rendition in RENDITIONS
    }


def _sealed_count(part: Path, rendition: str) -> int:
    """Count a part's segments, and see to it that there will be no more of them.

    Two parts share one row of numbers. What a worker that is late, or a process that was thought
    dead, still adds to the earlier one is kept for the copy, but gets no number.
    """
    played = played_file(part, rendition)
    if played is None:
        return 0
    track = Track(played)
    track.read_on()
    if not track.ended:
        with index_of(played).open("ab", buffering=0) as index:
            # The line before may have been cut short by a crash.
            os.write(index.fileno(), b'\n{"end": true}\n')
        track.read_on()
    return track.count


def played_file(part: Path, rendition: str) -> Path | None:
    """Return the file that plays as a rendition in a part; None while there is none.

    A source without a picture has no low rendition: whoever asked for it hears the full one.
    """
    media = part / f"{rendition}.mp4"
    if index_of(media).exists():
        return media
    full = part / "full.mp4"
    if rendition == LOW and index_of(full).exists():
        with index_of(full).open("rb") as index:
            head = parsed(index.readline())
        if head is not None and not has_picture(str(head.get("mime"))):
            return full
    return None


def has_picture(mime: str) -> bool:
    """Whether a type names a codec of pictures."""
    return "avc" in mime or "hvc" in mime


def first_numbers(part: Path) -> dict[str, int] | None:
    """Read where a part's numbers begin; None while that is not written, or it is gone."""
    try:
        first = json.loads((part / "part.json").read_text())["first"]
        return {rendition: int(first[rendition]) for rendition in RENDITIONS}
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def discard(meeting_id: int, broadcast_id: int, part: int) -> None:
    """Have a part that is not recorded removed, as soon as the last viewer has seen its end."""
    found = part_directory(meeting_id, broadcast_id, part)
    if not found.exists():
        return
    with contextlib.suppress(OSError):
        (found / DISCARDED).touch()
    late = threading.Timer(LINGER_SECONDS + 1, sweep, [meeting_id])
    late.daemon = True  # a server that ends waits for none; the next part, or server, sweeps too
    late.start()


def sweep(meeting_id: int) -> None:
    """Remove the meeting's discarded parts whose time has come."""
    for marker in media_directory(meeting_id).glob(f"*/{DISCARDED}"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - marker.stat().st_mtime >= LINGER_SECONDS:
                remove(marker.parent)


def remove(part: Path) -> None:
    """Remove a part and all its media."""
    shutil.rmtree(part, ignore_errors=True)
