"""The hub under a stream of events that does not end."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.realtime import hub
from creditor_meetings.realtime.encoded import Encoded, encode

EVERYBODY = cast(Viewer, SimpleNamespace(audiences=frozenset({"all"})))


def endless(_meeting_id: int, seq: int) -> list[Encoded]:
    """There is always one more event: ballots stream in."""
    told = f'{{"set":{{"attendance/online":{seq}}}}}'
    return [encode(seq + 1, "all", "tally", "tally:1", clock.now(), told)]


class Reader:
    """An open room that keeps what it was sent."""

    def __init__(self) -> None:
        self.frames: list[str] = []
        self.news = asyncio.Event()
        self.connection = hub.Connection(EVERYBODY, self.take, lambda: None)

    async def take(self, text: str) -> None:
        self.frames.append(text)
        self.news.set()


async def until(met: Callable[[], Any], reader: Reader) -> None:
    """Wait for a condition, looking at each frame that a reader gets."""

    async def wait() -> None:
        while not met():
            reader.news.clear()
            await reader.news.wait()

    await asyncio.wait_for(wait(), 20)


async def test_a_stream_of_ballots_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []
    monkeypatch.setattr(hub, "read", endless)
    monkeypatch.setattr(hub.registry, "watches", lambda: [looks.append])
    meeting = hub.Hub(7)
    first, second = Reader(), Reader()
    meeting.join(first.connection)
    await until(lambda: len(first.frames) > 2, first)
    # What falls due, the close of a poll or a chart, is looked at meanwhile.
    await until(lambda: len(looks) > 2, first)
    assert set(looks) == {7}
    # Whoever comes now is let in, and gets what follows.
    meeting.join(second.connection)
    await until(lambda: len(second.frames) > 2, first)
    meeting.leave(first.connection)
    meeting.leave(second.connection)


async def test_who_could_not_be_let_in_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    stumbles = iter([True])
    monkeypatch.setattr(hub, "read", endless)
    monkeypatch.setattr(hub.registry, "watches", list)
    meeting = hub.Hub(7)
    first, second = Reader(), Reader()
    meeting.join(first.connection)
    await until(lambda: first.frames, first)
    missed = meeting._missed

    async def stumble(cursor: int) -> list[Encoded]:
        if next(stumbles, False):
            raise OSError("the database was away")
        return await missed(cursor)

    monkeypatch.setattr(meeting, "_missed", stumble)
    meeting.join(second.connection)
    await until(lambda: second.frames, first)
    meeting.leave(first.connection)
    meeting.leave(second.connection)
