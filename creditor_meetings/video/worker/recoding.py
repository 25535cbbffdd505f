"""From the packets of a recording to packets of H.264 and AAC, on one time line from 0 on.

What is H.264 or AAC already is copied, bit for bit; all else is decoded and encoded once.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Protocol

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.filter import Graph
from av.video.stream import VideoStream

CLOCK = Fraction(1, 90_000)
RATE = 48_000
AAC_FRAME = 1024
AAC_BITS = 64_000
LAST_PICTURE = 3_600  # 40 ms: how long a picture is shown whose successor nobody knows


class Damaged(Exception):
    """A stream that cannot be read."""


class Track(Protocol):
    """One stream on its way into the copy."""

    is_video: bool

    def take(self, packet: av.Packet) -> Sequence[av.Packet]:
        """Take a packet of the source; give those of the copy that are ready."""

    def flush(self) -> Sequence[av.Packet]:
        """Give what is left."""


def tracks_of(source: InputContainer, target: OutputContainer, base_ms: float) -> dict[int, Track]:
    """Make a track for the first pictures and the first sound, by the source's stream index."""
    found: dict[int, Track] = {}
    for video in source.streams.video[:1]:
        copied = video.codec_context.name == "h264" and bool(video.codec_context.extradata)
        make: Any = Copied if copied else Pictures
        found[video.index] = make(video, target, base_ms)
    for audio in source.streams.audio[:1]:
        make = Copied if audio.codec_context.name == "aac" else Sound
        found[audio.index] = make(audio, target, base_ms)
    return found


class Spacing:
    """Gives each picture the time until the next one: recorders write none, or a wrong one."""

    def __init__(self) -> None:
        self._held: av.Packet | None = None
        self._last = 0

    def take(self, packet: av.Packet) -> list[av.Packet]:
        """Hold a packet until the next is there; give the one before."""
        held, self._held = self._held, packet
        if held is None:
            return []
        assert held.dts is not None
        assert packet.dts is not None
        if packet.dts <= held.dts:
            # A muxer takes no packet twice; the later one is shown a tick after.
            packet.dts = held.dts + 1
            packet.pts = max(packet.pts or 0, packet.dts)
        held.duration = self._last = packet.dts - held.dts
        return [held]

    def flush(self) -> list[av.Packet]:
        """Give the last one, shown for as long as it says, or as the one before it."""
        held, self._held = self._held, None
        if held is None:
            return []
        assert held.time_base is not None
        a_tick = Fraction(1, 1000) / held.time_base
        if not held.duration or held.duration <= a_tick:
            held.duration = self._last or int(LAST_PICTURE * CLOCK / held.time_base)
        return [held]


class Copied:
    """A stream that players take as it is."""

    def __init__(
        self, stream: VideoStream | AudioStream, target: OutputContainer, base_ms: float
    ) -> None:
        self.is_video = isinstance(stream, VideoStream)
        assert stream.time_base is not None
        self._base = int(Fraction(base_ms) / 1000 / stream.time_base)
        self._spacing = Spacing() if self.is_video else None
        self._stream = target.add_stream_from_template(stream)

    def take(self, packet: av.Packet) -> Sequence[av.Packet]:
        """Move the packet to the copy's time line."""
        pts = packet.pts if packet.pts is not None else packet.dts
        if pts is None:
            raise ValueError("a packet without a time")
        # Chromium's first packet has no dts; without it a second of pictures would be lost.
        dts = packet.dts if packet.dts is not None else pts
        packet.pts, packet.dts = pts - self._base, dts - self._base
        packet.stream = self._stream
        return [packet] if self._spacing is None else self._spacing.take(packet)

    def flush(self) -> Sequence[av.Packet]:
        """Give the last packet."""
        return [] if self._spacing is None else self._spacing.flush()


class Pictures:
    """Pictures that are encoded anew as H.264: no frames out of order, a keyframe every 2 s."""

    is_video = True

    def __init__(self, stream: VideoStream, target: OutputContainer, base_ms: float) -> None:
        self._source = stream
        self._base = Fraction(base_ms) / 1000
        made = target.add_stream("libx264", rate=30)
        made.options = {"preset": "veryfast", "crf": "24", "bf": "0"}
        made.pix_fmt = "yuv420p"
        # Even, as H.264 wants it. A shared screen that changes its size later is fitted in.
        made.width = max(2, stream.codec_context.width & ~1)
        made.height = max(2, stream.codec_context.height & ~1)
        made.codec_context.time_base = CLOCK
        made.codec_context.gop_size = 60
        self._made = made
        self._last: int | None = None
        self._spacing = Spacing()

    def take(self, packet: av.Packet) -> Sequence[av.Packet]:
        """Decode a packet and encode its pictures."""
        return [one for frame in self._source.decode(packet) for one in self._encode(frame)]

    def _encode(self, frame: av.VideoFrame) -> list[av.Packet]:
        if frame.pts is None or frame.time_base is None:
            return []
        at = int((frame.pts * frame.time_base - self._base) / CLOCK)
        if self._last is not None and at <= self._last:
            return []
        self._last = at
        fitted = frame.reformat(self._made.width, self._made.height, "yuv420p")
        fitted.pts, fitted.time_base = at, CLOCK
        fitted.pict_type = av.video.frame.PictureType.NONE
        return self._spaced(self._made.encode(fitted))

    def _spaced(self, packets: Sequence[av.Packet]) -> list[av.Packet]:
        return [ready for one in packets for ready in self._spacing.take(one)]

    def flush(self) -> Sequence[av.Packet]:
        """Encode what the decoder still holds."""
        rest = [one for frame in self._source.decode(None) for one in self._encode(frame)]
        return [*rest, *self._spaced(self._made.encode(None)), *self._spacing.flush()]


class Sound:
    """Sound that is encoded anew as AAC; holes become silence: it stays with the picture."""

    is_video = False

    def __init__(self, stream: AudioStream, target: OutputContainer, base_ms: float) -> None:
        self._source = stream
        self._base = Fraction(base_ms) / 1000
        self._layout = "mono" if stream.codec_context.channels == 1 else "stereo"
        self._made = target.add_stream("aac", rate=RATE, layout=self._layout)
        self._made.bit_rate = AAC_BITS
        self._graph: Graph | None = None

    def _filters(self, frame: av.AudioFrame) -> Graph:
        graph = Graph()
        source = graph.add_abuffer(
            sample_rate=frame.sample_rate,
            format=frame.format.name,
            layout=frame.layout.name,
            time_base=Fraction(1, RATE),
        )
        even = graph.add("aresample", f"{RATE}:async=1000:first_pts=0")
        shape = graph.add("aformat", f"sample_fmts=fltp:channel_layouts={self._layout}")
        cut = graph.add("asetnsamples", f"n={AAC_FRAME}:p=0")
        sink = graph.add("abuffersink")
        graph.link_nodes(source, even, shape, cut, sink).configure()
        return graph

    def take(self, packet: av.Packet) -> Sequence[av.Packet]:
        """Decode a packet and encode its sound."""
        return [one for frame in self._source.decode(packet) for one in self._encode(frame)]

    def _encode(self, frame: av.AudioFrame) -> list[av.Packet]:
        if frame.pts is None or frame.time_base is None:
            return []
        if self._graph is None:
            self._graph = self._filters(frame)
        frame.pts = int((frame.pts * frame.time_base - self._base) * RATE)
        frame.time_base = Fraction(1, RATE)
        self._graph.push(frame)
        return self._pull()

    def _pull(self) -> list[av.Packet]:
        assert self._graph is not None
        made: list[av.Packet] = []
        while True:
            try:
                frame = self._graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return made
            assert isinstance(frame, av.AudioFrame)
            made += self._made.encode(frame)

    def flush(self) -> Sequence[av.Packet]:
        """Encode what the filters still hold."""
        if self._graph is None:
            return []
        rest = [one for frame in self._source.decode(None) for one in self._encode(frame)]
        self._graph.push(None)
        return [*rest, *self._pull(), *self._made.encode(None)]
