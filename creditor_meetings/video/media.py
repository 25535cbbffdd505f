"""What passes through the pipeline: the head of a stream and its pieces, in renditions."""

from dataclasses import dataclass

FULL, LOW, AUDIO = "full", "low", "audio"
RENDITIONS = (FULL, LOW, AUDIO)
"""From the best to the one that needs least of the network."""

MATROSKA, RTP = "matroska", "rtp"
"""Kinds of input: what a browser's recorder writes, and what an engine of WebRTC forwards."""


class BadMedia(Exception):
    """What arrived is not a stream that can be passed on."""


@dataclass(frozen=True)
class Init:
    """All that precedes the media, and the type that a player asks its browser about."""

    mime: str
    data: bytes


@dataclass(frozen=True)
class Fragment:
    """A whole piece of a stream; a player may begin at one with `key`.

    Times are milliseconds of the part's own time line. `level` is how loud it is, 0 to 100.
    """

    data: bytes
    key: bool
    start_ms: int = 0
    duration_ms: int = 0
    level: int = 0
