"""The socket of those who converse: they hear and see each other by WebRTC, through Janus.

    <- {"type": "ready", "engine": "janus", "ice": [...]}   another engine: nothing follows
    <- {"type": "offer", "stream": id, "sdp": "..."}        somebody else's stream is there
    -> {"type": "answer", "stream": id, "sdp": "..."}
    -> {"type": "trickle", "stream": id, "candidate": {...} | null}
    -> {"type": "again", "stream": id}                      the connection failed: a new offer
    <- {"type": "gone", "stream": id}                       it is over
    -> {"type": "ping"}  <- {"type": "pong"}

Only administrator, judge and whoever has the floor; when that right ends, the socket closes with
4403, and what was heard over it ends. Janus itself is spoken with by the server alone.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from creditor_meetings.cases.errors import Refused
from creditor_meetings.realtime import fields
from creditor_meetings.realtime.threads import in_thread
from creditor_meetings.video import janus_rooms, verbs
from creditor_meetings.video.engine import engine
from creditor_meetings.video.janus import Event, Handle, JanusError, Unreachable, links
from creditor_meetings.video.janus_engine import MAX_SDP, NAME, read_candidate
from creditor_meetings.video.janus_ice import ice_servers
from creditor_meetings.video.models import Broadcast
from creditor_meetings.video.socket import CLOSE_NOT_ALLOWED, VideoSocket

log = logging.getLogger(__name__)

CHECK_SECONDS = 5.0
"""How often the right to converse is looked at, whatever was heard of it."""

IDLE_SECONDS = 60.0
CLOSE_AGAIN = 4503


class Talk(VideoSocket):
    """One person's ears and eyes in the conversation."""

    max_text = 32 * 1024

    def __init__(self, scope: dict[str, Any], receive: Callable, send: Callable) -> None:
        super().__init__(scope, receive, send)
        self._seat: Handle | None = None
        self._private_id = 0
        self._holder = ""
        # By the stream's id: the name in Janus, and the handle by which it is heard.
        self._feeds: dict[int, str] = {}
        self._heard_by: dict[int, Handle] = {}

    async def serve(self) -> None:
        """Hear who sends, until the right or the socket ends."""
        try:
            await in_thread(self.translated)(self.still_allowed)
        except Refused as refusal:
            await self.refuse(refusal, CLOSE_NOT_ALLOWED)
            return
        if engine().name != NAME:
            await self.tell("ready", engine=engine().name, ice=[])
            await self.close()
            return
        self._room = janus_rooms.room_of(self.meeting.pk)
        await self.hear("all", heard=self._told)
        await self.tell("ready", engine=NAME, ice=ice_servers(self.viewer.person.pk))
        try:
            present = await self._sit_down()
        except (JanusError, Unreachable) as why:
            log.warning("no conversation in meeting %s: %s", self.meeting.pk, why)
            await self._give_up()
            return
        self.spawn(self._keep_checking())
        self._appeared(present)
        await self._listen()

    async def _listen(self) -> None:
        while not self.closed:
            try:
                # Unlike `wait_for`, this never swallows the cancelling of a server that ends.
                async with asyncio.timeout(IDLE_SECONDS):
                    message = await self.receive()
            except TimeoutError:
                await self.close()
                return
            if message["type"] == "websocket.disconnect":
                return
            try:
                await self._take(self.translated(self.read, message.get("text") or ""))
            except Refused as refusal:
                await self.refuse(refusal)
            except (JanusError, Unreachable) as why:
                # It ended while the browser answered, or Janus did.
                log.info("conversation in meeting %s: %s", self.meeting.pk, why)

    def still_allowed(self) -> None:
        """Raise `Refused` unless the viewer may converse: whoever may publish may."""
        verbs.require_publisher(self.meeting, self.viewer)

    # --- The right -------------------------------------------------------------------------------

    def _told(self, text: str) -> None:
        if '"floor' in text or '"meeting' in text:
            self.spawn(self._check())

    async def _keep_checking(self) -> None:
        while not self.closed:
            await asyncio.sleep(CHECK_SECONDS)
            await self._check()

    async def _check(self) -> None:
        try:
            await in_thread(self.translated)(self.still_allowed)
        except Refused as refusal:
            await self._stand_up()
            await self.refuse(refusal, CLOSE_NOT_ALLOWED)

    # --- In the room -----------------------------------------------------------------------------

    async def _sit_down(self) -> list[dict[str, Any]]:
        """Enter the room to hear who is there; returns who sends."""
        link = await links.get()
        self._holder = f"ear-{self.viewer.person.pk}-{secrets.token_hex(4)}"
        self._seat = await link.attach(self._event, lambda why: self.spawn(self._give_up()))
        await janus_rooms.open_room(self._seat, self._room)
        joined = await janus_rooms.join(self._seat, self._room, self._holder)
        self._private_id = joined["private_id"]
        return joined.get("publishers", [])

    async def _stand_up(self) -> None:
        """Leave the room: what was heard ends."""
        seat, self._seat = self._seat, None
        handles = [*self._heard_by.values(), *filter(None, [seat])]
        self._heard_by.clear()
        self._feeds.clear()
        await asyncio.gather(*(handle.detach() for handle in handles))

    async def _give_up(self) -> None:
        words = self.translated(_, "通话服务暂时无法连接，正在重试。")
        await self.refuse(Refused("unavailable", words), CLOSE_AGAIN)

    async def left(self) -> None:
        """Leave the room with the socket."""
        await asyncio.shield(asyncio.ensure_future(self._stand_up()))

    def _event(self, event: Event, jsep: dict[str, Any] | None) -> None:
        self._appeared(event.get("publishers", []))
        for kind in ("unpublished", "leaving"):
            if event.get(kind) == "ok" and kind == "leaving":
                self.spawn(self._give_up())  # thrown out
            elif kind in event:
                self._vanished(str(event[kind]))
        if event.get("videoroom") == "destroyed":
            self.spawn(self._give_up())

    def _appeared(self, publishers: list[dict[str, Any]]) -> None:
        for one in publishers:
            feed = str(one.get("id", ""))
            number = feed.split("-", maxsplit=1)[0]
            if number.isdigit():
                self.spawn(self._offer(int(number), feed))

    def _vanished(self, feed: str) -> None:
        for stream, known in list(self._feeds.items()):
            if known == feed:
                del self._feeds[stream]
                handle = self._heard_by.pop(stream, None)
                if handle is not None:
                    self.spawn(handle.detach())
                self.spawn(self.tell("gone", stream=stream))

    # --- Streams ---------------------------------------------------------------------------------

    async def _offer(self, stream: int, feed: str) -> None:
        """Have Janus offer a stream to the browser, unless it is the viewer's own."""
        if self._feeds.get(stream) == feed or not await in_thread(self._is_to_be_heard)(stream):
            return
        self._feeds[stream] = feed
        before = self._heard_by.pop(stream, None)
        if before is not None:
            await before.detach()
        try:
            await self._subscribe(stream, feed)
        except (JanusError, Unreachable) as why:
            log.info("stream %s is not to be heard: %s", stream, why)
            if self._feeds.get(stream) == feed:
                del self._feeds[stream]

    async def _subscribe(self, stream: int, feed: str) -> None:
        link = await links.get()
        handle = await link.attach(lambda event, jsep: None, lambda why: None)
        if self.closed or self._feeds.get(stream) != feed:
            await handle.detach()
            return
        self._heard_by[stream] = handle
        wanted = {
            "request": "join",
            "ptype": "subscriber",
            "room": self._room.name,
            "pin": self._room.pin,
            "token": janus_rooms.token(self._room, self._holder),
            "private_id": self._private_id,
            "streams": [{"feed": feed}],
        }
        _event, offer = await handle.negotiate(wanted)
        if offer is not None:
            await self.tell("offer", stream=stream, sdp=offer["sdp"])

    def _is_to_be_heard(self, stream: int) -> bool:
        found = Broadcast.objects.filter(pk=stream, meeting=self.meeting)
        return found.exclude(publisher=self.viewer.person).exists()

    async def _take(self, frame: dict[str, Any]) -> None:
        kind = frame["type"]
        if kind == "ping":
            await self.tell("pong")
            return
        if kind not in ("answer", "trickle", "again"):
            raise self.translated(self.unknown, frame)
        stream = self.translated(fields.integer, frame, "stream")
        handle = self._heard_by.get(stream)
        if kind == "again":
            feed = self._feeds.pop(stream, None)
            if feed is not None:
                await self._offer(stream, feed)
        elif kind == "answer":
            sdp = self.translated(fields.text, frame, "sdp", max_length=MAX_SDP)
            if handle is not None:
                await handle.ask({"request": "start"}, {"type": "answer", "sdp": sdp})
        else:
            candidate = self.translated(read_candidate, frame)
            if handle is not None:
                await handle.trickle(candidate)


async def talk(scope: dict[str, Any], receive: Callable, send: Callable) -> None:
    """Serve a socket of the conversation (ASGI)."""
    await Talk(scope, receive, send).live()
