"""Sound: whatever it is coded in, once into AAC on a time line without holes.

Browsers' time stamps jitter, sound is lost, clocks differ. What comes is laid where its time
stamps say, but smoothly: small differences are averaged and taken up by stretching, holes are
filled with silence, what overlaps is cut. So sound and picture do not drift apart, however long
it goes on.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import av
import av.error
import numpy as np

from creditor_meetings.video.media import BadMedia
from creditor_meetings.video.worker.boxes import AAC_UNIT, RATE
from creditor_meetings.video.worker.packets import TICKS, Packet, Track

BITRATE = 48_000
PCM_RATE = 16_000
JUMP = RATE * 60 // 1000
"""Samples; a larger difference is a hole or an overlap, a smaller one jitter."""

_EASY = RATE * 8 // 1000
_STRETCH = 0.005
_QUIET_DB = 60
# What an opus decoder is told when nobody told us: two channels, nothing to skip.
_OPUS_HEAD = b"OpusHead\x01\x02\x00\x00\x80\xbb\x00\x00\x00\x00\x00"


@dataclass(frozen=True)
class Unit:
    """A unit of AAC (1,024 samples), where it begins (in samples), how loud it is (0 to 100)."""

    at: int
    data: bytes
    level: int


class Sound:
    """Decodes one track and codes it anew."""

    def __init__(self, track: Track, pcm: bool = False) -> None:
        self.failures = 0
        self.heard = 0
        """Where what came so far ends, in samples of the part's time line."""
        self.pcm: list[bytes] = []
        decoder = av.CodecContext.create(track.codec, "r")
        assert isinstance(decoder, av.AudioCodecContext)
        self._decoder = decoder
        self._decoder.thread_count = 1
        self._decoder.extradata = track.extradata or _OPUS_HEAD
        self._recogniser = Thinned() if pcm else None
        self._encoder = av.CodecContext.create("aac", "w")
        self._encoder.sample_rate = RATE
        self._encoder.layout = "mono"
        self._encoder.format = "fltp"
        self._encoder.bit_rate = BITRATE
        self._encoder.time_base = Fraction(1, RATE)
        self._encoder.thread_count = 1
        self._encoder.open()
        self._waiting = np.zeros(0, np.float32)
        self._begins: int | None = None
        self._off = 0.0
        self._levels: dict[int, int] = {}

    @property
    def config(self) -> bytes:
        """The AudioSpecificConfig of what comes out."""
        # Without what says that there is no SBR: old players stumble over it.
        return bytes(self._encoder.extradata or b"")[:2]

    def take(self, packet: Packet) -> list[Unit]:
        """Lay a packet on the time line; return what is complete."""
        coded = av.Packet(packet.data)
        coded.pts = coded.dts = packet.pts
        coded.time_base = Fraction(1, TICKS)
        samples = []
        try:
            for frame in self._decoder.decode(coded):
                samples.append(_mono(frame))
        except av.error.FFmpegError:
            # A damaged packet is a hole, which the next one fills.
            self.failures += 1
            return []
        if not samples:
            return []
        self.failures = 0
        return list(self._laid(packet.pts * RATE // TICKS, np.concatenate(samples)))

    def silence(self, until: int) -> list[Unit]:
        """Fill up with silence to a place, in samples, where nothing was heard."""
        if self._begins is None:
            self._begins = self.heard = 0
        missing = until - self.heard
        return list(self._append(np.zeros(missing, np.float32))) if missing > 0 else []

    def finish(self) -> list[Unit]:
        """Return what is left."""
        if self._begins is None:
            return []
        units = []
        if self._waiting.size:
            filled = np.zeros(-self._waiting.size % AAC_UNIT, np.float32)
            units += list(self._append(filled))
        return units + [self._unit(one) for one in self._encoder.encode(None)]

    def _laid(self, at: int, samples: np.ndarray) -> Iterator[Unit]:
        if self._begins is None:
            self._begins = self.heard = max(0, at)
        off = at - self.heard
        if off > JUMP:
            yield from self._append(np.zeros(off, np.float32))
            self._off = 0.0
        elif off < -JUMP:
            samples = samples[-off:]
            self._off = 0.0
        else:
            self._off += (off - self._off) * 0.02
            samples = self._stretched(samples)
        if samples.size:
            yield from self._append(samples)

    def _stretched(self, samples: np.ndarray) -> np.ndarray:
        """Make up for a steady difference, too little at a time to be heard."""
        if abs(self._off) < _EASY or samples.size < 64:
            return samples
        change = math.copysign(max(1, int(samples.size * _STRETCH)), self._off)
        self._off -= change
        count = samples.size + int(change)
        places = np.linspace(0, samples.size - 1, count)
        return np.interp(places, np.arange(samples.size), samples).astype(np.float32)

    def _append(self, samples: np.ndarray) -> Iterator[Unit]:
        self.heard += samples.size
        if self._recogniser is not None:
            self.pcm.append(self._recogniser.take(samples))
        self._waiting = np.concatenate((self._waiting, samples))
        while self._waiting.size >= AAC_UNIT:
            unit, self._waiting = self._waiting[:AAC_UNIT], self._waiting[AAC_UNIT:]
            yield from self._encoded(unit)

    def _encoded(self, unit: np.ndarray) -> Iterator[Unit]:
        assert self._begins is not None
        frame = av.AudioFrame.from_ndarray(unit[None, :], format="fltp", layout="mono")
        frame.sample_rate, frame.time_base = RATE, Fraction(1, RATE)
        frame.pts = self._begins
        self._levels[self._begins] = _level(unit)
        self._begins += AAC_UNIT
        for coded in self._encoder.encode(frame):
            yield self._unit(coded)

    def _unit(self, coded: av.Packet) -> Unit:
        at = coded.pts or 0
        return Unit(at, bytes(coded), self._levels.pop(at, 0))


class Thinned:
    """Sound for a recogniser: every third sample, without what is too high for so few."""

    _STEP = RATE // PCM_RATE
    _TAPS = 48

    def __init__(self) -> None:
        places = np.arange(self._TAPS) - (self._TAPS - 1) / 2
        filtered = np.sinc(places / self._STEP * 0.9) * np.hamming(self._TAPS)
        self._filter = (filtered / filtered.sum()).astype(np.float32)
        self._rest = np.zeros(self._TAPS - 1, np.float32)

    def take(self, samples: np.ndarray) -> bytes:
        """Return what can be told of the sound so far, as signed 16 bit."""
        whole = np.concatenate((self._rest, samples))
        count = max(0, (whole.size - self._TAPS + 1) // self._STEP)
        if not count:
            self._rest = whole
            return b""
        heard = np.convolve(whole, self._filter, "valid")[: count * self._STEP : self._STEP]
        self._rest = whole[count * self._STEP :]
        return np.clip(heard * 32_767, -32_768, 32_767).astype("<i2").tobytes()


def _mono(frame: av.AudioFrame) -> np.ndarray:
    samples = frame.to_ndarray()
    if frame.sample_rate != RATE or samples.dtype != np.float32 or not frame.format.is_planar:
        raise BadMedia(f"sound of {frame.sample_rate} Hz as {frame.format.name}")
    return samples[0] if len(samples) == 1 else samples.mean(axis=0, dtype=np.float32)


def _level(samples: np.ndarray) -> int:
    power = float(np.mean(np.square(samples)))
    if power <= 0:
        return 0
    return max(0, min(100, round((10 * math.log10(power) + _QUIET_DB) * 100 / _QUIET_DB)))
