"""Decoding pictures, and coding them in H.264 that every player takes."""

from collections.abc import Iterator
from fractions import Fraction

import av
import av.error

from creditor_meetings.video.media import BadMedia
from creditor_meetings.video.worker import h264
from creditor_meetings.video.worker.h264 import Parameters
from creditor_meetings.video.worker.packets import H264, TICKS, Track
from creditor_meetings.video.worker.rendition import Picture

KEY_EVERY = TICKS
BITS_A_PIXEL = 2.5
"""A second, at most; pictures that are easy take less."""
MAX_PIXELS = 4_096 * 2_304


class Decoder:
    """Decodes one track; picture by picture, unless they come in another order than shown."""

    def __init__(self, track: Track, *, reorders: bool = False) -> None:
        self.failures = 0
        context = av.CodecContext.create(track.codec, "r")
        assert isinstance(context, av.VideoCodecContext)
        context.thread_count = 1
        if not reorders:
            context.options = {"flags": "low_delay"}
        if track.extradata and track.codec != H264:
            context.extradata = track.extradata
        self._context = context

    def take(self, data: bytes, pts: int) -> list[av.VideoFrame]:
        """Decode a packet; one that is damaged gives nothing."""
        packet = av.Packet(data)
        packet.pts = packet.dts = pts
        packet.time_base = Fraction(1, TICKS)
        try:
            frames = self._context.decode(packet)
        except av.error.FFmpegError:
            self.failures += 1
            return []
        for frame in frames:
            if frame.width * frame.height > MAX_PIXELS:
                raise BadMedia(f"a picture of {frame.width}×{frame.height} is too large")
        if frames:
            self.failures = 0
        return list(frames)

    def finish(self) -> list[av.VideoFrame]:
        """Return the pictures that waited for others."""
        try:
            return list(self._context.decode(None))
        except av.error.FFmpegError:
            return []


class Encoder:
    """Codes pictures in H.264, at most `widest` across, a keyframe at least each second.

    It takes from `least` to `most` bits a second when they are hard to code.
    """

    def __init__(self, widest: int, least: int, most: int) -> None:
        self._widest = widest
        self._least = least
        self._most = most
        self._context: av.VideoCodecContext | None = None
        self._size = (0, 0)
        self._parameters: Parameters | None = None
        self._last_key: int | None = None
        self._last = -1

    def take(self, picture: av.VideoFrame, at: int, key: bool) -> Iterator[Picture]:
        """Code a picture."""
        size = _fitted(picture.width, picture.height, self._widest)
        if self._context is None or size != self._size:
            self._open(size)
            key = True
        assert self._context is not None
        at = max(at, self._last + 1)
        if key or self._last_key is None or at - self._last_key >= KEY_EVERY:
            key = True
            self._last_key = at
        self._last = at
        scaled = picture.reformat(*size, format="yuv420p", interpolation="FAST_BILINEAR", threads=1)
        scaled.pts, scaled.time_base = at, Fraction(1, TICKS)
        scaled.pict_type = av.video.frame.PictureType.I if key else av.video.frame.PictureType.NONE
        for packet in self._context.encode(scaled):
            yield self._picture(bytes(packet), packet.pts if packet.pts is not None else at)

    def _open(self, size: tuple[int, int]) -> None:
        bits = min(max(self._least, int(size[0] * size[1] * BITS_A_PIXEL)), self._most)
        context = av.CodecContext.create("libx264", "w")
        assert isinstance(context, av.VideoCodecContext)
        context.width, context.height = self._size = size
        context.pix_fmt = "yuv420p"
        context.time_base = Fraction(1, TICKS)
        context.framerate = Fraction(30)
        context.thread_count = 1
        context.options = {
            "preset": "veryfast",
            "tune": "zerolatency",
            "profile": "main",
            "crf": "24",
            "maxrate": str(bits),
            "bufsize": str(bits),
            "forced-idr": "1",
            # Parameter sets before every keyframe: a replay across a change of size needs them.
            "x264-params": "repeat-headers=1:annexb=1:keyint=infinite:scenecut=0",
        }
        context.open()
        self._context = context

    def _picture(self, data: bytes, at: int) -> Picture:
        units = [unit for unit in h264.units_by_start_code(data) if h264.kind(unit) != 6]
        key = any(h264.kind(unit) == h264.IDR for unit in units)
        if key:
            sps = next(unit for unit in units if h264.kind(unit) == h264.SPS)
            pps = next(unit for unit in units if h264.kind(unit) == h264.PPS)
            self._parameters = h264.parameters(sps, pps)
        assert self._parameters is not None
        return Picture(at, key, h264.prefixed(units), self._parameters)


def _fitted(width: int, height: int, widest: int) -> tuple[int, int]:
    """Return an even size of the same shape, at most so wide."""
    if width > widest:
        height = height * widest // width
        width = widest
    return max(16, width & ~1), max(16, height & ~1)
