"""Lines over a server that nobody knows: its `send` may wait as long as it likes."""

import asyncio

import pytest

from creditor_meetings.realtime import figures, lines
from creditor_meetings.realtime.frames import Frame, joined
from creditor_meetings.realtime.lines import TextLine


class Server:
    """Takes texts once its gate is open."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.texts: list[str] = []
        self.all = asyncio.Event()
        self.wanted = 0

    async def send(self, text: str) -> None:
        await self.gate.wait()
        await asyncio.sleep(0)
        self.texts.append(text)
        if len(self.texts) >= self.wanted:
            self.all.set()


async def test_what_need_not_wait_is_sent_at_once() -> None:
    texts: list[str] = []

    async def send(text: str) -> None:
        texts.append(text)

    line = TextLine(send)
    assert line.write(joined([Frame("a"), Frame("b")]))
    assert texts == ["a", "b"]
    assert not line.behind


async def test_what_must_wait_keeps_its_order() -> None:
    server = Server()
    server.wanted = 5
    line = TextLine(server.send)
    for text in "abc":
        assert line.write(Frame(text))
    assert line.behind
    assert line.write(joined([Frame("d"), Frame("e")]))
    server.gate.set()
    await asyncio.wait_for(server.all.wait(), 10)
    assert server.texts == list("abcde")


async def test_too_much_that_waits_ends_the_line() -> None:
    line, cuts = TextLine(Server().send), [0]
    line.on_cut = lambda: cuts.append(1)
    before = figures.dropped_slow
    large = Frame("x" * (lines.MOST_WAITING // 2))
    written = [line.write(large) for _ in range(6)]
    assert written == [True, True, True, True, False, False]
    assert cuts == [0, 1]
    assert figures.dropped_slow == before + 1


async def test_a_send_that_takes_for_ever_ends_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    line = TextLine(Server().send)
    assert line.write(Frame("a"))
    assert line.check()
    monkeypatch.setattr(lines, "STUCK_SECONDS", -1.0)
    assert not line.check()
    assert not line.write(Frame("b"))


async def test_a_socket_that_went_away_ends_the_line() -> None:
    async def send(_text: str) -> None:
        raise ConnectionError

    gone = asyncio.Event()

    async def later(_text: str) -> None:
        await asyncio.sleep(0)
        gone.set()
        raise ConnectionError

    now = TextLine(send)
    with pytest.raises(ConnectionError):
        now.write(Frame("a"))
    line = TextLine(later)
    assert line.write(Frame("a"))
    await asyncio.wait_for(gone.wait(), 10)
    assert not line.write(Frame("b"))
