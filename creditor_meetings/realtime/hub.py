"""The hub: one a process and meeting, it reads the log once and writes to every socket.

It wakes at the doorbell, and looks by itself every `LOOK_SECONDS` since bells get lost. Each
event is encoded once. A connection joins with the number its snapshot is complete to and gets
what follows, in order; there is no other way to receive events, so a connection that was sent
number N has been sent all of them up to N that its person may see.
"""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from creditor_meetings.cases.access import Viewer
from creditor_meetings.realtime import bell, log, registry
from creditor_meetings.realtime.models import Event
from creditor_meetings.realtime.threads import in_thread

logger = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
TALLY_PAUSE_SECONDS = 0.2
RECENT_EVENTS = 1_000
ACCESS_CHANGED = "access_changed"


@dataclass(eq=False)
class Connection:
    """An open room: whom it shows events to, how far it has come, how to write to it."""

    viewer: Viewer
    send: Callable[[str], Awaitable[None]]
    on_access_changed: Callable[[], None]
    cursor: int = 0
    audiences: frozenset[str] = field(default_factory=frozenset)
    left: bool = False

    def __post_init__(self) -> None:
        self.audiences = self.viewer.audiences


@dataclass(frozen=True)
class Encoded:
    """An event ready to be written."""

    seq: int
    audience: str
    kind: str
    coalesce: str
    text: str


class Hub:
    """All open rooms of one meeting in this process."""

    def __init__(self, meeting_id: int) -> None:
        self.meeting_id = meeting_id
        self.cursor = 0
        self.connections: set[Connection] = set()
        self._joining: list[Connection] = []
        self._recent: deque[Encoded] = deque(maxlen=RECENT_EVENTS)
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def join(self, connection: Connection) -> None:
        """Send the connection all that follows its cursor, from now on."""
        self._joining.append(connection)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._live())
        self._news.set()

    def leave(self, connection: Connection) -> None:
        """Send the connection nothing any more."""
        connection.left = True
        self.connections.discard(connection)
        if connection in self._joining:
            self._joining.remove(connection)

    def cursor_of(self, connection: Connection | None) -> int:
        """Return the number up to which a connection has been sent everything for it."""
        return connection.cursor if connection is not None else 0

    def wake(self) -> None:
        """Look at the log now."""
        self._news.set()

    async def _live(self) -> None:
        while self.connections or self._joining:
            try:
                more = await self._look()
                rest = await in_thread(do_what_is_due)(self.meeting_id)
                if not more:
                    await self._wait(rest)
            except Exception:
                # A hub that dies is silent for everybody in the meeting: say so, and go on.
                logger.exception("hub of meeting %s stumbled", self.meeting_id)
                await asyncio.sleep(0.5)

    async def _wait(self, longest: float) -> None:
        try:
            await asyncio.wait_for(self._news.wait(), longest)
        except TimeoutError:
            pass
        self._news.clear()

    async def _look(self) -> bool:
        """Send what is new, let in who waits; whether there may be more.

        One batch at a time: while ballots stream in there is always more, and who joins, or what
        falls due, must not wait for the stream to end.
        """
        if not self.connections and not self._recent and self._joining:
            self.cursor = min(connection.cursor for connection in self._joining)
        events = await in_thread(log.events_after)(self.meeting_id, self.cursor)
        if events:
            batch = [encode(event) for event in events]
            self._recent.extend(batch)
            self.cursor = batch[-1].seq
            await self._deliver(coalesced(batch))
        await self._let_in()
        return bool(events)

    async def _deliver(self, batch: list[Encoded]) -> None:
        for connection in list(self.connections):
            if await self._send(connection, batch):
                connection.cursor = self.cursor
        if any(event.coalesce for event in batch):
            await asyncio.sleep(TALLY_PAUSE_SECONDS)

    async def _send(self, connection: Connection, batch: list[Encoded]) -> bool:
        """Write a batch; False when the connection gets nothing more, and stays behind."""
        for event in batch:
            if event.audience not in connection.audiences:
                continue
            try:
                await connection.send(event.text)
            except Exception:
                logger.info("a socket went away while it was written to")
                self.leave(connection)
                return False
            if event.kind == ACCESS_CHANGED:
                self.leave(connection)
                connection.on_access_changed()
                return False
        return True

    async def _let_in(self) -> None:
        while self._joining:
            connection = self._joining[0]
            sent = await self._send(connection, await self._missed(connection.cursor))
            # Only now: had that failed, it would be tried again.
            if connection in self._joining:
                self._joining.remove(connection)
            # It may have left while it was written to; whoever is added then stays for ever.
            if sent and not connection.left:
                connection.cursor = self.cursor
                self.connections.add(connection)

    async def _missed(self, cursor: int) -> list[Encoded]:
        if cursor >= self.cursor:
            return []
        if self._recent and self._recent[0].seq <= cursor + 1:
            return coalesced([event for event in self._recent if event.seq > cursor])
        missed: list[Encoded] = []
        while cursor < self.cursor:
            events = await in_thread(log.events_after)(self.meeting_id, cursor)
            missed += [encode(event) for event in events if event.seq <= self.cursor]
            cursor = events[-1].seq if events else self.cursor
        return coalesced(missed)


def do_what_is_due(meeting_id: int) -> float:
    """Let every watch do what is due; return how many seconds the hub may rest."""
    rests = [look(meeting_id) for look in registry.watches()]
    return max(0.05, min([LOOK_SECONDS, *(rest for rest in rests if rest is not None)]))


def encode(event: Event) -> Encoded:
    """Write an event's frame once for all who may see it."""
    text = dumps(log.frame(event))
    return Encoded(event.seq, event.audience, event.kind, event.coalesce, text)


def coalesced(batch: list[Encoded]) -> list[Encoded]:
    """Leave out events that a later one of the same key and audience makes void."""
    last = {(event.coalesce, event.audience): event.seq for event in batch if event.coalesce}
    return [
        event
        for event in batch
        if not event.coalesce or last[event.coalesce, event.audience] == event.seq
    ]


def dumps(frame: dict[str, Any]) -> str:
    """Write a frame: JSON without needless blanks, Chinese as it is."""
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))


class Hubs:
    """The hubs of this process, and their ear at the doorbell."""

    def __init__(self) -> None:
        self._hubs: dict[int, Hub] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ear: asyncio.Task[None] | None = None
        bell.listen(self._heard)

    def of(self, meeting_id: int) -> Hub:
        """Return the hub of a meeting; call on the event loop."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop, self._hubs, self._ear = loop, {}, None
        if self._ear is None or self._ear.done():
            self._ear = loop.create_task(bell.hear_elsewhere(self._wake))
        return self._hubs.setdefault(meeting_id, Hub(meeting_id))

    def all(self) -> list[Hub]:
        """Every hub that was asked for in this process."""
        return list(self._hubs.values())

    def _heard(self, meeting_id: int) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake, meeting_id)

    def _wake(self, meeting_id: int) -> None:
        hub = self._hubs.get(meeting_id)
        if hub is not None:
            hub.wake()


hubs = Hubs()
