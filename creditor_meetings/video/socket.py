"""What both sockets of the video share: the door, frames of JSON, a close that says why."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.meetings.access import access_meeting
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.realtime import log
from creditor_meetings.realtime.hub import Connection, dumps, hubs
from creditor_meetings.realtime.person import language_of, require_signed_in
from creditor_meetings.realtime.threads import in_thread

MAX_TEXT = 4096

CLOSE_NORMAL = 1000
CLOSE_POLICY = 1008
CLOSE_GONE = 4404
CLOSE_NOT_ALLOWED = 4403
CLOSE_STOPPED = 4410
CLOSE_GONE_QUIET = 4408


class VideoSocket:
    """An open socket of a member of the meeting."""

    max_text = MAX_TEXT

    def __init__(self, scope: dict[str, Any], receive: Callable, send: Callable) -> None:
        self.scope = scope
        self.receive = receive
        self._send = send
        self.language = language_of(scope)
        self.closed = False
        self.meeting: Meeting
        self.viewer: Viewer
        self._ear: Connection | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    async def live(self) -> None:
        """Serve the socket from its opening to its end."""
        await self.receive()
        name = self.scope["url_route"]["kwargs"]["meeting"]
        try:
            self.meeting, self.viewer = await in_thread(access_meeting)(self.scope["user"], name)
        except Refused:
            # Strangers learn nothing, not even whether the meeting exists.
            await self._send({"type": "websocket.accept"})
            await self.close(CLOSE_GONE)
            return
        await self._send({"type": "websocket.accept"})
        try:
            await self.serve()
        finally:
            self.closed = True
            if self._ear is not None:
                hubs.of(self.meeting.pk).leave(self._ear)
            await self.left()
            for task in self._tasks:
                task.cancel()

    async def serve(self) -> None:
        """Do what this socket is for, until it closes."""
        raise NotImplementedError

    async def left(self) -> None:
        """Clean up after the socket closed."""

    async def hear(self, *audiences: str, heard: Callable[[str], Any] | None = None) -> None:
        """Be told of events for these audiences; a change of rights always checks the door anew."""

        async def take(text: str) -> None:
            if heard is not None:
                heard(text)

        after = await in_thread(log.last_seq)(self.meeting.pk)
        self._ear = Connection(self.viewer, take, self._access_changed, after)
        self._ear.audiences = frozenset({f"person:{self.viewer.person.pk}", *audiences})
        hubs.of(self.meeting.pk).join(self._ear)

    def _access_changed(self) -> None:
        self.spawn(self._look_again())

    async def _look_again(self) -> None:
        ear = self._ear
        try:
            await in_thread(require_signed_in)(self.scope)
            found = await in_thread(access_meeting)(self.scope["user"], self.meeting.slug)
            self.meeting, self.viewer = found
            await in_thread(self.still_allowed)()
        except Refused:
            await self.close(CLOSE_GONE)
            return
        if ear is not None and not self.closed:
            hubs.of(self.meeting.pk).join(ear)

    def still_allowed(self) -> None:
        """Raise `Refused` when the viewer may not do any more what this socket is for.

        Runs on a thread that may ask the database.
        """

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run work beside the socket; it ends with it."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def translated(self, work: Callable[..., Any], *args: Any, **more: Any) -> Any:
        """Run work in the person's language."""
        with translation.override(self.language):
            return work(*args, **more)

    def read(self, text: str) -> dict[str, Any]:
        """Read a frame of JSON with a type. Raises `Refused` with bad_request."""
        if len(text) > self.max_text:
            raise Refused("bad_request", _("收到的内容过长。"))
        try:
            frame = json.loads(text)
        except (ValueError, RecursionError):
            raise Refused("bad_request", _("收到的内容不是 JSON。")) from None
        if not isinstance(frame, dict) or not isinstance(frame.get("type"), str):
            raise Refused("bad_request", _("收到的内容应为一个带“type”的 JSON 对象。"))
        return frame

    def unknown(self, frame: dict[str, Any]) -> Refused:
        """Return the refusal of a frame that this socket does not know."""
        name = str(frame.get("type"))[:60]
        return Refused("bad_request", _("没有这个命令：%(name)s") % {"name": name})

    async def tell(self, kind: str, **values: Any) -> None:
        """Send a frame of JSON, unless the socket is closed."""
        await self.send_text(dumps({"type": kind, **values}))

    async def send_text(self, text: str) -> None:
        """Send a frame that is written already, unless the socket is closed."""
        if not self.closed:
            await self._send({"type": "websocket.send", "text": text})

    async def send_bytes(self, data: bytes) -> None:
        """Send media, unless the socket is closed."""
        if not self.closed:
            await self._send({"type": "websocket.send", "bytes": data})

    async def refuse(self, refusal: Refused, code: int = CLOSE_POLICY) -> None:
        """Say what is wrong, then close."""
        await self.tell("error", error={"code": refusal.code, "message": refusal.message})
        await self.close(code)

    async def close(self, code: int = CLOSE_NORMAL) -> None:
        """Close the socket once."""
        if not self.closed:
            self.closed = True
            await self._send({"type": "websocket.close", "code": code})
