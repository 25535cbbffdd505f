"""The hub: one a process and meeting, it reads the log once and writes to every socket.

It wakes at the doorbell, and looks by itself every `LOOK_SECONDS` since bells get lost. Each
event is made into one finished frame, and touches only the sockets of its audience. A
connection joins with the number its snapshot is complete to and gets what follows, in order;
there is no other way to receive events, so a connection that was sent number N has been sent
all of them up to N that its person may see.

Writing never waits (`lines.py`), hence nobody's slow network delays anybody else. Of events with
a `coalesce` key (tallies and the like) only the newest is sent, after a pause; it goes out at
once to whoever is sent something later, so that their order holds.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.realtime import bell, figures, log, registry
from creditor_meetings.realtime.audiences import Audiences
from creditor_meetings.realtime.encoded import Encoded, coalesced, read
from creditor_meetings.realtime.frames import Frame, dumps, joined
from creditor_meetings.realtime.lines import Line, Send, TextLine
from creditor_meetings.realtime.threads import in_thread

__all__ = ["Connection", "Hub", "dumps", "hubs"]

logger = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
GATHER_SECONDS = 0.02
"""While events stream in, a look waits so long for more: a hundred cost little more than one."""
TALLY_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 0.6
TALLY_SHARE = 4
"""The pause between tallies is at least so many times what telling the last one took."""
DUE_PAUSE_SECONDS = 0.4
RECENT_EVENTS = 2_500
ACCESS_CHANGED = "access_changed"

# Threads of the hubs' own: ten thousand who come in at once must not keep events waiting.
_READERS = ThreadPoolExecutor(max_workers=4, thread_name_prefix="hub")
_DUE = ThreadPoolExecutor(max_workers=2, thread_name_prefix="due")


class Connection:
    """An open room: whom it shows events to, how far it has come, how to write to it.

    `line` is a `Line`, or somebody's own `send(text)`. `on_access_changed()` is called after
    its person's rights changed; it gets nothing more until it joins again.
    """

    __slots__ = ("audiences", "cursor", "left", "line", "on_access_changed", "proven", "viewer")

    def __init__(
        self,
        viewer: Viewer,
        line: Line | Send,
        on_access_changed: Callable[[], None],
        cursor: int = 0,
    ) -> None:
        self.viewer = viewer
        self.line: Line = line if isinstance(line, Line) else TextLine(line)
        self.on_access_changed = on_access_changed
        self.cursor = cursor
        self.proven = cursor
        self.audiences = viewer.audiences
        self.left = False


class Hub:
    """All open rooms of one meeting in this process."""

    def __init__(self, meeting_id: int) -> None:
        self.meeting_id = meeting_id
        self.cursor = 0
        self.connections: set[Connection] = set()
        self._audiences: Audiences[Connection] = Audiences()
        self._joining: dict[Connection, None] = {}
        self._recent: deque[Encoded] = deque(maxlen=RECENT_EVENTS)
        self._held: dict[tuple[str, str], Encoded] = {}
        self._flush_at = 0.0
        # Up to here everybody has been sent everything.
        self._settled = 0
        self._slow: set[Connection] = set()
        self._news = asyncio.Event()
        self._due = asyncio.Event()
        self._tasks: dict[str, asyncio.Task[None]] = {}

    # --- who listens --------------------------------------------------------------------------

    def join(self, connection: Connection) -> None:
        """Send the connection all that follows its cursor, from now on."""
        connection.left = False
        self._joining[connection] = None
        self._count()
        self._ensure("look", self._keep_looking)
        self._ensure("due", self._keep_due)
        self._news.set()

    def leave(self, connection: Connection) -> None:
        """Send the connection nothing any more."""
        connection.left = True
        self._joining.pop(connection, None)
        self._slow.discard(connection)
        if connection in self.connections:
            self.connections.remove(connection)
            self._audiences.leave(connection)
        self._count()

    def cursor_of(self, connection: Connection | None) -> int:
        """Return the number up to which a connection has been sent everything for it."""
        if connection is None:
            return 0
        # Where sending may wait, what is still to be sent was not sent.
        if not (isinstance(connection.line, TextLine) and connection.line.behind):
            connection.proven = max(connection.proven, self._complete_to(connection))
        return connection.proven

    def wake(self) -> None:
        """Look at the log now."""
        self._news.set()

    def _complete_to(self, connection: Connection) -> int:
        if connection not in self.connections:
            return connection.cursor
        held = [
            event.seq
            for event in self._held.values()
            if event.seq > connection.cursor and event.audience in connection.audiences
        ]
        return max(connection.cursor, min(held) - 1 if held else self.cursor)

    def _count(self) -> None:
        figures.count(figures.sockets, self.meeting_id, len(self.connections) + len(self._joining))
        figures.count(figures.waiting_to_join, self.meeting_id, len(self._joining))

    # --- going on, whatever happens -----------------------------------------------------------

    def _ensure(self, name: str, keep: Callable[[], Any]) -> None:
        """Let a task live while anybody listens; one that ended though it should not, again."""
        task = self._tasks.get(name)
        if task is not None and not task.done():
            return
        loop = asyncio.get_running_loop()
        task = self._tasks[name] = loop.create_task(keep(), name=f"hub {self.meeting_id} {name}")

        def ended(task: asyncio.Task[None]) -> None:
            if self._tasks.get(name) is task and (self.connections or self._joining):
                logger.error("hub of meeting %s: %s ended, begun anew", self.meeting_id, name)
                figures.stumbles += 1
                self._resync()
                loop.call_later(0.5, self._ensure, name, keep)

        task.add_done_callback(ended)

    async def _keep_looking(self) -> None:
        while self.connections or self._joining:
            try:
                self._news.clear()
                if await self._look():
                    await asyncio.sleep(GATHER_SECONDS)
                else:
                    await self._wait(self._news, self._rest())
            except Exception:
                # A hub that dies is silent for everybody in the meeting: say so, and go on.
                logger.exception("hub of meeting %s stumbled", self.meeting_id)
                figures.stumbles += 1
                self._resync()
                await asyncio.sleep(0.5)

    async def _keep_due(self) -> None:
        while self.connections or self._joining:
            self._due.clear()
            try:
                rest = await _on(_DUE, do_what_is_due)(self.meeting_id)
            except Exception:
                logger.exception("what is due in meeting %s was not done", self.meeting_id)
                figures.stumbles += 1
                rest = 0.5
            await asyncio.sleep(min(rest, DUE_PAUSE_SECONDS))
            await self._wait(self._due, rest - DUE_PAUSE_SECONDS)

    async def _wait(self, news: asyncio.Event, longest: float) -> None:
        if longest > 0:
            try:
                await asyncio.wait_for(news.wait(), longest)
            except TimeoutError:
                pass

    def _rest(self) -> float:
        if not self._held:
            return LOOK_SECONDS
        return min(LOOK_SECONDS, max(0.001, self._flush_at - _now()))

    def _resync(self) -> None:
        """After a failure: whoever may have missed something joins anew, from where it is."""
        for connection in list(self.connections):
            connection.cursor = max(connection.cursor, self._settled)
            if connection.cursor < self.cursor:
                self.connections.discard(connection)
                self._audiences.leave(connection)
                self._joining[connection] = None
        self._held.clear()
        self._count()

    # --- looking ------------------------------------------------------------------------------

    async def _look(self) -> bool:
        """Send what is new, let in who waits; whether there may be more.

        One batch at a time: while ballots stream in there is always more, and who joins must not
        wait for the stream to end.
        """
        if not self.connections and not self._recent and self._joining:
            # After a restart people come back from different numbers: all that any of them may
            # have missed is read once, rather than by each.
            first = min(connection.cursor for connection in self._joining)
            self.cursor = max(0, first - log.KEPT_EVENTS)
        figures.looks += 1
        batch = await _on(_READERS, read)(self.meeting_id, self.cursor)
        if batch:
            self._recent.extend(batch)
            self.cursor = batch[-1].seq
            self._take(batch)
            self._due.set()
        if self._held and _now() >= self._flush_at:
            self._flush()
        held = [event.seq for event in self._held.values()]
        self._settled = min(held) - 1 if held else self.cursor
        for connection in list(self._slow):
            self._look_after(connection)
        await self._let_in()
        figures.count(figures.held_events, self.meeting_id, len(self._held))
        return bool(batch)

    def _take(self, batch: list[Encoded]) -> None:
        """Deliver what must not wait, hold back what a later event may make void."""
        run: list[Encoded] = []
        for event in coalesced(batch):
            if event.coalesce:
                # The newest stands last, so that those held are in the order of their numbers.
                self._held.pop(event.key, None)
                self._held[event.key] = event
                continue
            together = run and run[-1].audience == event.audience
            if run and not (together and ACCESS_CHANGED not in (event.kind, run[-1].kind)):
                self._tell(run)
                run = []
            run.append(event)
        if run:
            self._tell(run)

    def _tell(self, run: list[Encoded]) -> None:
        """Write events of one audience, and before them what is held and belongs before them."""
        audience, last = run[0].audience, run[-1]
        held = [event for event in self._held.values() if event.seq < last.seq]
        events = sorted([*held, *run], key=lambda event: event.seq)
        hearers = self._audiences.of(audience)
        self._write_all(hearers, events, sure=not held)
        if hearers:
            lag = (clock.now() - last.at).total_seconds()
            figures.lag_seconds = lag
            figures.longest_lag_seconds = max(lag, figures.longest_lag_seconds)
        if last.kind == ACCESS_CHANGED:
            for connection in hearers:
                self._access_changed(connection)

    def _flush(self) -> None:
        """Write what was held back to whoever has not been sent it yet."""
        began = _now()
        events = list(self._held.values())
        self._held.clear()
        audiences = {event.audience for event in events}
        self._write_all(self._audiences.of_any(audiences), events, sure=len(audiences) == 1)
        ended = _now()
        pause = max(TALLY_PAUSE_SECONDS, TALLY_SHARE * (ended - began))
        self._flush_at = ended + min(pause, LONGEST_PAUSE_SECONDS)

    def _write_all(
        self, connections: Iterable[Connection], events: list[Encoded], *, sure: bool = False
    ) -> None:
        """Write to each of the connections what it may see of the events and has not been sent.

        `sure`: all of the connections may see all of the events.
        """
        first, last = events[0].seq, events[-1].seq
        audiences = {event.audience for event in events}
        whole = joined(event.frame for event in events)
        several: dict[tuple[int, ...], Frame] = {}
        told = 0
        for connection in connections:
            if connection.left:
                continue
            if connection.cursor < first and (sure or audiences <= connection.audiences):
                frame, seq, number = whole, last, len(events)
            else:
                own = tuple(
                    n
                    for n, event in enumerate(events)
                    if event.seq > connection.cursor and event.audience in connection.audiences
                )
                if not own:
                    continue
                if own not in several:
                    several[own] = joined(events[n].frame for n in own)
                frame, seq, number = several[own], events[own[-1]].seq, len(own)
            if self._write(connection, frame):
                connection.cursor = seq
                told += number
        figures.events_delivered += told

    def _write(self, connection: Connection, frame: Frame) -> bool:
        """Write a frame; False when the connection gets nothing more."""
        try:
            written = connection.line.write(frame)
        except Exception:
            logger.exception("a socket could not be written to")
            written = False
        if not written:
            self.leave(connection)
        elif connection.line.behind:
            self._slow.add(connection)
        return written

    def _look_after(self, connection: Connection) -> None:
        """Cut off who reads nothing for long, though nothing new is to be written."""
        if not connection.line.check():
            self.leave(connection)
        elif not connection.line.behind:
            self._slow.discard(connection)

    def _access_changed(self, connection: Connection) -> None:
        if not connection.left:
            self.leave(connection)
            connection.on_access_changed()

    # --- letting in ---------------------------------------------------------------------------

    async def _let_in(self) -> None:
        while self._joining:
            connection = next(iter(self._joining))
            # Last in line until it is in: one with whom something is wrong stops nobody.
            del self._joining[connection]
            self._joining[connection] = None
            missed = await self._missed(connection.cursor)
            # It may have left while the log was read; whoever is added then stays for ever.
            if connection not in self._joining:
                continue
            changed = next((n for n, one in enumerate(missed) if _changes(one, connection)), None)
            events = missed if changed is None else missed[: changed + 1]
            if events:
                self._write_all([connection], events)
            # Only now: had that failed, it would be tried again.
            if self._joining.pop(connection, connection) is connection:
                continue
            if changed is not None:
                self._access_changed(connection)
                continue
            connection.cursor = max(connection.cursor, self.cursor)
            self.connections.add(connection)
            self._audiences.enter(connection)
            self._count()

    async def _missed(self, cursor: int) -> list[Encoded]:
        if cursor >= self.cursor:
            return []
        missed: list[Encoded] = []
        if self._recent and self._recent[0].seq <= cursor + 1:
            for event in reversed(self._recent):
                if event.seq <= cursor:
                    break
                missed.append(event)
            missed.reverse()
            return coalesced(missed)
        while cursor < self.cursor:
            batch = await _on(_READERS, read)(self.meeting_id, cursor)
            missed += [event for event in batch if event.seq <= self.cursor]
            cursor = batch[-1].seq if batch else self.cursor
        return coalesced(missed)


def do_what_is_due(meeting_id: int) -> float:
    """Let every watch do what is due; return how many seconds the hub may rest."""
    rests = [look(meeting_id) for look in registry.watches()]
    return max(0.05, min(rest for rest in (LOOK_SECONDS, *rests) if rest is not None))


def _changes(event: Encoded, connection: Connection) -> bool:
    return event.kind == ACCESS_CHANGED and event.audience in connection.audiences


def _on(pool: ThreadPoolExecutor, work: Callable[..., Any]) -> Callable[..., Any]:
    return in_thread(work, pool)


def _now() -> float:
    return asyncio.get_running_loop().time()


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
