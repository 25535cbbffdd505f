"""Packets of any source in, renditions out."""

import time
from collections.abc import Callable

from creditor_meetings.video.media import AUDIO as AUDIO_RENDITION
from creditor_meetings.video.media import FULL, LOW, BadMedia, Fragment, Init
from creditor_meetings.video.worker.boxes import RATE
from creditor_meetings.video.worker.packets import AUDIO, TICKS, VIDEO, Packet, Track
from creditor_meetings.video.worker.pictures import STILL, Pictures
from creditor_meetings.video.worker.rendition import ENOUGH, ENOUGH_OF_A_SLICE, Rendition
from creditor_meetings.video.worker.sound import Sound, Unit

STILL_SECONDS = 0.6
STILL_STEP = TICKS * 150 // 1000
ALONE_SECONDS = 1.0
"""A picture without sound is shown again so often."""
SILENT = TICKS
SILENT_SECONDS = 0.4
"""When sound that should come does not, silence takes its place."""
SILENT_BEHIND = TICKS // 5
JUMP_SECONDS = 30
MAX_JUMPS = 100
MAX_DAMAGED = 500


class Pipeline:
    """Takes packets, calls back with heads and fragments, in order."""

    def __init__(
        self,
        tracks: list[Track],
        on_init: Callable[[str, Init], None],
        on_fragment: Callable[[str, Fragment], None],
        on_pcm: Callable[[bytes], None] | None = None,
        *,
        slices: bool = False,
    ) -> None:
        video = next((one for one in tracks if one.kind == VIDEO), None)
        audio = next((one for one in tracks if one.kind == AUDIO), None)
        self._on_pcm = on_pcm
        self._sound = Sound(audio, on_pcm is not None) if audio is not None else None
        config = self._sound.config if self._sound is not None else None
        self._renditions: dict[str, Rendition] = {}
        enough = ENOUGH_OF_A_SLICE if slices else ENOUGH

        def make(name: str, with_video: bool) -> None:
            made = Rendition(name, with_video, config, on_init, on_fragment, enough)
            self._renditions[name] = made

        # Without a picture, the best that there is to have is the sound.
        make(FULL, video is not None)
        if video is not None:
            make(LOW, True)
        if audio is not None:
            make(AUDIO_RENDITION, False)
        self._pictures: Pictures | None = None
        if video is not None:
            full, low = self._renditions[FULL], self._renditions[LOW]
            self._pictures = Pictures(video, full.picture, low.picture)
        self._origin: int | None = None
        self._newest: dict[str, int] = {}
        self._arrived: dict[str, float] = {}
        self._began = time.monotonic()
        self._jumps = 0

    def take(self, packet: Packet) -> None:
        """Take the next packet. Raises `BadMedia` when there is no use in going on."""
        now = time.monotonic()
        at = self._placed(packet, now)
        if at is None:
            return
        moved = Packet(packet.kind, at, packet.key, packet.data)
        if packet.kind == VIDEO and self._pictures is not None:
            self._pictures.take(moved)
        elif packet.kind == AUDIO and self._sound is not None:
            self._hear(self._sound.take(moved))
            if self._sound.failures > MAX_DAMAGED:
                raise BadMedia(f"{self._sound.failures} packets of sound cannot be decoded")

    def idle(self) -> float | None:
        """Do what time demands; return after how many seconds to be called again."""
        now = time.monotonic()
        self._fill(now)
        self._stand_still(now)
        waits = [one.idle(now) for one in self._renditions.values()]
        if self._origin is not None and self._pictures is not None:
            waits.append(SILENT_SECONDS)
        return min((wait for wait in waits if wait is not None), default=None)

    def finish(self) -> None:
        """Hand out all that is left."""
        if self._pictures is not None:
            self._pictures.finish()
        if self._sound is not None:
            self._hear(self._sound.finish())
        for rendition in self._renditions.values():
            rendition.finish()

    def _placed(self, packet: Packet, now: float) -> int | None:
        """Return where on the part's time line a packet belongs; None when it cannot be."""
        if self._origin is None:
            self._origin = packet.pts
        at = packet.pts - self._origin
        newest = max(self._newest.values(), default=at)
        waited = now - max(self._arrived.values(), default=now)
        # A still screen may be silent for long; a damaged time stamp comes at once.
        most = (JUMP_SECONDS + 2 * waited) * TICKS
        if not newest - JUMP_SECONDS * TICKS <= at <= newest + most:
            self._jumps += 1
            if self._jumps > MAX_JUMPS:
                raise BadMedia(f"time jumps from {newest / TICKS:.1f} to {at / TICKS:.1f} seconds")
            return None
        self._jumps = 0
        self._newest[packet.kind] = at
        self._arrived[packet.kind] = now
        return at

    def _hear(self, units: list[Unit]) -> None:
        for rendition in self._renditions.values():
            for unit in units:
                rendition.sound(unit)
        if self._sound is not None and self._sound.pcm and self._on_pcm is not None:
            self._on_pcm(b"".join(self._sound.pcm))
            self._sound.pcm.clear()

    def _quiet_for(self, kind: str, now: float) -> float:
        return now - self._arrived.get(kind, self._began)

    def _fill(self, now: float) -> None:
        """Keep picture and sound together when one of them stays away.

        Only when all that arrived was taken: recorders may keep back the sound of a still
        picture, too, and then send both at once.
        """
        if self._pictures is None or self._sound is None:
            return
        heard = self._sound.heard * TICKS // RATE
        shown = self._pictures.last_at
        if self._quiet_for(VIDEO, now) > STILL_SECONDS and AUDIO in self._newest:
            seen = shown if shown is not None else 0
            begins = seen == self._newest.get(VIDEO, 0)
            if heard - seen > (STILL if begins else STILL_STEP):
                # The first comes right after what it repeats: players see no hole before it.
                self._pictures.repeat(seen + STILL_STEP if begins else heard)
        if self._quiet_for(AUDIO, now) > SILENT_SECONDS and VIDEO in self._newest:
            seen = self._newest[VIDEO]
            if seen - heard > SILENT:
                self._hear(self._sound.silence((seen - SILENT_BEHIND) * RATE // TICKS))

    def _stand_still(self, now: float) -> None:
        """Show a picture without sound again by the clock: there is no other measure."""
        if self._pictures is None or self._pictures.last_at is None or self._sound is not None:
            return
        seen, arrived = self._newest[VIDEO], self._arrived[VIDEO]
        at = seen + int((now - arrived) * TICKS)
        if at - self._pictures.last_at > ALONE_SECONDS * TICKS:
            self._pictures.repeat(at)
