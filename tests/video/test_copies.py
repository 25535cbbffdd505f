"""The copies that play: length, pictures, chapters, and what happens when making one fails."""

import asyncio
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditor_meetings.meetings.models import ItemTurn, Meeting
from creditor_meetings.video import copies, copy_source, recordings, times
from creditor_meetings.video.models import CopyState, Recording
from tests.support import world
from tests.support.databases import wait_until
from tests.video import kept
from tests.video.conftest import House
from tests.video.sockets import opened
from tests.video.streams import FPS, pictures, recorded, sounds
from voting.models import LedgerEntry

FRAME_MS = 1000 / FPS
AT = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
database = pytest.mark.django_db


@pytest.fixture(autouse=True)
def data_dir(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    copies._tries.clear()


@pytest.fixture
def meeting() -> Meeting:
    return world.make_meeting(world.make_case())


def recording(meeting: Meeting, data: bytes, **more: Any) -> Recording:
    judge = world.make_person(meeting.case, "judge")
    return kept.make_recording(kept.make_broadcast(meeting, judge, AT), data, AT, **more)


def turn(meeting: Meeting, position: int, after: float) -> None:
    """Let an item of the agenda become the current one, so many seconds after the beginning."""
    item = meeting.items.get(position=position)
    judge = world.make_person(meeting.case, "judge")
    ItemTurn.objects.create(meeting=meeting, item=item, at=AT + timedelta(seconds=after), by=judge)


def copied(one: Recording) -> bytes:
    copies.make_waiting()
    one.refresh_from_db()
    assert one.copy_state == CopyState.READY, one.copy_problem
    return recordings.file_of(one.copy_path).read_bytes()


def chapters(data: bytes) -> list[tuple[str, int, int]]:
    with av.open(io.BytesIO(data)) as container:
        return [
            (one["metadata"]["title"], one["start"], one["end"]) for one in container.chapters()
        ]


def seconds(data: bytes) -> float:
    with av.open(io.BytesIO(data)) as container:
        assert container.duration is not None
        return container.duration / 1_000_000


@database
@pytest.mark.parametrize("sound", [True, False])
def test_a_copy_of_webm_has_its_length_its_pictures_and_its_sound(
    meeting: Meeting, sound: bool
) -> None:
    one = recording(meeting, recorded(4, sound=sound))
    made = copied(one)
    assert pictures(made) == 4 * FPS
    assert one.duration_ms == pytest.approx(4000, abs=FRAME_MS)
    assert seconds(made) == pytest.approx(4, abs=1 / FPS)
    # The index stands in front of the media: a player begins at once.
    kinds = [kind for kind, _box in kept.boxes(made)]
    assert kinds.index(b"moov") < kinds.index(b"mdat")
    with av.open(io.BytesIO(made)) as container:
        codecs = [one.codec_context.name for one in container.streams if one.type != "data"]
    assert codecs == (["h264", "aac"] if sound else ["h264"])
    if sound:
        assert sounds(made) == pytest.approx(4, abs=0.1)


@database
def test_h264_is_copied_picture_by_picture(meeting: Meeting) -> None:
    source = kept.h264()
    one = recording(meeting, source, mime="video/x-matroska;codecs=avc1,opus")
    made = copied(one)

    def packets(data: bytes) -> list[bytes]:
        with av.open(io.BytesIO(data)) as container:
            return [bytes(packet) for packet in container.demux(video=0) if packet.size]

    assert packets(made) == packets(source)
    assert one.duration_ms == pytest.approx(4000, abs=FRAME_MS)


@database
def test_what_was_live_becomes_the_copy_to_the_last_whole_fragment(meeting: Meeting) -> None:
    one = recording(meeting, recorded(4))
    live = kept.keep_fragments(one, kept.h264(container="mp4"))
    whole = live.read_bytes()
    # A killed server leaves half a fragment at the end, and a recording shorter than it was.
    live.write_bytes(whole[:-200])
    made = copied(one)
    assert pictures(made) == 3 * FPS
    assert one.duration_ms == pytest.approx(3000, abs=FRAME_MS)
    entry = LedgerEntry.objects.get(kind="recording_copy")
    assert entry.body["made_from"] == "store"
    assert entry.body["sha256"] == one.copy_sha256 != one.sha256
    assert entry.body["duration_ms"] == one.duration_ms


@database
def test_where_fragments_end_early_the_evidence_is_the_source(meeting: Meeting) -> None:
    one = recording(meeting, recorded(4), seconds=40)
    kept.keep_fragments(one, kept.h264(container="mp4"))
    copied(one)
    assert LedgerEntry.objects.get(kind="recording_copy").body["made_from"] == "evidence"


@database
def test_chapters_are_the_agendas_turns(meeting: Meeting) -> None:
    turn(meeting, 1, -60)
    turn(meeting, 2, 2.0)
    turn(meeting, 3, 90)
    one = recording(meeting, recorded(4))
    found = chapters(copied(one))
    assert [title for title, _start, _end in found] == ["管理人执行职务工作报告", "核查债权"]
    (_, begin, change), (_, again, end) = found
    assert begin == 0
    assert change == again == pytest.approx(2000, abs=FRAME_MS)
    assert end == pytest.approx(4000, abs=FRAME_MS)


@database
def test_chapters_after_a_pause_of_the_recorder(meeting: Meeting) -> None:
    turn(meeting, 1, 12.0)
    turn(meeting, 2, 63.5)
    one = recording(meeting, recorded(4), seconds=65)
    kept.keep_fragments(one, kept.h264(container="mp4"), paused=(2, 60.0))
    found = chapters(copied(one))
    # The first item came while nothing was recorded, the second a second after that.
    assert [(title, round(start / 100) / 10) for title, start, _end in found] == [
        (meeting.title, 0.0), ("管理人执行职务工作报告", 2.0), ("核查债权", 3.2),
    ]  # fmt: skip
    assert [[round(x / 1000, 1) for x in pair] for pair in one.copy_times] == [
        [0, 0.3], [2.0, 62.3],
    ]  # fmt: skip


@database
def test_what_is_no_media_is_given_up_and_can_be_tried_again(meeting: Meeting) -> None:
    bad = recording(meeting, b"no media at all " * 400)
    good = recording(meeting, recorded(4), part=2)
    for _ in range(copies.MOST_TRIES):
        copies.make_waiting()
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.copy_state, bad.copy_problem) == (CopyState.FAILED, copies.UNREADABLE)
    # The next one did not wait for it, and nothing half made lies about.
    assert good.copy_state == CopyState.READY
    assert not list(recordings.directory().glob("**/*.part"))
    recordings.file_of(bad.path).write_bytes(recorded(4))
    copies.try_again(bad)
    copied(bad)


@database
def test_a_full_disk_is_waited_for(meeting: Meeting, monkeypatch: pytest.MonkeyPatch) -> None:
    one = recording(meeting, recorded(4))
    monkeypatch.setattr(copies, "RESERVE", 2**60)
    for _ in range(copies.MOST_TRIES + 1):
        copies.make_waiting()
    one.refresh_from_db()
    assert (one.copy_state, one.copy_problem) == (CopyState.NONE, copies.DISK_FULL)
    monkeypatch.setattr(copies, "RESERVE", 0)
    copied(one)
    assert one.copy_problem == ""


@database
def test_what_a_killed_process_began_is_made(meeting: Meeting) -> None:
    one = recording(meeting, recorded(4))
    Recording.objects.update(copy_state=CopyState.MAKING)
    half = recordings.file_of(copies.path_of_copy(one) + ".part")
    half.write_bytes(b"half a copy")
    copied(one)
    assert not half.exists()


@database
def test_files_on_another_machine_are_left_to_it(meeting: Meeting) -> None:
    one = recording(meeting, recorded(4))
    recordings.file_of(one.path).unlink()
    copies.make_waiting()
    one.refresh_from_db()
    assert one.copy_state == CopyState.NONE


@database
def test_the_fragments_go_when_nobody_is_late_any_more(meeting: Meeting) -> None:
    one = recording(meeting, recorded(4))
    Recording.objects.update(ended_at=datetime.now(UTC))
    live = kept.keep_fragments(one, kept.h264(container="mp4"))
    copied(one)
    assert live.exists()
    Recording.objects.update(ended_at=datetime.now(UTC) - copies.LIVE_STAYS)
    copies.make_waiting()
    assert not live.parent.exists()
    assert copy_source.of(one) is not None


# --- times ---


@given(
    st.lists(st.integers(20, 400), min_size=1, max_size=60),
    st.data(),
)
def test_a_pause_is_found_and_a_network_that_stutters_is_none(
    durations: list[int], data: st.DataObject
) -> None:
    pause_at = data.draw(st.integers(0, len(durations)))
    arrivals, media, wall = [], 0, 0
    for number, duration in enumerate(durations):
        start, media = media, media + duration
        wall += duration + (30_000 if number == pause_at and number > 0 else 0)
        late = data.draw(st.integers(0, 4000)) if number + 1 < len(durations) else 0
        # In order, and everything caught up with at the end.
        arrived = max(wall + late, arrivals[-1][2] if arrivals else 0)
        arrivals.append((start, media, arrived))
    arrivals.append((media, media + 1, max(wall + 1, arrivals[-1][2])))
    found = times.pairs(arrivals)
    assert found == sorted(found)
    # What is shown never came before it was there, and maps there and back.
    for _start, end, arrived in arrivals:
        assert times.to_meeting(found, end - 1) <= arrived
        assert abs(times.to_media(found, times.to_meeting(found, end)) - end) <= times.JUMP_MS


def test_stutter_alone_gives_one_pair() -> None:
    def late(number: int) -> int:
        return 4000 - number * 100 if 20 < number < 40 else 0

    arrivals = [(n * 100 - 100, n * 100, n * 100 + 250 + late(n)) for n in range(1, 100)]
    assert len(times.pairs(arrivals)) == 1
    assert times.to_meeting(times.pairs(arrivals), 5000) == 5250


# --- the whole way ---


async def test_after_kill_9_what_came_before_plays(house: Callable[..., House]) -> None:
    made = house()
    async with opened(made, "publish", "administrator") as publisher:
        await publisher.start()
        sent = await publisher.stream(recorded(4))
        await publisher.taken(len(sent))
        made.server.kill()
    made.server.start()
    made.server.wait_ready()
    kept_at = made.installation.data_dir / "recordings"
    names = "'copy_path','copy_state','bytes'"

    def copies_there() -> list[dict[str, Any]]:
        # The file comes first, a moment later the row that tells of it.
        found: list[dict[str, Any]] = made.query(f"list(Recording.objects.values({names}))")
        return found if all(one["copy_state"] == "ready" for one in found) else []

    # Whoever opens the room has what was left open put down.
    async with opened(made, "watch", "creditor"):
        await asyncio.to_thread(wait_until, copies_there, what="the copy", seconds=120)
    (one,) = copies_there()
    assert one["bytes"] == len(recorded(4))
    assert pictures((kept_at / one["copy_path"]).read_bytes()) >= 3.5 * FPS
