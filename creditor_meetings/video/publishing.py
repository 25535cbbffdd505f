"""The socket of a publisher: `start`, then slices of its recorder; `stop` at the end.

    {"type": "start", "source": "camera" | "screen", "mime": "video/webm;…", "resume": id | null}
    -> {"type": "started", "stream": id, "grant": {…}, "recording": true}

A refusal is a frame `error`, then a close. While slices come, `ack` tells how many were taken;
`alive` keeps a stream whose picture stands still.
"""

import asyncio
import json
import logging
import time
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from creditor_meetings.cases.errors import Refused
from creditor_meetings.realtime import fields
from creditor_meetings.realtime.threads import in_thread
from creditor_meetings.video import sections, verbs
from creditor_meetings.video.embedded import Ingest, embedded
from creditor_meetings.video.media import BadMedia
from creditor_meetings.video.models import Source
from creditor_meetings.video.socket import CLOSE_NOT_ALLOWED, CLOSE_STOPPED, VideoSocket

log = logging.getLogger(__name__)

# What the embedded engine passes on as it comes, in the order of preference.
MIMES = ("video/webm;codecs=vp8,opus", "video/webm;codecs=vp9,opus", "video/webm")
MAX_CHUNK = 1024 * 1024
BYTES_A_SECOND = 2.0 * 1024 * 1024
BYTES_AT_ONCE = 16.0 * 1024 * 1024
SILENT_SECONDS = 8.0
IDLE_SECONDS = 600.0
ACK_SECONDS = 0.5

_waiting: set[asyncio.Task[None]] = set()


class Publish(VideoSocket):
    """One publisher's socket."""

    def __init__(self, scope: dict[str, Any], receive: Callable, send: Callable) -> None:
        super().__init__(scope, receive, send)
        self.ingest: Ingest | None = None
        self.stopped = False
        self.taken = 0
        self._acked = 0.0
        self._allowance = BYTES_AT_ONCE
        self._allowance_at = time.monotonic()

    async def serve(self) -> None:
        """Take the start, then slices, until the publisher stops or goes away."""
        try:
            self.translated(self.still_allowed)
        except Refused as refusal:
            await self.refuse(refusal, CLOSE_NOT_ALLOWED)
            return
        await self.tell("ready", mimes=MIMES, max_chunk=MAX_CHUNK)
        await self.hear("all", heard=self._heard)
        while not self.closed:
            try:
                # Silence of a started stream is a break, whatever the network says.
                limit = IDLE_SECONDS if self.ingest is None else SILENT_SECONDS
                message = await asyncio.wait_for(self.receive(), limit)
            except TimeoutError:
                await self.close()
                return
            if message["type"] == "websocket.disconnect":
                return
            await self._take_or_refuse(message)

    def still_allowed(self) -> None:
        """Raise `Refused` unless the viewer may publish."""
        verbs.require_publisher(self.viewer)

    async def _take_or_refuse(self, message: dict[str, Any]) -> None:
        try:
            if message.get("bytes") is not None:
                await self._take_chunk(message["bytes"])
            else:
                await self._take_text(message.get("text") or "")
        except Refused as refusal:
            await self.refuse(refusal)
        except BadMedia as bad:
            log.warning("broadcast of meeting %s: %s", self.meeting.pk, bad)
            await self.refuse(self.translated(_not_passed_on, bad))

    async def _take_text(self, text: str) -> None:
        frame = self.translated(self.read, text)
        if frame["type"] == "start" and self.ingest is None:
            await self._start(frame)
        elif frame["type"] == "stop" and self.ingest is not None:
            self.stopped = True
            await self.tell("stopped", reason="asked")
            await self.close()
        elif frame["type"] == "alive":
            await self._ack()
        else:
            raise self.translated(self.unknown, frame)

    async def _start(self, frame: dict[str, Any]) -> None:
        source, mime, resume = self.translated(_read_start, frame)
        relay = await embedded.relay_address()
        broadcast = await in_thread(self.translated)(
            verbs.begin, self.meeting, self.viewer, source, mime, resume=resume, relay=relay
        )
        if self.closed:
            await in_thread(verbs.lost)(broadcast)
            return
        self.ingest = embedded.hold(broadcast, self._revoked)
        await self.ingest.start_recording()
        grant = embedded.grant_publishing(self.meeting, broadcast)
        await self.tell(
            "started",
            stream=broadcast.pk,
            grant=grant.as_dict(),
            recording=self.ingest.is_recording,
        )

    async def _take_chunk(self, chunk: bytes) -> None:
        self.translated(self._check_chunk, len(chunk))
        assert self.ingest is not None
        await self.ingest.take(chunk)
        self.taken += 1
        if time.monotonic() - self._acked > ACK_SECONDS:
            await self._ack()

    def _check_chunk(self, size: int) -> None:
        if self.ingest is None:
            raise Refused("bad_request", _("请先发送“start”，再发送视频。"))
        if size > MAX_CHUNK:
            raise Refused("bad_request", _("一段视频不得超过 1 MB。"))
        if not self._within_allowance(size):
            raise Refused("too_many_requests", _("视频码率过高，请降低清晰度。"))

    async def _ack(self) -> None:
        self._acked = time.monotonic()
        recording = self.ingest is not None and self.ingest.is_recording
        await self.tell("ack", chunks=self.taken, recording=recording)

    def _within_allowance(self, size: int) -> bool:
        now = time.monotonic()
        refill = (now - self._allowance_at) * BYTES_A_SECOND
        self._allowance = min(BYTES_AT_ONCE, self._allowance + refill) - size
        self._allowance_at = now
        return self._allowance >= 0

    def _heard(self, text: str) -> None:
        if '"video"' not in text or self.ingest is None:
            return
        state = json.loads(text)["data"]["set"].get("video")
        if isinstance(state, dict) and state.get("stream") is None:
            # An event of before our start tells of no stream either: ask the database.
            self.spawn(self._still_ours(self.ingest))

    async def _still_ours(self, ingest: Ingest) -> None:
        if not await in_thread(verbs.beat)(ingest.broadcast):
            ingest.revoke()

    def _revoked(self) -> None:
        self.spawn(self._say_stopped())

    async def _say_stopped(self) -> None:
        await self.tell("stopped", reason="revoked")
        await self.close(CLOSE_STOPPED)

    async def left(self) -> None:
        """End the broadcast, or wait for the publisher to come back."""
        if self.ingest is None:
            return
        # The server may cancel us when the socket is gone; the recording is to be closed.
        await asyncio.shield(asyncio.ensure_future(_let_go(self.ingest, ended=self.stopped)))


async def _let_go(ingest: Ingest, *, ended: bool) -> None:
    await ingest.close(interrupted=not ended and not ingest.void)
    if ended:
        await in_thread(verbs.end)(ingest.broadcast)
    elif await in_thread(verbs.lost)(ingest.broadcast):
        # Rooms look by themselves; this is for a meeting where nobody has the room open.
        task = asyncio.ensure_future(_end_unless_back(ingest.broadcast.meeting_id))
        _waiting.add(task)
        task.add_done_callback(_waiting.discard)
    embedded.release(ingest)


async def _end_unless_back(meeting_id: int) -> None:
    await asyncio.sleep(verbs.RECONNECT_SECONDS + 1)
    await in_thread(sections.clear_away)(meeting_id)


def _not_passed_on(bad: BadMedia) -> Refused:
    words = _("浏览器送来的视频无法转播（%(what)s）。请换用新版 Chrome 或 Edge。")
    return Refused("bad_request", words % {"what": bad})


def _read_start(frame: dict[str, Any]) -> tuple[str, str, int | None]:
    fields.only(frame, "type", "source", "mime", "resume")
    source = fields.choice(frame, "source", Source.values)
    mime = fields.text(frame, "mime", max_length=100)
    if mime.split(";")[0].strip() != "video/webm":
        raise fields.bad("mime", " / ".join(MIMES))
    return source, mime, fields.optional_integer(frame, "resume")


async def publish(scope: dict[str, Any], receive: Callable, send: Callable) -> None:
    """Serve a publisher's socket (ASGI)."""
    await Publish(scope, receive, send).live()
