"""Lines to viewers, the feeds before them, and the relay between processes."""

import asyncio
from contextlib import aclosing
from typing import Any

import pytest

from creditor_meetings.video import frames, relay
from creditor_meetings.video import line as line_module
from creditor_meetings.video.feed import Feed
from creditor_meetings.video.frames import End, Head, Piece, Skipped
from creditor_meetings.video.line import Line, Window
from creditor_meetings.video.media import FULL, LOW, Fragment, Init
from creditor_meetings.video.outlets import Meter

STREAM, OTHER = 7, 8


def head(part: int = 1, stream: int = STREAM) -> Head:
    return frames.head(stream, part, FULL, Init("video/mp4", b"head"))


def piece(data: bytes, *, key: bool = False, part: int = 1, stream: int = STREAM) -> Piece:
    return frames.piece(stream, part, FULL, Fragment(data, key))


INIT, KEY, MORE = head(), piece(b"key", key=True), piece(b"more")


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


def test_a_frame_says_what_it_carries() -> None:
    fragment = Fragment(b"media", True, level=130)
    assert frames.piece(258, 1, LOW, fragment).frame == b"\x01\x00\x00\x01\x02\x01\x64media"
    begun = frames.head(258, 3, LOW, Init("video/mp4", b"head"))
    assert begun.frame == b"\x00\x00\x00\x01\x02\x01\x00head"
    assert begun.text == (
        '{"type":"init","stream":258,"rendition":"low","part":3,"mime":"video/mp4"}'
    )


async def test_who_comes_late_begins_at_the_last_keyframe() -> None:
    feed = Feed(STREAM)
    feed.begin(INIT)
    for one in (MORE, KEY, MORE, KEY, MORE, MORE):
        feed.push(one)
    line = Line()
    feed.join(line)
    assert await drained(line) == [INIT, KEY, MORE, MORE]
    feed.end(1)
    assert await drained(line) == [End(STREAM)]
    late = Line()
    feed.join(late)
    assert await drained(late) == []


async def test_what_an_earlier_part_still_sends_is_void() -> None:
    feed, line = Feed(STREAM), Line()
    feed.join(line)
    feed.begin(INIT)
    feed.push(KEY)
    second, first = head(2), piece(b"second", key=True, part=2)
    feed.begin(second)
    feed.push(MORE)
    feed.end(1)
    feed.begin(INIT)
    feed.push(first)
    assert await drained(line) == [second, first]


async def test_a_stream_without_keyframes_is_not_kept_for_ever() -> None:
    feed = Feed(STREAM)
    feed.begin(INIT)
    feed.push(KEY)
    for _ in range(20):
        feed.push(piece(bytes(1024 * 1024)))
    assert not feed._since_keyframe


async def test_a_full_line_skips_to_the_next_keyframe_of_each_stream() -> None:
    line = Line()
    there = [head(stream=OTHER), piece(b"there", key=True, stream=OTHER)]
    for one in (INIT, there[0]):
        line.begin(one)
    line.push(KEY)
    line.push(there[1])
    big = piece(bytes(3 * 1024 * 1024))
    for one in (big, big, MORE, MORE):
        line.push(one)
    assert await drained(line) == [INIT, there[0], Skipped(STREAM), Skipped(OTHER)]
    line.push(MORE)
    line.push(KEY)
    line.push(piece(b"more", stream=OTHER))
    line.push(MORE)
    line.push(there[1])
    assert await drained(line) == [KEY, MORE, there[1]]


async def test_a_head_makes_what_waits_of_its_stream_void() -> None:
    line = Line()
    line.begin(INIT)
    line.push(KEY)
    line.begin(head(stream=OTHER))
    line.begin(head(2))
    assert await drained(line) == [head(stream=OTHER), head(2)]
    assert line._queued == 0


async def test_a_viewer_that_confirms_nothing_gets_nothing_more(clock: list[float]) -> None:
    window = Window()
    line = Line(window)
    line.begin(INIT)
    line.push(KEY)
    for item in await drained(line):
        window.sent(item.size)
    clock[0] = 3.0
    line.push(MORE)
    assert await drained(line) == [MORE]
    clock[0] = 5.0
    line.push(MORE)
    line.push(KEY)
    assert await drained(line) == [Skipped(STREAM)]
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


def test_a_meter_tells_the_loudest_since_it_was_read() -> None:
    meter = Meter()
    meter.begin(INIT)
    for level in (3, 52, 11):
        meter.push(frames.piece(STREAM, 1, FULL, Fragment(b"", True, level=level)))
    assert meter.read() == {"7": 50}
    assert meter.read() == {"7": 0}
    meter.end(STREAM)
    assert meter.read() == {}


# --- The relay ---------------------------------------------------------------------------------


@pytest.fixture
def serving(settings: Any) -> Feed:
    settings.REDIS_URL = "redis://elsewhere"
    settings.VIDEO_RELAY_HOST = "127.0.0.1"
    feed = Feed(STREAM)
    feed.begin(INIT)
    feed.push(KEY)
    return feed


async def test_a_stream_crosses_whole(serving: Feed) -> None:
    server = relay.RelayServer(lambda *asked: serving if asked == (STREAM, FULL) else None)
    address = await server.address()
    got: list[Any] = []
    async with aclosing(relay.follow(address, STREAM, FULL)) as stream:
        async for item in stream:
            got.append(item)
            if item == KEY:
                serving.push(MORE)
                serving.end(1)
            if isinstance(item, End):
                break
    assert got == [INIT, KEY, MORE, End(STREAM)]


async def test_without_the_secret_nothing_crosses(
    serving: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = relay.RelayServer(lambda *asked: serving)
    host, _, port = (await server.address()).rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    await reader.readexactly(relay.CHALLENGE_BYTES)
    writer.write(bytes(9) + bytes(relay.PROOF_BYTES))
    assert await asyncio.wait_for(reader.read(), 30) == b""
    writer.close()


async def test_a_relay_that_talks_nonsense_is_left() -> None:
    async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(bytes(relay.CHALLENGE_BYTES) + b"I\0\0\0\1\xff\xff\xff\xff")

    server = await asyncio.start_server(nonsense, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(relay.BadRelay):
        async for _ in relay.follow(f"127.0.0.1:{port}", STREAM, FULL):
            pass
    server.close()


async def test_who_serves_alone_has_no_address(settings: Any) -> None:
    settings.REDIS_URL = ""
    assert await relay.RelayServer(lambda *asked: None).address() == ""
