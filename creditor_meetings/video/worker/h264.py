"""As much of H.264 as passing it on takes: units, parameter sets, the size of the picture.

ITU-T H.264: 7.3.2.1 (sequence parameter set), annex B (start codes); ISO/IEC 14496-15 for the
length-prefixed form and the `avcC` record.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from creditor_meetings.video.media import BadMedia

SLICE, IDR, SPS, PPS, DELIMITER, FILLER = 1, 5, 7, 8, 9, 12
START = b"\0\0\0\1"
MAX_SIDE = 8_192

_WITH_CHROMA = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})


@dataclass(frozen=True)
class Parameters:
    """What a decoder has to know before the first picture."""

    sps: bytes
    pps: bytes
    width: int
    height: int

    @property
    def codec(self) -> str:
        """The codec as players are told it (RFC 6381)."""
        return f"avc1.{self.sps[1:4].hex().upper()}"

    def record(self) -> bytes:
        """Return the `avcC` record."""
        head = bytes([1, *self.sps[1:4], 0xFF, 0xE1])
        record = head + _sized(self.sps, 2) + b"\1" + _sized(self.pps, 2)
        if self.sps[1] in _WITH_CHROMA:
            chroma, luma_depth, chroma_depth = _read_sps(self.sps)[2:]
            record += bytes([0xFC | chroma, 0xF8 | luma_depth, 0xF8 | chroma_depth, 0])
        return record


def parameters(sps: bytes, pps: bytes) -> Parameters:
    """Read the size out of parameter sets. Raises `BadMedia`."""
    width, height = _read_sps(sps)[:2]
    return Parameters(sps, pps, width, height)


def kind(unit: bytes) -> int:
    """Return what a unit is."""
    return unit[0] & 0x1F


def units_by_start_code(data: bytes) -> Iterator[bytes]:
    """Split Annex B into units."""
    at = data.find(b"\0\0\1")
    while at >= 0:
        following = data.find(b"\0\0\1", at + 3)
        unit = data[at + 3 : following if following >= 0 else len(data)].rstrip(b"\0")
        if unit:
            yield unit
        at = following


def units_by_length(data: bytes, width: int) -> Iterator[bytes]:
    """Split the length-prefixed form into units; what is cut off is left out."""
    at = 0
    while at + width < len(data):
        size = int.from_bytes(data[at : at + width])
        at += width
        if size and at + size <= len(data):
            yield data[at : at + size]
        at += size


def read_record(record: bytes) -> tuple[int, list[bytes]]:
    """Return from an `avcC` record how wide lengths are, and its parameter sets."""
    try:
        width = (record[4] & 3) + 1
        sets = []
        at = 5
        for mask in (0x1F, 0xFF):
            count = record[at] & mask
            at += 1
            for _ in range(count):
                size = int.from_bytes(record[at : at + 2])
                sets.append(record[at + 2 : at + 2 + size])
                at += 2 + size
    except IndexError as problem:
        raise BadMedia("the head of the H.264 track is cut off") from problem
    return width, [one for one in sets if one]


def prefixed(units: list[bytes]) -> bytes:
    """Return units as MP4 holds them, each after its length."""
    return b"".join(_sized(unit, 4) for unit in units)


def annex_b(units: list[bytes]) -> bytes:
    """Return units as decoders take them, each after a start code."""
    return b"".join(START + unit for unit in units)


def _sized(unit: bytes, width: int) -> bytes:
    return len(unit).to_bytes(width) + unit


class _Bits:
    def __init__(self, unit: bytes) -> None:
        plain = unit.replace(b"\0\0\3", b"\0\0")
        self._value = int.from_bytes(plain)
        self._left = len(plain) * 8

    def take(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise BadMedia("the parameter set of the H.264 stream is cut off")
        return (self._value >> self._left) & ((1 << count) - 1)

    def golomb(self) -> int:
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > 31:
                raise BadMedia("the parameter set of the H.264 stream is damaged")
        return (1 << zeros) - 1 + self.take(zeros)

    def signed(self) -> int:
        value = self.golomb()
        return (value + 1) // 2 if value & 1 else -(value // 2)


def _read_sps(sps: bytes) -> tuple[int, int, int, int, int]:
    """Return width, height, and the format of chroma and the depths as `avcC` wants them."""
    bits = _Bits(sps)
    bits.take(8)
    profile = bits.take(8)
    bits.take(16)
    bits.golomb()
    chroma, luma_depth, chroma_depth = 1, 0, 0
    if profile in _WITH_CHROMA:
        chroma = bits.golomb()
        if chroma == 3:
            bits.take(1)
        luma_depth, chroma_depth = bits.golomb(), bits.golomb()
        bits.take(1)
        if bits.take(1):
            _skip_scaling(bits, 12 if chroma == 3 else 8)
    bits.golomb()
    order = bits.golomb()
    if order == 0:
        bits.golomb()
    elif order == 1:
        bits.take(1)
        bits.golomb()
        bits.golomb()
        for _ in range(min(bits.golomb(), 255)):
            bits.golomb()
    bits.golomb()
    bits.take(1)
    across, down = bits.golomb() + 1, bits.golomb() + 1
    frames_only = bits.take(1)
    if not frames_only:
        bits.take(1)
    bits.take(1)
    width, height = across * 16, down * 16 * (2 - frames_only)
    if bits.take(1):
        left, right, top, bottom = (bits.golomb() for _ in range(4))
        step_x = 1 if chroma in (0, 3) else 2
        step_y = (2 if chroma == 1 else 1) * (2 - frames_only)
        width -= (left + right) * step_x
        height -= (top + bottom) * step_y
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise BadMedia(f"a picture of {width}×{height}")
    return width, height, chroma & 3, luma_depth & 7, chroma_depth & 7


def _skip_scaling(bits: _Bits, lists: int) -> None:
    for number in range(lists):
        if not bits.take(1):
            continue
        last = following = 8
        for _ in range(16 if number < 6 else 64):
            if following:
                following = (last + bits.signed()) % 256
            last = following or last
