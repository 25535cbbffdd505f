"""The socket of a room: a checked person, a snapshot, then events; commands the other way.

A slim ASGI application rather than a consumer: it needs no channel of its own, and the fewer
layers a ballot crosses the better. Under Daphne the application returns once the person is in:
what comes by the socket is then taken without a task or a queue, and answered without waiting
(`transport.py`).
"""

import asyncio
import json
import logging
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from creditor_meetings.cases.errors import Refused
from creditor_meetings.realtime import commands, figures, presence, registry, transport
from creditor_meetings.realtime.allowance import by_person, too_many
from creditor_meetings.realtime.entering import CLOSE_GONE, Entry
from creditor_meetings.realtime.frames import Frame, dumps
from creditor_meetings.realtime.lines import TextLine
from creditor_meetings.realtime.person import address_of, device_of, language_of
from creditor_meetings.realtime.registry import Context
from creditor_meetings.realtime.threads import in_thread
from creditor_meetings.realtime.transport import DaphneLine
from creditor_meetings.realtime.written import Written

logger = logging.getLogger(__name__)

MAX_FRAME_CHARACTERS = 64 * 1024
MAX_OFFENCES = 5

CLOSE_POLICY = 1008
CLOSE_LATER = 4503

SESSION = settings.SESSION_COOKIE_NAME
KEPT = ("user", "session", "client")
KEPT_HEADERS = frozenset({b"user-agent", b"x-forwarded-for"})
"""What is asked of a scope after its person was let in."""

# The loop keeps weak references only; a task nobody holds may vanish half way.
_tasks: set[asyncio.Task[None]] = set()


class Room:
    """One person's open room."""

    __slots__ = (
        "__weakref__", "_protocol", "_send", "accepted", "address", "arrival", "closed", "device",
        "entry", "language", "line", "offences", "receive", "scope",
    )  # fmt: skip

    def __init__(self, scope: dict[str, Any], receive: Callable, send: Callable) -> None:
        self.scope = scope
        self.receive: Callable | None = receive
        self._send: Callable | None = send
        self._protocol = transport.reach(scope)
        self.language = language_of(scope)
        self.address = address_of(scope)
        self.device = device_of(scope)
        self.offences = 0
        self.closed = False
        self.accepted = False
        self.arrival: presence.Arrival | None = None
        self.line: DaphneLine | TextLine = TextLine(self._send_by_asgi)
        self.entry = Entry(self)

    # --- from the opening to the end ----------------------------------------------------------

    async def live(self) -> None:
        """Let the person in, and serve the socket unless it is attended from then on."""
        assert self.receive is not None
        await self.receive()
        if self._protocol is not None:
            transport.narrow(self._protocol)
        try:
            await self.entry.enter()
        except Refused:
            # Strangers learn nothing, not even whether the meeting exists.
            await self.accept()
            await self.close(CLOSE_GONE)
            return
        except Exception:
            # The door wrote down what it was; everybody comes again by himself.
            await self.accept()
            await self.close(CLOSE_LATER)
            self.ended()
            return
        except BaseException:
            self.ended()
            raise
        self.arrival = presence.arrive(self.entry.meeting.pk, self.entry.viewer, self.scope)
        if self._protocol is None:
            await self._listen()
        else:
            self._be_attended()

    async def accept(self) -> None:
        """Answer the handshake; from now on there is a line."""
        if self.accepted:
            return
        assert self._send is not None
        self.accepted = True
        await self._send({"type": "websocket.accept"})
        if self._protocol is not None:
            self.line = DaphneLine(self._protocol)

    async def wait(self, seconds: int | None) -> None:
        """Answer the handshake; say that the person stands in line, for about so many seconds."""
        # Servers and browsers wait for an answer to the handshake for a few seconds only.
        await self.accept()
        if seconds is not None:
            self.send(dumps({"type": "wait", "seconds": seconds}))

    def _be_attended(self) -> None:
        # Only who the person is stays; the rest of the scope and the layers above us go.
        self.scope = {
            **{name: self.scope.get(name) for name in KEPT},
            "cookies": {SESSION: self.scope.get("cookies", {}).get(SESSION)},
            "headers": [one for one in self.scope["headers"] if one[0] in KEPT_HEADERS],
        }
        self.receive = self._send = None
        if not transport.attend(self._protocol, self):
            self.ended()
        self._protocol = None

    async def _listen(self) -> None:
        assert self.receive is not None
        listening = asyncio.ensure_future(self._receive_on(self.receive))

        def cut() -> None:
            # The application ends, and thereby the socket.
            listening.cancel()

        assert isinstance(self.line, TextLine)
        self.line.on_cut = cut
        try:
            await listening
        except asyncio.CancelledError:
            if self.line.open:
                raise
        finally:
            listening.cancel()
            self.ended()

    async def _receive_on(self, receive: Callable) -> None:
        while not self.closed:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            self.take(message.get("text"))

    def ended(self) -> None:
        """Clean up: the socket is closed."""
        self.closed = True
        self.entry.leave()
        arrival, self.arrival = self.arrival, None
        if arrival is not None:
            presence.leave(arrival)

    # --- what comes ---------------------------------------------------------------------------

    def take(self, text: str | None) -> None:
        """Take what came; never waits."""
        if self.closed:
            return
        if text is None or len(text) > MAX_FRAME_CHARACTERS:
            with translation.override(self.language):
                refusal = Refused("bad_request", _("收到的内容过长，或不是文字。"))
            self._offended(None, refusal)
            return
        if _is_ping(text):
            self.send(self.entry.pong())
            return
        try:
            identity, kind, values = commands.parse(text)
        except Refused:
            self._offended(_id_in(text), self._in_their_language(commands.parse, text))
            return
        person = self.entry.viewer.person.pk
        if not by_person.within(person, registry.weight(kind, values)):
            with translation.override(self.language):
                self._answer(identity, kind, too_many())
            return
        figures.commands_under_way += 1
        taker = registry.taker(kind)
        context = Context(
            meeting=self.entry.meeting,
            viewer=self.entry.viewer,
            address=self.address,
            device=self.device,
            command_id=identity,
            language=self.language,
        )
        if taker is None:
            self.spawn(self._carry_out(context, kind, values))
            return
        answer = partial(self._done, identity, kind)
        try:
            taker(context, values, answer)
        except Exception as error:
            answer(error)

    async def _carry_out(self, context: Context, kind: str, values: dict[str, Any]) -> None:
        try:
            reply = await self._reply(context, kind, values)
        except Refused as refusal:
            self._offended(context.command_id, refusal)
        except Exception as error:
            self._answer(context.command_id, kind, error)
        else:
            self.send(dumps(reply))
        finally:
            figures.commands_under_way -= 1

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

    # --- what goes ----------------------------------------------------------------------------

    def _done(self, identity: str, kind: str, answer: Mapping[str, Any] | BaseException) -> None:
        figures.commands_under_way -= 1
        self._answer(identity, kind, answer)

    def _answer(self, identity: str, kind: str, answer: Mapping[str, Any] | BaseException) -> None:
        if isinstance(answer, Refused):
            reply = commands.refused(identity, answer)
        elif isinstance(answer, BaseException):
            logger.error("command %s failed", kind, exc_info=answer)
            with translation.override(self.language):
                reply = commands.refused(identity, commands.unavailable())
        elif isinstance(answer, Written):
            # A receipt is text already; of ten thousand none is read and written once more.
            known = json.dumps(identity)
            self.send(f'{{"type":"reply","id":{known},"ok":true,"data":{answer.text}}}')
            return
        else:
            reply = commands.done(identity, answer)
        self.send(dumps(reply))

    def _offended(self, identity: str | None, refusal: Refused) -> None:
        self.offences += 1
        self.send(dumps(commands.refused(identity, refusal)))
        if self.offences >= MAX_OFFENCES and not self.closed:
            if isinstance(self.line, DaphneLine):
                # At once: what came in the same breath is not read any more.
                self.closed = True
                self.line.close(CLOSE_POLICY)
            else:
                self.spawn(self.close(CLOSE_POLICY))

    def _in_their_language(self, work: Callable[..., Any], *args: Any) -> Refused:
        """Do once more what was refused, for the words of the refusal."""
        with translation.override(self.language):
            try:
                work(*args)
            except Refused as refusal:
                return refusal
        raise AssertionError("what was refused is not refused again")

    def _translated(self, work: Callable[..., Any], *args: Any) -> Any:
        with translation.override(self.language):
            return work(*args)

    def send(self, text: str) -> None:
        """Write one frame, unless the socket is closed."""
        if not self.closed:
            self.line.write(Frame(text))

    async def send_text(self, text: str) -> None:
        """Write one frame, unless the socket is closed."""
        self.send(text)

    async def _send_by_asgi(self, text: str) -> None:
        if self._send is not None:
            await self._send({"type": "websocket.send", "text": text})

    async def close(self, code: int) -> None:
        """Close the socket, once."""
        if self.closed:
            return
        self.closed = True
        if isinstance(self.line, DaphneLine):
            self.line.close(code)
        elif self._send is not None:
            await self._send({"type": "websocket.close", "code": code})

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Do `work` beside what comes and goes."""
        task = asyncio.get_running_loop().create_task(work)
        _tasks.add(task)
        task.add_done_callback(_tasks.discard)


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
