"""Speaking with Janus: one socket and one session for each process, a handle a publisher or ear.

Only the server speaks with Janus; browsers reach it with their media alone. A connection that
broke is made anew when next somebody needs it; the handles that were on it are told.
"""

import asyncio
import json
import logging
import secrets
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, WebSocketException
from websockets.typing import Subprotocol

log = logging.getLogger(__name__)

PLUGIN = "janus.plugin.videoroom"
ANSWER_SECONDS = 8.0
OPEN_SECONDS = 4.0
KEEPALIVE_SECONDS = 10.0
AGAIN_SECONDS = 1.0
"""How long after a vain attempt the next one is made."""

Event = dict[str, Any]


class JanusError(Exception):
    """Janus refused something: its number and its words."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{reason} ({code})")
        self.code = code
        self.reason = reason


class Unreachable(Exception):
    """Janus cannot be spoken with now."""


class Handle:
    """One attachment to the video room; `on_event` gets its events, `on_gone` its end."""

    def __init__(
        self,
        link: "Link",
        number: int,
        on_event: Callable[[Event, dict[str, Any] | None], None],
        on_gone: Callable[[str], None],
    ) -> None:
        self._link = link
        self.number = number
        self.on_event = on_event
        self.on_gone = on_gone
        self.gone = False

    async def ask(self, body: dict[str, Any], jsep: dict[str, Any] | None = None) -> Event:
        """Send a request; return what the room answers. Raises `JanusError`, `Unreachable`."""
        event, _ = await self.negotiate(body, jsep)
        return event

    async def negotiate(
        self, body: dict[str, Any], jsep: dict[str, Any] | None = None
    ) -> tuple[Event, dict[str, Any] | None]:
        """Send a request, with an offer or answer; return the room's, and what it describes."""
        more = {} if jsep is None else {"jsep": jsep}
        answer = await self._link.ask(
            {"janus": "message", "handle_id": self.number, "body": body, **more}
        )
        data = answer.get("plugindata", {}).get("data", {})
        if "error_code" in data:
            raise JanusError(int(data["error_code"]), str(data.get("error", "")))
        return data, answer.get("jsep")

    async def trickle(self, candidate: dict[str, Any]) -> None:
        """Hand on a candidate of the browser."""
        message = {"janus": "trickle", "handle_id": self.number, "candidate": candidate}
        await self._link.ask(message, ack=True)

    async def detach(self) -> None:
        """Let go; what went over it ends at once."""
        if self.gone:
            return
        self.gone = True
        self._link.forget(self)
        try:
            await self._link.ask({"janus": "detach", "handle_id": self.number})
        except (JanusError, Unreachable):
            pass  # then it is gone already

    def lost(self, why: str) -> None:
        """Note that it ended without us."""
        if not self.gone:
            self.gone = True
            self._link.forget(self)
            self.on_gone(why)


class Link:
    """The connection of this process with Janus."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._session = 0
        self._handles: dict[int, Handle] = {}
        self._asked: dict[str, tuple[asyncio.Future[dict[str, Any]], bool]] = {}
        self.broken = False
        self._reading = asyncio.ensure_future(self._read())
        self._keeping: asyncio.Task[None] | None = None
        self._closing: asyncio.Future[None] | None = None

    @classmethod
    async def open(cls) -> "Link":
        """Connect. Raises `Unreachable`."""
        try:
            socket = await connect(
                settings.JANUS_URL,
                subprotocols=[Subprotocol("janus-protocol")],
                open_timeout=OPEN_SECONDS,
                close_timeout=1,
                ping_interval=5,
                ping_timeout=5,
                compression=None,
            )
        except (OSError, TimeoutError, InvalidHandshake, WebSocketException, ValueError) as why:
            raise Unreachable(f"{settings.JANUS_URL}: {why}") from None
        made = cls(socket)
        try:
            answer = await made.ask({"janus": "create"})
        except (JanusError, Unreachable) as why:
            await made.close()
            if isinstance(why, JanusError):
                raise Unreachable(f"{settings.JANUS_URL}: {why}; JANUS_API_SECRET?") from None
            raise
        made._session = answer["data"]["id"]
        made._keeping = asyncio.ensure_future(made._keep())
        return made

    async def attach(
        self,
        on_event: Callable[[Event, dict[str, Any] | None], None],
        on_gone: Callable[[str], None],
    ) -> Handle:
        """Attach to the video room."""
        answer = await self.ask({"janus": "attach", "plugin": PLUGIN})
        number = answer["data"]["id"]
        made = self._handles[number] = Handle(self, number, on_event, on_gone)
        return made

    async def ask(self, message: dict[str, Any], *, ack: bool = False) -> dict[str, Any]:
        """Send a message; return the answer, which is an `ack` only where `ack` is all there is."""
        if self.broken:
            raise Unreachable("the connection with Janus broke")
        transaction = secrets.token_hex(8)
        answered: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._asked[transaction] = (answered, ack)
        whole = {**message, "transaction": transaction, "apisecret": settings.JANUS_API_SECRET}
        if self._session:
            whole["session_id"] = self._session
        try:
            await self._socket.send(json.dumps(whole))
            answer = await asyncio.wait_for(answered, ANSWER_SECONDS)
        except TimeoutError:
            raise Unreachable("Janus does not answer") from None
        except WebSocketException as why:
            raise Unreachable(str(why)) from None
        finally:
            self._asked.pop(transaction, None)
        if answer.get("janus") == "error":
            error = answer.get("error", {})
            raise JanusError(int(error.get("code", 0)), str(error.get("reason", "")))
        return answer

    async def _read(self) -> None:
        why = "the connection with Janus broke"
        try:
            async for text in self._socket:
                self._take(json.loads(text))
        except WebSocketException as broke:
            why = f"the connection with Janus broke: {broke}"
        except Exception:
            log.exception("what Janus sends cannot be read")
        finally:
            self._break(why)

    def _take(self, message: dict[str, Any]) -> None:
        kind = message.get("janus")
        waiting, ack = self._asked.get(message.get("transaction", ""), (None, False))
        # An `ack` before the answer says only that the question arrived.
        if waiting is not None and not waiting.done():
            if ack or kind != "ack":
                waiting.set_result(message)
            return
        if kind == "timeout" and message.get("session_id") == self._session:
            self._break("Janus gave the session up")
            return
        handle = self._handles.get(message.get("sender", 0))
        if handle is None:
            return
        if kind in ("hangup", "detached"):
            handle.lost(str(message.get("reason", kind)))
        elif kind == "event":
            handle.on_event(message.get("plugindata", {}).get("data", {}), message.get("jsep"))
        elif kind in ("webrtcup", "media", "slowlink"):
            handle.on_event({"janus": kind, **message}, None)

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(KEEPALIVE_SECONDS)
            try:
                await self.ask({"janus": "keepalive"}, ack=True)
            except (JanusError, Unreachable) as why:
                self._break(str(why))
                return

    def forget(self, handle: Handle) -> None:
        """Hear of a handle no more."""
        self._handles.pop(handle.number, None)

    def _break(self, why: str) -> None:
        if self.broken:
            return
        self.broken = True
        for waiting, _ack in self._asked.values():
            if not waiting.done():
                waiting.set_exception(Unreachable(why))
        for handle in list(self._handles.values()):
            handle.lost(why)
        if self._keeping is not None:
            self._keeping.cancel()
        self._closing = asyncio.ensure_future(self._socket.close())

    async def close(self) -> None:
        """End the connection."""
        self._break("closed")
        await self._socket.close()
        self._reading.cancel()


class Links:
    """The one connection of this process (of its event loop)."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._link: Link | None = None
        self._opening: asyncio.Lock
        self._failed_at = 0.0
        self.problem = ""
        """Why Janus could not be reached when it was last tried; empty when it was."""

    async def get(self) -> Link:
        """Return the connection, made now if there is none. Raises `Unreachable`."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop, self._link, self._opening = loop, None, asyncio.Lock()
            self.problem = ""
        async with self._opening:
            if self._link is not None and not self._link.broken:
                return self._link
            if self.problem and time.monotonic() - self._failed_at < AGAIN_SECONDS:
                raise Unreachable(self.problem)
            try:
                self._link = await Link.open()
            except Unreachable as why:
                self.problem, self._failed_at = str(why), time.monotonic()
                log.warning("Janus cannot be reached: %s", why)
                raise
            self.problem = ""
            return self._link

    @property
    def broken(self) -> bool:
        """Whether there was a connection and it broke."""
        return self._link is not None and self._link.broken


links = Links()
