"""What goes over a viewer's socket, each frame built once for all who are sent it.

A binary frame: one byte of kind, four of the stream's number (big endian), one of rendition, one
of loudness (0 to 100), then the payload.
"""

import json
from dataclasses import dataclass

from creditor_meetings.video.media import RENDITIONS, Fragment, Init

HEAD, KEY, MORE = 0, 1, 2
HEADER_BYTES = 7

LEVELS = "levels"
"""Stands in a rendition's place for those who are sent no media: how loud a stream is."""

NAMES = (*RENDITIONS, LEVELS)


def _header(kind: int, stream: int, rendition: str, level: int) -> bytes:
    return bytes([kind]) + stream.to_bytes(4) + bytes([NAMES.index(rendition), level])


@dataclass(frozen=True, slots=True)
class Head:
    """The head of one rendition of a stream's part: a frame of text, then a binary one."""

    stream: int
    part: int
    text: str
    frame: bytes

    @property
    def size(self) -> int:
        """How many bytes of media it carries."""
        return len(self.frame) - HEADER_BYTES


@dataclass(frozen=True, slots=True)
class Piece:
    """The next piece of a stream; a player may begin at one with `key`."""

    stream: int
    part: int
    key: bool
    level: int
    frame: bytes

    @property
    def size(self) -> int:
        """How many bytes of media it carries."""
        return len(self.frame) - HEADER_BYTES


@dataclass(frozen=True, slots=True)
class End:
    """Nothing of the stream follows until its next head."""

    stream: int


@dataclass(frozen=True, slots=True)
class Skipped:
    """The viewer did not keep up: of this stream something was left out."""

    stream: int


def head(stream: int, part: int, rendition: str, init: Init) -> Head:
    """Build the frames of a head."""
    said = {
        "type": "init",
        "stream": stream,
        "rendition": rendition,
        "part": part,
        "mime": init.mime,
    }
    text = json.dumps(said, separators=(",", ":"))
    return Head(stream, part, text, _header(HEAD, stream, rendition, 0) + init.data)


def piece(stream: int, part: int, rendition: str, fragment: Fragment) -> Piece:
    """Build the frame of a piece."""
    level = max(0, min(100, fragment.level))
    header = _header(KEY if fragment.key else MORE, stream, rendition, level)
    return Piece(stream, part, fragment.key, level, header + fragment.data)
