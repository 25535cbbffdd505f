"""HLS: playlists that keep their promises while they grow, and that open to nobody outside."""

import asyncio
import random
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import httpx
import pytest
from django.utils import timezone

from creditor_meetings.video import addresses, hls_live, hls_views, store
from creditor_meetings.video.hls import Reader
from creditor_meetings.video.media import AUDIO, FULL, LOW, RENDITIONS, Init
from creditor_meetings.video.models import Broadcast
from creditor_meetings.video.store import Store
from tests.support import world
from tests.support.databases import wait_until
from tests.video.conftest import House
from tests.video.fragments import dummies, made, moment, write
from tests.video.sockets import MIME, SECONDS, opened
from tests.video.streams import FPS as STREAM_FPS
from tests.video.streams import pictures as count_pictures
from tests.video.streams import recorded

VIDEO = 'video/mp4; codecs="avc1.42c01f,mp4a.40.2"'
SOUND = 'audio/mp4; codecs="mp4a.40.2"'


@pytest.fixture
def data_dir(tmp_path: Path, settings) -> Iterator[Path]:
    settings.DATA_DIR = tmp_path
    yield tmp_path
    store._being_written.clear()


class Playlist:
    """What a strict reader makes of a live playlist."""

    def __init__(self, text: str) -> None:
        lines = text.splitlines()
        assert lines[0] == "#EXTM3U"
        self.tags = dict(
            line.split(":", 1) for line in lines if line.startswith("#") and ":" in line
        )
        self.target = int(self.tags["#EXT-X-TARGETDURATION"])
        self.first = int(self.tags["#EXT-X-MEDIA-SEQUENCE"])
        self.independent = "#EXT-X-INDEPENDENT-SEGMENTS" in lines
        self.ended = lines[-1] == "#EXT-X-ENDLIST"
        self.segments: dict[int, tuple[str, int, str, str]] = {}
        """By number: address, discontinuity's number, head, wall clock."""
        self.durations: list[float] = []
        discontinuity = int(self.tags["#EXT-X-DISCONTINUITY-SEQUENCE"])
        head = wall = ""
        for line in lines:
            if line == "#EXT-X-DISCONTINUITY":
                discontinuity += 1
                head = ""  # a new part has a head of its own
            elif line.startswith("#EXT-X-MAP:URI="):
                head = line.split('"')[1]
            elif line.startswith("#EXT-X-PROGRAM-DATE-TIME:"):
                wall = line.split(":", 1)[1]
            elif line.startswith("#EXTINF:"):
                self.durations.append(float(line[8:-1]))
            elif not line.startswith("#"):
                assert head
                assert wall
                number = self.first + len(self.segments)
                self.segments[number] = (line, discontinuity, head, wall)
        assert len(self.durations) == len(self.segments)
        assert all(round(one) <= self.target for one in self.durations)


def _read(reader: Reader, name: str = "full.m3u8") -> Playlist:
    reader.read_on()
    return Playlist(reader.view.playlists[name])


def _part(number: int, *renditions: str, mime: str = VIDEO) -> Store:
    made_store = Store(7, 3, number)
    for one in renditions or RENDITIONS:
        made_store.begin(one, Init(SOUND if one == AUDIO else mime, b"<head>"))
    return made_store


def test_a_growing_playlist_never_takes_back_what_it_said(data_dir):
    """Through parts of any length, for a process that was there and for one that has just come."""
    chance = random.Random(4)
    here = Reader(7, 3)
    said: dict[str, dict[int, Any]] = {name: {} for name in RENDITIONS}
    for part in range(1, 7):
        if part == 4:
            continue  # a part from which nothing came
        writer = _part(part)
        for one in dummies(chance.randrange(20, 160)):
            for rendition in RENDITIONS:
                writer.append(rendition, one, moment(one, part))
            if chance.random() < 0.2:
                continue
            here.read_on()
            if chance.random() < 0.1:
                there = Reader(7, 3)
                there.read_on()
                assert there.view == here.view
            for rendition in RENDITIONS:
                text = here.view.playlists.get(f"{rendition}.m3u8")
                for number, segment in Playlist(text).segments.items() if text else ():
                    assert said[rendition].setdefault(number, segment) == segment
                    assert f"{segment[0]}" in here.view.pieces
                    assert segment[2] in here.view.pieces
        if part % 2:
            writer.close()
        store._being_written.clear()  # or its process died
    now = _read(here)
    assert 24 <= sum(now.durations) < 26
    assert sorted(said[FULL]) == list(range(max(said[FULL]) + 1))
    # One discontinuity has one number in all renditions, whatever was lost of it.
    parts = {segment[0].split("/")[0]: segment[1] for segment in said[FULL].values()}
    assert parts == {"1": 0, "2": 1, "3": 2, "5": 4, "6": 5}
    assert not now.ended
    here.finish()
    assert Playlist(here.view.playlists["full.m3u8"]).ended


def test_the_time_of_day_is_steady_and_notices_a_pause(data_dir):
    writer = _part(1, FULL)
    for one in dummies(40):
        late = (one.start_ms * 7) % 90  # comes over a network, more or less late
        at = moment(one).replace(microsecond=0) if late > 80 else moment(one)
        writer.append(FULL, one, at)
    for one in dummies(20, start=40):
        # A pause of 30 seconds that the recorder cut out of its times.
        writer.append(FULL, one, moment(one, 1).replace(minute=1))
    writer.close()
    walls = [segment[3] for segment in _read(Reader(7, 3)).segments.values()]
    assert walls[:4] == [f"2026-03-02T01:00:0{n}.000Z" for n in range(4)]
    assert walls[4:] == [f"2026-03-02T01:01:0{n}.000Z" for n in (4, 5)]


def test_a_source_without_a_picture_is_heard_by_who_asked_for_the_low_one(data_dir):
    with_picture = _part(1)
    for one in dummies(25):
        for rendition in RENDITIONS:
            with_picture.append(rendition, one, moment(one))
    with_picture.close()
    sound = _part(2, FULL, AUDIO, mime=SOUND)
    for one in dummies(25):
        for rendition in (FULL, AUDIO):
            sound.append(rendition, one, moment(one, 2))
    sound.close()
    low = _read(reader := Reader(7, 3), "low.m3u8")
    assert [one[0] for one in low.segments.values()] == [
        "1/low/0.m4s", "1/low/1.m4s", "1/low/2.m4s", "2/full/0.m4s", "2/full/1.m4s", "2/full/2.m4s",
    ]  # fmt: skip
    assert low.segments.keys() == _read(reader).segments.keys()
    assert reader.view.playlists["master.m3u8"].count(".m3u8") == 1  # hence the sound alone
    # And the picture comes back.
    _part(3).close()
    again = Store(7, 3, 4)
    again.begin(LOW, Init(VIDEO, b"<head>"))
    assert store.first_numbers(store.part_directory(7, 3, 4)) == {FULL: 6, LOW: 6, AUDIO: 6}


def test_a_picture_of_another_size_brings_another_head(data_dir):
    writer = _part(1, FULL)
    for one in dummies(20):
        writer.append(FULL, one, moment(one))
    writer.begin(FULL, Init(VIDEO, b"<wider>"))
    for one in dummies(20, start=20):
        writer.append(FULL, one, moment(one))
    writer.close()
    reader = Reader(7, 3)
    heads = [segment[2] for segment in _read(reader).segments.values()]
    assert heads == ["1/full/init.mp4"] * 2 + ["1/full/init-1.mp4"] * 2
    piece = reader.view.pieces["1/full/init-1.mp4"]
    assert piece.file.read_bytes()[piece.offset :][: piece.length] == b"<wider>"


def test_a_picture_that_stands_still_makes_long_segments_of_a_longer_target(data_dir):
    writer = _part(1, FULL)
    for one in dummies(60, key_every=30):
        writer.append(FULL, one, moment(one))
    steady = _read(reader := Reader(7, 3))
    assert (steady.target, steady.independent) == (3, True)
    for one in dummies(100, start=61, key_every=1000):
        writer.append(FULL, one, moment(one))
    still = _read(reader)
    assert still.target == 6
    assert _read(reader).independent is False


def test_what_is_not_live_any_more_is_not_handed_out(data_dir):
    writer = _part(1, FULL)
    for one in dummies(2_000):
        writer.append(FULL, one, moment(one))
    reader = Reader(7, 3)
    reader.read_on()
    assert "1/full/198.m4s" in reader.view.pieces
    assert "1/full/50.m4s" not in reader.view.pieces
    assert len(reader.view.pieces) < 100


def test_the_choice_tells_codecs_size_and_rate_of_what_there_is(data_dir):
    writer = Store(7, 3, 1)
    write(writer, 1, (FULL, LOW, AUDIO), seconds=3)
    reader = Reader(7, 3)
    reader.read_on()
    lines = reader.view.playlists["master.m3u8"].splitlines()
    assert lines[3::2] == ["full.m3u8", "low.m3u8", "audio.m3u8"]
    assert 'CODECS="avc1.42c00d,mp4a.40.2",RESOLUTION=320x180' in lines[2]
    assert 'CODECS="mp4a.40.2"' in lines[6]
    assert "RESOLUTION" not in lines[6]
    rates = [int(re.search(r":BANDWIDTH=(\d+)", line)[1]) for line in lines[2::2]]
    assert rates == sorted(rates, reverse=True)
    sizes = [piece.length for name, piece in reader.view.pieces.items() if "full/" in name]
    assert rates[0] >= max(sizes) * 8


# --- over HTTP, inside this process ---------------------------------------------------------------


@pytest.fixture
def at_home(data_dir, transactional_db, monkeypatch) -> Broadcast:
    """A broadcast that goes on, with a part of real media."""
    monkeypatch.setattr(hls_live, "registry", hls_live.Registry())
    monkeypatch.setattr(hls_views, "registry", hls_live.registry)
    case = world.make_case()
    person = world.make_person(case, "administrator", name="管理人")
    now = timezone.now()
    found = Broadcast.objects.create(
        meeting=world.make_meeting(case, slug="m"), publisher=person, source="camera",
        mime="video/webm", state="live", started_at=now, seen_at=now,
    )  # fmt: skip
    write(Store(found.meeting_id, found.pk, 1), 1)
    return found


def _client() -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=hls_views.serve)
    return httpx.AsyncClient(transport=transport, base_url="http://testserver")


async def test_everything_a_playlist_names_is_there_and_may_be_kept(at_home):
    base = addresses.hls_base(at_home.meeting) + f"{at_home.pk}/"
    async with _client() as client:
        master = await client.get(base + "master.m3u8")
        assert master.headers["content-type"] == "application/vnd.apple.mpegurl"
        assert [line for line in master.text.splitlines() if not line.startswith("#")] == [
            "full.m3u8", "audio.m3u8",
        ]  # fmt: skip
        media = b""
        playlist = await client.get(base + "full.m3u8")
        assert playlist.headers["cache-control"] == "public, max-age=1"
        for number, (name, _, head, _) in Playlist(playlist.text).segments.items():
            for one in (head, name) if number == 0 else (name,):
                answer = await client.get(base + one)
                assert answer.status_code == 200
                assert answer.headers["cache-control"] == "public, max-age=300"
                assert "set-cookie" not in answer.headers
                assert "vary" not in answer.headers
                media += answer.content
        assert media == store.media_file(at_home.meeting_id, at_home.pk, 1, FULL).read_bytes()
        asked = await client.head(base + "1/full/0.m4s")
        assert (asked.status_code, asked.content) == (200, b"")
        assert int(asked.headers["content-length"]) > 1000
        refused = await client.post(base + "full.m3u8")
        assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")
        for name in (
            "1/full/99.m4s",
            "1/high/0.m4s",
            "high.m3u8",
            "2/full/0.m4s",
        ):
            gone = await client.get(httpx.URL(path=base + name))
            assert (gone.status_code, gone.headers["cache-control"]) == (404, "no-store")


async def test_without_a_right_address_nothing_is_told(at_home, monkeypatch):
    good = addresses.hls_base(at_home.meeting)
    _, _, meeting, expires, signature, _ = good.split("/")
    other = addresses.base(at_home.meeting_id + 1, int(expires))
    wrong = {
        "none": "/hls/",
        "no signature": f"/hls/{meeting}/{expires}/",
        "another signature": f"/hls/{meeting}/{expires}/{signature[::-1]}/",
        "capitals": f"/hls/{meeting}/{expires}/{signature.upper()}/",
        "a later end": f"/hls/{meeting}/{int(expires) + 3600}/{signature}/",
        "another meeting's": other.replace(f"/{at_home.meeting_id + 1}/", f"/{meeting}/"),
        "a zero more": f"/hls/{meeting}/0{expires}/{signature}/",
        "the past": addresses.base(at_home.meeting_id, int(time.time()) - 1),
    }
    async with _client() as client:
        for what, base in wrong.items():
            for name in (f"{at_home.pk}/full.m3u8", f"{at_home.pk}/1/full/0.m4s", "999/full.m3u8"):
                answer = await client.get(base + name)
                assert answer.status_code == 403, what
                assert answer.headers["cache-control"] == "no-store"
        # A good address of one meeting opens nothing of another.
        assert (await client.get(f"{other}{at_home.pk}/full.m3u8")).status_code == 404
        # What is kept is kept no longer than the address holds.
        end = int(time.time()) + 30
        answer = await client.get(
            f"{addresses.base(at_home.meeting_id, end)}{at_home.pk}/1/full/0.m4s"
        )
        held = int(answer.headers["cache-control"].removeprefix("public, max-age="))
        assert int(end - time.time()) <= held <= 30
        playlist = f"{good}{at_home.pk}/full.m3u8"
        assert (await client.get(playlist)).status_code == 200
        monkeypatch.setattr(time, "time", lambda: float(expires))
        assert (await client.get(playlist)).status_code == 403


def test_all_who_ask_within_the_hour_get_one_address(monkeypatch):
    for now in (0, 1, 1800, 3599.9):
        monkeypatch.setattr(time, "time", lambda now=now: 36_000 + now)
        assert addresses.base(7, addresses.expiry()) == addresses.base(7, 43_200)
        assert addresses.WINDOW_SECONDS < addresses.expiry() - time.time() <= 7200


async def test_a_player_waits_for_the_first_segment_and_for_the_next(at_home, monkeypatch):
    # By the end that the worker wrote, not by its silence.
    monkeypatch.setattr(hls_live, "SILENT_SECONDS", 3600)
    base = addresses.hls_base(at_home.meeting) + f"{at_home.pk}/"
    init, fragments = made(seconds=3)
    writer = Store(at_home.meeting_id, at_home.pk, 2)
    async with _client() as client:
        first = Playlist((await client.get(base + "full.m3u8")).text)
        wanted = max(first.segments) + 1
        asked = asyncio.ensure_future(client.get(f"{base}full.m3u8?wait=1&_HLS_msn={wanted}"))
        writer.begin(FULL, init)
        for one in fragments[:4]:
            writer.append(FULL, one, moment(one, 2))
        answer = Playlist((await asked).text)
        # Only to players that know what to make of it.
        assert answer.tags["#EXT-X-SERVER-CONTROL"] == "CAN-BLOCK-RELOAD=YES"
        assert "#EXT-X-SERVER-CONTROL" not in first.tags
        assert max(answer.segments) == wanted
        assert answer.segments[wanted][:2] == ("2/full/0.m4s", 1)
        await Broadcast.objects.filter(pk=at_home.pk).aupdate(state="ended", session=2)
        ended = f"{base}full.m3u8?_HLS_msn={wanted + 1}"
        looks: list[object] = []
        look = hls_live._state_and_part
        monkeypatch.setattr(hls_live, "_state_and_part", lambda *key: looks.append(0) or look(*key))
        while not looks:
            assert not Playlist((await client.get(ended)).text).ended  # the worker is late
        assert not Playlist((await client.get(ended)).text).ended
        writer.close()
        while not (last := Playlist((await client.get(ended)).text)).ended:
            pass
        assert max(last.segments) == wanted + 1
        bad = await client.get(f"{base}full.m3u8?_HLS_msn=-1")
        assert (bad.status_code, bad.text) == (
            400, "_HLS_msn: the number of a segment would be right\n",
        )  # fmt: skip


# --- from a running server ------------------------------------------------------------------------


async def test_a_player_sees_every_picture_and_hears_every_sound_of_both_parts(
    shared_house: House,
):
    house = shared_house
    async with opened(house, "publish", "administrator") as publisher:
        stream = await publisher.start()
        sent = await publisher.stream()
        await publisher.taken(len(sent))
        # Another camera, say: a second run of the recorder.
        await publisher.send("part", mime=MIME, video=True)
        await publisher.frame("started", part=2)
        # With the first picture of a part nothing more of the one before is given out, while
        # here both come faster than a busy server codes them.
        await asyncio.to_thread(_is_whole, house, f"{stream}-1")
        await publisher.taken(len(sent) + len(await publisher.stream()))
        await publisher.send("stop")
        await publisher.end()
    async with httpx.AsyncClient(base_url=house.server.url, timeout=60) as client:
        asked_at = time.time()
        told = await client.get("/meetings/m/video/address/", headers=house.headers("creditor"))
        for headers in ({}, house.headers("stranger")):
            headers = {**headers, "Accept": "application/json"}
            refused = await client.get("/meetings/m/video/address/", headers=headers)
            assert refused.status_code == 404
        assert told.json()["expires"] - asked_at > 3600
        assert told.json()["expires"] - time.time() <= 7200
        base = f"{told.json()['hls']}{stream}/"
        for name in ("full", "low", "audio"):
            # A busy server may have nothing to play yet: whoever wants to see asks again.
            while (answer := await client.get(f"{base}{name}.m3u8")).status_code == 404 or (
                not Playlist(answer.text).ended
            ):
                pass
    pictures, seconds = await asyncio.to_thread(_played, house.server.url + base + "full.m3u8")
    assert pictures == 2 * count_pictures(recorded(SECONDS))
    length = pictures / STREAM_FPS
    assert length - 0.1 <= seconds < length + 0.3
    smaller, _ = await asyncio.to_thread(_played, house.server.url + base + "low.m3u8")
    assert pictures - 4 <= smaller <= pictures
    _, heard = await asyncio.to_thread(_played, house.server.url + base + "audio.m3u8")
    assert length - 0.1 <= heard < length + 0.3


def _is_whole(house: House, part: str) -> None:
    """Wait until a part was written to its end."""
    kept = house.installation.data_dir

    def whole() -> bool:
        indexes = [one for one in kept.rglob("*.index") if one.parent.name == part]
        return len(indexes) == 3 and all('"end"' in one.read_text() for one in indexes)

    wait_until(whole, seconds=120, what=f"the end of part {part}")


def _played(url: str) -> tuple[int, float]:
    """Decode what a playlist leads to: pictures, and seconds of sound."""
    pictures, seconds = 0, 0.0
    with av.open(url, options={"live_start_index": "0"}) as container:
        for packet in container.demux():
            # A packet without a time: FFmpeg would throw away what comes after time went back.
            for frame in packet.stream.codec_context.decode(av.Packet(bytes(packet))):
                if isinstance(frame, av.VideoFrame):
                    pictures += 1
                else:
                    seconds += frame.samples / frame.sample_rate
    return pictures, seconds
