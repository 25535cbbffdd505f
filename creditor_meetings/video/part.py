"""One part of a stream: one run of the publisher's recorder, recorded, cut, and passed on."""

import asyncio
import logging
import time
from collections.abc import Callable

from creditor_meetings.video import frames, pipeline
from creditor_meetings.video.evidence import Evidence
from creditor_meetings.video.media import AUDIO, FULL, LOW, Fragment, Init
from creditor_meetings.video.models import Broadcast, Recording, Source
from creditor_meetings.video.outlets import outlets
from creditor_meetings.video.recogniser import Recogniser, recognise
from creditor_meetings.video.shelf import Shelf, on_disk
from creditor_meetings.video.store import Store, discard

log = logging.getLogger(__name__)

LEVEL_SECONDS = 0.4
MOST_EARLY = 16 * 1024 * 1024


class Part:
    """What arrives between two restarts of a publisher's recorder."""

    def __init__(
        self,
        broadcast: Broadcast,
        kind: str,
        *,
        on_live: Callable[[], None],
        on_died: Callable[["Part", str], None],
    ) -> None:
        self.meeting_id = broadcast.meeting_id
        self.stream, self.number = broadcast.pk, broadcast.session
        self.evidence = Evidence(broadcast)
        self.began = time.monotonic()
        self.void = False
        self._kind = kind
        # Who is heard is who publishes; a shared screen is not listened to.
        self._speaker = str(broadcast.publisher) if broadcast.source == Source.CAMERA else None
        self._hears: Recogniser | None = None
        self._outlet = outlets.of(broadcast.meeting_id)
        self._on_live, self._on_died = on_live, on_died
        self._pipeline: pipeline.Pipeline | None = None
        self._starting: asyncio.Task[None] | None = None
        # What came before the pipeline ran.
        self._early: list[tuple[bytes, int]] = []
        self._early_bytes = 0
        self._dead = False
        self._shelf: Shelf | None = None
        # Feeds that a rendition fills: those it has no better for, besides its own.
        self._fills: dict[str, tuple[str, ...]] = {}
        self._is_live = False
        self._loudest, self._level_at = 0, 0.0

    async def open(self) -> None:
        """Begin to record and to pass on."""
        if pipeline.is_transcoding():
            self._shelf = Shelf(Store(self.meeting_id, self.stream, self.number))
        # Beside the rest: what arrives meanwhile is recorded, and fed as soon as it runs.
        self._starting = asyncio.ensure_future(self._start())
        await self.evidence.open()
        if self._shelf is not None and not (self.evidence.is_running or self.evidence.failed):
            self._shelf.forget()

    async def _start(self) -> None:
        try:
            started = await pipeline.start(
                self._kind,
                on_init=self._begin,
                on_fragment=self._push,
                on_died=self._died,
                on_pcm=self._listen(),
            )
        except Exception as problem:
            log.exception("no pipeline for broadcast %s", self.stream)
            self._died(str(problem))
            return
        if self._dead:
            started.kill()
            return
        self._pipeline = started
        early, self._early = self._early, []
        for data, track in early:
            started.feed(data, track)

    def _listen(self) -> Callable[[bytes], None] | None:
        if self._speaker is None or not pipeline.is_transcoding():
            return None
        self._hears = recognise(self.meeting_id, self._speaker)
        return self._hears.feed if self._hears is not None else None

    # --- What arrives ----------------------------------------------------------------------------

    async def take(self, data: bytes, track: int = 0) -> None:
        """Record what arrived, then pass it on."""
        await self.evidence.take(data)
        self.pass_on(data, track)

    def pass_on(self, data: bytes, track: int = 0) -> None:
        """Have pieces made of what was recorded before."""
        if self.void or self._dead:
            return
        if self._pipeline is not None:
            self._pipeline.feed(data, track)
            return
        self._early.append((data, track))
        self._early_bytes += len(data)
        if self._early_bytes > MOST_EARLY:
            self._died("the worker process did not start")

    def _died(self, reason: str) -> None:
        if not self._dead:
            self._dead = True
            self._early.clear()
            self._on_died(self, reason)

    # --- What comes of it ------------------------------------------------------------------------

    def _begin(self, rendition: str, init: Init) -> None:
        if self._shelf is not None:
            self._shelf.begin(rendition, init)
        if self.void:
            return
        self._fills[rendition] = self._filled_by(rendition, init)
        made = frames.head(self.stream, self.number, rendition, init)
        for name in self._fills[rendition]:
            self._outlet.feed(self.stream, name).begin(made)
        if rendition == FULL:
            silence = frames.head(self.stream, self.number, frames.LEVELS, Init("", b""))
            self._outlet.feed(self.stream, frames.LEVELS).begin(silence)

    def _filled_by(self, rendition: str, init: Init) -> tuple[str, ...]:
        if rendition == FULL and not pipeline.is_transcoding():
            return (FULL, LOW, AUDIO)
        if rendition == FULL and init.mime.startswith("audio/"):
            return (FULL, LOW)
        return (rendition,)

    def _push(self, rendition: str, fragment: Fragment) -> None:
        if self._shelf is not None:
            self._shelf.append(rendition, fragment)
        if self.void:
            return
        made = frames.piece(self.stream, self.number, rendition, fragment)
        for name in self._fills.get(rendition, ()):
            self._outlet.feed(self.stream, name).push(made)
        if rendition == FULL:
            self._tell_level(fragment.level)
            if fragment.key and not self._is_live:
                self._is_live = True
                self._on_live()

    def _tell_level(self, level: int) -> None:
        self._loudest = max(self._loudest, level)
        now = time.monotonic()
        if now - self._level_at >= LEVEL_SECONDS:
            said = Fragment(b"", True, level=self._loudest)
            made = frames.piece(self.stream, self.number, frames.LEVELS, said)
            self._outlet.feed(self.stream, frames.LEVELS).push(made)
            self._loudest, self._level_at = 0, now

    # --- Its end ---------------------------------------------------------------------------------

    async def close(self, *, interrupted: bool, ends: bool = True) -> Recording | None:
        """Give out what was taken, and close what is kept; returns the recording, if there is one.

        With `ends` nothing of the stream follows; otherwise the next part does.
        """
        if self._starting is not None:
            await asyncio.wait({self._starting})
        running = self._pipeline
        if running is not None and not self._dead:
            await running.finish()
        self._dead = True
        if self._hears is not None:
            self._hears.leave()
        if ends:
            self.end()
        # The store first: once the recording is said to have ended, its copy may be made.
        if self._shelf is not None:
            await self._shelf.close()
        recording = await self.evidence.close(interrupted=interrupted)
        if self._shelf is not None and recording is None and not self.evidence.failed:
            await on_disk(discard, self.meeting_id, self.stream, self.number)
        return recording

    def end(self) -> None:
        """Tell viewers that nothing follows."""
        self.void = True
        for name in frames.NAMES:
            self._outlet.feed(self.stream, name).end(self.number)
