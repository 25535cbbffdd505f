"""Lines to viewers, the feed before them, and the relay between processes."""

import asyncio
from contextlib import aclosing
from typing import Any

import pytest

from creditor_meetings.video import line as line_module
from creditor_meetings.video import relay
from creditor_meetings.video.feed import Feed
from creditor_meetings.video.line import Line, Window
from creditor_meetings.video.webm import Fragment, Init

INIT = Init("video/webm", b"head")
KEY = Fragment(b"key", True)
MORE = Fragment(b"more", False)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr(line_module.time, "monotonic", lambda: now[0])
    return now


async def drained(line: Line) -> list[Any]:
    items = []
    while line._waiting:
        items.append(await line.next())
    return items


async def test_who_comes_late_begins_at_the_last_keyframe() -> None:
    feed, writer = Feed(), object()
    feed.take_over(writer)
    feed.begin(writer, INIT)
    for one in (MORE, KEY, MORE, KEY, MORE, MORE):
        feed.push(writer, one)
    line = Line()
    feed.join(line)
    assert await drained(line) == [INIT, KEY, MORE, MORE]
    feed.end(writer)
    assert await drained(line) == [None]
    late = Line()
    feed.join(late)
    assert await drained(late) == []


async def test_only_the_last_writer_is_passed_on() -> None:
    feed, old, new = Feed(), object(), object()
    line = Line()
    feed.join(line)
    feed.take_over(old)
    feed.begin(old, INIT)
    feed.push(old, KEY)
    feed.take_over(new)
    feed.push(old, MORE)
    feed.end(old)
    feed.begin(new, INIT)
    feed.push(new, KEY)
    assert await drained(line) == [INIT, KEY]


async def test_a_stream_without_keyframes_is_not_kept_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    feed, writer = Feed(), object()
    feed.take_over(writer)
    feed.begin(writer, INIT)
    feed.push(writer, KEY)
    for _ in range(20):
        feed.push(writer, Fragment(bytes(1024 * 1024), False))
    assert not feed._since_keyframe


async def test_a_full_line_skips_to_the_next_keyframe() -> None:
    line = Line()
    line.begin(INIT)
    line.push(KEY)
    big = Fragment(bytes(3 * 1024 * 1024), False)
    for one in (big, big, MORE, MORE):
        line.push(one)
    assert await drained(line) == [INIT]
    line.push(MORE)
    line.push(KEY)
    line.push(MORE)
    assert await drained(line) == [KEY, MORE]


async def test_a_viewer_that_confirms_nothing_gets_nothing_more(clock: list[float]) -> None:
    window = Window()
    line = Line(window)
    line.begin(INIT)
    line.push(KEY)
    for item in await drained(line):
        window.sent(len(item.data))
    clock[0] = 3.0
    line.push(MORE)
    assert await drained(line) == [MORE]
    clock[0] = 5.0
    line.push(MORE)
    line.push(KEY)
    assert await drained(line) == []
    assert window.confirm(7)
    line.push(MORE)
    assert await drained(line) == []
    line.push(KEY)
    assert await drained(line) == [KEY]


def test_a_viewer_cannot_confirm_what_was_not_sent(clock: list[float]) -> None:
    window = Window()
    window.sent(10)
    assert not window.confirm(11)
    assert window.confirm(4)
    assert not window.confirm(3)


# --- The relay ---------------------------------------------------------------------------------


@pytest.fixture
def serving(settings: Any) -> Feed:
    settings.REDIS_URL = "redis://elsewhere"
    settings.VIDEO_RELAY_HOST = "127.0.0.1"
    feed, writer = Feed(), object()
    feed.take_over(writer)
    feed.begin(writer, INIT)
    feed.push(writer, KEY)
    return feed


async def test_a_stream_crosses_whole(serving: Feed) -> None:
    server = relay.RelayServer(lambda meeting: serving if meeting == 7 else None)
    address = await server.address()
    writer = serving._writer
    got: list[Any] = []
    async with aclosing(relay.follow(address, 7)) as stream:
        async for item in stream:
            got.append(item)
            if item == KEY:
                serving.push(writer, MORE)
                serving.end(writer)
            if item is None:
                break
    assert got == [INIT, KEY, MORE, None]


async def test_without_the_secret_nothing_crosses(
    serving: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = relay.RelayServer(lambda meeting: serving)
    host, _, port = (await server.address()).rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    await reader.readexactly(relay.CHALLENGE_BYTES)
    writer.write((7).to_bytes(8) + bytes(relay.PROOF_BYTES))
    assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()


async def test_a_relay_that_talks_nonsense_is_left() -> None:
    async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(bytes(relay.CHALLENGE_BYTES) + b"I\xff\xff\xff\xff")

    server = await asyncio.start_server(nonsense, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(relay.BadRelay):
        async for _ in relay.follow(f"127.0.0.1:{port}", 7):
            pass
    server.close()


async def test_who_serves_alone_has_no_address(settings: Any) -> None:
    settings.REDIS_URL = ""
    assert await relay.RelayServer(lambda meeting: None).address() == ""
