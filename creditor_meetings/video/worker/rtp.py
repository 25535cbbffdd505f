"""RTP datagrams as a source of packets: see `packets.Source`.

What is fed is a frame `ABOUT` of JSON, `{"tracks": [0, 2]}`, then datagrams, each under the number
of its track, which says the codec. Nothing here depends on anything but what came and when; the
sender's clocks are brought onto one line by when things arrived.
"""

import json
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from creditor_meetings.video.media import BadMedia
from creditor_meetings.video.worker import packets
from creditor_meetings.video.worker.inlet import Pipe
from creditor_meetings.video.worker.rtp_frames import (
    Assembler,
    H264Assembler,
    OpusAssembler,
    Order,
    Packet,
    Vp8Assembler,
    parse,
)

OPUS, VP8, H264, ABOUT = 0, 1, 2, 255
"""Tracks, as a recording's framed file numbers them, too."""

CODECS = {OPUS: packets.OPUS, VP8: packets.VP8, H264: packets.H264}
CLOCKS = {OPUS: 48_000, VP8: 90_000, H264: 90_000}

WAIT_US = {OPUS: 120_000, VP8: 250_000, H264: 250_000}
"""How long a missing datagram is waited for: the sender sends it again when it is asked to."""

SETTLE_US = 200_000
"""How long the first frames are held until the two clocks are known against each other."""

_MOST_SETTLING = 400
_LONGEST_STEP_SECONDS = 60


@dataclass(frozen=True)
class Frame:
    """A whole frame of one track; `pts_us` counts from the part's beginning."""

    track: int
    data: bytes
    key: bool
    pts_us: int


_ASSEMBLERS: dict[int, Callable[[], Assembler]] = {
    OPUS: OpusAssembler,
    VP8: Vp8Assembler,
    H264: H264Assembler,
}


class Track:
    """One track: its order, its frames, its clock."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._order = Order(WAIT_US[number])
        self._frames: Assembler = _ASSEMBLERS[number]()
        self._last: int | None = None
        self._ssrc: int | None = None
        self._ticks = 0
        self.offset_us: int | None = None
        """What brings the track's own clock onto the common line; the least seen so far."""

    def push(self, datagram: bytes, now_us: int) -> Iterator[tuple[int, bytes, bool]]:
        """Take a datagram; yield (µs on the track's own clock, data, key)."""
        packet = parse(datagram)
        if packet is not None:
            if packet.ssrc != self._ssrc:
                # Another sender's clock: where it stands is seen anew.
                self._ssrc, self._last, self.offset_us = packet.ssrc, None, None
            yield from self._made(self._order.push(packet, now_us), now_us)

    def due(self, now_us: int) -> Iterator[tuple[int, bytes, bool]]:
        """Give up what has been missing too long by now; yield as `push`."""
        yield from self._made(self._order.due(now_us), now_us)

    def _made(
        self, ordered: Iterator[Packet | None], now_us: int
    ) -> Iterator[tuple[int, bytes, bool]]:
        for one in ordered:
            for timestamp, data, key in self._frames.push(one):
                yield self._own_us(timestamp), data, key

    def _own_us(self, timestamp: int) -> int:
        if self._last is not None:
            step = (timestamp - self._last) & 0xFFFFFFFF
            if step >= 0x80000000:
                step -= 0x100000000
            if abs(step) > CLOCKS[self.number] * _LONGEST_STEP_SECONDS:
                # The sender's clock started over: go on where the wall clock says.
                step = 0
                self.offset_us = None
            self._ticks += step
        self._last = timestamp
        return self._ticks * 1_000_000 // CLOCKS[self.number]


class Session:
    """The tracks of one part on one line of time."""

    def __init__(self) -> None:
        self._tracks: dict[int, Track] = {}
        self._began: int | None = None
        self._settling: list[tuple[Track, int, bytes, bool]] | None = []
        self._shift_us = 0

    def push(self, track: int, datagram: bytes, now_us: int) -> list[Frame]:
        """Take a datagram that arrived at `now_us` (any clock that only goes on)."""
        if track not in CODECS:
            return []
        if self._began is None:
            self._began = now_us
        found = self._tracks.get(track)
        if found is None:
            found = self._tracks[track] = Track(track)
        made = self._placed(found, found.push(datagram, now_us), now_us)
        for other in self._tracks.values():
            if other is not found:
                made += self._placed(other, other.due(now_us), now_us)
        return self._settled(now_us) + made

    def _placed(
        self, track: Track, whole: Iterator[tuple[int, bytes, bool]], now_us: int
    ) -> list[Frame]:
        assert self._began is not None
        made: list[Frame] = []
        for own_us, data, key in whole:
            offset = now_us - self._began - own_us
            if self._settling is not None or track.offset_us is None:
                # The one that travelled fastest tells the clocks' distance best.
                track.offset_us = min(
                    offset, offset if track.offset_us is None else track.offset_us
                )
            if self._settling is None:
                made.append(self._frame(track, own_us, data, key))
            else:
                self._settling.append((track, own_us, data, key))
        return made

    def _settled(self, now_us: int) -> list[Frame]:
        if self._settling is None or self._began is None:
            return []
        if now_us - self._began < SETTLE_US and len(self._settling) < _MOST_SETTLING:
            return []
        return self.flush()

    def flush(self) -> list[Frame]:
        """Give out what is still held."""
        held, self._settling = self._settling or [], None
        # Those that came first travelled longest: they lie before the beginning.
        earliest = min((own_us + (track.offset_us or 0) for track, own_us, *_ in held), default=0)
        self._shift_us = max(0, -earliest)
        return sorted((self._frame(*one) for one in held), key=lambda frame: frame.pts_us)

    def _frame(self, track: Track, own_us: int, data: bytes, key: bool) -> Frame:
        when = own_us + (track.offset_us or 0) + self._shift_us
        return Frame(track.number, data, key, max(0, when))


class RtpSource:
    """A source of packets: see `packets.Source`."""

    def __init__(
        self, pipe: Pipe, now_us: Callable[[], int] = lambda: time.monotonic_ns() // 1000
    ) -> None:
        self._pipe = pipe
        self._now_us = now_us
        self._frames = iter(pipe)

    def tracks(self) -> list[packets.Track]:
        """Read what is announced."""
        first = next(self._frames, None)
        if first is None or first[0] != ABOUT:
            raise BadMedia("what came does not begin with the list of its tracks")
        return [
            packets.Track(packets.AUDIO if number == OPUS else packets.VIDEO, CODECS[number])
            for number in read_about(first[1])
        ]

    def packets(self) -> Iterator[packets.Packet]:
        """Give frame after frame until the part ends."""
        session = Session()
        for track, datagram in self._frames:
            for frame in session.push(track, datagram, self._now_us()):
                self._pipe.barren = 0
                yield _packet(frame)
        for frame in session.flush():
            yield _packet(frame)


def _packet(frame: Frame) -> packets.Packet:
    kind = packets.AUDIO if frame.track == OPUS else packets.VIDEO
    pts = frame.pts_us * packets.TICKS // 1_000_000
    return packets.Packet(kind, pts, frame.key, frame.data)


def about(tracks: list[int]) -> bytes:
    """Describe the tracks of a part, for the frame `ABOUT`."""
    return json.dumps({"tracks": tracks}).encode()


def read_about(data: bytes) -> list[int]:
    """Read the tracks of a part. Raises `BadMedia`."""
    try:
        found = json.loads(data)["tracks"]
        numbers = [int(one) for one in found]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BadMedia("the list of tracks cannot be read") from None
    videos = [one for one in numbers if one in (VP8, H264)]
    if not numbers or len(videos) > 1 or len(set(numbers)) < len(numbers):
        raise BadMedia(f"there can be one track of sound and one of pictures, not {numbers}")
    if not CODECS.keys() >= set(numbers):
        raise BadMedia(f"tracks {numbers}: 0 is opus, 1 VP8, 2 H.264")
    return numbers


def frames_of_file(file: bytes) -> Iterator[tuple[int, bytes]]:
    """Read a recording: [u32 length][u8 track][datagram]…; a last one cut short is left out."""
    at = 0
    while at + 5 <= len(file):
        length, track = struct.unpack_from("!IB", file, at)
        if at + 5 + length > len(file):
            return
        yield track, file[at + 5 : at + 5 + length]
        at += 5 + length


def framed(track: int, datagram: bytes) -> bytes:
    """Put a datagram into the frame that a recording keeps it in."""
    return struct.pack("!IB", len(datagram), track) + datagram
