"""The seam of the worker: a source tells its tracks, then gives packets.

A source is made from an `Inlet`: an iterator of `(track, data)`, exactly what `Worker.feed(data,
track)` was given, in that order, which ends when the part ends. Iterating it may wait; the worker
does its timed work meanwhile, so a source needs no thread and no clock. `matroska.MatroskaSource`
is one; for RTP the process makes `worker.rtp.RtpSource(inlet)`, which has to offer the same:

- `tracks()` says what will come, once, before the first packet: at most one video and one audio
  track. It may read the inlet until it knows (for instance a first frame of a track number of its
  own, in which the server describes the rest in JSON). An announced track that stays silent is
  filled up with a black picture or with silence, so nobody waits for it for ever.
- `packets()` gives whole coded pictures and sounds in the order in which they are decoded. What
  cannot be decoded on its own (a picture before the first keyframe, or after a loss) should not
  be given; of what is given, nothing is dropped.

Both raise `media.BadMedia` with words for people when there is nothing to go on with.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

TICKS = 90_000
"""Units of time in a second."""

VIDEO, AUDIO = "video", "audio"

H264, VP8, VP9, AV1 = "h264", "vp8", "vp9", "av1"
OPUS = "opus"
VIDEO_CODECS = frozenset({H264, VP8, VP9, AV1})
AUDIO_CODECS = frozenset({OPUS})


@dataclass(frozen=True)
class Track:
    """What one kind of packets is coded in.

    `extradata` is the codec's head as Matroska keeps it (an `avcC` record, an `OpusHead`); empty
    where the stream itself carries what is needed, as RTP and Chromium's H.264 do.
    """

    kind: str
    codec: str
    extradata: bytes = b""


@dataclass(frozen=True)
class Packet:
    """One coded picture, or one packet of sound.

    `pts` is when it is to be seen or heard, in 90 kHz units of one clock common to both kinds
    (RTP: brought together by the sender's reports), from any origin, not wrapping around.
    H.264 is Annex B with start codes, or length-prefixed when the track has an `avcC`; VP8 and
    VP9 are whole frames as the decoder takes them.
    """

    kind: str
    pts: int
    key: bool
    data: bytes


class Inlet(Protocol):
    """What the server feeds: see `inlet.Pipe`."""

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        """Give track and data of each frame until the end of the part."""


class Source(Protocol):
    """Where packets come from."""

    def tracks(self) -> list[Track]:
        """Say what will come."""

    def packets(self) -> Iterator[Packet]:
        """Give all packets until the end of the part."""
