"""Who may open the pages of the video, and what the recordings' page hands out."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from creditor_meetings.cases.models import Person
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.video import recordings, verbs
from creditor_meetings.video.models import Recording
from tests.support import world

pytestmark = pytest.mark.django_db

ROLES = ("administrator", "judge", "clerk", "debtor", "employees", "observer")


@pytest.fixture(autouse=True)
def data_dir(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def meeting() -> Meeting:
    return world.make_meeting(world.make_case())


def client(who: Person | None) -> Client:
    made = Client()
    if who is not None:
        made.force_login(who, "django.contrib.auth.backends.ModelBackend")
    return made


def recorded(meeting: Meeting, *, ended: bool = True) -> Recording:
    judge = world.make_person(meeting.case, "judge")
    begun = verbs.begin(
        meeting, world.viewer(judge, meeting), "camera", "video/webm", resume=None, relay=""
    )
    made = verbs.start_recording(begun)
    assert made is not None
    writer = recordings.Writer(made.path)
    writer.append(b"media as it arrived")
    if ended:
        verbs.stop_recording(made, writer.close())
        verbs.end(begun)
    return made


@pytest.mark.parametrize("role", [*ROLES, "creditor"])
def test_pages_by_role(meeting: Meeting, role: str) -> None:
    made = recorded(meeting)
    acts_for = world.make_creditor(meeting.case) if role == "creditor" else None
    who = client(world.make_person(meeting.case, role, acts_for))
    base = f"/meetings/{meeting.slug}"
    staff = role in ("administrator", "judge", "clerk")
    publishes = role in ("administrator", "judge")
    assert who.get(f"{base}/video/").status_code == (200 if publishes else 403)
    assert who.get(f"{base}/recordings/").status_code == (200 if staff else 403)
    answer = who.get(f"{base}/recordings/{made.pk}/")
    assert answer.status_code == (200 if staff else 403)
    if staff:
        assert b"".join(answer.streaming_content) == b"media as it arrived"
        assert answer["Content-Type"] == "video/webm"
        assert "attachment" in answer["Content-Disposition"]
        assert "private" in answer["Cache-Control"]


def test_strangers_find_nothing(meeting: Meeting) -> None:
    made = recorded(meeting)
    elsewhere = world.make_meeting(world.make_case())
    stranger = client(world.make_person(elsewhere.case, "judge"))
    for path in ("video/", "recordings/", f"recordings/{made.pk}/"):
        assert stranger.get(f"/meetings/{meeting.slug}/{path}").status_code == 404
        assert client(None).get(f"/meetings/{meeting.slug}/{path}").status_code == 302
    # Not through the stranger's own meeting either.
    assert stranger.get(f"/meetings/{elsewhere.slug}/recordings/{made.pk}/").status_code == 404


def test_the_page_shows_hash_and_what_still_runs(meeting: Meeting) -> None:
    made = recorded(meeting)
    clerk = client(world.make_person(meeting.case, "clerk"))
    made.refresh_from_db()
    page = clerk.get(f"/meetings/{meeting.slug}/recordings/").content.decode()
    assert made.sha256 in page
    running = recorded(meeting, ended=False)
    page = clerk.get(f"/meetings/{meeting.slug}/recordings/").content.decode()
    assert "正在录像" in page
    answer = clerk.get(f"/meetings/{meeting.slug}/recordings/{running.pk}/")
    assert answer.status_code == 503
    assert "结束后才能下载" in answer.content.decode()


def test_a_recording_on_another_machine_says_so(meeting: Meeting) -> None:
    made = recorded(meeting)
    recordings.file_of(made.path).unlink()
    clerk = client(world.make_person(meeting.case, "clerk"))
    answer = clerk.get(f"/meetings/{meeting.slug}/recordings/{made.pk}/")
    assert answer.status_code == 503
    assert "不在这台服务器上" in answer.content.decode()
