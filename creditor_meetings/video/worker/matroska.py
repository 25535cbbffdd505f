"""Packets out of Matroska and WebM as browsers' recorders write them, while they write."""

from collections.abc import Iterator

import av
import av.error
from av.container import InputContainer

from creditor_meetings.video.media import BadMedia
from creditor_meetings.video.worker.packets import (
    AUDIO,
    AUDIO_CODECS,
    TICKS,
    VIDEO,
    VIDEO_CODECS,
    Inlet,
    Packet,
    Track,
)

# Opens at the first real chunk; the defaults wait 2.5 seconds. "nobuffer" would lose packets.
_OPTIONS = {"probesize": "32", "analyzeduration": "0"}


class _File:
    """The file that the demuxer reads: it ends where the part ends, and cannot be sought in."""

    def __init__(self, pipe: Inlet) -> None:
        self._frames = iter(pipe)
        self._rest = b""

    def read(self, size: int) -> bytes:
        """Give what is there, at most `size` bytes; wait when nothing is."""
        while not self._rest:
            frame = next(self._frames, None)
            if frame is None:
                return b""
            self._rest = frame[1]
        given, self._rest = self._rest[:size], self._rest[size:]
        return given


class MatroskaSource:
    """A source of packets: see `packets.Source`."""

    def __init__(self, pipe: Inlet) -> None:
        self._pipe = pipe
        self._container: InputContainer | None = None
        self._kinds: dict[int, str] = {}

    def tracks(self) -> list[Track]:
        """Read the head of the file."""
        try:
            self._container = av.open(
                _File(self._pipe),
                "r",
                format="matroska,webm",
                options=_OPTIONS,
                buffer_size=32_768,
                metadata_errors="replace",
            )
        except (av.error.FFmpegError, UnicodeError) as problem:
            raise BadMedia(f"what came is not Matroska or WebM: {_words(problem)}") from problem
        tracks = []
        for stream in self._container.streams:
            if stream.type not in (VIDEO, AUDIO) or stream.type in self._kinds.values():
                continue
            codec = _codec(stream)
            if codec not in (VIDEO_CODECS if stream.type == VIDEO else AUDIO_CODECS):
                raise BadMedia(f"the {stream.type} codec {codec!r} cannot be passed on")
            self._kinds[stream.index] = stream.type
            tracks.append(Track(stream.type, codec, stream.codec_context.extradata or b""))
        if not tracks:
            raise BadMedia("a stream without picture and without sound")
        return tracks

    def packets(self) -> Iterator[Packet]:
        """Give packet after packet, until the file ends or is cut off."""
        assert self._container is not None
        demuxed = self._container.demux()
        while True:
            try:
                packet = next(demuxed, None)
            except av.error.FFmpegError as problem:
                raise BadMedia(f"the stream breaks off: {_words(problem)}") from problem
            if packet is None:
                return
            kind = self._kinds.get(packet.stream_index)
            if kind is None or not packet.size or packet.time_base is None:
                continue
            # Chromium's first packet of H.264 has no dts; dropping it would lose a second.
            when = packet.pts if packet.pts is not None else packet.dts
            if when is None:
                continue
            pts = int(when * packet.time_base * TICKS)
            yield Packet(kind, pts, bool(packet.is_keyframe), bytes(packet))


def _codec(stream: av.stream.Stream) -> str:
    try:
        name = stream.codec_context.codec.canonical_name
    except (AttributeError, av.error.FFmpegError, ValueError):
        return "unknown"
    return str(name)


def _words(problem: Exception) -> str:
    return getattr(problem, "strerror", None) or str(problem) or type(problem).__name__
