"""Ten thousand at the door: one reading for all, a fair line, and a word to those who wait."""

import asyncio
import threading
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest
from django.db import OperationalError

from creditor_meetings.cases.errors import NotFound
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.realtime import entering, shared_parts, snapshot
from creditor_meetings.realtime.shared_parts import SharedParts
from creditor_meetings.realtime.snapshot import Own, Shared
from creditor_meetings.realtime.together import Together

MEETING = cast(Meeting, SimpleNamespace(pk=7, slug="seven"))


class Readings:
    """Readings of a shared part that are counted, and end when they are let."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.number = 0
        self.seq = 10
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.go_on.set()
        monkeypatch.setattr(snapshot, "shared_part", self.read)

    def read(self, meeting_id: int, *, staff: bool) -> Shared:
        self.number += 1
        seq = self.seq
        self.begun.set()
        assert self.go_on.wait(20)
        told = {"for": "staff" if staff else "all"}
        return Shared(seq, told, {"for": f'"for":"{told["for"]}"'})


@pytest.fixture(name="readings")
def _readings(monkeypatch: pytest.MonkeyPatch) -> Readings:
    monkeypatch.setattr(shared_parts, "SHORTEST_SECONDS", 60.0)
    monkeypatch.setattr(shared_parts, "LONGEST_SECONDS", 60.0)
    return Readings(monkeypatch)


async def test_a_thousand_who_come_make_one_reading(readings: Readings) -> None:
    parts = SharedParts()
    coming = [parts.get(MEETING, staff=False, at_least=0) for _ in range(1_000)]
    found = await asyncio.gather(*coming)
    assert readings.number == 1
    assert all(one is found[0] for one in found)
    # The staff's is another one, which nobody else gets.
    staff = await parts.get(MEETING, staff=True, at_least=0)
    assert (staff.sections["for"], found[0].sections["for"]) == ("staff", "all")
    assert readings.number == 2


async def test_what_is_too_old_is_read_anew(readings: Readings) -> None:
    parts = SharedParts()
    await parts.get(MEETING, staff=False, at_least=10)
    readings.seq = 20
    assert (await parts.get(MEETING, staff=False, at_least=10)).seq == 10
    assert (await parts.get(MEETING, staff=False, at_least=15)).seq == 20
    assert readings.number == 2


async def test_a_reading_that_was_begun_before_is_not_taken_for_a_newer(
    readings: Readings,
) -> None:
    parts = SharedParts()
    readings.go_on.clear()
    early = asyncio.create_task(parts.get(MEETING, staff=False, at_least=10))
    assert await asyncio.to_thread(readings.begun.wait, 20)
    readings.seq = 20
    late = asyncio.create_task(parts.get(MEETING, staff=False, at_least=20))
    await asyncio.sleep(0)
    readings.go_on.set()
    assert ((await early).seq, (await late).seq) == (10, 20)


async def test_a_reading_that_fails_fails_who_waits_and_not_the_next(
    readings: Readings, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = SharedParts()

    def fail(_meeting_id: int, *, staff: bool) -> Shared:
        raise OperationalError("gone")

    monkeypatch.setattr(snapshot, "shared_part", fail)
    with pytest.raises(OperationalError):
        await parts.get(MEETING, staff=False, at_least=0)
    monkeypatch.setattr(snapshot, "shared_part", readings.read)
    assert (await parts.get(MEETING, staff=False, at_least=0)).seq == 10


class Work:
    """Work that notes its batches, and stops at the first until it is let go on."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.begun, self.go_on = threading.Event(), threading.Event()

    def __call__(self, batch: Sequence[int]) -> list[int | BaseException]:
        self.batches.append(list(batch))
        self.begun.set()
        assert self.go_on.wait(20)
        if 13 in batch:
            raise ValueError("thirteen")
        return [NotFound() if one < 0 else one * 10 for one in batch]


@pytest.mark.django_db(transaction=True)
async def test_who_comes_meanwhile_goes_into_the_next_batch_in_order() -> None:
    work = Work()
    line: Together[int, int] = Together("test", work, most=50)
    first = asyncio.create_task(line.ask(1))
    assert await asyncio.to_thread(work.begun.wait, 20)
    others = [asyncio.create_task(line.ask(n)) for n in range(2, 120)]
    gave_up = asyncio.create_task(line.ask(500))
    refused = asyncio.create_task(line.ask(-1))
    await asyncio.sleep(0)
    assert line.waiting == 120
    gave_up.cancel()
    await asyncio.sleep(0)
    work.go_on.set()
    assert await first == 10
    # One with whom something is wrong fails alone.
    answers = await asyncio.gather(*others, refused, return_exceptions=True)
    assert [one for one in answers if not isinstance(one, BaseException)] == [
        n * 10 for n in range(2, 120) if n != 13
    ]
    assert {type(one) for one in answers if isinstance(one, BaseException)} == {
        ValueError,
        NotFound,
    }
    assert work.batches[0] == [1]
    assert max(map(len, work.batches)) <= 50
    assert 500 not in {one for batch in work.batches for one in batch}
    assert line.expected_seconds == 0


class Socket:
    """A socket that notes what it was told."""

    def __init__(self) -> None:
        self.scope: dict[str, Any] = {"url_route": {"kwargs": {"meeting": "seven"}}}
        self.language = "zh-hans"
        self.said: list[Any] = []
        self.news = asyncio.Event()

    async def accept(self) -> None:
        self.said.append("accepted")

    async def wait(self, seconds: int | None) -> None:
        self.said.append(seconds)
        self.news.set()

    async def send_text(self, text: str) -> None:
        self.said.append(text)

    async def close(self, code: int) -> None:
        self.said.append(code)

    def spawn(self, work: Any) -> None:
        raise NotImplementedError


async def test_who_stands_in_line_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entering, "PATIENCE_SECONDS", 0.001)
    monkeypatch.setattr(entering, "WORD_SECONDS", 0.001)
    turn: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    door = SimpleNamespace(ask=lambda asker: turn, waiting=50, expected_seconds=0.2)
    monkeypatch.setattr(entering, "door", door)
    socket = Socket()
    coming = asyncio.create_task(entering.Entry(socket)._stand_in_line(cast(Any, None)))
    await asyncio.wait_for(socket.news.wait(), 20)
    # A slow moment is no crowd: the handshake is answered, and no more.
    assert set(socket.said) == {None}
    door.waiting, door.expected_seconds = 9_000, 17.2
    while 18 not in socket.said:
        socket.news.clear()
        await asyncio.wait_for(socket.news.wait(), 20)
    turn.set_result("in")
    assert await coming == "in"


def test_a_frame_of_two_parts_joins_what_both_have() -> None:
    shared = Shared(
        9, {"questions": {"1": "shown"}, "agenda": {}},
        {"questions": '"questions":{"1":"shown"}', "agenda": '"agenda":{}'},
    )  # fmt: skip
    plain = snapshot.frame(shared, Own(7, {"me": {"staff": False}, "questions": {}}))
    assert plain.startswith('{"type":"snapshot","seq":7,')
    assert plain.endswith('"data":{"questions":{"1":"shown"},"agenda":{},"me":{"staff":false}}}')
    mixed = snapshot.frame(shared, Own(12, {"me": {}, "questions": {"2": "mine"}}))
    assert '"seq":9,' in mixed
    assert '"questions":{"1":"shown","2":"mine"}' in mixed
    assert shared.sections["questions"] == {"1": "shown"}
