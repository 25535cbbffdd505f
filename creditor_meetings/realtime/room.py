"""The socket of a room: a checked person, a snapshot, then events; commands the other way.

A slim ASGI application rather than a consumer: it needs no channel of its own, and the
fewer layers a ballot crosses the better.
"""

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from creditor_meetings.cases.errors import Refused
from creditor_meetings.realtime import commands, presence, registry
from creditor_meetings.realtime.allowance import Allowance, too_many
from creditor_meetings.realtime.entering import CLOSE_GONE, Entry
from creditor_meetings.realtime.hub import dumps
from creditor_meetings.realtime.person import address_of, device_of, language_of
from creditor_meetings.realtime.registry import Context
from creditor_meetings.realtime.threads import in_thread

logger = logging.getLogger(__name__)

MAX_FRAME_CHARACTERS = 64 * 1024
MAX_OFFENCES = 5

CLOSE_POLICY = 1008


class Room:
    """One person's open room."""

    def __init__(self, scope: dict[str, Any], receive: Callable, send: Callable) -> None:
        self.scope = scope
        self.receive = receive
        self._send = send
        self.language = language_of(scope)
        self.offences = 0
        self.closed = False
        self.allowance = Allowance()
        self.tasks: set[asyncio.Task[None]] = set()
        self.entry = Entry(self)

    async def live(self) -> None:
        """Serve the socket from its opening to its end."""
        await self.receive()
        try:
            await self.entry.enter()
        except Refused:
            # Strangers learn nothing, not even whether the meeting exists.
            await self.accept()
            await self.close(CLOSE_GONE)
            return
        arrival = presence.arrive(self.entry.meeting.pk, self.entry.viewer, self.scope)
        try:
            await self._listen()
        finally:
            self.closed = True
            self.entry.leave()
            presence.leave(arrival)

    async def accept(self) -> None:
        """Answer the handshake."""
        await self._send({"type": "websocket.accept"})

    async def _listen(self) -> None:
        while not self.closed:
            message = await self.receive()
            if message["type"] == "websocket.disconnect":
                return
            await self._take(message.get("text"))

    async def _take(self, text: str | None) -> None:
        if text is None or len(text) > MAX_FRAME_CHARACTERS:
            with translation.override(self.language):
                refusal = Refused("bad_request", _("收到的内容过长，或不是文字。"))
            await self._offended(None, refusal)
            return
        if _is_ping(text):
            await self.send_text(self.entry.pong())
            return
        try:
            with translation.override(self.language):
                identity, kind, values = commands.parse(text)
        except Refused as refusal:
            await self._offended(_id_in(text), refusal)
            return
        if not self.allowance.spend(registry.weight(kind, values)):
            with translation.override(self.language):
                slower = commands.refused(identity, too_many())
            await self.send_text(dumps(slower))
            return
        self.spawn(self._carry_out(identity, kind, values))

    async def _carry_out(self, identity: str, kind: str, values: dict[str, Any]) -> None:
        context = Context(
            meeting=self.entry.meeting,
            viewer=self.entry.viewer,
            address=address_of(self.scope),
            device=device_of(self.scope),
            command_id=identity,
            language=self.language,
        )
        try:
            reply = await self._reply(context, kind, values)
        except Refused as refusal:
            await self._offended(identity, refusal)
            return
        except Exception:
            logger.exception("command %s failed", kind)
            with translation.override(self.language):
                failed = Refused("unavailable", _("暂时无法处理，请稍后重试；您的内容没有丢失。"))
            reply = commands.refused(identity, failed)
        await self.send_text(dumps(reply))

    async def _reply(self, context: Context, kind: str, values: dict[str, Any]) -> dict[str, Any]:
        with translation.override(self.language):
            asynchronous = commands.is_asynchronous(kind)
        if not asynchronous:
            return await in_thread(self._translated)(commands.carry_out, context, kind, values)
        try:
            answer = await commands.asynchronous_handler(kind)(context, values)
        except Refused as refusal:
            return commands.refused(context.command_id, refusal)
        return commands.done(context.command_id, answer)

    def _translated(self, work: Callable[..., Any], *args: Any) -> Any:
        with translation.override(self.language):
            return work(*args)

    async def _offended(self, identity: str | None, refusal: Refused) -> None:
        self.offences += 1
        await self.send_text(dumps(commands.refused(identity, refusal)))
        if self.offences >= MAX_OFFENCES:
            await self.close(CLOSE_POLICY)

    async def send_text(self, text: str) -> None:
        """Write one frame, unless the socket is closed."""
        if not self.closed:
            await self._send({"type": "websocket.send", "text": text})

    async def close(self, code: int) -> None:
        """Close the socket, once."""
        if not self.closed:
            self.closed = True
            await self._send({"type": "websocket.close", "code": code})

    def spawn(self, work: Any) -> None:
        """Do `work` while the socket lives."""
        # The loop keeps weak references only; a task nobody holds may vanish half way.
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)


async def room(scope: dict[str, Any], receive: Callable, send: Callable) -> None:
    """Serve the room's socket (ASGI)."""
    await Room(scope, receive, send).live()


def _is_ping(text: str) -> bool:
    if len(text) > 100 or '"ping"' not in text:
        return False
    try:
        frame = json.loads(text)
    except ValueError:
        return False
    return isinstance(frame, dict) and frame.get("type") == "ping"


def _id_in(text: str) -> str | None:
    try:
        return commands.command_id(json.loads(text))
    except (ValueError, RecursionError, AttributeError, Refused):
        return None
