"""What a hub sends to whom and in which order, whatever the readers do."""

import asyncio
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.realtime import figures, hub
from creditor_meetings.realtime.encoded import Encoded, encode
from creditor_meetings.realtime.frames import Frame
from creditor_meetings.realtime.hub import Connection, Hub


class Line:
    """A line that keeps the numbers of what it was sent."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.writes = 0
        self.behind = False
        self.stands = True

    def write(self, frame: Frame) -> bool:
        self.writes += 1
        self.numbers += [int(text.split('"seq":')[1].split(",")[0]) for text in frame.texts]
        return self.stands

    def check(self) -> bool:
        return self.stands


class Log:
    """A log of events that a hub reads; `tell` adds one and rings."""

    def __init__(self) -> None:
        self.events: list[Encoded] = []
        self.fails = 0
        self.hub = Hub(7)

    def tell(self, audience: str = "all", coalesce: str = "", kind: str = "told") -> int:
        seq = len(self.events) + 1
        self.events.append(encode(seq, audience, kind, coalesce, clock.now(), "{}"))
        self.hub.wake()
        return seq

    def read(self, _meeting: int, after: int) -> list[Encoded]:
        if self.fails:
            self.fails -= 1
            raise OSError("the database was away")
        return [event for event in self.events if event.seq > after][:500]

    def join(self, *audiences: str, cursor: int = 0, changed: Callable[[], Any] = int) -> Any:
        viewer = cast(Viewer, SimpleNamespace(audiences=frozenset({"all", *audiences})))
        line = Line()
        connection = Connection(viewer, line, changed, cursor)
        self.hub.join(connection)
        return SimpleNamespace(line=line, connection=connection)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[Log]:
    made = Log()
    monkeypatch.setattr(hub, "read", made.read)
    monkeypatch.setattr(hub.registry, "watches", list)
    yield made
    for connection in [*made.hub.connections, *made.hub._joining]:
        made.hub.leave(connection)


async def until(met: Callable[[], Any]) -> None:
    """Wait until something holds."""
    for _ in range(2_000):
        if met():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never held")


async def test_a_word_to_one_touches_one_socket(log: Log) -> None:
    guests = [log.join(f"creditor:{n}") for n in range(50)]
    await until(lambda: len(log.hub.connections) == 50)
    log.tell("creditor:17")
    await until(lambda: guests[17].line.numbers)
    assert sum(one.line.writes for one in guests) == 1


async def test_a_tally_keeps_no_other_event_waiting(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "TALLY_PAUSE_SECONDS", 3600.0)
    monkeypatch.setattr(hub, "LONGEST_PAUSE_SECONDS", 3600.0)
    one, other = log.join("creditor:1"), log.join("creditor:2")
    await until(lambda: len(log.hub.connections) == 2)
    log.tell(coalesce="tally:1")
    await until(lambda: other.line.numbers == [1])
    # The second waits for the end of the pause; what follows it does not.
    log.tell(coalesce="tally:1")
    log.tell("creditor:1")
    await until(lambda: one.line.numbers == [1, 2, 3])
    # Who is sent nothing later is sent no tally before its time, and says so.
    assert other.line.numbers == [1]
    assert log.hub.cursor_of(other.connection) == 1
    assert log.hub.cursor_of(one.connection) == 3
    log.tell()
    await until(lambda: other.line.numbers == [1, 2, 4])
    assert one.line.numbers == [1, 2, 3, 4]
    assert log.hub.cursor_of(other.connection) == 4


async def test_the_last_tally_is_always_sent(log: Log) -> None:
    one = log.join()
    await until(lambda: log.hub.connections)
    for _ in range(50):
        log.tell(coalesce="tally:1")
        await asyncio.sleep(0)
    await until(lambda: 50 in one.line.numbers)
    assert len(one.line.numbers) < 50


async def test_who_does_not_read_leaves_and_the_others_stay(log: Log) -> None:
    deaf, other = log.join(), log.join()
    await until(lambda: len(log.hub.connections) == 2)
    deaf.line.stands = False
    log.tell()
    await until(lambda: other.line.numbers == [1])
    assert log.hub.connections == {other.connection}
    assert figures.sockets[7] == 1
    # A reader that stops while nothing happens is found as well.
    other.line.behind = True
    log.tell()
    await until(lambda: other.line.numbers == [1, 2])
    other.line.stands = False
    log.hub.wake()
    await until(lambda: not log.hub.connections)
    assert 7 not in figures.sockets


async def test_after_any_failure_everybody_is_sent_what_is_missing(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    guests = [log.join(f"creditor:{n}") for n in range(3)]
    await until(lambda: len(log.hub.connections) == 3)
    log.fails = 1
    log.tell()
    await until(lambda: all(one.line.numbers == [1] for one in guests))
    # Half way through a delivery.
    write, broken = log.hub._write_all, iter([True])

    def stumble(connections: Any, events: Any, **named: Any) -> None:
        if next(broken, False):
            write(connections[:1], events, **named)
            raise ValueError
        write(connections, events, **named)

    monkeypatch.setattr(log.hub, "_write_all", stumble)
    log.tell()
    log.tell("creditor:1")
    await until(lambda: guests[1].line.numbers == [1, 2, 3])
    await until(lambda: all(one.line.numbers[:2] == [1, 2] for one in guests))
    # The task itself is gone.
    log.hub._tasks["look"].cancel()
    log.tell()
    await until(lambda: all(one.line.numbers[-1] == 4 for one in guests))
    assert [one.line.numbers for one in guests] == [[1, 2, 4], [1, 2, 3, 4], [1, 2, 4]]


async def test_who_comes_back_gets_what_it_missed_and_no_more(log: Log) -> None:
    log.join()
    for audience in ("all", "creditor:1", "creditor:2", "all"):
        log.tell(audience)
    await until(lambda: log.hub.cursor == 4)
    late = log.join("creditor:2", cursor=1)
    await until(lambda: late.line.numbers == [3, 4])
    # Its snapshot was newer than what the hub had read.
    newer = log.join(cursor=6)
    await until(lambda: newer.connection in log.hub.connections)
    for _ in range(3):
        log.tell()
    await until(lambda: newer.line.numbers == [7])


async def test_who_may_see_something_else_now_gets_nothing_until_it_joins_anew(log: Log) -> None:
    changed: list[int] = []
    one = log.join("person:1", changed=lambda: changed.append(1))
    await until(lambda: log.hub.connections)
    log.tell("person:1", kind=hub.ACCESS_CHANGED)
    log.tell()
    await until(lambda: changed)
    assert one.line.numbers == [1]
    assert not log.hub.connections
    log.hub.join(one.connection)
    await until(lambda: one.line.numbers == [1, 2])
    assert changed == [1]


AUDIENCES = ("all", "staff", "creditor:1", "creditor:2")
events = st.lists(
    st.tuples(st.sampled_from(AUDIENCES), st.sampled_from(("", "", "a", "b"))), max_size=30
)


@settings(deadline=None)
@given(batches=st.lists(events, max_size=5), flushes=st.lists(st.booleans(), min_size=5))
def test_whatever_comes_everybody_ends_with_the_newest_in_order(
    batches: list[list[tuple[str, str]]], flushes: list[bool]
) -> None:
    async def walk() -> None:
        meeting, seq, told = Hub(7), 0, []
        guests = []
        for own in AUDIENCES:
            viewer = cast(Viewer, SimpleNamespace(audiences=frozenset({"all", own})))
            guests.append(Connection(viewer, Line(), lambda: None))
            meeting.connections.add(guests[-1])
            meeting._audiences.enter(guests[-1])
        for batch, flush in zip(batches, flushes, strict=False):
            made = [
                encode(seq + n, audience, "told", key, clock.now(), "{}")
                for n, (audience, key) in enumerate(batch, start=1)
            ]
            if made:
                told += made
                seq = meeting.cursor = made[-1].seq
                meeting._take(made)
            if flush and meeting._held:
                meeting._flush()
            for one in guests:
                complete(one, meeting.cursor_of(one), told)
        if meeting._held:
            meeting._flush()
        for one in guests:
            assert meeting.cursor_of(one) == seq
            complete(one, seq, told)

    asyncio.run(walk())


def complete(one: Connection, number: int, told: list[Encoded]) -> None:
    """Assert that a connection was sent, in order, all up to a number that is not void."""
    sent = cast(Line, one.line).numbers
    assert sent == sorted(set(sent))
    for event in told:
        if event.audience not in one.audiences:
            assert event.seq not in sent
        elif event.seq <= number and event.seq not in sent:
            later = [other for other in told if other.seq > event.seq and other.key == event.key]
            assert event.coalesce
            assert later, f"{event.seq} was neither sent nor made void"
