"""What happens to broadcasts: who may, what everybody is told, what becomes of the forsaken."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from creditor_meetings.cases import clock
from creditor_meetings.cases.errors import Refused
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.meetings.verbs import change_state
from creditor_meetings.video import describe, recordings, verbs
from creditor_meetings.video.models import Broadcast
from tests.support import world

pytestmark = pytest.mark.django_db

ROLES = ("administrator", "judge", "clerk", "debtor", "employees", "observer")
MIME = "video/webm;codecs=vp8,opus"
NOON = datetime(2026, 5, 18, 4, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def data_dir(settings: Any, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture
def meeting() -> Meeting:
    return world.make_meeting(world.make_case())


def person(meeting: Meeting, role: str) -> Any:
    return world.make_person(meeting.case, role, name=role)


def begin(meeting: Meeting, who: Any, **more: Any) -> Broadcast:
    options = {"resume": None, "relay": "", **more}
    return verbs.begin(meeting, world.viewer(who, meeting), "camera", MIME, **options)


def record(broadcast: Broadcast, data: bytes = b"media") -> Any:
    made = verbs.start_recording(broadcast)
    assert made is not None
    writer = recordings.Writer(made.path)
    writer.append(data)
    return made, writer


def test_a_broadcast_ends_with_the_meeting(meeting: Meeting) -> None:
    judge = person(meeting, "judge")
    seen = world.viewer(judge, meeting)
    begin(meeting, person(meeting, "administrator"))
    change_state(meeting, "adjourned", seen)
    assert describe.video(meeting)["state"] != "off"
    change_state(meeting, "closed", seen)
    assert describe.video(meeting)["state"] == "off"


@pytest.mark.parametrize("role", ROLES)
def test_only_administrator_and_judge_publish_and_stop(meeting: Meeting, role: str) -> None:
    who = person(meeting, role)
    if role in ("administrator", "judge"):
        begin(meeting, who)
        assert verbs.stop(meeting, world.viewer(who, meeting))
        assert not verbs.stop(meeting, world.viewer(who, meeting))
        return
    with pytest.raises(Refused, match="管理人或法官"):
        begin(meeting, who)
    with pytest.raises(Refused, match="管理人或法官"):
        verbs.stop(meeting, world.viewer(who, meeting))


def test_every_step_is_told_to_everybody(meeting: Meeting) -> None:
    administrator = person(meeting, "administrator")
    watching = [person(meeting, role) for role in ROLES]
    stale = [world.take_snapshot(one, meeting) for one in watching]
    assert stale[0][1]["video"] == describe.OFF
    states = []

    def step() -> None:
        for (seq, old), one in zip(stale, watching, strict=True):
            fresh = world.take_snapshot(one, meeting)[1]
            assert world.catch_up(one, meeting, seq, old)["video"] == fresh["video"]
        states.append((fresh["video"]["state"], fresh["video"]["recording"]))

    one = begin(meeting, administrator)
    step()
    made, writer = record(one)
    step()
    verbs.went_live(one)
    step()
    verbs.stop_recording(made, writer.close(), interrupted=True)
    verbs.lost(one)
    step()
    one = begin(meeting, administrator, resume=one.pk)
    made, writer = record(one)
    step()
    verbs.went_live(one)
    step()
    verbs.stop_recording(made, writer.close())
    verbs.end(one)
    step()
    assert states == [
        ("connecting", False),
        ("connecting", True),
        ("live", True),
        ("reconnecting", False),
        ("reconnecting", True),
        ("live", True),
        ("off", False),
    ]


def test_an_earlier_session_can_do_nothing_any_more(meeting: Meeting) -> None:
    administrator = person(meeting, "administrator")
    old = begin(meeting, administrator)
    new = begin(meeting, administrator, resume=old.pk)
    old.session = 1
    assert new.pk == old.pk
    assert not verbs.went_live(old)
    assert not verbs.lost(old)
    assert not verbs.beat(old)
    assert not verbs.end(old)
    assert verbs.start_recording(old) is None
    assert verbs.went_live(new)


def test_nobody_begins_after_the_close(meeting: Meeting) -> None:
    meeting.state = "closed"
    meeting.save()
    with pytest.raises(Refused, match="已闭会"):
        begin(meeting, person(meeting, "judge"))


def test_a_publisher_that_does_not_come_back_is_off(meeting: Meeting) -> None:
    with clock.set_to(NOON):
        one = begin(meeting, person(meeting, "administrator"))
        verbs.lost(one)
    with clock.set_to(NOON + timedelta(seconds=5)):
        assert verbs.clear_away(meeting.pk, None, alone_since=None) == 15
    with clock.set_to(NOON + timedelta(seconds=21)):
        assert verbs.clear_away(meeting.pk, None, alone_since=None) is None
    one.refresh_from_db()
    assert (one.state, one.ended_at) == ("ended", NOON)
    assert describe.video(meeting) == describe.OFF


def test_the_broadcast_of_a_dead_process_is_interrupted_and_measured(meeting: Meeting) -> None:
    with clock.set_to(NOON):
        one = begin(meeting, person(meeting, "administrator"), relay="10.0.0.5:4000")
        made, writer = record(one, b"first")
        verbs.went_live(one)
    writer.append(b"second")  # the process dies without a word
    with clock.set_to(NOON + timedelta(seconds=10)):
        assert verbs.clear_away(meeting.pk, one.pk, alone_since=None) is None
        assert verbs.clear_away(meeting.pk, None, alone_since=None) == 5
    with clock.set_to(NOON + timedelta(seconds=16)):
        verbs.clear_away(meeting.pk, None, alone_since=None)
    one.refresh_from_db()
    made.refresh_from_db()
    assert (one.state, one.ended_at) == ("interrupted", NOON)
    assert made.interrupted
    assert (made.bytes, made.chunks) == (11, 2)
    assert made.sha256 == writer.close().sha256


def test_a_process_that_serves_alone_does_not_wait_after_a_crash(meeting: Meeting) -> None:
    with clock.set_to(NOON):
        one = begin(meeting, person(meeting, "administrator"))
    started = NOON + timedelta(seconds=1)
    with clock.set_to(started):
        verbs.clear_away(meeting.pk, None, alone_since=NOON - timedelta(hours=1))
        assert describe.active_broadcast(meeting) is not None
        verbs.clear_away(meeting.pk, None, alone_since=started)
    one.refresh_from_db()
    assert one.state == "interrupted"


def test_recordings_stay_in_their_directory(data_dir: Path) -> None:
    with pytest.raises(ValueError, match="outside"):
        recordings.file_of("../db.sqlite3")


def test_no_recording_is_written_over(data_dir: Path) -> None:
    recordings.Writer("1/a.webm").close()
    with pytest.raises(FileExistsError):
        recordings.Writer("1/a.webm")


def test_a_line_cut_short_is_left_out(data_dir: Path) -> None:
    writer = recordings.Writer("1/a.webm")
    writer.append(b"one")
    writer.append(b"two")
    writer.close()
    file = recordings.file_of("1/a.webm")
    sidecar = recordings.sidecar_of(file)
    sidecar.write_bytes(sidecar.read_bytes()[:-5])
    assert [line["length"] for line in recordings.lines_of(file)] == [3]
    measured = recordings.measure("1/a.webm")
    assert measured is not None
    assert (measured.bytes, measured.chunks) == (6, 1)
    assert recordings.measure("1/b.webm") is None
