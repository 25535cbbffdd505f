"""Pictures: H.264 goes on as it came, everything else is coded anew; and small ones of both.

A screen that stands still sends nothing for seconds, and players stop when the picture does, even
though the sound goes on. Then the last picture is shown again. In a stream that is passed on as
it came this takes coding it, and all that follows up to a keyframe of a picture that moves again:
each change of hands costs viewers a new head. A stream whose pictures come in another order than
they are shown in is coded anew, too: what is passed on at once cannot be put in order.
"""

from collections.abc import Callable
from dataclasses import replace

import av

from creditor_meetings.video.media import BadMedia
from creditor_meetings.video.worker import h264
from creditor_meetings.video.worker.coder import Decoder, Encoder
from creditor_meetings.video.worker.h264 import Parameters
from creditor_meetings.video.worker.packets import H264, TICKS, Packet, Track
from creditor_meetings.video.worker.rendition import Picture

LOW_WIDTH = 320
LOW_BITS = 100_000
LOW_STEP = TICKS * 60 // 1000
"""Ticks between small pictures, at least: 15 a second at most."""
MAX_FAILURES = 300
STILL = TICKS * 700 // 1000
"""Ticks by which the picture may stay behind before it is shown again. Pages send a still screen
again themselves, two to four times a second."""
_KEPT = 300
_FILLER_LASTS = TICKS // 10
_SIDE_UNITS = frozenset({h264.DELIMITER, h264.FILLER})


class Pictures:
    """Takes the packets of a video track, gives pictures of H.264 in two sizes."""

    def __init__(
        self, track: Track, full: Callable[[Picture], None], low: Callable[[Picture], None]
    ) -> None:
        self.last_at: int | None = None
        """When the newest picture is seen, in ticks."""
        self._copies = track.codec == H264
        self._full = full
        self._low = low
        self._decoder = Decoder(track)
        self._encoder = Encoder(1_920, 300_000, 4_000_000)
        self._small = Encoder(LOW_WIDTH, LOW_BITS, LOW_BITS)
        self._small_at: int | None = None
        self._newest: av.VideoFrame | None = None
        self._bridging = False
        self._reorders = False
        self._came_at: int | None = None
        self._since_key: list[tuple[bytes, int]] = []
        self._track = track
        self._width = 0
        self._sps = self._pps = b""
        self._parameters: Parameters | None = None
        if self._copies and track.extradata[:1] == b"\1":
            self._width, sets = h264.read_record(track.extradata)
            self._note_sets(sets)

    def take(self, packet: Packet) -> None:
        """Take a packet."""
        if self._copies:
            self._take_h264(packet)
        else:
            for frame in self._decoder.take(packet.data, packet.pts):
                self._code(frame, packet.pts, packet.key)
                self._shrink(frame, packet.pts, packet.key)
        if self._decoder.failures > MAX_FAILURES:
            raise BadMedia(f"{self._decoder.failures} pictures in a row cannot be decoded")

    def repeat(self, at: int) -> None:
        """Show the newest picture again, or a black one where none ever came."""
        frame = self._newest if self._newest is not None else _black()
        begins = self._copies and not self._bridging
        self._bridging = self._copies
        self._code(frame, at, begins, _FILLER_LASTS)
        self._shrink(frame, at, False)

    def finish(self) -> None:
        """Take what the decoder still holds."""
        if self._reorders:
            self._take_in_order(self._decoder.finish())

    def _take_h264(self, packet: Packet) -> None:
        units = self._units(packet.data)
        key = any(h264.kind(unit) == h264.IDR for unit in units)
        self._note_sets(units)
        moves = self._came_at is not None and packet.pts - self._came_at < STILL
        self._came_at = packet.pts
        if key and self._parameters is not None:
            self._bridging = self._reorders or (self._bridging and not moves)
            if not any(h264.kind(unit) == h264.SPS for unit in units):
                units = [self._parameters.sps, self._parameters.pps, *units]
        plain = h264.annex_b(units)
        if self._reorders:
            self._take_in_order(self._decoder.take(plain, packet.pts))
        elif self._comes_late(plain, packet.pts, key):
            self._reorder()
        else:
            self._pass_on(units, packet.pts, key)
            for frame in self._decoder.take(plain, packet.pts):
                if self._bridging:
                    self._code(frame, packet.pts, key)
                self._shrink(frame, packet.pts, key)

    def _pass_on(self, units: list[bytes], at: int, key: bool) -> None:
        if self._parameters is not None and not self._bridging:
            self._show(Picture(at, key, h264.prefixed(units), self._parameters))

    def _comes_late(self, plain: bytes, at: int, key: bool) -> bool:
        """Whether a picture is to be shown before one that came before it."""
        if key:
            self._since_key.clear()
        late = any(at < other - TICKS // 1000 for _, other in self._since_key[-4:])
        self._since_key = [*self._since_key[-_KEPT:], (plain, at)]
        return late

    def _reorder(self) -> None:
        """Decode anew what came since the last keyframe, in its order, and code all from now on."""
        self._reorders = self._bridging = True
        self._decoder = Decoder(self._track, reorders=True)
        for plain, at in self._since_key:
            self._take_in_order(self._decoder.take(plain, at))
        self._since_key.clear()

    def _take_in_order(self, frames: list[av.VideoFrame]) -> None:
        for frame in frames:
            at = frame.pts
            if at is not None and (self.last_at is None or at > self.last_at):
                self._code(frame, at, False)
                self._shrink(frame, at, False)

    def _units(self, data: bytes) -> list[bytes]:
        if self._width:
            units = h264.units_by_length(data, self._width)
        else:
            units = h264.units_by_start_code(data)
        return [unit for unit in units if h264.kind(unit) not in _SIDE_UNITS]

    def _note_sets(self, units: list[bytes]) -> None:
        sps, pps = self._sps, self._pps
        for unit in units:
            if h264.kind(unit) == h264.SPS:
                sps = unit
            elif h264.kind(unit) == h264.PPS:
                pps = unit
        if (sps, pps) != (self._sps, self._pps):
            self._sps, self._pps = sps, pps
            if sps and pps:
                self._parameters = h264.parameters(sps, pps)

    def _code(self, frame: av.VideoFrame, at: int, key: bool, lasts: int = 0) -> None:
        self._newest = frame
        for picture in self._encoder.take(frame, at, key):
            self._show(replace(picture, lasts=lasts))

    def _show(self, picture: Picture) -> None:
        self.last_at = picture.at
        self._full(picture)

    def _shrink(self, frame: av.VideoFrame, at: int, key: bool) -> None:
        self._newest = frame
        if not key and self._small_at is not None and at - self._small_at < LOW_STEP:
            return
        self._small_at = at
        for picture in self._small.take(frame, at, key):
            self._low(picture)


def _black() -> av.VideoFrame:
    frame = av.VideoFrame(640, 360, "yuv420p")
    for plane, value in zip(frame.planes, (16, 128, 128), strict=True):
        plane.update(bytes([value]) * plane.buffer_size)
    return frame
