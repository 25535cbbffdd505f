"""The evidence of one part: what arrived, on disk before anything else happens to it."""

import asyncio
import logging
import time
from collections.abc import Callable

from creditor_meetings.realtime.threads import in_thread
from creditor_meetings.video import verbs
from creditor_meetings.video.models import Broadcast, Recording
from creditor_meetings.video.recordings import Measure, Writer
from creditor_meetings.video.shelf import on_disk

log = logging.getLogger(__name__)

NOTE_SECONDS = 30.0
"""How often what was recorded so far goes on the meeting's record."""


class Evidence:
    """Records one part, if the meeting's rule says so."""

    def __init__(self, broadcast: Broadcast) -> None:
        self._broadcast = broadcast
        self.failed = False
        self.recording: Recording | None = None
        self._writer: Writer | None = None
        self._noting: asyncio.Task[None] | None = None
        self._noted = time.monotonic()

    @property
    def is_running(self) -> bool:
        """Whether what arrives is being recorded."""
        return self._writer is not None

    async def open(self) -> None:
        """Begin to record, unless the rule says not to or the session is void."""
        self.recording = await in_thread(verbs.start_recording)(self._broadcast)
        if self.recording is None:
            return
        try:
            self._writer = await on_disk(Writer, self.recording.path)
        except OSError as problem:
            await self._broke(problem)

    async def take(self, chunk: bytes) -> None:
        """Record a chunk; a disk that takes no more ends the recording, not the meeting."""
        if self._writer is None:
            return
        try:
            await on_disk(self._writer.append, chunk)
        except OSError as problem:
            await self._broke(problem)
            return
        self._note_digest()

    def _note_digest(self) -> None:
        """Have the ledger take what was recorded so far, every half minute, beside the stream."""
        if self._writer is None or self.recording is None:
            return
        if time.monotonic() - self._noted < NOTE_SECONDS:
            return
        if self._noting is not None and not self._noting.done():
            return
        self._noted = time.monotonic()
        self._noting = asyncio.ensure_future(self._note(self.recording, self._writer.measure))

    async def _note(self, recording: Recording, measured: Measure) -> None:
        try:
            await in_thread(verbs.note_digest)(recording, measured)
        except Exception:
            log.exception("the digest of %s could not be put on record", recording.path)

    async def _broke(self, problem: OSError) -> None:
        # The meeting goes on; that it is not recorded any more is shown to everybody.
        log.error("broadcast %s cannot be recorded: %s", self._broadcast.pk, problem)
        self.failed = True
        await self.close(interrupted=True)

    async def close(self, *, interrupted: bool) -> Recording | None:
        """End the recording and note what it holds; returns it unless there was none."""
        writer, self._writer = self._writer, None
        recording, self.recording = self.recording, None
        if recording is None:
            return None
        if self._noting is not None:
            # The end comes after what was noted on the way.
            await asyncio.wait({self._noting})
        try:
            measured = await on_disk(writer.close) if writer is not None else None
        except OSError:
            log.exception("the recording %s was not closed cleanly", recording.path)
            measured = writer.measure if writer is not None else None
        await _until_done(
            lambda: verbs.stop_recording(recording, measured, interrupted=interrupted)
        )
        return recording


async def _until_done(work: Callable[[], object]) -> None:
    """Do what must not get lost because the database was busy for a moment."""
    for wait in (0.5, 2.0, 5.0):
        try:
            await in_thread(work)()
            return
        except Exception:
            log.exception("a recording's end could not be noted, trying again")
            await asyncio.sleep(wait)
