"""Publishing and watching over bare sockets: joining, breaks, doors, bad frames, crashes."""

import asyncio
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from creditor_meetings.video import store
from tests.support.databases import wait_until
from tests.video.conftest import House
from tests.video.sockets import MIME, PATIENCE, SECONDS, Client, opened
from tests.video.streams import FPS, pictures, recorded, sounds

Make = Callable[..., House]


def media_file(house: House, path: str) -> Path:
    return house.installation.data_dir / "recordings" / path


async def test_early_and_late_viewers_and_the_recording(house: Make) -> None:
    made = house()
    async with (
        opened(made, "watch", "creditor") as early,
        opened(made, "publish", "administrator") as publisher,
    ):
        await early.state("off")
        assert (await early.frame("grant"))["grant"]["engine"] == "embedded"
        stream = await publisher.start()
        await early.state("connecting")
        await early.watch(stream)
        sent = await publisher.stream()
        live = await early.state("live")
        told = live["streams"][str(stream)]
        assert told == {
            "id": stream,
            "publisher": "administrator",
            "person": made.people["administrator"],
            "role": "administrator",
            "creditor_name": None,
            "source": "camera",
            "video": True,
            "state": "live",
            "since": told["since"],
            "recording": True,
        }
        assert (live["live"], live["recording"], live["recording_rule"]) == (True, True, "session")
        await publisher.taken(len(sent))
        async with opened(made, "watch", "observer") as late:
            # One more than the first keyframe's: the second one is there.
            await early.pictures(stream, SECONDS * FPS - FPS + 1)
            await late.watch(stream)
            assert pictures(await late.bytes_of_media(2)) > 0
            assert pictures(b"".join(late.media)) <= FPS  # from the last keyframe on
        await publisher.send("stop")
        assert (await publisher.frame("stopped"))["reason"] == "asked"
        assert await publisher.end() == 1000
        await early.state("off")
        await early.frame("end", stream=stream)
        assert await early.pictures(stream, 1) == SECONDS * FPS
    (kept,) = made.ended_recordings()
    file = media_file(made, kept["path"])
    assert file.read_bytes() == recorded(SECONDS)
    assert kept["sha256"] == hashlib.sha256(recorded(SECONDS)).hexdigest()
    assert (kept["bytes"], kept["chunks"]) == (len(recorded(SECONDS)), len(sent))
    assert not kept["interrupted"]
    lines = [json.loads(line) for line in Path(f"{file}.chunks").read_text().splitlines()]
    assert [line["length"] for line in lines] == [len(one) for one in sent]
    assert lines[-1]["sha256"] == kept["sha256"]
    assert lines == sorted(lines, key=lambda line: line["received"])


async def test_a_publisher_comes_back_after_a_break(house: Make) -> None:
    made = house()
    async with opened(made, "watch", "creditor") as viewer:
        async with opened(made, "publish", "administrator") as publisher:
            stream = await publisher.start()
            await viewer.watch(stream)
            sent = await publisher.stream()
            await publisher.taken(len(sent))
            await viewer.state("live")
            publisher.connection.transport.abort()
            broken = await viewer.state("reconnecting")
            assert broken["streams"][str(stream)]["state"] == "reconnecting"
        async with opened(made, "publish", "administrator") as publisher:
            assert await publisher.start(resume=stream) == stream
            viewer.frames.clear()
            sent = await publisher.stream()
            await viewer.frame("init", part=2)
            await viewer.state("live")
            await publisher.taken(len(sent))
            await viewer.pictures(stream, SECONDS * FPS - FPS)
            await publisher.send("stop")
            await publisher.end()
        await viewer.state("off")
    first, second = made.ended_recordings()
    assert (first["part"], first["interrupted"]) == (1, True)
    assert (second["part"], second["interrupted"]) == (2, False)
    assert first["sha256"] == second["sha256"] == hashlib.sha256(recorded(SECONDS)).hexdigest()


async def test_a_hanging_connection_is_taken_over_by_the_one_that_resumes(house: Make) -> None:
    made = house()
    async with (
        opened(made, "publish", "administrator") as hanging,
        opened(made, "watch", "creditor") as viewer,
    ):
        stream = await hanging.start()
        await viewer.watch(stream)
        await hanging.taken(len(await hanging.stream()))
        await viewer.state("live")
        async with opened(made, "publish", "administrator") as again:
            await again.start(resume=stream)
            assert (await hanging.frame("stopped"))["reason"] == "revoked"
            assert await hanging.end() == 4410
            viewer.frames.clear()
            sent = await again.stream()
            await viewer.frame("init", part=2)
            await again.taken(len(sent))
            await viewer.pictures(stream, SECONDS * FPS - FPS)
            await again.send("stop")
            await again.end()
        await viewer.state("off")
    assert [one["sha256"] for one in made.ended_recordings()] == [
        hashlib.sha256(recorded(SECONDS)).hexdigest()
    ] * 2


async def test_several_streams_at_once_and_one_stopped_by_command(house: Make) -> None:
    made = house()
    async with (
        opened(made, "watch", "creditor") as viewer,
        opened(made, "publish", "administrator") as camera,
        opened(made, "publish", "administrator") as screen,
        opened(made, "publish", "administrator") as twin,
        opened(made, "publish", "judge") as bench,
    ):
        streams = [await camera.start(), await screen.start(source="screen"), await bench.start()]
        await twin.frame("ready")
        await twin.send("start", source="camera", mime=MIME, resume=None)
        refused = (await twin.frame("error"))["error"]
        assert refused["code"] == "not_allowed"
        assert "另一个窗口" in refused["message"]
        await twin.end()
        await viewer.want(**{str(one): "full" for one in streams})
        for publisher in (camera, screen, bench):
            await publisher.taken(len(await publisher.stream()))
        for one in streams:
            await viewer.pictures(one, SECONDS * FPS - FPS)
        await viewer.want(**{str(streams[0]): "full"})
        await viewer.send("ping")
        await viewer.frame("pong")
        came = [len(viewer.streams[one]) for one in streams]
        again = recorded(1)
        assert (await screen.next_part(2))["stream"] == streams[1]
        assert (await camera.next_part(2))["stream"] == streams[0]
        await screen.taken(len(await screen.stream(again)))
        await camera.taken(len(await camera.stream(again)))
        await viewer.frame("init", stream=streams[0], part=2)
        assert [len(viewer.streams[one]) for one in streams][1:] == came[1:]
        assert (await command(made, "judge", "stop_video", stream=streams[0])) == {"stopped": True}
        assert (await camera.frame("stopped"))["reason"] == "revoked"
        assert await camera.end() == 4410
        await viewer.until(lambda: len(last_state(viewer)["streams"]) == 2, "two streams")
        # Whose stream was stopped may show again, as a stream of its own; nobody takes another's.
        async with opened(made, "publish", "administrator") as publisher:
            assert await publisher.start(resume=streams[2]) not in streams
    assert sorted(one["part"] for one in made.recordings()) == [1, 1, 1, 1, 2, 2]


def last_state(viewer: Client) -> dict[str, Any]:
    return [frame["video"] for frame in viewer.frames if frame["type"] == "state"][-1]


async def command(house: House, role: str, kind: str, **data: Any) -> Any:
    """Send a command to the room as somebody; returns what it was answered."""
    room = house.socket("x").replace("video/x/", "")
    headers = {"Cookie": f"sessionid={house.sessions[role]}"}
    async with connect(
        room, additional_headers=headers, origin=house.server.url, open_timeout=PATIENCE
    ) as socket:
        client = Client(socket)
        await client.frame("snapshot")
        await socket.send(json.dumps({"id": f"{uuid4()}", "type": kind, "data": data}))
        reply = await client.frame("reply")
        assert reply["ok"], reply
        return reply["data"]


async def test_whoever_has_the_floor_is_heard_until_it_is_taken_back(house: Make) -> None:
    made = house()
    raised = await command(made, "creditor", "raise_hand", topic="关于租金债权")
    await command(made, "judge", "grant_floor", request=raised["request"])
    async with (
        opened(made, "publish", "creditor") as speaker,
        opened(made, "watch", "observer") as hearer,
    ):
        stream = await speaker.start()
        await hearer.watch(stream, "audio")
        await speaker.taken(len(await speaker.stream()))
        await hearer.frame("init", stream=stream, rendition="audio")
        heard = await hearer.bytes_of_media(4)
        assert sounds(heard) > 0
        told = (await hearer.state("live"))["streams"][str(stream)]
        assert (told["role"], told["creditor_name"]) == ("creditor", "甲公司")
        await command(made, "judge", "withdraw_floor", request=raised["request"])
        assert (await speaker.frame("stopped"))["reason"] == "floor"
        assert await speaker.end() == 4410
        await hearer.state("off")
    async with opened(made, "publish", "creditor") as speaker:
        assert (await speaker.frame("error"))["error"]["code"] == "not_allowed"
    (kept,) = made.ended_recordings()
    assert kept["sha256"] == hashlib.sha256(recorded(SECONDS)).hexdigest()


async def test_recording_follows_the_session(house: Make) -> None:
    made = house()
    await command(made, "judge", "adjourn_meeting")
    async with (
        opened(made, "watch", "creditor") as viewer,
        opened(made, "publish", "administrator") as publisher,
    ):
        stream = await publisher.start()
        assert (await publisher.frame("started"))["recording"] is False
        await viewer.watch(stream)
        await publisher.taken(len(await publisher.stream()))
        assert (await viewer.state("live"))["recording"] is False
        await command(made, "judge", "resume_meeting")
        assert (await publisher.frame("restart"))["reason"] == "recording"
        assert (await publisher.next_part(2))["recording"] is True
        sent = await publisher.stream()
        await publisher.taken(len(sent))
        await viewer.frame("init", part=2)
        await viewer.until(lambda: last_state(viewer)["recording"], "marked as recorded")
        publisher.frames.clear()
        await command(made, "judge", "adjourn_meeting")
        assert (await publisher.frame("restart"))["reason"] == "recording"
        assert (await publisher.next_part(3))["recording"] is False
        await viewer.until(lambda: not last_state(viewer)["recording"], "not recorded any more")
        # Nobody was told of a break.
        states = [f["video"]["state"] for f in viewer.frames if f["type"] == "state"]
        assert "reconnecting" not in states
        await publisher.send("stop")
        await publisher.end()
    (kept,) = made.ended_recordings()
    assert (kept["part"], kept["sha256"]) == (2, hashlib.sha256(recorded(SECONDS)).hexdigest())
    assert not kept["interrupted"]


async def test_doors(house: Make) -> None:
    made = house()
    for role in ("creditor", "observer", "clerk"):
        async with opened(made, "publish", role) as member:
            assert (await member.frame("error"))["error"]["code"] == "not_allowed"
            assert await member.end() == 4403
    for name in ("publish", "watch"):
        for role in ("stranger", None):
            async with opened(made, name, role) as stranger:
                assert await stranger.end() == 4404
                assert not stranger.frames
        with pytest.raises(InvalidStatus):
            async with opened(made, name, "judge", origin="https://elsewhere.example"):
                pass


@pytest.mark.parametrize(
    "frame",
    ["{", "[]", '{"type": 1}', '{"type": "dance"}', '{"type": "stop"}', "x" * 5000, b"\x1a\x45",
     '{"type": "start", "source": "camera"}', "[" * 4000,
     '{"type": "start", "source": "tv", "mime": "video/webm"}',
     '{"type": "start", "source": "camera", "mime": "video/mp4"}',
     '{"type": "part", "mime": "video/webm"}', '{"type": "alive2"}',
     '{"type": "start", "source": "camera", "mime": "video/webm;codecs=theora"}',
     '{"type": "start", "source": "camera", "mime": "video/webm", "video": 1}',
     '{"type": "start", "source": "camera", "mime": "video/webm", "resume": "x"}'],
)  # fmt: skip
async def test_bad_frames_of_a_publisher(shared_house: House, frame: str | bytes) -> None:
    async with opened(shared_house, "publish", "administrator") as publisher:
        await publisher.frame("ready")
        await publisher.connection.send(frame)
        assert (await publisher.frame("error"))["error"]["code"] == "bad_request"
        assert await publisher.end() == 1008
    await serves(shared_house)


@pytest.mark.parametrize(
    "frame",
    ["{", '{"type": "start"}', '{"type": "ack"}', '{"type": "ack", "bytes": -1}', b"media",
     '{"type": "ack", "bytes": 999999}', '{"type": "ack", "bytes": 1e999}', '{"type": "want"}',
     '{"type": "want", "streams": {"x": "full"}}', '{"type": "want", "streams": {"1": "best"}}'],
)  # fmt: skip
async def test_bad_frames_of_a_viewer(shared_house: House, frame: str | bytes) -> None:
    async with opened(shared_house, "watch", "creditor") as viewer:
        await viewer.state("off")
        await viewer.connection.send(frame)
        assert (await viewer.frame("error"))["error"]["code"] == "bad_request"
        assert await viewer.end() == 1008
    await serves(shared_house)


NO_FILM = b"GIF89a and not a film".ljust(60_000, b"\xa5")


async def test_media_that_is_none_is_kept_and_in_the_end_refused(shared_house: House) -> None:
    async with opened(shared_house, "publish", "judge") as publisher:
        await publisher.start()
        for part in (2, 3):
            publisher.frames.clear()
            await publisher.connection.send(NO_FILM)
            assert (await publisher.frame("restart"))["reason"] == "worker"
            await publisher.next_part(part)
        await publisher.connection.send(NO_FILM)
        assert "无法转播" in (await publisher.frame("error"))["error"]["message"]
        assert await publisher.end() == 1008
    async with opened(shared_house, "watch", "creditor") as viewer:
        await viewer.state("off")
        await viewer.send("ping")
        await viewer.frame("pong")
    kept = shared_house.recordings()[-3:]
    assert [one["part"] for one in kept] == [1, 2, 3]
    assert media_file(shared_house, kept[0]["path"]).read_bytes() == NO_FILM


async def serves(house: House) -> None:
    async with opened(house, "watch", "creditor") as viewer:
        await viewer.send("ping")
        await viewer.frame("pong")


async def test_a_full_disk_stops_the_recording_not_the_meeting(house: Make) -> None:
    made = house()
    (made.installation.data_dir / "recordings" / "1").write_text("in the way")
    async with (
        opened(made, "watch", "creditor") as viewer,
        opened(made, "publish", "administrator") as publisher,
    ):
        stream = await publisher.start()
        await viewer.watch(stream)
        assert (await publisher.frame("started"))["recording"] is False
        sent = await publisher.stream()
        await publisher.taken(len(sent))
        live = await viewer.state("live")
        assert live["recording"] is False
        await viewer.pictures(stream, SECONDS * FPS - FPS)
        await publisher.send("stop")
        await publisher.end()
        await viewer.state("off")
    (kept,) = made.ended_recordings()
    assert (kept["bytes"], kept["interrupted"]) == (0, True)


async def test_a_killed_server_loses_nothing_that_it_took(house: Make) -> None:
    made = house()
    async with (
        opened(made, "publish", "administrator") as publisher,
        opened(made, "watch", "creditor") as viewer,
    ):
        stream = await publisher.start()
        await viewer.watch(stream)
        data = recorded(3 * SECONDS)
        half = data[: len(data) // 2]
        sent = await publisher.stream(half)
        await publisher.taken(len(sent))
        seen = await viewer.pictures(stream, 2 * FPS)
        # What viewers saw is in the store, but for what is just being written. (The stream came
        # all at once: a disk that is busy has more of it to write than of a live one.)
        fragments = media_file(made, f"1/media/{stream}-1/full.mp4")

        def stored() -> int:
            length = store.whole_bytes(fragments)
            return pictures(fragments.read_bytes()[:length]) if length else 0

        await asyncio.to_thread(
            wait_until, lambda: stored() >= seen - FPS, seconds=60, what="the store"
        )
        made.server.kill()
    (kept,) = made.recordings()
    file = media_file(made, kept["path"])
    assert file.read_bytes() == half
    assert pictures(half) > 2 * FPS
    assert stored() >= seen - FPS
    made.server.start()
    made.server.wait_ready()
    async with opened(made, "watch", "creditor") as viewer:
        # The broadcast of before the crash is over: nobody is told that it is live.
        await viewer.state("off")
    (kept,) = made.recordings()
    assert kept["interrupted"]
    assert kept["sha256"] == hashlib.sha256(half).hexdigest()
    assert kept["bytes"] == len(half)
    assert made.query("[b.state for b in Broadcast.objects.all()]") == ["interrupted"]


async def test_a_viewer_at_another_process_sees_the_stream(house: Make, redis_url: str) -> None:
    made = house(processes=2, redis_url=redis_url)
    async with (
        opened(made, "watch", "creditor", 1) as early,
        opened(made, "watch", "observer", 0) as here,
        opened(made, "watch", "judge", 1) as elsewhere,
    ):
        await early.state("off")
        async with opened(made, "publish", "administrator", 0) as publisher:
            stream = await publisher.start()
            await early.watch(stream)
            await here.watch(stream)
            sent = await publisher.stream(pause=0.01)
            await publisher.taken(len(sent))
            await early.state("live")
            assert pictures(await early.bytes_of_media(2)) > 0
            # Who is sent no media is told how loud it is, from whichever process.
            await elsewhere.until(
                lambda: any(
                    frame["levels"].get(str(stream), 0) > 30
                    for frame in elsewhere.frames
                    if frame["type"] == "levels"
                ),
                "how loud it is",
            )
            assert not elsewhere.streams
            async with opened(made, "watch", "clerk", 1) as late:
                await late.watch(stream)
                assert pictures(await late.bytes_of_media(2)) > 0
            publisher.connection.transport.abort()
        await early.state("reconnecting")
        early.frames.clear()
        here.frames.clear()
        # The publisher comes back at the other process: the streams change places.
        async with opened(made, "publish", "administrator", 1) as publisher:
            assert await publisher.start(resume=stream) == stream
            sent = await publisher.stream(pause=0.01)
            await publisher.taken(len(sent))
            await early.frame("init")
            await here.frame("init")
            assert pictures(await here.bytes_of_media(2)) > 0
            assert pictures(await early.bytes_of_media(2)) > 0
            await publisher.send("stop")
            await publisher.end()
        await early.state("off")
        await here.state("off")
