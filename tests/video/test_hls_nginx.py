"""The nginx of deploy/nginx before a server: one copy for all viewers, none for an outsider."""

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from websockets.asyncio.client import connect

from creditor_meetings.video import addresses
from creditor_meetings.video.media import AUDIO, FULL
from creditor_meetings.video.store import Store
from tests.support.databases import wait_until
from tests.support.servers import Server
from tests.video.conftest import House, _made
from tests.video.fragments import write
from tests.video.nginx import Nginx, RunningNginx

SECRET = "a secret that the test knows as well"

_BROADCAST = """
import django; django.setup()
from django.utils import timezone
from creditor_meetings.cases.models import Person
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.video.models import Broadcast
now = timezone.now()
print(Broadcast.objects.create(meeting=Meeting.objects.get(), mime="video/webm", source="camera",
    publisher=Person.objects.order_by("pk").first(), state="ended", started_at=now,
    ended_at=now, seen_at=now).pk)
"""


@dataclass
class Front:
    """A server behind nginx, and a broadcast that it has."""

    house: House
    nginx: Nginx
    meeting: int
    broadcast: int

    def arrived(self, path: str) -> int:
        """How often the application itself was asked for a path."""
        return self.house.server.log().count(f'"GET {path}" ')

    def arrives(self, path: str, times: int) -> None:
        """Wait until it says so: it writes that down when the answer is already on its way."""
        wait_until(lambda: self.arrived(path) >= times, seconds=30, what=f"request {times}")


@pytest.fixture(scope="module")
def front(installation, tmp_path_factory) -> Iterator[Front]:
    """nginx before a server of its own."""
    made = installation(env={"BEHIND_PROXY": "1", "SECURE_COOKIES": "1", "SECRET_KEY": SECRET})
    (made.data_dir / "static").mkdir(exist_ok=True)
    for name in ("app.0123456789ab.js", "app.js", "hls.min.mjs"):
        (made.data_dir / "static" / name).write_text("// of a test")
    place = tmp_path_factory.mktemp("front") / "nginx"
    with Server(made) as server, RunningNginx(server, place) as nginx:
        house = _made(server)
        broadcast = int(made.python("-c", _BROADCAST).stdout.split()[-1])
        yield Front(house, nginx, 1, broadcast)


@pytest.fixture
def base(front: Front, settings) -> str:
    """The path of the broadcast for whoever has a good address."""
    settings.DATA_DIR = front.house.installation.data_dir
    settings.SECRET_KEY = SECRET
    if not Store(front.meeting, front.broadcast, 1)._directory.exists():
        write(Store(front.meeting, front.broadcast, 1), 1, (FULL, AUDIO))
    return f"{addresses.base(front.meeting, addresses.expiry())}{front.broadcast}/"


@pytest.fixture
async def client(front: Front):
    """Somebody at nginx without any session."""
    async with httpx.AsyncClient(
        base_url=front.nginx.url, verify=front.nginx.tls, timeout=60
    ) as made:
        yield made


async def test_a_segment_reaches_the_application_once_however_many_want_it(front, base, client):
    path = base + "1/full/0.m4s"
    answers = await asyncio.gather(*[client.get(path) for _ in range(20)])
    answers.append(await client.get(path))
    assert {one.status_code for one in answers} == {200}
    assert len({one.content for one in answers}) == 1
    assert len(answers[0].content) > 1000
    front.arrives(path, 1)
    assert front.arrived(path) == 1
    assert answers[-1].headers["x-cache"] == "HIT"
    # Also to a part of it, as some players ask.
    part = await client.get(path, headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, b"moof")
    assert front.arrived(path) == 1


async def test_a_playlist_is_kept_no_longer_than_a_second(front, base, client):
    path = base + "full.m3u8"
    began = time.monotonic()
    came_from: list[str] = []
    # However long an answer takes here, some come from what is kept.
    while front.arrived(path) < 3 or "HIT" not in came_from:
        answer = await client.get(path)
        assert answer.status_code == 200
        came_from.append(answer.headers["x-cache"])
        took = time.monotonic() - began
        assert took < 30
    assert front.arrived(path) <= took + 2
    assert "x-accel-expires" not in answer.headers


async def test_an_outsider_gets_nothing_not_even_what_is_kept(front, base, client):
    good = base + "1/audio/0.m4s"
    assert (await client.get(good)).status_code == 200
    assert (await client.get(good)).headers["x-cache"] == "HIT"
    _, _, meeting, expires, signature, rest = good.split("/", 5)
    sessions = front.house.headers("creditor")
    other = signature[:-1] + ("1" if signature.endswith("0") else "0")
    for path in (
        f"/hls/{meeting}/{expires}/{other}/{rest}",
        f"/hls/{meeting}/{int(expires) + 1}/{signature}/{rest}",
        f"/hls/{meeting}/{expires}/{rest}",
        f"/hls/{int(meeting) + 1}/{expires}/{signature}/{rest}",
    ):
        # Neither is being a member an address.
        for headers in ({}, sessions):
            answer = await client.get(path, headers=headers)
            assert (answer.status_code, answer.headers["cache-control"]) == (403, "no-store")
    plain = await client.get(front.nginx.plain_url + good)
    assert (plain.status_code, plain.headers["location"]) == (301, front.nginx.url + good)


async def test_an_address_that_expired_opens_nothing_that_is_kept(front, base, client):
    expires = int(time.time()) + 5
    path = f"{addresses.base(front.meeting, expires)}{front.broadcast}/1/full/1.m4s"
    # nginx counts in whole seconds from when the answer reached it, which may be the next one.
    asked_at = time.time()
    answer = await client.get(path)
    late = 1 + time.time() - asked_at
    while answer.status_code == 200:
        assert asked_at < expires + late
        await asyncio.sleep(0.02)
        asked_at = time.time()
        answer = await client.get(path)
    assert answer.status_code == 403
    assert time.time() >= expires
    front.arrives(path, 2)
    assert front.arrived(path) == 2  # the first, and the one that was refused


async def test_sockets_pass_and_say_where_the_video_lies(front, base, client):
    headers = front.house.headers("creditor") | {"Origin": front.nginx.url}
    url = front.nginx.socket("/ws/meetings/m/video/watch/")
    async with connect(
        url, additional_headers=headers, ssl=front.nginx.tls, open_timeout=60
    ) as socket:
        grant = json.loads(await asyncio.wait_for(socket.recv(), 60))
    assert grant["type"] == "grant"
    playlist = await client.get(f"{grant['grant']['hls']}{front.broadcast}/master.m3u8")
    assert "full.m3u8" in playlist.text


async def test_files_of_pages_come_from_nginx_with_their_types(front, base, client):
    hashed = await client.get("/static/app.0123456789ab.js")
    assert hashed.headers["cache-control"] == "public, max-age=31536000, immutable"
    module = await client.get("/static/hls.min.mjs")
    assert module.headers["content-type"] == "text/javascript"
    assert front.arrived("/static/hls.min.mjs") == 0
    page = await client.get("/signin/")
    assert page.status_code == 200
    assert page.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    assert "; Secure" in page.headers["set-cookie"]
