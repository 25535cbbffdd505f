"""A broadcast as HLS (RFC 8216): playlists over all its parts, read from the store of any process.

One live playlist a rendition and broadcast. A part is a discontinuity, and its number the
discontinuity's; segments are numbered through all parts (`store` sees to that), so that every
process, and one that has just started, writes the same playlist.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from creditor_meetings.cases import clock
from creditor_meetings.video import store
from creditor_meetings.video.media import AUDIO, FULL, LOW, RENDITIONS
from creditor_meetings.video.segments import Head, Segment, Track, index_of

WINDOW_MS = 24_000
"""How much of the past a playlist offers."""
PARTS_READ = 8
"""How many parts, from the newest back, a playlist can reach over."""
TYPE = "application/vnd.apple.mpegurl"

_LEAST_BANDWIDTH = {FULL: 600_000, LOW: 200_000, AUDIO: 80_000}
"""Bits a second that are announced at least: a still picture may begin to move."""
_MP4 = re.compile(r"(video|audio)/mp4\b")
_CODECS = re.compile(r'codecs="?([^";]+)')
_SIZE_AT = 28
"""Where width and height stand in a head, counted from the name of the sample entry."""


@dataclass(frozen=True)
class Piece:
    """Bytes of a file that are served as they are; they never change."""

    file: Path
    offset: int
    length: int


@dataclass(frozen=True)
class _Numbered:
    """A segment in its part, and its number in the playlist."""

    part: int
    rendition: str
    number: int
    segment: Segment


class _Part:
    """What a process knows of a part."""

    def __init__(self, directory: Path, number: int, first: dict[str, int]) -> None:
        self.directory = directory
        self.number = number
        self.first = first
        self._tracks: dict[str, Track] = {}

    def track(self, rendition: str) -> Track | None:
        """Return what plays as a rendition; None where nothing does."""
        known = self._of(rendition)
        if known is None and rendition == LOW:
            # Without a picture there is nothing to make smaller.
            full = self._of(FULL)
            return None if full is None or store.has_picture(full.heads[0].mime) else full
        return known

    def _of(self, rendition: str) -> Track | None:
        known = self._tracks.get(rendition)
        return known if known is not None and known.heads and _plays(known) else None

    def read_on(self) -> bool:
        """Take what was written since; whether there was anything."""
        before = [(one.size, one.ended) for one in self._tracks.values()]
        for rendition in RENDITIONS:
            file = self.directory / f"{rendition}.mp4"
            if rendition not in self._tracks and index_of(file).exists():
                self._tracks[rendition] = Track(file)
            if rendition in self._tracks:
                self._tracks[rendition].read_on()
        return before != [(one.size, one.ended) for one in self._tracks.values()]

    def counts(self) -> list[tuple[str, int, int]]:
        """Tell how many heads and segments there are: whether what is offered changed."""
        return [(name, len(one.heads), one.count) for name, one in self._tracks.items()]

    def pieces(self) -> Iterator[tuple[str, Piece]]:
        """Name all heads, and the segments that still count as live."""
        for rendition, track in self._tracks.items():
            for head in track.heads:
                piece = Piece(track.media, head.offset, head.length)
                yield _place(self.number, rendition, init_name(head)), piece
            for one in track.segments:
                piece = Piece(track.media, one.offset, one.length)
                yield _place(self.number, rendition, f"{one.number}.m4s"), piece

    @property
    def ended(self) -> bool:
        """Whether whoever wrote it said that it is whole."""
        return bool(self._tracks) and all(one.ended for one in self._tracks.values())

    def close(self) -> None:
        """Let what there is be all."""
        for one in self._tracks.values():
            one.close()


@dataclass(frozen=True)
class View:
    """What a broadcast offers at a moment; made anew when it changes, hence safe to share."""

    playlists: Mapping[str, str]
    """By file name. A playlist is missing while it would be empty."""
    newest: Mapping[str, int]
    """Number of the newest segment, by rendition."""
    pieces: Mapping[str, Piece]
    """Heads and segments by the names that the playlists give them."""


class Reader:
    """Reads one broadcast; used by one thread at a time, while `view` is anybody's."""

    def __init__(self, meeting_id: int, broadcast_id: int) -> None:
        self.view = View({}, {}, {})
        self.over = False
        self._meeting = meeting_id
        self._broadcast = broadcast_id
        self._parts: dict[int, _Part] = {}

    def read_on(self) -> bool:
        """Take what was written since by whatever process; whether there was anything.

        OSError when the disk does not give it.
        """
        if self.over:
            return False
        before = self._counts()
        there = store.parts(self._meeting, self._broadcast)[-PARTS_READ:]
        for gone in self._parts.keys() - set(there):
            del self._parts[gone]
        grew = False
        for number in there:
            if number not in self._parts and not self._meet(number):
                continue
            try:
                grew = self._parts[number].read_on() or grew
            except FileNotFoundError:  # removed this moment
                del self._parts[number]
        if self._counts() != before:
            self.view = self._viewed()
        return grew

    def _meet(self, number: int) -> bool:
        directory = store.part_directory(self._meeting, self._broadcast, number)
        first = store.first_numbers(directory)
        if first is not None:
            self._parts[number] = _Part(directory, number, first)
        return first is not None

    def _counts(self) -> list[tuple[int, list[tuple[str, int, int]]]]:
        return [(number, part.counts()) for number, part in self._parts.items()]

    def complete(self, last: int) -> bool:
        """Whether the part `last` is there, was written to its end, and was read."""
        newest = max(self._parts, default=0)
        return newest >= last > 0 and self._parts[newest].ended

    def finish(self) -> None:
        """Let what there is be all: the broadcast is over."""
        for part in self._parts.values():
            part.close()
        self.over = True
        self.view = self._viewed()

    def _viewed(self) -> View:
        texts: dict[str, str] = {}
        newest: dict[str, int] = {}
        for rendition in RENDITIONS:
            offered = self._offered(rendition)
            if offered:
                newest[rendition] = offered[-1].number
                texts[f"{rendition}.m3u8"] = self._playlist(rendition, offered)
        if master := self._master(newest):
            texts["master.m3u8"] = master
        pieces = {name: piece for part in self._parts.values() for name, piece in part.pieces()}
        return View(texts, newest, pieces)

    def _playlist(self, rendition: str, offered: list[_Numbered]) -> str:
        tracks = [part.track(rendition) for part in self._parts.values()]
        known = [track for track in tracks if track is not None]
        target = max(1, *((track.longest_ms + 500) // 1000 for track in known))
        lines = ["#EXTM3U", "#EXT-X-VERSION:7", f"#EXT-X-TARGETDURATION:{target}"]
        lines.append(f"#EXT-X-MEDIA-SEQUENCE:{offered[0].number}")
        lines.append(f"#EXT-X-DISCONTINUITY-SEQUENCE:{offered[0].part - 1}")
        if all(track.independent for track in known):
            lines.append("#EXT-X-INDEPENDENT-SEGMENTS")
        lines += _segment_lines(offered)
        if self.over:
            lines.append("#EXT-X-ENDLIST")
        return "\n".join(lines) + "\n"

    def _offered(self, rendition: str) -> list[_Numbered]:
        """Return the segments of the window, oldest first."""
        found: list[_Numbered] = []
        total = 0
        for one in self._newest_first(rendition):
            found.append(one)
            total += one.segment.duration_ms
            if total >= WINDOW_MS:
                break
        return found[::-1]

    def _newest_first(self, rendition: str) -> Iterator[_Numbered]:
        end: int | None = None
        for number in sorted(self._parts, reverse=True):
            part = self._parts[number]
            track, first = part.track(rendition), part.first[rendition]
            if track is not None:
                if end is not None and first + track.count < end:
                    return  # numbers are missing in between: what is before cannot be listed
                for segment in reversed(track.segments):
                    if end is None or first + segment.number < end:
                        yield _Numbered(number, track.media.stem, first + segment.number, segment)
                if track.segments and track.segments[0].number > 0:
                    return
            elif end is not None and first < end:
                return
            end = first

    def _master(self, newest: Mapping[str, int]) -> str | None:
        """Write the playlist of renditions; None while there is nothing to play."""
        number = max((n for n, part in self._parts.items() if part.track(FULL)), default=None)
        if number is None or FULL not in newest:
            return None
        part = self._parts[number]
        full = part.track(FULL)
        pictured = full is not None and store.has_picture(full.heads[-1].mime)
        lines = ["#EXTM3U", "#EXT-X-VERSION:7"]
        for rendition in RENDITIONS if pictured else (AUDIO,):
            track = part.track(rendition)
            if track is not None:
                lines += [f"#EXT-X-STREAM-INF:{_attributes(rendition, track)}", f"{rendition}.m3u8"]
        return "\n".join(lines) + "\n"


def _plays(track: Track) -> bool:
    # What went straight through without a worker is WebM, which no player takes as HLS.
    return _MP4.match(track.heads[0].mime) is not None


def _segment_lines(offered: list[_Numbered]) -> Iterator[str]:
    before: _Numbered | None = None
    for one in offered:
        segment = one.segment
        if before is not None and before.part != one.part:
            # Parts that brought nothing are counted too: all renditions count alike, and so
            # does a process that never saw them.
            yield from ["#EXT-X-DISCONTINUITY"] * (one.part - before.part)
        if before is None or (before.part, before.segment.head) != (one.part, segment.head):
            head = _place(one.part, one.rendition, init_name(segment.head))
            yield f'#EXT-X-MAP:URI="{head}"'
        yield f"#EXT-X-PROGRAM-DATE-TIME:{clock.rfc3339(segment.wall)}"
        yield f"#EXTINF:{segment.duration_ms / 1000:.3f},"
        yield _place(one.part, one.rendition, f"{segment.number}.m4s")
        before = one


def _place(part: int, rendition: str, name: str) -> str:
    return f"{part}/{rendition}/{name}"


def init_name(head: Head) -> str:
    """Return the file name of a head in its rendition's directory."""
    return "init.mp4" if head.number == 0 else f"init-{head.number}.mp4"


def _attributes(rendition: str, track: Track) -> str:
    least = _LEAST_BANDWIDTH[rendition]
    peak = max(track.peak * 11 // 10, least)
    average = track.bytes * 8000 // max(track.milliseconds, 1)
    words = [f"BANDWIDTH={peak}", f"AVERAGE-BANDWIDTH={min(max(average, 1), peak)}"]
    head = track.heads[-1]
    if codecs := _CODECS.search(head.mime):
        words.append(f'CODECS="{codecs[1].replace(" ", "")}"')
    if size := _resolution(track.media, head):
        words.append(f"RESOLUTION={size[0]}x{size[1]}")
    return ",".join(words)


def _resolution(media: Path, head: Head) -> tuple[int, int] | None:
    with media.open("rb") as file:
        file.seek(head.offset)
        data = file.read(head.length)
    at = max(data.find(b"avc1"), data.find(b"avc3"))
    if at < 0 or at + _SIZE_AT + 4 > len(data):
        return None
    size = data[at + _SIZE_AT : at + _SIZE_AT + 4]
    return int.from_bytes(size[:2]), int.from_bytes(size[2:])
