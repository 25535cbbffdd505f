"""Watching the meeting again: who may, what they get, and what is kept of it."""

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from creditor_meetings.cases import clock
from creditor_meetings.cases.models import Person
from creditor_meetings.meetings.models import Caption, ItemTurn, Meeting
from creditor_meetings.video import describe, recordings, viewings
from creditor_meetings.video.models import CopyState, LayoutChange, Recording, Viewing
from tests.support import world
from tests.video import kept
from voting.models import LedgerEntry

AT = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
BODY = bytes(range(256)) * 400
database = pytest.mark.django_db


@pytest.fixture(autouse=True)
def data_dir(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def meeting() -> Meeting:
    case = world.make_case()
    world.make_creditor(case)
    return world.make_meeting(case)


def client(who: Person | None) -> Client:
    made = Client()
    if who is not None:
        made.force_login(who, "django.contrib.auth.backends.ModelBackend")
    return made


def ready(meeting: Meeting, *, seconds: int = 100, at: datetime = AT, **more: Any) -> Recording:
    """A recording whose copy is there; what the files hold is nobody's business here."""
    judge = world.make_person(meeting.case, "judge")
    broadcast = kept.make_broadcast(meeting, judge, at, more.pop("source", "camera"))
    one = kept.make_recording(broadcast, b"as it arrived", at, seconds=seconds)
    path = one.path.replace(".webm", ".mp4")
    recordings.file_of(path).write_bytes(BODY)
    values = {
        "copy_state": CopyState.READY, "copy_path": path, "copy_bytes": len(BODY),
        "copy_sha256": "ab" * 32, "duration_ms": seconds * 1000, "copy_times": [[0, 500]], **more,
    }  # fmt: skip
    Recording.objects.filter(pk=one.pk).update(**values)
    one.refresh_from_db()
    return one


def body_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


# --- who may ---


@database
@pytest.mark.parametrize("rule", ["polls", "members", "staff"])
@pytest.mark.parametrize("polling", [True, False])
def test_who_may_watch(meeting: Meeting, rule: str, polling: bool) -> None:
    Meeting.objects.update(replay_rule=rule)
    one = ready(meeting)
    judge = world.make_person(meeting.case, "judge")
    if polling:
        world.open_poll(world.make_resolution(meeting), judge)
    base = f"/meetings/{meeting.slug}"
    members = rule == "members" or (rule == "polls" and polling)
    for role in ("administrator", "judge", "clerk", "debtor", "employees", "observer", "creditor"):
        acts_for = world.make_creditor(meeting.case) if role == "creditor" else None
        who = client(world.make_person(meeting.case, role, acts_for))
        staff = role in ("administrator", "judge", "clerk")
        allowed = 200 if staff or members else 403
        for path in ("", "data/", f"{one.pk}/", f"{one.pk}/captions.vtt"):
            assert who.get(f"{base}/replay/{path}").status_code == allowed, (role, path)
        told = {"watched": [{"recording": one.pk, "ranges": []}]}
        answer = who.post(f"{base}/replay/watched/", told, content_type="application/json")
        assert answer.status_code == allowed
        assert who.get(f"{base}/recordings/{one.pk}/copy/").status_code == (200 if staff else 403)
    stranger = client(world.make_person(world.make_case(), "judge"))
    for path in ("", "data/", f"{one.pk}/", f"{one.pk}/captions.vtt"):
        assert stranger.get(f"{base}/replay/{path}").status_code == 404
        assert client(None).get(f"{base}/replay/{path}").status_code in (302, 404)


@database
def test_a_recording_of_another_meeting_is_not_there(meeting: Meeting) -> None:
    one = ready(meeting)
    other = world.make_meeting(meeting.case, replay_rule="members")
    member = client(world.make_person(meeting.case, "debtor"))
    assert member.get(f"/meetings/{other.slug}/replay/{one.pk}/").status_code == 404
    told = {"watched": [{"recording": one.pk, "ranges": [[0, 5]]}]}
    answer = member.post(
        f"/meetings/{other.slug}/replay/watched/", told, content_type="application/json"
    )
    assert answer.status_code == 400
    assert not Viewing.objects.exists()


@database
def test_the_room_hears_when_polls_open_and_close_the_replay(meeting: Meeting) -> None:
    one = ready(meeting)
    judge = world.make_person(meeting.case, "judge")

    assert describe.video(meeting)["replay"] is False
    poll = world.open_poll(world.make_resolution(meeting), judge)
    assert _last_told(meeting) is True
    assert describe.video(meeting)["replay"] is True
    world.close_poll(poll, judge)
    assert _last_told(meeting) is False
    Recording.objects.filter(pk=one.pk).update(copy_state=CopyState.NONE)
    seen = _events(meeting)
    world.open_poll(world.make_resolution(meeting), judge)
    # Without anything to see, nothing is said of it.
    assert _events(meeting) == seen
    assert describe.video(meeting)["replay"] is False


def _events(meeting: Meeting) -> list[bool]:
    from creditor_meetings.realtime.log import events_after

    told = [one.data["set"] for one in events_after(meeting.pk, 0) if one.kind == "replay_changed"]
    return [one["video/replay"] for one in told]


def _last_told(meeting: Meeting) -> bool:
    return _events(meeting)[-1]


# --- the file ---


@database
def test_a_player_gets_the_ranges_it_asks_for(meeting: Meeting) -> None:
    one = ready(meeting)
    clerk = client(world.make_person(meeting.case, "clerk"))
    path = f"/meetings/{meeting.slug}/replay/{one.pk}/"
    whole = clerk.get(path)
    assert (whole.status_code, body_of(whole)) == (200, BODY)
    assert whole["Content-Type"] == "video/mp4"
    assert whole["Accept-Ranges"] == "bytes"
    assert "private" in whole["Cache-Control"]
    assert "inline" in whole["Content-Disposition"]
    part = clerk.get(path, headers={"Range": "bytes=1000-1999"})
    assert (part.status_code, body_of(part)) == (206, BODY[1000:2000])
    assert part["Content-Range"] == f"bytes 1000-1999/{len(BODY)}"
    rest = clerk.get(path, headers={"Range": "bytes=102000-"})
    assert (rest.status_code, body_of(rest)) == (206, BODY[102_000:])
    last = clerk.get(path, headers={"Range": "bytes=-10"})
    assert (last.status_code, body_of(last)) == (206, BODY[-10:])
    same = clerk.get(path, headers={"Range": "bytes=0-9", "If-Range": whole["ETag"]})
    assert same.status_code == 206
    other = clerk.get(path, headers={"Range": "bytes=0-9", "If-Range": '"another"'})
    assert (other.status_code, body_of(other)) == (200, BODY)
    assert clerk.get(path, headers={"Range": "bytes=999999-"}).status_code == 416
    assert clerk.get(path, headers={"If-None-Match": whole["ETag"]}).status_code == 304
    kept_copy = clerk.get(f"/meetings/{meeting.slug}/recordings/{one.pk}/copy/")
    assert "attachment" in kept_copy["Content-Disposition"]


@database
def test_what_is_not_made_yet_says_so(meeting: Meeting) -> None:
    one = ready(meeting, copy_state=CopyState.MAKING)
    clerk = client(world.make_person(meeting.case, "clerk"))
    answer = clerk.get(f"/meetings/{meeting.slug}/replay/{one.pk}/")
    assert answer.status_code == 503
    assert "还没有生成" in answer.content.decode()


# --- what the page is told ---


@database
def test_the_page_is_told_of_everything_on_one_clock(meeting: Meeting) -> None:
    one = ready(meeting, copy_times=[[0, 500], [40_000, 100_500]])
    judge = world.make_person(meeting.case, "judge")
    item = meeting.items.get(position=2)
    turned = AT + timedelta(seconds=30)
    ItemTurn.objects.create(meeting=meeting, item=item, at=turned, by=judge)
    LayoutChange.objects.create(
        meeting=meeting, mode="main", main=one.broadcast, at=turned, by=judge
    )
    for second, text in ((10, "开始"), (12, "a < b & c"), (39, "停前"), (120, "停后")):
        said = AT + timedelta(seconds=second)
        Caption.objects.create(meeting=meeting, text=text, speaker="审判长", said_at=said, at=said)
    clerk = client(world.make_person(meeting.case, "clerk"))
    told = clerk.get(f"/meetings/{meeting.slug}/replay/data/").json()["data"]
    begun = round(AT.timestamp() * 1000)
    (part,) = told["parts"]
    assert part["spans"] == [
        {"media": 0, "at": begun + 500, "ms": 40_000},
        {"media": 40_000, "at": begun + 100_500, "ms": 60_000},
    ]
    assert told["chapters"] == [{"at": begun + 30_000, "item": item.pk, "title": item.title}]
    layout = {"at": begun + 30_000, "mode": "main", "main": one.broadcast_id}
    assert told["layouts"] == [layout]
    assert [(c["from"] - begun, c["until"] - begun) for c in told["captions"]] == [
        (10_000, 12_000), (12_000, 19_000), (39_000, 46_000), (120_000, 127_000),
    ]  # fmt: skip
    vtt = clerk.get(part["captions"])
    assert vtt["Content-Type"].startswith("text/vtt")
    assert vtt.content.decode() == (
        "WEBVTT\n\n"
        "00:00:09.500 --> 00:00:11.500\n审判长：开始\n\n"
        "00:00:11.500 --> 00:00:18.500\n审判长：a &lt; b &amp; c\n\n"
        "00:00:38.500 --> 00:00:40.000\n审判长：停前\n\n"
        "00:00:59.500 --> 00:01:06.500\n审判长：停后\n\n"
    )


# --- who watched what ---


def tell(who: Client, meeting: Meeting, one: Recording, ranges: Any) -> int:
    told = {"watched": [{"recording": one.pk, "ranges": ranges}]}
    path = f"/meetings/{meeting.slug}/replay/watched/"
    return who.post(path, told, content_type="application/json").status_code


@database
def test_who_watched_what_is_on_record(meeting: Meeting) -> None:
    Meeting.objects.update(replay_rule="members")
    one = ready(meeting)
    creditor = world.make_creditor(meeting.case, "李华")
    person = world.make_person(meeting.case, "creditor", creditor, name="李明")
    who = client(person)
    with clock.set_to(AT):
        assert tell(who, meeting, one, [[0, 3]]) == 200
    with clock.set_to(AT + timedelta(seconds=60)):
        assert tell(who, meeting, one, [[3, 12], [40, 45]]) == 200
        assert tell(who, meeting, one, [[2, 20]]) == 200
    with clock.set_to(AT + timedelta(hours=3)):
        assert tell(who, meeting, one, [[20, 60]]) == 200
    row = Viewing.objects.get()
    assert (row.watched, row.seconds) == ([[0, 60]], 60)
    assert row.seen_at - row.began_at == timedelta(hours=3)
    entries = [one.body for one in LedgerEntry.objects.filter(kind="replay_watched").order_by("pk")]
    assert [(one["share"], one["seconds"]) for one in entries] == [(0, 3), (10, 17), (50, 60)]
    assert entries[0]["person_name"] == "李明"
    assert entries[0]["creditors"] == [{"creditor": creditor.pk, "creditor_name": "李华"}]
    page = client(world.make_person(meeting.case, "clerk")).get(
        f"/meetings/{meeting.slug}/recordings/"
    ).content.decode()  # fmt: skip
    assert "李明" in page
    assert "李华" in page
    assert "0:01:00 · 60%" in page


@database
@pytest.mark.parametrize(
    "told",
    [
        [], "x", {}, {"watched": []}, {"watched": "x"}, {"watched": [7]}, {"more": 1},
        {"watched": [{"recording": "7", "ranges": []}]},
        {"watched": [{"recording": 10**30, "ranges": []}]},
        {"watched": [{"recording": 0, "ranges": []}]},
        *(
            {"watched": [{"recording": None, "ranges": ranges}]}
            for ranges in (
                7, [7], [[1]], [[3, 1]], [[-1, 4]], [[0, 1.5]], [[0, True]], [[0, "1"]],
                [[0, 101]], [[0, 10**30]], [[n * 2, n * 2 + 1] for n in range(200)],
            )
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(meeting: Meeting, told: Any) -> None:
    one = ready(meeting)
    for line in told.get("watched", []) if isinstance(told, dict) else []:
        if isinstance(line, dict) and line["recording"] is None:
            line["recording"] = one.pk
    clerk = client(world.make_person(meeting.case, "clerk"))
    answer = clerk.post(
        f"/meetings/{meeting.slug}/replay/watched/",
        json.dumps(told),
        content_type="application/json",
    )
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]
    assert not Viewing.objects.exists()


@database
def test_nobody_watches_faster_than_time_goes(meeting: Meeting) -> None:
    one = ready(meeting, seconds=3600)
    clerk = client(world.make_person(meeting.case, "clerk"))
    assert tell(clerk, meeting, one, [[0, 50]]) == 200
    assert tell(clerk, meeting, one, [[50, 3000]]) == 400
    assert Viewing.objects.get().watched == [[0, 50]]


ranges = st.lists(st.tuples(st.integers(0, 80), st.integers(0, 80)), max_size=30)


@given(ranges)
def test_merged_ranges_hold_the_same_seconds(told: list[tuple[int, int]]) -> None:
    found = viewings.merged(told)
    seconds = {n for start, end in told for n in range(start, end)}
    assert {n for start, end in found for n in range(start, end)} == seconds
    assert viewings.seconds_of(found) == len(seconds)
    assert all(a[1] < b[0] for a, b in pairwise(found))
    assert viewings.merged([*found, *told]) == found
