"""The socket of a publisher: `start`, then slices of its recorder; `stop` at the end.

    {"type": "start", "source": "camera" | "screen", "mime": "video/webm;…", "resume": id | null,
     "video": true}
    -> {"type": "started", "stream": id, "part": 1, "grant": {…}, "recording": true}

A new run of the recorder begins with `part`, and its slices follow the next `started`; the
server asks for one by `restart`. A refusal is a frame `error`, then a close. While slices come,
`ack` tells how many were taken; `alive` keeps a stream whose picture stands still.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from django.utils.translation import gettext as _

from creditor_meetings.cases.errors import Refused
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.realtime import fields
from creditor_meetings.realtime.threads import in_thread
from creditor_meetings.video import describe, pipeline, sections, verbs
from creditor_meetings.video.engine import Ingest, engine
from creditor_meetings.video.media import BadMedia
from creditor_meetings.video.models import Broadcast, Source
from creditor_meetings.video.socket import CLOSE_NOT_ALLOWED, CLOSE_STOPPED, VideoSocket

log = logging.getLogger(__name__)

CODECS = ("avc1", "h264", "vp8", "vp9", "vp09", "av1", "av01", "opus")
MAX_CHUNK = 1024 * 1024
BYTES_A_SECOND = 2.0 * 1024 * 1024
BYTES_AT_ONCE = 16.0 * 1024 * 1024
SILENT_SECONDS = 8.0
IDLE_SECONDS = 600.0
ACK_SECONDS = 0.5
RESTART_SECONDS = 6.0
"""How long a page may take to begin the part that it was asked for."""

_waiting: set[asyncio.Task[None]] = set()


class Publish(VideoSocket):
    """One publisher's socket."""

    # An offer of WebRTC lists every codec that a browser has.
    max_text = 32 * 1024

    def __init__(self, scope: dict[str, Any], receive: Callable, send: Callable) -> None:
        super().__init__(scope, receive, send)
        self.ingest: Ingest | None = None
        self.stopped = False
        self.taken = 0
        # A part is being begun: whether it is recorded is not to be told yet.
        self._beginning = False
        self._acked = 0.0
        self._allowance = BYTES_AT_ONCE
        self._allowance_at = time.monotonic()

    async def serve(self) -> None:
        """Take the start, then slices, until the publisher stops or goes away."""
        try:
            await in_thread(self.translated)(self.still_allowed)
        except Refused as refusal:
            await self.refuse(refusal, CLOSE_NOT_ALLOWED)
            return
        carrier = engine()
        await self.tell("ready", mimes=carrier.mimes, max_chunk=MAX_CHUNK, engine=carrier.name)
        pipeline.prepare()
        await self.hear("all", heard=self._heard)
        while not self.closed:
            try:
                # Silence of a started stream is a break, whatever the network says.
                limit = IDLE_SECONDS if self.ingest is None else SILENT_SECONDS
                # Unlike `wait_for`, this never swallows the cancelling of a server that ends.
                async with asyncio.timeout(limit):
                    message = await self.receive()
            except TimeoutError:
                await self.close()
                return
            if message["type"] == "websocket.disconnect":
                return
            await self._take_or_refuse(message)

    def still_allowed(self) -> None:
        """Raise `Refused` unless the viewer may publish."""
        verbs.require_publisher(self.meeting, self.viewer)

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
        kind, ingest = frame["type"], self.ingest
        if kind == "start" and ingest is None:
            await self._start(frame)
        elif kind == "alive":
            await self._ack()
        elif kind in ("start", "part", "stop") and ingest is None:
            raise self.translated(_not_started)
        elif kind == "part" and ingest is not None:
            await self._next_part(ingest, frame)
        elif kind == "stop" and ingest is not None:
            await self._stop(ingest)
        elif kind != "start" and ingest is not None:
            await ingest.signal(frame)
        else:
            raise self.translated(self.unknown, frame)

    async def _start(self, frame: dict[str, Any]) -> None:
        source, mime, resume, has_video = self.translated(_read_start, frame)
        carrier = engine()
        relay = await carrier.relay_address()
        broadcast = await in_thread(self.translated)(
            verbs.begin,
            self.meeting,
            self.viewer,
            source,
            mime,
            resume=resume,
            relay=relay,
            has_video=has_video,
            engine=carrier.name,
        )
        if self.closed:
            await in_thread(verbs.lost)(broadcast)
            return
        self.ingest = carrier.hold(broadcast, self._revoked, self._tell_soon)
        await self._begin_part(self.ingest, self.ingest.open())

    async def _next_part(self, ingest: Ingest, frame: dict[str, Any]) -> None:
        mime, has_video = self.translated(_read_part, frame)
        await self._begin_part(ingest, ingest.next_part(mime, has_video=has_video))

    async def _begin_part(self, ingest: Ingest, beginning: Awaitable[None]) -> None:
        self._beginning = True
        try:
            await beginning
        finally:
            self._beginning = False
        await self._say_started(ingest)

    async def _say_started(self, ingest: Ingest) -> None:
        if ingest.void:
            return
        broadcast = ingest.broadcast
        await self.tell(
            "started",
            stream=broadcast.pk,
            part=broadcast.session,
            grant=engine().grant_publishing(self.meeting, broadcast).as_dict(),
            recording=ingest.is_recording,
        )
        # The meeting may have opened or adjourned in the meantime.
        self.spawn(self._look_after(ingest))

    async def _stop(self, ingest: Ingest) -> None:
        # Told first of all: whatever happens to this socket, nobody waits for its return.
        self.stopped = True
        ingest.expect_end()
        await in_thread(verbs.end)(ingest.broadcast)
        await self.tell("stopped", reason="asked")
        await self.close()

    def _tell_soon(self, kind: str, **values: Any) -> None:
        ingest = self.ingest
        if ingest is not None and ingest.given_up:
            self.spawn(self.refuse(self.translated(_not_passed_on, ingest.given_up)))
            return
        self.spawn(self.tell(kind, **values))
        if kind == "restart" and ingest is not None:
            self.spawn(self._expect_part(ingest, ingest.broadcast))

    async def _expect_part(self, ingest: Ingest, broadcast: Broadcast) -> None:
        await asyncio.sleep(RESTART_SECONDS)
        if broadcast is ingest.broadcast:
            # A page that does not answer comes back by a new connection, which is a new part.
            await self.close()

    async def _take_chunk(self, chunk: bytes) -> None:
        self.translated(self._check_chunk, len(chunk))
        assert self.ingest is not None
        await self.ingest.take(chunk)
        self.taken += 1
        if time.monotonic() - self._acked > ACK_SECONDS:
            await self._ack()

    def _check_chunk(self, size: int) -> None:
        if self.ingest is None:
            raise _not_started()
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
        if self.ingest is not None and ('"video' in text or '"meeting/state"' in text):
            self.spawn(self._look_after(self.ingest))

    async def _look_again(self) -> None:
        await super()._look_again()
        if self.ingest is not None and not self.closed:
            await self._look_after(self.ingest)

    async def _look_after(self, ingest: Ingest) -> None:
        """See whether the session still counts, and whether to record has changed."""
        broadcast = ingest.broadcast
        is_ours, to_record = await in_thread(_standing)(broadcast)
        if broadcast is not ingest.broadcast or ingest.void or self.stopped or self._beginning:
            return
        if not is_ours:
            ingest.revoke()
        elif to_record != ingest.is_recording and not ingest.recording_failed:
            ingest.ask_restart("recording")

    def _revoked(self) -> None:
        self.spawn(self._say_stopped())

    async def _say_stopped(self) -> None:
        reason = "revoked"
        if self.ingest is not None:
            reason = await in_thread(verbs.why_void)(self.ingest.broadcast)
        await self.tell("stopped", reason=reason)
        await self.close(CLOSE_STOPPED)

    async def left(self) -> None:
        """End the broadcast, or wait for the publisher to come back."""
        if self.ingest is None:
            return
        # The server may cancel us when the socket is gone; the recording is to be closed.
        await asyncio.shield(asyncio.ensure_future(_let_go(self.ingest, ended=self.stopped)))


async def _let_go(ingest: Ingest, *, ended: bool) -> None:
    ended = ended or bool(ingest.given_up)
    try:
        await ingest.close(interrupted=not ended and not ingest.void)
    finally:
        if ended:
            # Already done where the publisher said so.
            await in_thread(verbs.end)(ingest.broadcast, interrupted=bool(ingest.given_up))
        elif await in_thread(verbs.lost)(ingest.broadcast):
            # Rooms look by themselves; this is for a meeting where nobody has the room open.
            task = asyncio.ensure_future(_end_unless_back(ingest.broadcast.meeting_id))
            _waiting.add(task)
            task.add_done_callback(_waiting.discard)
        engine().release(ingest)


async def _end_unless_back(meeting_id: int) -> None:
    await asyncio.sleep(verbs.RECONNECT_SECONDS + 1)
    await in_thread(sections.clear_away)(meeting_id)


def _standing(broadcast: Broadcast) -> tuple[bool, bool]:
    """Say whether this session of a broadcast counts, and whether it is to be recorded."""
    meeting = Meeting.objects.get(pk=broadcast.meeting_id)
    return verbs.beat(broadcast), describe.is_to_be_recorded(meeting)


def _not_started() -> Refused:
    return Refused("bad_request", _("请先发送“start”，再发送视频。"))


def _not_passed_on(why: object) -> Refused:
    words = _("浏览器送来的视频无法转播（%(what)s）。请换用新版 Chrome 或 Edge。")
    return Refused("bad_request", words % {"what": why})


def _read_start(frame: dict[str, Any]) -> tuple[str, str, int | None, bool]:
    fields.only(frame, "type", "source", "mime", "resume", "video")
    source = fields.choice(frame, "source", Source.values)
    return source, _read_mime(frame), fields.optional_integer(frame, "resume"), _has_video(frame)


def _read_part(frame: dict[str, Any]) -> tuple[str, bool]:
    fields.only(frame, "type", "mime", "video")
    return _read_mime(frame), _has_video(frame)


def _has_video(frame: dict[str, Any]) -> bool:
    return fields.boolean(frame, "video") if "video" in frame else True


def _read_mime(frame: dict[str, Any]) -> str:
    """Read the recorder's type: a container and codecs that can be passed on."""
    mime = fields.text(frame, "mime", max_length=100)
    known = engine().mimes
    container, *parameters = (part.strip() for part in mime.lower().split(";"))
    if container not in {one.split(";")[0] for one in known}:
        raise fields.bad("mime", " / ".join(known))
    for parameter in parameters:
        name, _is, value = parameter.partition("=")
        if name.strip() == "codecs":
            for codec in value.strip("\"' ").split(","):
                if not codec.strip().startswith(CODECS):
                    raise fields.bad("mime", " / ".join(known))
    return mime


async def publish(scope: dict[str, Any], receive: Callable, send: Callable) -> None:
    """Serve a publisher's socket (ASGI)."""
    await Publish(scope, receive, send).live()
