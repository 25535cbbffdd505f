"""The embedded engine: chunks come over a socket, are recorded, cut, and fanned out."""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.utils.translation import gettext as _

from creditor_meetings.cases.errors import Refused
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.realtime.threads import in_thread
from creditor_meetings.video import copies, pipeline, verbs
from creditor_meetings.video.engine import Grant, Health, Tell, hls_of
from creditor_meetings.video.feed import Feed
from creditor_meetings.video.media import MATROSKA, BadMedia
from creditor_meetings.video.models import Broadcast
from creditor_meetings.video.outlets import outlets
from creditor_meetings.video.part import Part
from creditor_meetings.video.relay import RelayServer

log = logging.getLogger(__name__)

NAME = "embedded"
BEAT_SECONDS = 5.0
ANNOUNCE_AGAIN_SECONDS = 1.0
MOST_DEATHS = 3
LIVED_SECONDS = 20.0
"""A worker that died after less than this counts as one more death in a row."""

MATROSKA_MIMES = ("video/x-matroska;codecs=avc1,opus",)
WEBM_MIMES = (
    "video/webm;codecs=vp8,opus",
    "video/webm;codecs=vp9,opus",
    "video/webm",
    "audio/webm;codecs=opus",
)


class Ingest:
    """A publisher's hold on its stream in this process, over all parts of one connection."""

    kind = MATROSKA

    def __init__(self, broadcast: Broadcast, on_revoked: Callable[[], None], tell: Tell) -> None:
        self.broadcast = broadcast
        self.on_revoked = on_revoked
        self.tell = tell
        self.void = False
        self.restart_asked = ""
        # Why nothing more is taken, once workers have died too often.
        self.given_up = ""
        self._deaths = 0
        self._changing = False
        self._part: Part | None = None
        self._closing: set[asyncio.Task[None]] = set()
        self._announcing: asyncio.Task[None] | None = None
        self._beating = asyncio.ensure_future(self._beat())

    @property
    def is_recording(self) -> bool:
        """Whether what arrives is being recorded."""
        return self._part is not None and self._part.evidence.is_running

    @property
    def recording_failed(self) -> bool:
        """Whether a recording that ought to run cannot be written."""
        return self._part is not None and self._part.evidence.failed

    async def open(self) -> None:
        """Begin the part whose number the broadcast bears."""
        self.restart_asked = ""
        self._part = Part(self.broadcast, self.kind, on_live=self._live, on_died=self._died)
        await self._part.open()

    async def next_part(self, mime: str, *, has_video: bool) -> None:
        """Begin the next part; the present one ends behind it."""
        # The row may be ahead of us now: that our session is over in it is no reason to stop.
        self._changing = True
        try:
            following = await in_thread(verbs.next_part)(self.broadcast, mime, has_video=has_video)
        finally:
            self._changing = False
        if following is None:
            self.revoke()
            return
        before, self._part = self._part, None
        if before is not None:
            task = asyncio.ensure_future(self._close(before, interrupted=False, ends=False))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)
        self.broadcast = following
        await self.open()

    async def take(self, data: bytes, track: int = 0) -> None:
        """Record what arrived, then pass it on. Raises `BadMedia` once that was given up."""
        if self.void or self._part is None:
            return
        await self._part.take(data, track)
        if self.given_up:
            raise BadMedia(self.given_up)

    async def signal(self, frame: Mapping[str, Any]) -> None:
        """Take a frame of the engine's own; this engine has none."""
        name = str(frame.get("type"))[:60]
        raise Refused("bad_request", _("没有这个命令：%(name)s") % {"name": name})

    def ask_restart(self, reason: str) -> None:
        """Ask the publisher for a new part: `recording`, or `worker` when one died."""
        if not self.restart_asked and not self.void:
            self.restart_asked = reason
            self.tell("restart", reason=reason)

    def _died(self, part: Part, reason: str) -> None:
        log.error("broadcast %s, part %s: %s", part.stream, part.number, reason)
        if part is not self._part or self.void:
            return
        lived = time.monotonic() - part.began
        self._deaths = 1 if lived > LIVED_SECONDS else self._deaths + 1
        if self._deaths >= MOST_DEATHS:
            self.given_up = reason
            self.tell("error", reason=reason)
        else:
            self.ask_restart("worker")

    def _live(self) -> None:
        # Beside the stream: a busy database must not hold up pictures.
        self._announcing = asyncio.ensure_future(self._announce(self.broadcast))

    async def _announce(self, broadcast: Broadcast) -> None:
        while not self.void and broadcast is self.broadcast:
            try:
                if not await in_thread(verbs.went_live)(broadcast) and self._is_now(broadcast):
                    self.revoke()
                return
            except Exception:
                log.exception("broadcast %s could not be announced", broadcast.pk)
                await asyncio.sleep(ANNOUNCE_AGAIN_SECONDS)

    def _is_now(self, broadcast: Broadcast) -> bool:
        return broadcast is self.broadcast and not self._changing

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            try:
                broadcast = self.broadcast
                if not await in_thread(verbs.beat)(broadcast) and self._is_now(broadcast):
                    self.revoke()
                    return
            except Exception:
                log.exception("broadcast %s could not say that it lives", self.broadcast.pk)

    def revoke(self) -> None:
        """Pass nothing on any more, and let the publisher's socket know."""
        if not self.void:
            self.void = True
            if self._part is not None:
                self._part.end()
            self.on_revoked()

    def expect_end(self) -> None:
        """Learn that the broadcast is ended by its own publisher; what was sent is passed on."""
        self._beating.cancel()

    async def close(self, *, interrupted: bool) -> None:
        """Let go of the stream: nothing of it is passed on or recorded any more."""
        self._beating.cancel()
        part, self._part = self._part, None
        if part is not None:
            await self._close(part, interrupted=interrupted, ends=True)
        self.void = True
        if self._closing:
            await asyncio.wait(self._closing)
        if self._announcing is not None:
            # Told to its end: "live" must not come after what is told of the close.
            await asyncio.wait({self._announcing})

    async def _close(self, part: Part, *, interrupted: bool, ends: bool) -> None:
        recording = await part.close(interrupted=interrupted, ends=ends)
        if recording is not None:
            await in_thread(copies.make_later)(recording)


class EmbeddedEngine:
    """The engine that needs nothing but this server."""

    name = NAME

    def __init__(self) -> None:
        self._ingests: dict[int, Ingest] = {}
        self._relay = RelayServer(self._feed_of)

    @property
    def mimes(self) -> tuple[str, ...]:
        """The types that publishers may send, best first."""
        if pipeline.is_transcoding():
            return MATROSKA_MIMES + WEBM_MIMES
        return WEBM_MIMES

    async def relay_address(self) -> str:
        """Return where other processes get what this one receives; empty where it is alone."""
        outlets.own_relay = await self._relay.address()
        return outlets.own_relay

    def _feed_of(self, stream: int, rendition: str) -> Feed | None:
        ingest = self._ingests.get(stream)
        if ingest is None:
            return None
        return outlets.of(ingest.broadcast.meeting_id).feed(stream, rendition)

    def grant_publishing(self, meeting: Meeting, broadcast: Broadcast) -> Grant:
        """Let the broadcast's publisher send over the socket it opened."""
        url = f"/ws/meetings/{meeting.slug}/video/publish/"
        return Grant(self.name, url, "", broadcast.mime)

    def grant_viewing(self, meeting: Meeting) -> Grant:
        """Let a member see over the socket it opened, or over HLS."""
        url = f"/ws/meetings/{meeting.slug}/video/watch/"
        return Grant(self.name, url, "", "", hls_of(meeting))

    def hold(self, broadcast: Broadcast, on_revoked: Callable[[], None], tell: Tell) -> Ingest:
        """Take a publisher's stream in; an earlier session of it is void from now on."""
        earlier = self._ingests.get(broadcast.pk)
        if earlier is not None:
            earlier.revoke()
        made = self._ingests[broadcast.pk] = self._ingest(broadcast, on_revoked, tell)
        return made

    def _ingest(self, broadcast: Broadcast, on_revoked: Callable[[], None], tell: Tell) -> Ingest:
        return Ingest(broadcast, on_revoked, tell)

    def release(self, ingest: Ingest) -> None:
        """Forget a stream that was closed."""
        if self._ingests.get(ingest.broadcast.pk) is ingest:
            del self._ingests[ingest.broadcast.pk]

    def revoke(self, broadcast_id: int) -> None:
        """Pass nothing of a broadcast on any more; call on the event loop."""
        ingest = self._ingests.get(broadcast_id)
        if ingest is not None:
            ingest.revoke()

    def held(self, meeting_id: int) -> Collection[int]:
        """Return the broadcasts that this process receives in a meeting."""
        # From whatever thread a watch runs on: take a copy in one step.
        ingests = list(self._ingests.values())
        return {
            one.broadcast.pk
            for one in ingests
            if one.broadcast.meeting_id == meeting_id and not one.void
        }

    def health(self) -> Health:
        """Say what goes on; a recording that cannot be written is a problem."""
        failed = [one for one in self._ingests.values() if one.recording_failed]
        problem = f"{len(failed)} recordings cannot be written" if failed else ""
        viewers = sum(outlet.watchers for outlet in outlets.all())
        return Health(not failed, len(self._ingests), viewers, problem)


embedded = EmbeddedEngine()
