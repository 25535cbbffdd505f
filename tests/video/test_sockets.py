"""Publishing and watching over bare sockets: joining, breaks, doors, bad frames, crashes."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.video.conftest import House
from tests.video.sockets import Client, opened
from tests.video.streams import FPS, pictures, recorded

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
            await late.watch(stream)
            assert pictures(await late.bytes_of_media(2)) > 0
            assert pictures(b"".join(late.media)) <= FPS  # from the last keyframe on
        await publisher.send("stop")
        assert (await publisher.frame("stopped"))["reason"] == "asked"
        assert await publisher.end() == 1000
        await early.state("off")
        await early.frame("end", stream=stream)
        assert pictures(b"".join(early.media)) == 4 * FPS
    (kept,) = made.recordings()
    file = media_file(made, kept["path"])
    assert file.read_bytes() == recorded()
    assert kept["sha256"] == hashlib.sha256(recorded()).hexdigest()
    assert (kept["bytes"], kept["chunks"]) == (len(recorded()), len(sent))
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
            sent = await publisher.stream()
            await publisher.taken(len(sent))
            await viewer.state("live")
            publisher.connection.transport.abort()
            broken = await viewer.state("reconnecting")
            assert broken["stream"] == stream
        async with opened(made, "publish", "judge") as other:
            await other.frame("ready")
            await other.send("start", source="camera", mime="video/webm", resume=stream)
            refused = await other.frame("error")
            assert "administrator正在直播" in refused["error"]["message"]
        async with opened(made, "publish", "administrator") as publisher:
            assert await publisher.start(resume=stream) == stream
            viewer.frames.clear()
            sent = await publisher.stream()
            await viewer.frame("init")
            await viewer.state("live")
            await publisher.taken(len(sent))
            assert pictures(b"".join(viewer.media)) >= 4 * FPS - 1
            await publisher.send("stop")
            await publisher.end()
        await viewer.state("off")
    first, second = made.recordings()
    assert (first["part"], first["interrupted"]) == (1, True)
    assert (second["part"], second["interrupted"]) == (2, False)
    assert first["sha256"] == second["sha256"] == hashlib.sha256(recorded()).hexdigest()


async def test_a_hanging_connection_is_taken_over_by_the_one_that_resumes(house: Make) -> None:
    made = house()
    async with (
        opened(made, "publish", "administrator") as hanging,
        opened(made, "watch", "creditor") as viewer,
    ):
        stream = await hanging.start()
        await hanging.taken(len(await hanging.stream()))
        await viewer.state("live")
        async with opened(made, "publish", "administrator") as again:
            await again.start(resume=stream)
            assert (await hanging.frame("stopped"))["reason"] == "revoked"
            assert await hanging.end() == 4410
            viewer.frames.clear()
            sent = await again.stream()
            await viewer.frame("init")
            await again.taken(len(sent))
            assert pictures(b"".join(viewer.media)) >= 4 * FPS - 1
            await again.send("stop")
            await again.end()
        await viewer.state("off")
    assert [one["sha256"] for one in made.recordings()] == [
        hashlib.sha256(recorded()).hexdigest()
    ] * 2


async def test_one_publisher_at_a_time_until_stopped_by_command(house: Make) -> None:
    made = house()
    async with opened(made, "publish", "administrator") as first:
        await first.start()
        await first.stream()
        async with opened(made, "publish", "judge") as second:
            await second.frame("ready")
            await second.send("start", source="screen", mime="video/webm", resume=None)
            assert (await second.frame("error"))["error"]["code"] == "not_allowed"
            await second.end()
        room = made.socket("x").replace("video/x/", "")
        headers = {"Cookie": f"sessionid={made.sessions['judge']}"}
        async with connect(room, additional_headers=headers, origin=made.server.url) as socket:
            judge = Client(socket)
            await judge.frame("snapshot")
            await socket.send('{"id": "1", "type": "stop_video", "data": {}}')
            reply = await judge.frame("reply")
            assert reply["ok"], reply
            assert reply["data"] == {"stopped": True}
            changed = [f for f in judge.frames if f["type"] == "video_changed"]
            off = {"state": "off", "live": False, "recording": False}
            await judge.until(
                lambda: any(
                    off.items() <= f["data"]["set"]["video"].items()
                    for f in judge.frames
                    if f["type"] == "video_changed"
                ),
                f"off, after {changed}",
            )
        assert (await first.frame("stopped"))["reason"] == "revoked"
        assert await first.end() == 4410
        async with opened(made, "publish", "judge") as second:
            await second.start(source="screen")
            await second.send("stop")
            await second.end()


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
     '{"type": "ack", "bytes": 999999}', '{"type": "ack", "bytes": 1e999}'],
)  # fmt: skip
async def test_bad_frames_of_a_viewer(shared_house: House, frame: str | bytes) -> None:
    async with opened(shared_house, "watch", "creditor") as viewer:
        await viewer.state("off")
        await viewer.connection.send(frame)
        assert (await viewer.frame("error"))["error"]["code"] == "bad_request"
        assert await viewer.end() == 1008
    await serves(shared_house)


async def test_media_that_is_none_is_refused_and_kept(shared_house: House) -> None:
    async with opened(shared_house, "publish", "judge") as publisher:
        stream = await publisher.start()
        await publisher.connection.send(b"GIF89a and not a film")
        assert "无法转播" in (await publisher.frame("error"))["error"]["message"]
        assert await publisher.end() == 1008
    await serves(shared_house)
    async with opened(shared_house, "publish", "judge") as publisher:
        await publisher.start(resume=stream)
        await publisher.send("stop")
        await publisher.end()
    kept = shared_house.recordings()[0]
    assert media_file(shared_house, kept["path"]).read_bytes() == b"GIF89a and not a film"


async def serves(house: House) -> None:
    async with opened(house, "watch", "creditor") as viewer:
        await viewer.send("ping")
        await viewer.frame("pong")


async def test_a_full_disk_stops_the_recording_not_the_meeting(house: Make) -> None:
    made = house()
    (made.installation.data_dir / "recordings").write_text("in the way")
    async with (
        opened(made, "watch", "creditor") as viewer,
        opened(made, "publish", "administrator") as publisher,
    ):
        await publisher.start()
        assert (await publisher.frame("started"))["recording"] is False
        sent = await publisher.stream()
        await publisher.taken(len(sent))
        live = await viewer.state("live")
        assert live["recording"] is False
        assert pictures(b"".join(viewer.media)) >= 4 * FPS - 1
        await publisher.send("stop")
        await publisher.end()
        await viewer.state("off")
    (kept,) = made.recordings()
    assert (kept["bytes"], kept["interrupted"]) == (0, True)


async def test_a_killed_server_loses_nothing_that_it_took(house: Make) -> None:
    made = house()
    async with opened(made, "publish", "administrator") as publisher:
        await publisher.start()
        data = recorded()
        half = data[: len(data) // 2]
        sent = await publisher.stream(half)
        await publisher.taken(len(sent))
        made.server.kill()
    (kept,) = made.recordings()
    file = media_file(made, kept["path"])
    assert file.read_bytes() == half
    assert pictures(half) > FPS
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
    ):
        await early.state("off")
        async with opened(made, "publish", "administrator", 0) as publisher:
            stream = await publisher.start()
            sent = await publisher.stream(pause=0.01)
            await publisher.taken(len(sent))
            await early.state("live")
            assert pictures(await early.bytes_of_media(2)) > 0
            async with opened(made, "watch", "clerk", 1) as late:
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
