"""The socket of a viewer: `init` and its bytes, then pieces; `state` whenever it changes.

The viewer confirms what arrived (`ack`); one whose network is too slow skips to the next
keyframe, and slows nobody.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from creditor_meetings.cases.errors import Refused
from creditor_meetings.realtime import fields
from creditor_meetings.video.engine import engine
from creditor_meetings.video.feed import Listener
from creditor_meetings.video.line import Line, Window
from creditor_meetings.video.media import Init
from creditor_meetings.video.outlets import outlets
from creditor_meetings.video.socket import CLOSE_GONE_QUIET, VideoSocket

GONE_SECONDS = 150
LOOK_SECONDS = 15


class Watch(VideoSocket):
    """One viewer."""

    def __init__(self, scope: dict[str, Any], receive: Callable, send: Callable) -> None:
        super().__init__(scope, receive, send)
        self.window = Window()
        self.line = Line(self.window)
        self._state: dict[str, Any] | None = None
        self._state_changed = asyncio.Event()

    @property
    def listener(self) -> Listener:
        """What takes the media."""
        return self.line

    def tell_state(self, state: dict[str, Any]) -> None:
        """Learn the state of the video."""
        self._state = state
        self._state_changed.set()

    async def serve(self) -> None:
        """Send media and states, take confirmations."""
        await self.tell("grant", grant=engine().grant_viewing(self.meeting).as_dict())
        await self.hear()
        outlets.of(self.meeting.pk).join(self, self.viewer)
        self.spawn(self._send_media())
        self.spawn(self._send_states())
        self.spawn(self._close_when_gone())
        while not self.closed:
            message = await self.receive()
            if message["type"] == "websocket.disconnect":
                return
            try:
                await self._take(message.get("text"))
            except Refused as refusal:
                await self.refuse(refusal)

    async def left(self) -> None:
        """Watch no more."""
        outlets.of(self.meeting.pk).leave(self)

    async def _take(self, text: str | None) -> None:
        frame = self.translated(self._read_frame, text)
        if frame["type"] == "ping":
            await self.tell("pong")
        elif not self.window.confirm(frame["bytes"]):
            raise self.translated(lambda: fields.bad("bytes", _("已收到的字节数")))

    def _read_frame(self, text: str | None) -> dict[str, Any]:
        if text is None:
            raise Refused("bad_request", _("这里只接受文字。"))
        frame = self.read(text)
        if frame["type"] == "ack":
            fields.integer(frame, "bytes")
        elif frame["type"] != "ping":
            raise self.unknown(frame)
        return frame

    async def _send_media(self) -> None:
        while not self.closed:
            item = await self.line.next()
            if item is None:
                await self.tell("end")
                continue
            if isinstance(item, Init):
                await self.tell("init", mime=item.mime)
            self.window.sent(len(item.data))
            await self.send_bytes(item.data)

    async def _close_when_gone(self) -> None:
        # A sleeping page confirms once a minute; one that says nothing for longer is no more.
        while not self.closed:
            await asyncio.sleep(LOOK_SECONDS)
            if self.window.seconds_behind > GONE_SECONDS:
                await self.close(CLOSE_GONE_QUIET)

    async def _send_states(self) -> None:
        while not self.closed:
            await self._state_changed.wait()
            self._state_changed.clear()
            await self.tell("state", video=self._state)


async def watch(scope: dict[str, Any], receive: Callable, send: Callable) -> None:
    """Serve a viewer's socket (ASGI)."""
    await Watch(scope, receive, send).live()
