"""What happens to broadcasts: who may, what everybody is told, what becomes of the forsaken."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from creditor_meetings.cases import clock
from creditor_meetings.cases.errors import Refused
from creditor_meetings.meetings import floor
from creditor_meetings.meetings.floor_models import FloorRequest
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.meetings.verbs import change_state
from creditor_meetings.video import describe, layout, recordings, verbs
from creditor_meetings.video.models import Broadcast
from tests.support import world

pytestmark = pytest.mark.django_db

ROLES = ("administrator", "judge", "clerk", "debtor", "employees", "observer")
MIME = "video/webm;codecs=vp8,opus"
OFF = {
    "state": "off",
    "live": False,
    "recording": False,
    "recording_rule": "session",
    "streams": {},
    "layout": {"mode": "auto", "main": None},
    "replay": False,
}
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


def begin(meeting: Meeting, who: Any, source: str = "camera", **more: Any) -> Broadcast:
    options = {"resume": None, "relay": "", **more}
    return verbs.begin(meeting, world.viewer(who, meeting), source, MIME, **options)


def given_floor(meeting: Meeting, who: Any) -> FloorRequest:
    judge = world.viewer(person(meeting, "judge"), meeting)
    asked = floor.raise_hand(meeting, "关于租金债权", world.viewer(who, meeting))
    return floor.grant_floor(meeting, asked.pk, judge)


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
    with pytest.raises(Refused, match="获准发言"):
        begin(meeting, who)
    with pytest.raises(Refused, match="管理人或法官"):
        verbs.stop(meeting, world.viewer(who, meeting))


def test_every_step_is_told_to_everybody(meeting: Meeting) -> None:
    administrator = person(meeting, "administrator")
    watching = [person(meeting, role) for role in ROLES]
    stale = [world.take_snapshot(one, meeting) for one in watching]
    assert stale[0][1]["video"] == OFF
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
        assert verbs.clear_away(meeting.pk, (), alone_since=None) == 15
    with clock.set_to(NOON + timedelta(seconds=21)):
        assert verbs.clear_away(meeting.pk, (), alone_since=None) is None
    one.refresh_from_db()
    assert (one.state, one.ended_at) == ("ended", NOON)
    assert describe.video(meeting) == OFF


def test_the_broadcast_of_a_dead_process_is_interrupted_and_measured(meeting: Meeting) -> None:
    with clock.set_to(NOON):
        one = begin(meeting, person(meeting, "administrator"), relay="10.0.0.5:4000")
        made, writer = record(one, b"first")
        verbs.went_live(one)
    writer.append(b"second")  # the process dies without a word
    with clock.set_to(NOON + timedelta(seconds=10)):
        assert verbs.clear_away(meeting.pk, {one.pk}, alone_since=None) is None
        assert verbs.clear_away(meeting.pk, (), alone_since=None) == 5
    with clock.set_to(NOON + timedelta(seconds=16)):
        verbs.clear_away(meeting.pk, (), alone_since=None)
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
        verbs.clear_away(meeting.pk, (), alone_since=NOON - timedelta(hours=1))
        assert describe.active_broadcasts(meeting) == [one]
        verbs.clear_away(meeting.pk, (), alone_since=started)
    one.refresh_from_db()
    assert one.state == "interrupted"


def test_what_a_dead_process_left_open_of_a_stream_that_went_on_is_closed(
    meeting: Meeting,
) -> None:
    administrator = person(meeting, "administrator")
    with clock.set_to(NOON):
        one = begin(meeting, administrator)
        made, writer = record(one, b"first")
        verbs.went_live(one)
        two = begin(meeting, administrator, resume=one.pk)
        verbs.end(two)
    writer.append(b"second")
    with clock.set_to(NOON + timedelta(seconds=10)):
        verbs.clear_away(meeting.pk, (), alone_since=None)
        made.refresh_from_db()
        assert made.ended_at is None
    with clock.set_to(NOON + timedelta(seconds=16)):
        verbs.clear_away(meeting.pk, (), alone_since=None)
    made.refresh_from_db()
    assert (made.ended_at, made.interrupted, made.bytes) == (NOON, True, 11)


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


# --- Several at once -------------------------------------------------------------------------


def test_camera_screen_and_judge_are_shown_together(meeting: Meeting) -> None:
    administrator, judge = person(meeting, "administrator"), person(meeting, "judge")
    camera = begin(meeting, administrator)
    screen = begin(meeting, administrator, "screen")
    bench = begin(meeting, judge, has_video=False)
    verbs.went_live(screen)
    told = describe.video(meeting)
    assert (told["state"], told["live"]) == ("live", True)
    assert {
        number: (one["role"], one["source"], one["video"], one["state"])
        for number, one in told["streams"].items()
    } == {
        str(camera.pk): ("administrator", "camera", True, "connecting"),
        str(screen.pk): ("administrator", "screen", True, "live"),
        str(bench.pk): ("judge", "camera", False, "connecting"),
    }
    assert verbs.stop(meeting, world.viewer(judge, meeting), screen.pk)
    assert set(describe.video(meeting)["streams"]) == {str(camera.pk), str(bench.pk)}
    assert verbs.stop(meeting, world.viewer(judge, meeting))
    assert describe.video(meeting) == OFF


def test_the_same_source_of_one_person_is_shown_once(meeting: Meeting) -> None:
    administrator = person(meeting, "administrator")
    one = begin(meeting, administrator)
    verbs.went_live(one)
    with pytest.raises(Refused, match="另一个窗口"):
        begin(meeting, administrator)
    with pytest.raises(Refused, match="另一个窗口"):
        begin(meeting, administrator, resume=one.pk + 1)
    assert begin(meeting, administrator, resume=one.pk).session == 2
    # Once its line broke, the person may come back from anywhere.
    one.session = 2
    verbs.lost(one)
    assert begin(meeting, administrator).session == 3


def test_whoever_has_the_floor_speaks_until_it_is_over(meeting: Meeting) -> None:
    creditor = world.make_creditor(meeting.case, "甲公司")
    speaker = world.make_person(meeting.case, "creditor", creditor, name="李明")
    request = given_floor(meeting, speaker)
    with pytest.raises(Refused, match="不能共享屏幕"):
        begin(meeting, speaker, "screen")
    one = begin(meeting, speaker, has_video=False)
    told = describe.video(meeting)["streams"][str(one.pk)]
    assert (told["role"], told["creditor_name"]) == ("creditor", "甲公司")
    other = begin(meeting, person(meeting, "administrator"))
    seen = world.viewer(speaker, meeting)
    with pytest.raises(Refused, match="管理人或法官"):
        verbs.stop(meeting, seen, other.pk)
    floor.lower_hand(meeting, seen)
    assert set(describe.video(meeting)["streams"]) == {str(other.pk)}
    assert verbs.why_void(one) == "floor"
    assert not verbs.beat(one)
    with pytest.raises(Refused, match="获准发言"):
        begin(meeting, speaker, resume=one.pk)
    request.refresh_from_db()
    assert request.state == "ended"


def test_a_speaker_stops_the_own_stream(meeting: Meeting) -> None:
    creditor = world.make_creditor(meeting.case, "甲公司")
    speaker = world.make_person(meeting.case, "creditor", creditor, name="李明")
    given_floor(meeting, speaker)
    one = begin(meeting, speaker)
    begin(meeting, person(meeting, "administrator"))
    assert verbs.stop(meeting, world.viewer(speaker, meeting))
    one.refresh_from_db()
    assert one.state == "ended"
    assert len(describe.active_broadcasts(meeting)) == 1


# --- Parts and the rule of recording -----------------------------------------------------------


def test_the_meeting_s_rule_says_what_is_recorded(meeting: Meeting) -> None:
    judge = person(meeting, "judge")
    one = begin(meeting, judge)
    made, writer = record(one)
    change_state(meeting, "adjourned", world.viewer(judge, meeting))
    second = verbs.next_part(one, MIME, has_video=True)
    assert second is not None
    assert second.session == 2
    assert verbs.start_recording(second) is None
    assert verbs.stop_recording(made, writer.close())
    assert describe.video(meeting)["recording"] is False
    meeting.recording_rule = "always"
    meeting.save()
    third = verbs.next_part(second, MIME, has_video=True)
    assert third is not None
    again, writer = record(third)
    assert again.part == 3
    assert describe.video(meeting)["recording"] is True
    assert verbs.next_part(second, MIME, has_video=True) is None


def test_the_end_of_a_recording_is_noted_once(meeting: Meeting) -> None:
    one = begin(meeting, person(meeting, "administrator"))
    made, writer = record(one)
    assert verbs.stop_recording(made, writer.close())
    assert not verbs.stop_recording(made, None, interrupted=True)
    made.refresh_from_db()
    assert (made.bytes, made.interrupted) == (5, False)


# --- The layout ----------------------------------------------------------------------------------


def test_the_chair_lays_the_pictures_out_for_all(meeting: Meeting) -> None:
    judge = world.viewer(person(meeting, "judge"), meeting)
    watching = person(meeting, "observer")
    one = begin(meeting, judge.person)
    seq, stale = world.take_snapshot(watching, meeting)
    layout.set_layout(meeting, "main", one.pk, judge)
    fresh = world.take_snapshot(watching, meeting)[1]["video"]
    assert fresh["layout"] == {"mode": "main", "main": one.pk}
    assert world.catch_up(watching, meeting, seq, stale)["video"] == fresh
    verbs.stop(meeting, judge, one.pk)
    assert describe.video(meeting)["layout"] == {"mode": "main", "main": None}
    for mode, main in (("main", None), ("main", one.pk), ("equal", one.pk)):
        with pytest.raises(Refused, match="main"):
            layout.set_layout(meeting, mode, main, judge)
    with pytest.raises(Refused, match="主持会议"):
        layout.set_layout(meeting, "equal", None, world.viewer(watching, meeting))
