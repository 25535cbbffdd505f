"""What the test of devices measures the line with: bounded, guarded, and nothing is kept."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from creditor_meetings.meetings.models import Meeting
from creditor_meetings.video import device_views
from tests.support import world

pytestmark = pytest.mark.django_db

BYTES = "application/octet-stream"


@pytest.fixture(autouse=True)
def fresh_allowance() -> None:
    cache.clear()


@pytest.fixture
def meeting() -> Meeting:
    return world.make_meeting(world.make_case(), state="convened")


def member(meeting: Meeting, role: str = "observer", *, csrf: bool = False) -> Client:
    made = Client(enforce_csrf_checks=csrf, headers={"accept": "application/json"})
    person = world.make_person(meeting.case, role)
    made.force_login(person, "django.contrib.auth.backends.ModelBackend")
    return made


def address(meeting: Meeting, rest: str = "") -> str:
    return f"/meetings/{meeting.slug}/device/{rest}"


def said(answer: Any) -> str:
    message: str = json.loads(answer.content)["error"]["message"]
    return message


def test_the_page_knows_who_publishes(meeting: Meeting) -> None:
    for role, publishes in (("judge", True), ("administrator", True), ("observer", False)):
        page = member(meeting, role).get(address(meeting)).content.decode()
        assert ("data-publishes" in page) == publishes


def test_what_is_uploaded_is_counted_and_not_kept(
    meeting: Meeting, settings: Any, tmp_path: Path
) -> None:
    settings.DATA_DIR = settings.MEDIA_ROOT = tmp_path
    answer = member(meeting).post(address(meeting, "upload/"), b"\0" * 300_000, BYTES)
    assert json.loads(answer.content) == {"ok": True, "bytes": 300_000}
    assert "no-store" in answer["Cache-Control"]
    assert not list(tmp_path.rglob("*"))


def test_an_upload_is_bounded_and_says_what_is_right(meeting: Meeting) -> None:
    who = member(meeting)
    most = device_views.MOST_BYTES
    assert who.post(address(meeting, "upload/"), b"\0" * most, BYTES).status_code == 200
    larger = who.post(address(meeting, "upload/"), b"\0" * (most + 1), BYTES)
    assert larger.status_code == 400
    assert "1 MB" in said(larger)
    form = who.post(address(meeting, "upload/"), {"file": "x"})
    assert form.status_code == 400
    assert "multipart/form-data" in said(form)
    assert BYTES in said(form)


@pytest.mark.parametrize("wanted", ["-1", "1048577", "ten", "1e3", "٣", "9" * 40])
def test_a_download_of_what_is_no_size_is_refused(meeting: Meeting, wanted: str) -> None:
    answer = member(meeting).get(address(meeting, "download/"), {"bytes": wanted})
    assert answer.status_code == 400
    assert "bytes" in said(answer)
    assert wanted[:40] in said(answer)


def test_a_download_is_as_long_as_asked_and_cannot_be_compressed(meeting: Meeting) -> None:
    import zlib

    data = member(meeting).get(address(meeting, "download/"), {"bytes": "100000"}).content
    assert len(data) == 100_000
    assert len(zlib.compress(data)) > 99_000


def test_another_site_cannot_upload_in_a_members_name(meeting: Meeting) -> None:
    who = member(meeting, csrf=True)
    assert who.post(address(meeting, "upload/"), b"1", BYTES).status_code == 403
    who.get(address(meeting))
    token = who.cookies["csrftoken"].value
    answer = who.post(address(meeting, "upload/"), b"1", BYTES, headers={"X-CSRFToken": token})
    assert answer.status_code == 200


def test_who_measures_without_end_is_asked_to_wait(meeting: Meeting) -> None:
    who, other = member(meeting), member(meeting, "clerk")
    answers = [
        who.get(address(meeting, "download/")).status_code
        for _ in range(2 * device_views.REQUESTS + 1)
    ]
    assert answers[: device_views.REQUESTS] == [200] * device_views.REQUESTS
    assert 429 in answers
    assert other.get(address(meeting, "download/")).status_code == 200


def test_a_stranger_learns_nothing(meeting: Meeting) -> None:
    stranger = member(world.make_meeting(world.make_case()))
    for rest in ("", "download/"):
        assert stranger.get(address(meeting, rest)).status_code == 404
    assert stranger.post(address(meeting, "upload/"), b"1", BYTES).status_code == 404
