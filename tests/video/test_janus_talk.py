"""The doors of the conversation, and what is said where Janus is away: bare sockets, real Janus."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from websockets.asyncio.client import connect

from creditor_meetings.video import janus_rooms
from creditor_meetings.video.janus import Link
from creditor_meetings.video.janus_ice import ice_servers
from tests.support.databases import free_port
from tests.support.janus import SECRETS, Janus
from tests.video.conftest import House
from tests.video.sockets import MIME, PATIENCE, opened
from tests.video.streams import pictures

Make = Callable[..., House]


async def command(house: House, role: str, name: str, **data: Any) -> dict[str, Any]:
    """Send a command to the room as somebody; returns the reply's data."""
    url = house.socket("watch").replace("video/watch/", "")
    headers = {"Cookie": f"sessionid={house.sessions[role]}"}
    async with connect(
        url, additional_headers=headers, origin=house.server.url, open_timeout=PATIENCE
    ) as room:
        # An id of its own: the same one again is answered as before, and does nothing.
        await room.send(json.dumps({"id": str(uuid.uuid4()), "type": name, "data": data}))
        while (frame := json.loads(await room.recv()))["type"] != "reply":
            pass
    assert frame["ok"], frame
    return frame["data"]


async def seated(house: House, janus: Janus, settings: Any) -> list[str]:
    """Ask Janus itself who sits in the meeting's room."""
    settings.JANUS_URL = janus.url
    settings.SECRET_KEY = (house.installation.data_dir / "secret_key").read_text().strip()
    for name, value in SECRETS.items():
        setattr(settings, name, value)
    room = janus_rooms.room_of(1)  # the house's only meeting
    link = await Link.open()
    try:
        handle = await link.attach(lambda event, jsep: None, lambda why: None)
        wanted = {"request": "listparticipants", "room": room.name}
        return [one["id"] for one in (await handle.ask(wanted))["participants"]]
    finally:
        await link.close()


async def test_only_those_who_may_speak_converse_and_only_while_they_may(
    house: Make, janus: Janus, settings: Any
) -> None:
    made = house(env=janus.env)
    for role, code in (("observer", 4403), ("creditor", 4403), ("clerk", 4403), ("stranger", 4404)):
        async with opened(made, "talk", role) as talk:
            assert await talk.end() == code
            assert not [one for one in talk.frames if one["type"] == "ready"]
    async with opened(made, "talk", "judge") as judge:
        assert (await judge.frame("ready"))["engine"] == "janus"
        # Whoever is answered sits in Janus' room.
        await judge.send("ping")
        await judge.frame("pong")
        asked = (await command(made, "creditor", "raise_hand", topic="租金"))["request"]
        await command(made, "judge", "grant_floor", request=asked, seconds=600)
        async with opened(made, "talk", "creditor") as speaker:
            await speaker.frame("ready")
            await speaker.send("ping")
            await speaker.frame("pong")
            assert len(await seated(made, janus, settings)) == 2
            await command(made, "judge", "withdraw_floor", request=asked, reason="超时")
            assert await speaker.end() == 4403
            # Janus hears a moment after the page that the line is over.
            async with asyncio.timeout(PATIENCE):
                while len(left := await seated(made, janus, settings)) != 1:
                    pass
            assert [one.split("-")[1] for one in left] == [str(made.people["judge"])]
        for frame, word in (
            ({"type": "answer"}, "stream"),
            ({"type": "answer", "stream": 1, "sdp": 5}, "sdp"),
        ):
            async with opened(made, "talk", "judge") as other:
                await other.frame("ready")
                await other.connection.send(json.dumps(frame))
                assert word in (await other.frame("error"))["error"]["message"]
                assert await other.end() == 1008
    async with asyncio.timeout(PATIENCE):
        while await seated(made, janus, settings):
            pass


async def test_offers_that_are_none_are_refused_and_recorders_are_taken_too(
    house: Make, janus: Janus
) -> None:
    made = house(env=janus.env)
    bad: list[tuple[dict[str, Any], str]] = [
        ({"type": "offer", "sdp": "v=0\r\nnonsense"}, "未能就音视频格式达成一致"),
        ({"type": "offer"}, "sdp"),
        ({"type": "trickle", "candidate": {"candidate": "x"}}, "candidate"),
        ({"type": "dance"}, "dance"),
    ]
    places = [
        (role, source) for role in ("administrator", "judge") for source in ("camera", "screen")
    ]
    for (role, source), (frame, words) in zip(places, bad, strict=True):
        async with opened(made, "publish", role) as publisher:
            assert (await publisher.frame("ready"))["mimes"][0] == "webrtc"
            await publisher.start(mime="webrtc", source=source)
            await publisher.frame("webrtc", ice=[])
            await publisher.connection.send(json.dumps(frame))
            assert words in (await publisher.frame("error"))["error"]["message"]
            assert await publisher.end() == 1008
    resume = made.query("Broadcast.objects.get(publisher__name='judge', source='camera').pk")
    # A browser whose network lets no WebRTC through sends slices.
    async with (
        opened(made, "watch", "creditor") as viewer,
        opened(made, "publish", "judge") as publisher,
    ):
        stream = await publisher.start(mime=MIME, resume=resume)
        await viewer.watch(stream)
        await publisher.stream()
        assert pictures(await viewer.bytes_of_media(2)) > 0


async def test_where_janus_is_away_it_is_said(house: Make) -> None:
    made = house(
        env={"VIDEO_ENGINE": "janus", **SECRETS, "JANUS_URL": f"ws://127.0.0.1:{free_port()}"}
    )
    async with opened(made, "publish", "administrator") as publisher:
        await publisher.frame("ready")
        await publisher.send("start", source="camera", mime="webrtc", resume=None, video=True)
        said = (await publisher.frame("error"))["error"]
        assert said["code"] == "unavailable"
        assert "通话服务暂时无法连接" in said["message"]
        await publisher.end()
    async with opened(made, "talk", "judge") as talk:
        assert (await talk.frame("error"))["error"]["code"] == "unavailable"
        assert await talk.end() == 4503
    async with opened(made, "watch", "creditor") as viewer:
        # Nobody waits for a stream that never was.
        await viewer.state("off")


async def test_without_janus_there_is_no_conversation(shared_house: House) -> None:
    async with opened(shared_house, "talk", "judge") as talk:
        assert (await talk.frame("ready"))["engine"] == "embedded"
        assert await talk.end() == 1000


def test_turn_credentials_are_ones_own_and_expire(settings: Any) -> None:
    settings.TURN_URLS = ["stun:turn.example.org:3478", "turns:turn.example.org:443?transport=tcp"]
    settings.TURN_SECRET, settings.TURN_SECONDS = "shared with coturn", 600
    stun, turn = ice_servers(7)
    assert stun == {"urls": ["stun:turn.example.org:3478"]}
    until, person = turn["username"].split(":")
    assert person == "7"
    assert 590 <= int(until) - time.time() <= 600
    signed = hmac.digest(b"shared with coturn", turn["username"].encode(), hashlib.sha1)
    assert turn["credential"] == base64.b64encode(signed).decode()
    settings.TURN_URLS = []
    assert ice_servers(7) == []


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"VIDEO_ENGINE": "jitsi"}, "embedded or janus"),
        ({"VIDEO_ENGINE": "janus"}, "JANUS_API_SECRET must be set"),
        ({"TURN_URLS": "turn:turn.example.org"}, "TURN_SECRET must be set"),
    ],
)
def test_settings_that_do_not_fit_are_named(
    installation: Any, env: dict[str, str], words: str
) -> None:
    made = installation()
    made.env.update(env)
    assert words in made.manage("check", check=False).stderr
