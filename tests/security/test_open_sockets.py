"""Open rooms and video of a session that was ended close at once, whichever way it ended."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest
import websockets

from tests.support.servers import MakeInstallation, Server
from tests.whole.stage import Stage, set_up


@pytest.fixture(scope="module")
def stage(installation: MakeInstallation) -> Iterator[Stage]:
    """A server with the story's case on it."""
    with Server(installation()) as server:
        yield set_up(server)[0]


async def closed_with(socket: websockets.ClientConnection) -> int:
    """Read on to the end, and return its code."""
    with suppress(websockets.ConnectionClosed):
        async with asyncio.timeout(60):
            while True:
                await socket.recv()
    assert socket.close_code is not None
    return socket.close_code


async def test_rooms_of_a_session_that_was_ended_close_and_others_stay(stage: Stage) -> None:
    person = stage.facts["people"]["creditor"]
    lost = stage.server.installation.session_of(pk=person)
    url = stage.server.url
    address = f"{stage.server.ws_url}/ws/meetings/{stage.slug}/"
    headers = {"Cookie": f"sessionid={lost}"}
    async with (
        stage.room("creditor") as kept,
        stage.room("judge") as bystander,
        websockets.connect(address, additional_headers=headers, origin=url) as room,
        websockets.connect(
            f"{address}video/watch/", additional_headers=headers, origin=url
        ) as video,
    ):
        await kept.until("snapshot")
        await bystander.until("snapshot")
        await room.recv()
        mine = httpx.AsyncClient(base_url=url, cookies={"sessionid": stage.sessions["creditor"]})
        theirs = httpx.AsyncClient(base_url=url, cookies={"sessionid": lost})
        for client in (mine, theirs):
            assert (await client.get("/me/devices/")).status_code == 200
        await noted(mine)
        page = await mine.get("/me/devices/")
        token = mine.cookies["csrftoken"]
        done = await mine.post(
            "/me/devices/",
            data={"device": "others", "csrfmiddlewaretoken": token},
            headers={"Referer": str(page.url)},
        )
        assert done.status_code == 302
        assert await closed_with(room) == 4401
        assert await closed_with(video) == 4404
        assert (await theirs.get("/me/devices/")).status_code == 302
        # The own room gets a fresh snapshot, and goes on; nobody else hears of it.
        await kept.until("snapshot")
        await kept.send({"type": "ping"})
        await kept.until("pong")
        await bystander.send({"type": "ping"})
        await bystander.until("pong")
        assert "access_changed" not in {frame["type"] for frame in bystander.heard}


async def noted(client: httpx.AsyncClient) -> None:
    """Wait until both sessions are listed: their use is written a few times a minute."""
    async with asyncio.timeout(90):
        while (await client.get("/me/devices/")).text.count('name="device"') < 3:  # noqa: ASYNC110
            await asyncio.sleep(0.3)
