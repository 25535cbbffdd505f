"""Janus' rooms: opened by the server's grants, and by nothing else."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from creditor_meetings.video import janus_rooms
from creditor_meetings.video.janus import Handle, JanusError, Link, Unreachable, links
from tests.support.janus import SECRETS, Janus

MEETING = 4711


@pytest.fixture
def configured(janus: Janus, settings: Any) -> Janus:
    settings.JANUS_URL = janus.url
    for name, value in SECRETS.items():
        setattr(settings, name, value)
    return janus


@asynccontextmanager
async def attached() -> AsyncIterator[Handle]:
    link = await Link.open()
    try:
        yield await link.attach(lambda event, jsep: None, lambda why: None)
    finally:
        await link.close()


def run(work: Callable[[Handle], Awaitable[Any]]) -> Any:
    async def inside() -> Any:
        async with attached() as handle:
            await janus_rooms.open_room(handle, janus_rooms.room_of(MEETING))
            return await work(handle)

    return asyncio.run(inside())


async def refused(handle: Handle, **body: Any) -> int:
    with pytest.raises(JanusError) as caught:
        await handle.ask(
            {"request": "join", "ptype": "publisher", "id": secrets.token_hex(4), **body}
        )
    return caught.value.code


def test_only_a_grant_opens_a_room(configured: Janus) -> None:
    room = janus_rooms.room_of(MEETING)
    good = {"room": room.name, "pin": room.pin}

    async def knock(handle: Handle) -> None:
        def grant(of: janus_rooms.Room = room, seconds: float = 60) -> str:
            return janus_rooms.token(of, "somebody", seconds=seconds)

        # Even one who knows the API's secret, the room's name and its pin.
        listed, expired = grant(), grant(seconds=-1)
        elsewhere = grant(janus_rooms.room_of(MEETING + 1))
        for one in (listed, expired, elsewhere):
            await janus_rooms.allow(handle, room, one)
        told = 433
        assert await refused(handle, **{**good, "room": "1234"}, token=listed) == 426
        assert await refused(handle, **{**good, "pin": "1234"}, token=listed) == told
        assert await refused(handle, room=room.name, token=listed) == 429  # no pin at all
        assert await refused(handle, **good) == told
        assert await refused(handle, **good, token=expired) == told
        assert await refused(handle, **good, token=elsewhere) == told
        assert await refused(handle, **good, token=grant()) == told  # signed, but not on the list
        forged = listed.replace("somebody", "somebody else")
        await janus_rooms.allow(handle, room, forged)
        assert await refused(handle, **good, token=forged) == told
        await janus_rooms.disallow(handle, room, listed)
        assert await refused(handle, **good, token=listed) == told  # taken back
        # To listen without being in the room is refused, too.
        ear = {"ptype": "subscriber", "streams": [{"feed": "anybody"}]}
        assert await refused(handle, **good, **ear) == told
        assert await refused(handle, **good, **ear, token=grant()) in (428, told)
        # With its grant the server gets in.
        joined = await janus_rooms.join(handle, room, "b1")
        assert joined["videoroom"] == "joined"

    run(knock)


def test_a_room_is_neither_listed_nor_changed_without_its_secret(configured: Janus) -> None:
    room = janus_rooms.room_of(MEETING)

    async def look(handle: Handle) -> None:
        listed = await handle.ask({"request": "list"})
        assert listed["list"] == []
        for request in ("destroy", "kick", "allowed", "edit", "rtp_forward"):
            body = {"request": request, "room": room.name, "secret": "guessed", "id": "b1"}
            more = {"action": "disable", "publisher_id": "b1", "streams": [], "host": "127.0.0.1"}
            with pytest.raises(JanusError) as caught:
                await handle.ask({**body, **more})
            assert caught.value.code in (429, 433), request
        with pytest.raises(JanusError):
            await handle.ask({"request": "create", "room": "one-of-mine"})

    run(look)


def test_nobody_speaks_with_janus_without_its_secret(configured: Janus) -> None:
    async def speak(**values: str) -> dict[str, Any]:
        async with connect(configured.url, subprotocols=[Subprotocol("janus-protocol")]) as socket:
            await socket.send(json.dumps({"janus": "create", "transaction": "t", **values}))
            return json.loads(await socket.recv())

    for values in ({}, {"apisecret": "guessed"}, {"token": "1,janus,janus.plugin.videoroom:x"}):
        answer = asyncio.run(speak(**values))
        assert answer["janus"] == "error"
        assert answer["error"]["code"] == 403


def test_rooms_differ_and_cannot_be_told_from_their_number(settings: Any) -> None:
    first, second = janus_rooms.room_of(1), janus_rooms.room_of(2)
    assert len({*vars(first).values(), *vars(second).values()}) == 6
    settings.SECRET_KEY = "another installation's"
    assert janus_rooms.room_of(1) != first


def test_one_who_is_kicked_is_out(configured: Janus) -> None:
    room = janus_rooms.room_of(MEETING)

    async def both(handle: Handle) -> None:
        heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        link = await Link.open()
        other = await link.attach(lambda event, jsep: heard.put_nowait(event), lambda why: None)
        await janus_rooms.join(other, room, "b77")
        await janus_rooms.kick(handle, room, "b77")
        async with asyncio.timeout(30):
            while (await heard.get()).get("leaving") != "ok":
                pass
        with pytest.raises(JanusError):
            await other.ask({"request": "publish"})
        await link.close()

    run(both)


def test_where_janus_is_not_the_reason_is_said(settings: Any) -> None:
    settings.JANUS_URL = "ws://127.0.0.1:9"
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:9"):
        asyncio.run(links.get())
    assert "127.0.0.1:9" in links.problem


def test_a_wrong_secret_is_told_by_its_name(configured: Janus, settings: Any) -> None:
    settings.JANUS_API_SECRET = "another"
    with pytest.raises(Unreachable, match="JANUS_API_SECRET"):
        asyncio.run(Link.open())


def test_handles_hear_of_a_janus_that_died(start_janus: Callable[[], Janus], settings: Any) -> None:
    made = start_janus()
    settings.JANUS_URL = made.url
    for name, value in SECRETS.items():
        setattr(settings, name, value)

    async def die() -> None:
        gone: asyncio.Queue[str] = asyncio.Queue()
        first = await links.get()
        await first.attach(lambda event, jsep: None, gone.put_nowait)
        made.kill()
        async with asyncio.timeout(30):
            await gone.get()
        with pytest.raises(Unreachable):
            await links.get()
        made.start()
        async with asyncio.timeout(30):
            while True:
                try:
                    again = await links.get()
                    break
                except Unreachable:
                    await asyncio.sleep(0.1)
        handle = await again.attach(lambda event, jsep: None, gone.put_nowait)
        await janus_rooms.open_room(handle, janus_rooms.room_of(MEETING))
        await again.close()

    asyncio.run(die())
