"""Cutting a live WebM stream so that anybody can join at a keyframe.

A browser's recorder writes one endless file: header, tracks, then clusters of blocks, handed
over in slices that end anywhere. `Cutter` takes the slices and gives back the init segment
(all that precedes the media) once, and fragments: whole small clusters, each video keyframe
beginning one. Init segment plus the fragments from any keyframe on is a file that plays.

Elements: RFC 8794 (EBML) and RFC 9559 (Matroska). What comes is a stranger's: every size is
bounded, and whatever does not fit raises `BadMedia`.

Recorders do not say how long a picture is shown, and players guess at the end of a cluster; a
guess too short makes a hole, after which they drop all up to the next keyframe. So the last
picture is held back until the next one tells its length, and what follows it waits too.
"""

from dataclasses import dataclass, replace

from creditor_meetings.video.media import BadMedia, Fragment, Init

MAX_ELEMENT = 4 * 1024 * 1024
MAX_HEADER = 256 * 1024
MAX_HELD_TICKS = 600

EBML = 0x1A45DFA3
SEGMENT = 0x18538067
INFO = 0x1549A966
TRACKS = 0x1654AE6B
TRACK_ENTRY = 0xAE
TRACK_NUMBER = 0xD7
TRACK_TYPE = 0x83
CODEC_ID = 0x86
CLUSTER = 0x1F43B675
TIMECODE = 0xE7
SIMPLE_BLOCK = 0xA3
BLOCK_GROUP = 0xA0
BLOCK = 0xA1
BLOCK_DURATION = 0x9B
REFERENCE_BLOCK = 0xFB

# Entered rather than read whole: their size is unknown while they are being written.
_OPEN = frozenset({SEGMENT, CLUSTER})
_VIDEO = 1
_KEYFRAME = 0x80
_CODECS = {"V_VP8": "vp8", "V_VP9": "vp9", "V_AV1": "av01.0.04M.08", "A_OPUS": "opus"}
_UNKNOWN_SIZE = b"\x01\xff\xff\xff\xff\xff\xff\xff"


@dataclass(frozen=True)
class _Block:
    track: int
    ticks: int
    key: bool
    payload: bytes
    duration: int | None = None


class Cutter:
    """Takes slices of a stream as they arrive, gives back what can be passed on."""

    def __init__(self) -> None:
        self.init: Init | None = None
        self._rest = bytearray()
        self._header = b""
        self._info = b""
        self._video: int | None = None
        self._cluster_ticks: int | None = None
        self._last_ticks = 0
        # The last picture and all that came after it.
        self._held: list[_Block] = []

    def feed(self, data: bytes) -> list[Fragment]:
        """Take the next slice; return the fragments that it completes. Raises `BadMedia`."""
        self._rest += data
        blocks: list[_Block] = []
        position = 0
        while (element := self._next(position)) is not None:
            identity, start, end = element
            if identity not in _OPEN:
                self._take(identity, bytes(self._rest[start:end]), position, end, blocks)
            elif identity == CLUSTER:
                self._cluster_ticks = None
            position = end
        del self._rest[:position]
        return self._fragments(self._measured(blocks))

    def flush(self) -> list[Fragment]:
        """Give back what is held, at the end of a stream."""
        held, self._held = self._held, []
        return self._fragments(held)

    def _measured(self, blocks: list[_Block]) -> list[_Block]:
        """Return the blocks whose length is known by now, in their order; hold the others."""
        waiting = self._held + blocks
        if self._video is None or not waiting:
            return waiting
        ready: list[_Block] = []
        following = 0
        for number, block in enumerate(waiting):
            if block.track != self._video:
                continue
            ready += self._shown_until(waiting[following:number], block.ticks)
            following = number
        self._held = waiting[following:]
        if self._held[0].track != self._video:
            # No picture waits for its length, so neither does the sound.
            ready, self._held = ready + self._held, []
        elif self._held[-1].ticks - self._held[0].ticks > MAX_HELD_TICKS:
            # The picture stands still; the sound must not wait for it.
            ready += self._shown_until(self._held, self._held[-1].ticks)
            self._held = []
        return ready

    def _shown_until(self, run: list[_Block], ticks: int) -> list[_Block]:
        if not run or run[0].track != self._video:
            return run
        return [replace(run[0], duration=max(1, ticks - run[0].ticks)), *run[1:]]

    def _next(self, position: int) -> tuple[int, int, int] | None:
        """Find the element at a position: its id, where its content starts, where it ends."""
        head = _read_head(self._rest, position)
        if head is None:
            return None
        identity, size, start = head
        if not self._header and identity != EBML:
            raise BadMedia("the stream does not begin with an EBML header")
        if identity in _OPEN:
            return identity, start, start
        if size is None or size > (MAX_ELEMENT if self.init else MAX_HEADER):
            raise BadMedia(f"element {identity:X} of {size} bytes")
        end = start + size
        return (identity, start, end) if end <= len(self._rest) else None

    def _take(
        self, identity: int, content: bytes, begin: int, end: int, blocks: list[_Block]
    ) -> None:
        if identity == EBML:
            if self._header:
                raise BadMedia("a second stream begins inside the first")
            self._header = bytes(self._rest[begin:end])
        elif identity == INFO:
            self._info = bytes(self._rest[begin:end])
        elif identity == TRACKS:
            self._begin(content, bytes(self._rest[begin:end]))
        elif identity == TIMECODE:
            self._cluster_ticks = _unsigned(content)
        elif identity == SIMPLE_BLOCK:
            blocks.append(self._block(content, None))
        elif identity == BLOCK_GROUP:
            blocks.append(self._group(content))

    def _begin(self, tracks: bytes, element: bytes) -> None:
        codecs = []
        for identity, entry in _children(tracks):
            if identity != TRACK_ENTRY:
                continue
            fields = dict(_children(entry))
            codec = fields.get(CODEC_ID, b"").rstrip(b"\0").decode("ascii", "replace")
            if codec not in _CODECS:
                raise BadMedia(f"the codec {codec[:40]!r} cannot be passed on")
            codecs.append(_CODECS[codec])
            if _unsigned(fields.get(TRACK_TYPE, b"")) == _VIDEO:
                self._video = _unsigned(fields.get(TRACK_NUMBER, b""))
        if not codecs:
            raise BadMedia("a stream without tracks")
        kind = "audio" if self._video is None else "video"
        segment = SEGMENT.to_bytes(4) + _UNKNOWN_SIZE
        self.init = Init(
            f'{kind}/webm; codecs="{",".join(codecs)}"',
            self._header + segment + self._info + element,
        )

    def _block(self, content: bytes, key: bool | None) -> _Block:
        number = _read_vint(content, 0)
        if number is None or len(content) < number[1] + 3:
            raise BadMedia("a block without its head")
        if self.init is None or self._cluster_ticks is None:
            raise BadMedia("a block before its tracks or its cluster's time")
        track, at = number
        ticks = self._cluster_ticks + int.from_bytes(content[at : at + 2], signed=True)
        flags = content[at + 2]
        return _Block(
            track, max(0, ticks), bool(flags & _KEYFRAME) if key is None else key, content
        )

    def _group(self, content: bytes) -> _Block:
        # Streams with transparency come in groups; the picture itself is all we pass on.
        fields = dict(_children(content))
        if BLOCK not in fields:
            raise BadMedia("a group without a block")
        return self._block(fields[BLOCK], REFERENCE_BLOCK not in fields)

    def _fragments(self, blocks: list[_Block]) -> list[Fragment]:
        runs: list[list[_Block]] = []
        for block in blocks:
            # The first block without video is always a place to begin.
            key = block.key and block.track == self._video
            if key or not runs or block.ticks - runs[-1][0].ticks > 30_000:
                runs.append([])
            runs[-1].append(block)
        return [self._cluster(run) for run in runs]

    def _cluster(self, run: list[_Block]) -> Fragment:
        base = max(run[0].ticks, self._last_ticks)
        body = _element(TIMECODE, base.to_bytes(8).lstrip(b"\0") or b"\0")
        for block in run:
            # Players refuse a time that goes back; recorders seldom write one.
            ticks = self._last_ticks = max(block.ticks, self._last_ticks, base)
            body += _written(block, min(ticks - base, 32_767))
        key = self._video is None or (run[0].key and run[0].track == self._video)
        return Fragment(_element(CLUSTER, body), key)


def _written(block: _Block, ticks: int) -> bytes:
    if block.duration is None:
        return _element(SIMPLE_BLOCK, _moved(block, ticks))
    # Only a group can tell a length; in one, not to refer to another picture is to be a keyframe.
    group = _element(BLOCK, _moved(replace(block, key=False), ticks))
    group += _element(BLOCK_DURATION, min(block.duration, 60_000).to_bytes(4))
    return _element(BLOCK_GROUP, group if block.key else group + _element(REFERENCE_BLOCK, b"\xff"))


def _moved(block: _Block, ticks: int) -> bytes:
    read = _read_vint(block.payload, 0)
    assert read is not None
    at = read[1]
    flags = block.payload[at + 2] & ~_KEYFRAME | (_KEYFRAME if block.key else 0)
    return block.payload[:at] + ticks.to_bytes(2) + bytes([flags]) + block.payload[at + 3 :]


def _element(identity: int, content: bytes) -> bytes:
    name = identity.to_bytes((identity.bit_length() + 7) // 8)
    return name + (len(content) | 1 << 56).to_bytes(8) + content


def _children(content: bytes) -> list[tuple[int, bytes]]:
    found = []
    position = 0
    while position < len(content):
        head = _read_head(content, position)
        identity, size, start = head if head is not None else (0, None, 0)
        if size is None or start + size > len(content):
            raise BadMedia("an element that ends before its content")
        position = start + size
        found.append((identity, content[start:position]))
    return found


def _read_head(data: bytes | bytearray, position: int) -> tuple[int, int | None, int] | None:
    """Read id and size (None: unknown) at a position; also where the content starts."""
    if position >= len(data):
        return None
    width = 9 - data[position].bit_length()
    if not 1 <= width <= 4:
        raise BadMedia(f"no element begins with {data[position]:02X}")
    if position + width >= len(data):
        return None
    identity = int.from_bytes(data[position : position + width])
    read = _read_vint(data, position + width)
    if read is None:
        return None
    size, start = read
    unknown = size == (1 << 7 * (start - position - width)) - 1
    return identity, None if unknown else size, start


def _read_vint(data: bytes | bytearray, position: int) -> tuple[int, int] | None:
    """Read a number of variable width; return it and where it ends."""
    if position >= len(data):
        return None
    width = 9 - data[position].bit_length()
    if width > 8:
        raise BadMedia("a number without a width")
    if position + width > len(data):
        return None
    value = int.from_bytes(data[position : position + width])
    return value & ((1 << 7 * width) - 1), position + width


def _unsigned(content: bytes) -> int:
    if len(content) > 8:
        raise BadMedia("a number of more than eight bytes")
    return int.from_bytes(content)
