"""The socket of a viewer, who says by `want` which streams to send, in which rendition.

`init` and its bytes begin a stream, pieces follow; `state` comes whenever it changes. The viewer
confirms what arrived (`ack`); one whose network is too slow skips to the next keyframe, and slows
nobody. Who is sent no media is told how loud the streams are (`levels`).
"""

import asyncio
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from creditor_meetings.cases.errors import Refused
from creditor_meetings.realtime import fields
from creditor_meetings.video.engine import engine
from creditor_meetings.video.feed import Listener
from creditor_meetings.video.frames import End, Head, Skipped
from creditor_meetings.video.line import Line, Window
from creditor_meetings.video.media import RENDITIONS
from creditor_meetings.video.outlets import outlets
from creditor_meetings.video.socket import CLOSE_GONE_QUIET, VideoSocket

GONE_SECONDS = 150
LOOK_SECONDS = 15
MOST_STREAMS = 32


class Watch(VideoSocket):
    """One viewer."""

    def __init__(self, scope: dict[str, Any], receive: Callable, send: Callable) -> None:
        super().__init__(scope, receive, send)
        self.window = Window()
        self.line = Line(self.window)
        self._state: dict[str, Any] | None = None
        self._levels: str | None = None
        self._told = asyncio.Event()

    @property
    def listener(self) -> Listener:
        """What takes the media."""
        return self.line

    def tell_state(self, state: dict[str, Any]) -> None:
        """Learn the state of the video."""
        self._state = state
        self._told.set()

    def tell_levels(self, text: str) -> None:
        """Be given a frame that tells how loud the streams are."""
        self._levels = text
        self._told.set()

    async def serve(self) -> None:
        """Send media and states, take confirmations."""
        await self.tell("grant", grant=engine().grant_viewing(self.meeting).as_dict())
        await self.hear()
        outlets.of(self.meeting.pk).join(self, self.viewer)
        self.spawn(self._send_media())
        self.spawn(self._send_what_is_told())
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
        elif frame["type"] == "want":
            outlets.of(self.meeting.pk).wish(self, frame["streams"])
        elif not self.window.confirm(frame["bytes"]):
            raise self.translated(lambda: fields.bad("bytes", _("已收到的字节数")))

    def _read_frame(self, text: str | None) -> dict[str, Any]:
        if text is None:
            raise Refused("bad_request", _("这里只接受文字。"))
        frame = self.read(text)
        if frame["type"] == "ack":
            fields.integer(frame, "bytes")
        elif frame["type"] == "want":
            frame["streams"] = _read_wishes(frame)
        elif frame["type"] != "ping":
            raise self.unknown(frame)
        return frame

    async def _send_media(self) -> None:
        while not self.closed:
            item = await self.line.next()
            if isinstance(item, End):
                await self.tell("end", stream=item.stream)
                continue
            if isinstance(item, Skipped):
                await self.tell("skipped", stream=item.stream)
                continue
            if isinstance(item, Head):
                await self.send_text(item.text)
            self.window.sent(item.size)
            await self.send_bytes(item.frame)

    async def _close_when_gone(self) -> None:
        # A sleeping page confirms once a minute; one that says nothing for longer is no more.
        while not self.closed:
            await asyncio.sleep(LOOK_SECONDS)
            if self.window.seconds_behind > GONE_SECONDS:
                await self.close(CLOSE_GONE_QUIET)

    async def _send_what_is_told(self) -> None:
        sent = None
        while not self.closed:
            await self._told.wait()
            self._told.clear()
            if self._state is not sent:
                sent = self._state
                await self.tell("state", video=sent)
            levels, self._levels = self._levels, None
            if levels is not None:
                await self.send_text(levels)


def _read_wishes(frame: dict[str, Any]) -> dict[int, str]:
    """Read a viewer's whole wish: rendition by stream."""
    fields.only(frame, "type", "streams")
    wishes = frame.get("streams")
    if not isinstance(wishes, dict) or len(wishes) > MOST_STREAMS:
        raise fields.bad(
            "streams", _("直播编号到清晰度的对象，不超过 %(n)s 项") % {"n": MOST_STREAMS}
        )
    return {_stream(key): fields.choice(wishes, key, RENDITIONS) for key in wishes}


def _stream(key: str) -> int:
    if not key.isascii() or not key.isdigit() or len(key) > 9:
        raise fields.bad("streams", _('直播编号，例如 "12"'))
    return int(key)


async def watch(scope: dict[str, Any], receive: Callable, send: Callable) -> None:
    """Serve a viewer's socket (ASGI)."""
    await Watch(scope, receive, send).live()
