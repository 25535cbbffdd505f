"""RTP packets back into frames: VP8 (RFC 7741), H.264 (RFC 6184), opus (RFC 7587).

Whatever a datagram holds, the worst that happens is that a frame is left out.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

LONGEST_FRAME = 4 * 1024 * 1024
"""Bytes; a frame that claims more is none."""

MOST_HELD = 512
"""Datagrams that wait for a missing one."""

_FAR = 3_000
"""Sequence numbers apart: more is a sender that started over, not a loss."""


@dataclass(frozen=True)
class Packet:
    """An RTP packet; `seq` has 16 bits, `timestamp` 32."""

    seq: int
    timestamp: int
    ssrc: int
    marker: bool
    payload: bytes


def parse(datagram: bytes) -> Packet | None:
    """Read a datagram; None when it is no RTP, or RTCP beside it."""
    if len(datagram) < 12 or datagram[0] >> 6 != 2 or 192 <= datagram[1] <= 223:
        return None
    seq, timestamp, ssrc = struct.unpack_from("!HII", datagram, 2)
    at = 12 + (datagram[0] & 15) * 4
    if datagram[0] & 0x10:
        if len(datagram) < at + 4:
            return None
        at += 4 + struct.unpack_from("!H", datagram, at + 2)[0] * 4
    end = len(datagram)
    if datagram[0] & 0x20:
        end -= datagram[-1]
    if at > end:
        return None
    return Packet(seq, timestamp, ssrc, bool(datagram[1] & 0x80), datagram[at:end])


class Order:
    """Brings packets into their order. What is missing too long is given up, as None."""

    def __init__(self, wait_us: int) -> None:
        self._wait_us = wait_us
        self._ssrc: int | None = None
        self._next = 0
        self._held: dict[int, Packet] = {}
        self._since: int | None = None

    def push(self, packet: Packet, now_us: int) -> Iterator[Packet | None]:
        """Take a packet; yield those whose turn it is."""
        ahead = (packet.seq - self._next) & 0xFFFF
        if ahead >= 0x8000:
            ahead -= 0x10000
        if packet.ssrc != self._ssrc or abs(ahead) > _FAR:
            if self._ssrc is not None:
                yield None
            self._ssrc, self._next, self._since = packet.ssrc, packet.seq, None
            self._held.clear()
        elif ahead < 0:
            return  # a copy, or one that was given up
        self._held[packet.seq] = packet
        yield from self.due(now_us)

    def due(self, now_us: int) -> Iterator[Packet | None]:
        """Yield those whose turn it is by now."""
        while self._held:
            found = self._held.pop(self._next, None)
            if found is not None:
                self._next = (self._next + 1) & 0xFFFF
                self._since = None
                yield found
                continue
            if self._since is None:
                self._since = now_us
            if now_us - self._since < self._wait_us and len(self._held) < MOST_HELD:
                return
            self._since = None
            self._next = min(self._held, key=lambda seq: (seq - self._next) & 0xFFFF)
            yield None


class Assembler(Protocol):
    """Makes frames of one codec out of packets in order."""

    def push(self, packet: Packet | None) -> Iterator[tuple[int, bytes, bool]]:
        """Take a packet (None: something is lost); yield (RTP timestamp, data, key)."""


class OpusAssembler:
    """A packet is a frame; an empty one is silence that was not sent."""

    def push(self, packet: Packet | None) -> Iterator[tuple[int, bytes, bool]]:
        """Take a packet."""
        if packet is not None and packet.payload:
            yield packet.timestamp, packet.payload, True


@dataclass
class _Picture:
    """What is there of the picture in the making."""

    timestamp: int | None = None
    parts: list[bytes] = field(default_factory=list)
    size: int = 0
    whole: bool = True

    def add(self, part: bytes) -> None:
        self.size += len(part)
        if self.size > LONGEST_FRAME:
            self.whole = False
            self.parts.clear()
        else:
            self.parts.append(part)


class VideoAssembler:
    """Pictures of several packets; after a loss nothing until the next that needs no other."""

    def __init__(self) -> None:
        self._picture = _Picture()
        self._lost = True  # the first picture must be one that stands alone

    def push(self, packet: Packet | None) -> Iterator[tuple[int, bytes, bool]]:
        """Take a packet."""
        if packet is None:
            # The loss may be this picture's end or the next one's beginning: both are void.
            self._lost = True
            self._picture.whole = False
            return
        if packet.timestamp != self._picture.timestamp:
            if self._picture.parts:
                self._lost = True  # its last packet never came
            self._begin(packet)
        if self._picture.whole:
            self._picture.whole = self.add(self._picture, packet.payload)
        if packet.marker:
            yield from self._end()

    def _begin(self, packet: Packet) -> None:
        self._picture = _Picture(packet.timestamp)

    def _end(self) -> Iterator[tuple[int, bytes, bool]]:
        picture, self._picture = self._picture, _Picture()
        if not picture.whole or not picture.parts or picture.timestamp is None:
            self._lost = True
            return
        data, key = self.finish(b"".join(picture.parts))
        if not data:
            self._lost = True
        elif key:
            self._lost = False
        if not self._lost and data:
            yield picture.timestamp, data, key

    def add(self, picture: _Picture, payload: bytes) -> bool:
        """Add a packet's payload; whether the picture is still whole."""
        raise NotImplementedError

    def finish(self, data: bytes) -> tuple[bytes, bool]:
        """Return the frame, and whether it stands alone."""
        raise NotImplementedError


class Vp8Assembler(VideoAssembler):
    """VP8: a descriptor before each part of a frame."""

    def add(self, picture: _Picture, payload: bytes) -> bool:
        """Add a packet's payload behind its descriptor."""
        at = _vp8_descriptor(payload)
        if at is None or at >= len(payload):
            return False
        begins = bool(payload[0] & 0x10) and not payload[0] & 0x07
        if not picture.parts and not begins:
            return False
        picture.add(payload[at:])
        return picture.whole

    def finish(self, data: bytes) -> tuple[bytes, bool]:
        """Tell a keyframe by its first bit and its start code."""
        key = len(data) >= 10 and not data[0] & 1 and data[3:6] == b"\x9d\x01\x2a"
        return data, key


def _vp8_descriptor(payload: bytes) -> int | None:
    """Return the length of the descriptor; None when it is cut short."""
    if not payload:
        return None
    at = 1
    if payload[0] & 0x80:
        if len(payload) < 2:
            return None
        more, at = payload[1], 2
        if more & 0x80:
            if len(payload) <= at:
                return None
            at += 2 if payload[at] & 0x80 else 1
        if more & 0x40:
            at += 1
        if more & 0x30:
            at += 1
    return at


_START = b"\0\0\0\1"
_STAP_A, _FU_A = 24, 28
_IDR, _SPS, _PPS = 5, 7, 8


class H264Assembler(VideoAssembler):
    """H.264: single units, several in one packet (STAP-A), one in several (FU-A)."""

    def __init__(self) -> None:
        super().__init__()
        self._sets: dict[int, bytes] = {}
        self._units: list[bytes] = []
        self._fragment: list[bytes] | None = None

    def _begin(self, packet: Packet) -> None:
        super()._begin(packet)
        self._units, self._fragment = [], None

    def add(self, picture: _Picture, payload: bytes) -> bool:
        """Add the units of a packet."""
        if not payload:
            return False
        kind = payload[0] & 31
        if self._fragment is not None and kind != _FU_A:
            return False
        if 1 <= kind <= 23:
            return self._unit(picture, payload)
        if kind == _STAP_A:
            return self._several(picture, payload)
        if kind == _FU_A and len(payload) > 2:
            return self._piece(picture, payload)
        return False

    def _several(self, picture: _Picture, payload: bytes) -> bool:
        at = 1
        while at + 2 < len(payload):
            size = struct.unpack_from("!H", payload, at)[0]
            at += 2
            if size == 0 or at + size > len(payload):
                return False
            if not self._unit(picture, payload[at : at + size]):
                return False
            at += size
        return at == len(payload)

    def _piece(self, picture: _Picture, payload: bytes) -> bool:
        first, last = payload[1] & 0x80, payload[1] & 0x40
        if bool(first) == (self._fragment is not None):
            return False
        if first:
            self._fragment = [bytes([payload[0] & 0xE0 | payload[1] & 31])]
        assert self._fragment is not None
        self._fragment.append(payload[2:])
        # Counted as it comes, so that a unit without an end stays bounded, too.
        picture.size += len(payload)
        if picture.size > LONGEST_FRAME:
            return False
        if not last:
            return True
        whole, self._fragment = b"".join(self._fragment), None
        picture.size -= len(whole)
        return self._unit(picture, whole)

    def _unit(self, picture: _Picture, unit: bytes) -> bool:
        self._units.append(unit)
        picture.add(_START + unit)
        return picture.whole

    def finish(self, data: bytes) -> tuple[bytes, bool]:
        """Put the parameter sets before a keyframe that came without them."""
        units, self._units = self._units, []
        if self._fragment is not None:
            self._fragment = None
            return b"", False
        kinds = {unit[0] & 31 for unit in units}
        for unit in units:
            if unit[0] & 31 in (_SPS, _PPS):
                self._sets[unit[0] & 31] = unit
        first = next((unit for unit in units if 1 <= unit[0] & 31 <= _IDR), b"")
        # A slice of the picture's first block begins with a set bit: else the beginning is lost.
        if len(first) < 2 or not first[1] & 0x80:
            return b"", False
        if _IDR not in kinds:
            return data, False
        if len(self._sets) < 2:
            return b"", False
        missing = [self._sets[kind] for kind in (_SPS, _PPS) if kind not in kinds]
        return b"".join(_START + unit for unit in missing) + data, True
