"""What clients send, good and bad, at a real server: clear errors, nothing lost, nobody harmed."""

import json
from collections.abc import Iterator

import pytest
import websockets

from tests.support.servers import MakeInstallation, Server
from tests.whole.stage import Room, Stage, set_up


@pytest.fixture(scope="module")
def stages(installation: MakeInstallation) -> Iterator[Iterator[Stage]]:
    """One server with a meeting for each test that wants one of its own."""
    with Server(installation()) as server:
        yield iter(set_up(server, meetings=4))


@pytest.fixture(scope="module")
def stage(stages: Iterator[Stage]) -> Stage:
    """A meeting that tests leave as it is."""
    return next(stages)


@pytest.fixture
def own_stage(stages: Iterator[Stage]) -> Stage:
    """A meeting that nobody else uses."""
    return next(stages)


BAD_FRAMES = {
    "not JSON": "{",
    "a number": "7",
    "a list": '["cast_ballot"]',
    "deep": "[" * 20_000,
    "no id": {"type": "sign_in", "data": {}},
    "an id that is no text": {"id": 7, "type": "sign_in", "data": {}},
    "an id too long": {"id": "x" * 65, "type": "sign_in", "data": {}},
    "no type": {"id": "a", "data": {}},
    "a type of another kind": {"id": "a", "type": ["sign_in"], "data": {}},
    "an unknown type": {"id": "a", "type": "win_the_vote", "data": {}},
    "data that is a list": {"id": "a", "type": "sign_in", "data": []},
    "an unknown field": {"id": "a", "type": "sign_in", "data": {"bribe": 1}},
    "a missing field": {"id": "a", "type": "cast_ballot", "data": {"choice": "for"}},
    "a field of another kind": {
        "id": "a",
        "type": "cast_ballot",
        "data": {"resolution": "1; DROP TABLE", "choice": "for"},
    },
    "a number beyond the database": {
        "id": "a",
        "type": "cast_ballot",
        "data": {"resolution": 10**30, "choice": "for"},
    },
    "an unknown choice": {
        "id": "a",
        "type": "cast_ballot",
        "data": {"resolution": 1, "choice": "yes"},
    },
    "NaN": '{"id": "a", "type": "cast_ballot", "data": {"resolution": NaN, "choice": "for"}}',
    "NUL in a text": {"id": "a", "type": "ask_question", "data": {"text": "a\u0000b"}},
    "half a character": '{"id": "a", "type": "ask_question", "data": {"text": "\\ud800"}}',
    "a text too long": {"id": "a", "type": "ask_question", "data": {"text": "问" * 2001}},
    "too large": json.dumps({"id": "a", "type": "ask_question", "data": {"text": "x" * 100_000}}),
    "bytes": b"\x00\x01",
}


async def test_each_bad_frame_gets_a_clear_error_and_the_room_goes_on(stage: Stage) -> None:
    async with stage.room("judge") as bystander:
        await bystander.until("snapshot")
        for name, frame in BAD_FRAMES.items():
            async with stage.room("creditor") as room:
                await room.until("snapshot")
                await room.send(frame)
                answer = await room.until("reply")
                assert not answer["ok"], name
                assert answer["error"]["code"] == "bad_request", f"{name}: {answer}"
                assert answer["error"]["message"], name
                await still_good(room)
        await still_good(bystander)


async def still_good(room: Room) -> None:
    """Assert that a socket still answers."""
    await room.send({"type": "ping"})
    pong = await room.until("pong")
    assert isinstance(pong["seq"], int)


async def offend(room: Room) -> None:
    """Send what is no JSON, over and over."""
    for _ in range(50):
        await room.send("{")
        await room.until("reply")


async def send_and_read_on(room: Room, frame: str) -> None:
    """Send a frame and read until the socket ends."""
    await room.send(frame)
    while True:
        await room.next()


async def test_who_offends_again_and_again_is_shut_out_and_may_come_back(stage: Stage) -> None:
    async with stage.room("creditor") as room:
        await room.until("snapshot")
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await offend(room)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008
    async with stage.room("creditor") as room:
        assert (await room.until("snapshot"))["seq"] >= 0


async def test_a_frame_beyond_all_measure_ends_that_socket_alone(stage: Stage) -> None:
    async with stage.room("judge") as bystander, stage.room("creditor") as room:
        await bystander.until("snapshot")
        await room.until("snapshot")
        with pytest.raises(websockets.ConnectionClosed):
            await send_and_read_on(room, "x" * 30_000_000)
        await still_good(bystander)


async def test_a_flood_is_slowed_and_costs_nobody_else(stage: Stage) -> None:
    async with stage.room("judge") as bystander, stage.room("creditor") as room:
        await bystander.until("snapshot")
        await room.until("snapshot")
        # Many more than come back while they are sent, however slowly that goes.
        for number in range(200):
            await room.send({"id": f"n{number}", "type": "sign_in", "data": {}})
        codes = set()
        for _ in range(200):
            reply = await room.until("reply")
            codes.add("ok" if reply["ok"] else reply["error"]["code"])
        assert codes == {"ok", "too_many_requests"}
        await still_good(bystander)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
async def test_foreign_pages_get_no_socket(stage: Stage, origin: str) -> None:
    with pytest.raises(websockets.InvalidStatus):
        async with websockets.connect(
            f"{stage.server.ws_url}/ws/meetings/{stage.slug}/",
            additional_headers={
                "Cookie": stage.headers("creditor")["Cookie"],
                **({"Origin": origin} if origin else {}),
            },
        ):
            pass


async def test_strangers_are_turned_away_alike(stage: Stage, own_stage: Stage) -> None:
    codes = set()
    for slug, role in ((stage.slug, ""), ("never-used", ""), (own_stage.slug, "creditor")):
        cookie = {"Cookie": stage.headers(role)["Cookie"]} if role else {}
        async with websockets.connect(
            f"{stage.server.ws_url}/ws/meetings/{slug}/",
            origin=stage.server.url,
            additional_headers=cookie,
        ) as socket:
            with pytest.raises(websockets.ConnectionClosed) as closed:
                await socket.recv()
            assert closed.value.rcvd is not None
            codes.add(closed.value.rcvd.code)
    assert len(codes) == 1


async def test_the_same_id_again_gets_the_same_answer(own_stage: Stage) -> None:
    async with own_stage.room("judge") as judge, own_stage.room("creditor") as room:
        await judge.until("snapshot")
        await room.until("snapshot")
        assert (await judge.command("j1", "open_meeting"))["ok"]
        first = await room.command("once", "ask_question", text="何时分配？")
        again = await room.command("once", "ask_question", text="何时分配？")
        assert first == again
        poll = own_stage.facts["polls"][0]
        assert (await judge.command("j2", "open_poll", resolution=poll))["ok"]
        cast = await room.command("b1", "cast_ballot", resolution=poll, choice="for")
        recast = await room.command("b1", "cast_ballot", resolution=poll, choice="for")
        assert cast["ok"]
        assert cast["data"] == recast["data"]
        assert (await judge.command("j3", "close_poll", resolution=poll))["ok"]
        late = await room.command("b2", "cast_ballot", resolution=poll, choice="against")
        assert late["error"]["code"] == "poll_not_open"
        # What was acknowledged before the close is what it gets again after it.
        assert (await room.command("b1", "cast_ballot", resolution=poll, choice="for")) == recast


async def test_a_reader_that_was_away_resumes_where_it_left(own_stage: Stage) -> None:
    async with own_stage.room("judge") as judge:
        await judge.until("snapshot")
        async with own_stage.room("creditor") as room:
            left = (await room.until("snapshot"))["seq"]
        assert (await judge.command("j1", "open_meeting"))["ok"]
        async with own_stage.room("creditor", after=left) as room:
            event = await room.until("meeting_state_changed")
            assert event["data"]["set"] == {"meeting/state": "open"}
            assert "snapshot" not in {frame["type"] for frame in room.heard}
            numbers = [frame["seq"] for frame in room.heard if "seq" in frame]
            assert numbers == sorted(set(numbers))
        async with own_stage.room("creditor", after=10**9) as room:
            assert (await room.next())["type"] == "snapshot"
