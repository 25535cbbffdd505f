"""The embedded engine: chunks come over a socket, are recorded, cut, and fanned out."""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from creditor_meetings.meetings.models import Meeting
from creditor_meetings.realtime.threads import in_thread
from creditor_meetings.video import verbs
from creditor_meetings.video.engine import Grant, Health
from creditor_meetings.video.media import Fragment
from creditor_meetings.video.models import Broadcast, Recording
from creditor_meetings.video.outlets import outlets
from creditor_meetings.video.recordings import Measure, Writer
from creditor_meetings.video.relay import RelayServer
from creditor_meetings.video.webm import Cutter

log = logging.getLogger(__name__)

NAME = "embedded"
BEAT_SECONDS = 5.0
ANNOUNCE_AGAIN_SECONDS = 1.0
NOTE_SECONDS = 30.0
"""How often what was recorded so far goes on the meeting's record."""

# A disk that hangs must hold up neither the event loop nor the database's threads.
_DISK = ThreadPoolExecutor(max_workers=4, thread_name_prefix="recording")


class Ingest:
    """One session of a publisher in this process."""

    def __init__(self, broadcast: Broadcast, on_revoked: Callable[[], None]) -> None:
        self.broadcast = broadcast
        self.on_revoked = on_revoked
        self.void = False
        self.recording_failed = False
        self._outlet = outlets.of(broadcast.meeting_id)
        self._cutter = Cutter()
        self._announcing: asyncio.Task[None] | None = None
        self._recording: Recording | None = None
        self._writer: Writer | None = None
        self._noting: asyncio.Task[None] | None = None
        self._noted = time.monotonic()
        self._beating = asyncio.ensure_future(self._beat())
        self._outlet.feed.take_over(self)

    @property
    def is_recording(self) -> bool:
        """Whether what arrives is being recorded."""
        return self._writer is not None

    async def start_recording(self) -> Recording | None:
        """Open a recording; None when the session is void."""
        self._recording = await in_thread(verbs.start_recording)(self.broadcast)
        if self._recording is not None:
            try:
                self._writer = await self._on_disk(Writer, self._recording.path)
            except OSError as problem:
                await self._recording_broke(problem)
        return self._recording

    async def take(self, chunk: bytes) -> None:
        """Record a chunk, then pass it on. Raises `BadMedia` on what cannot be passed on."""
        await self._record(chunk)
        if self.void:
            return
        had_init = self._cutter.init
        fragments = self._cutter.feed(chunk)
        if self._cutter.init is not None and had_init is None:
            self._outlet.feed.begin(self, self._cutter.init)
        self._pass_on(fragments)
        if self._announcing is None and any(fragment.key for fragment in fragments):
            # Beside the stream: a busy database must not hold up pictures.
            self._announcing = asyncio.ensure_future(self._announce())

    def _pass_on(self, fragments: list[Fragment]) -> None:
        for fragment in fragments:
            self._outlet.feed.push(self, fragment)

    async def _announce(self) -> None:
        while not self.void:
            try:
                if not await in_thread(verbs.went_live)(self.broadcast):
                    self.revoke()
                return
            except Exception:
                log.exception("broadcast %s could not be announced", self.broadcast.pk)
                await asyncio.sleep(ANNOUNCE_AGAIN_SECONDS)

    async def _record(self, chunk: bytes) -> None:
        if self._writer is None:
            return
        try:
            await self._on_disk(self._writer.append, chunk)
        except OSError as problem:
            await self._recording_broke(problem)
            return
        self._note_digest()

    def _note_digest(self) -> None:
        """Have the ledger take what was recorded so far, every half minute, beside the stream."""
        if self._writer is None or self._recording is None:
            return
        if time.monotonic() - self._noted < NOTE_SECONDS:
            return
        if self._noting is not None and not self._noting.done():
            return
        self._noted = time.monotonic()
        self._noting = asyncio.ensure_future(self._note(self._recording, self._writer.measure))

    async def _note(self, recording: Recording, measured: Measure) -> None:
        try:
            await in_thread(verbs.note_digest)(recording, measured)
        except Exception:
            log.exception("the digest of %s could not be put on record", recording.path)

    async def _recording_broke(self, problem: OSError) -> None:
        # The meeting goes on; that it is not recorded any more is shown to everybody.
        log.error("broadcast %s cannot be recorded: %s", self.broadcast.pk, problem)
        self.recording_failed = True
        await self.stop_recording(interrupted=True)

    async def stop_recording(self, *, interrupted: bool = False) -> None:
        """Close the recording and note what it holds."""
        writer, self._writer = self._writer, None
        recording, self._recording = self._recording, None
        if recording is None:
            return
        if self._noting is not None:
            # The end comes after what was noted on the way.
            await asyncio.wait({self._noting})
        try:
            measured = await self._on_disk(writer.close) if writer is not None else None
        except OSError:
            log.exception("the recording %s was not closed cleanly", recording.path)
            measured = writer.measure if writer is not None else None
        await in_thread(verbs.stop_recording)(recording, measured, interrupted=interrupted)

    async def _on_disk(self, work: Callable, *args: object):
        return await asyncio.get_running_loop().run_in_executor(_DISK, work, *args)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            try:
                if not await in_thread(verbs.beat)(self.broadcast):
                    self.revoke()
                    return
            except Exception:
                log.exception("broadcast %s could not say that it lives", self.broadcast.pk)

    def revoke(self) -> None:
        """Pass nothing on any more, and let the publisher's socket know."""
        if not self.void:
            self.void = True
            self.on_revoked()

    async def close(self, *, interrupted: bool) -> None:
        """Let go of the stream: nothing of it is passed on or recorded any more."""
        if not self.void:
            self._pass_on(self._cutter.flush())
        self.void = True
        self._beating.cancel()
        if self._announcing is not None:
            # Told to its end: "live" must not come after what is told of the close.
            await asyncio.wait({self._announcing})
        self._outlet.feed.end(self)
        await self.stop_recording(interrupted=interrupted)


class EmbeddedEngine:
    """The engine that needs nothing but this server."""

    name = NAME

    def __init__(self) -> None:
        self._ingests: dict[int, Ingest] = {}
        self._relay = RelayServer(lambda meeting_id: outlets.of(meeting_id).feed)

    async def relay_address(self) -> str:
        """Return where other processes get what this one receives; empty where it is alone."""
        outlets.own_relay = await self._relay.address()
        return outlets.own_relay

    def grant_publishing(self, meeting: Meeting, broadcast: Broadcast) -> Grant:
        """Let the broadcast's publisher send over the socket it opened."""
        url = f"/ws/meetings/{meeting.slug}/video/publish/"
        return Grant(self.name, url, "", broadcast.mime)

    def grant_viewing(self, meeting: Meeting) -> Grant:
        """Let a member see over the socket it opened."""
        return Grant(self.name, f"/ws/meetings/{meeting.slug}/video/watch/", "", "")

    def hold(self, broadcast: Broadcast, on_revoked: Callable[[], None]) -> Ingest:
        """Take a publisher's session in; an earlier one of the meeting is void from now on."""
        earlier = self._ingests.get(broadcast.meeting_id)
        if earlier is not None:
            earlier.revoke()
        made = self._ingests[broadcast.meeting_id] = Ingest(broadcast, on_revoked)
        return made

    def release(self, ingest: Ingest) -> None:
        """Forget a session that was closed."""
        if self._ingests.get(ingest.broadcast.meeting_id) is ingest:
            del self._ingests[ingest.broadcast.meeting_id]

    def _of(self, broadcast_id: int) -> Ingest | None:
        held = list(self._ingests.values())
        return next((one for one in held if one.broadcast.pk == broadcast_id), None)

    def revoke(self, broadcast_id: int) -> None:
        """Pass nothing of a broadcast on any more; call on the event loop."""
        ingest = self._of(broadcast_id)
        if ingest is not None:
            ingest.revoke()

    async def start_recording(self, broadcast: Broadcast) -> Recording | None:
        """Record what this process receives of a broadcast."""
        ingest = self._of(broadcast.pk)
        return await ingest.start_recording() if ingest is not None else None

    async def stop_recording(self, broadcast: Broadcast, *, interrupted: bool = False) -> None:
        """End the recording of a broadcast that this process receives."""
        ingest = self._of(broadcast.pk)
        if ingest is not None:
            await ingest.stop_recording(interrupted=interrupted)

    def held(self, meeting_id: int) -> int | None:
        """Return the broadcast that this process receives in a meeting."""
        ingest = self._ingests.get(meeting_id)
        return ingest.broadcast.pk if ingest is not None and not ingest.void else None

    def health(self) -> Health:
        """Say what goes on; a recording that cannot be written is a problem."""
        failed = [one for one in self._ingests.values() if one.recording_failed]
        problem = f"{len(failed)} recordings cannot be written" if failed else ""
        viewers = sum(outlet.watchers for outlet in outlets.all())
        return Health(not failed, len(self._ingests), viewers, problem)


embedded = EmbeddedEngine()
