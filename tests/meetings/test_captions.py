"""Captions: who types them, the last three that all see, all of them for the replay."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from creditor_meetings.cases import clock
from creditor_meetings.cases.errors import Refused
from creditor_meetings.meetings import captions
from creditor_meetings.meetings.models import Meeting
from tests.support import world
from voting.models import LedgerEntry

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 5, 18, 4, 0, tzinfo=UTC)


@pytest.fixture
def meeting() -> Meeting:
    return world.make_meeting(world.make_case())


def viewer(meeting: Meeting, role: str) -> Any:
    return world.viewer(world.make_person(meeting.case, role, name=role), meeting)


def shown(meeting: Meeting) -> list[str]:
    return [line["text"] for line in captions.captions(meeting)["lines"]]


def test_the_last_three_are_shown_and_all_are_kept(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = viewer(meeting, "clerk")
    for number in range(5):
        monkeypatch.setattr(clock, "now", lambda n=number: NOON + timedelta(seconds=10 * n))
        captions.write(meeting, f"第{number}句", clerk, speaker="林律师", seconds_ago=4)
    assert shown(meeting) == ["第2句", "第3句", "第4句"]
    lines = captions.lines(meeting)
    assert [one.text for one in lines] == [f"第{n}句" for n in range(5)]
    # A line stands where its words began, not where the typist pressed Enter.
    assert lines[1].said_at == NOON + timedelta(seconds=6)
    assert [one.text for one in captions.lines(meeting, NOON, NOON + timedelta(seconds=20))] == [
        "第1句",
        "第2句",
    ]
    captions.correct(meeting, lines[4].pk, "改过的第4句", viewer(meeting, "judge"))
    captions.correct(meeting, lines[3].pk, "", viewer(meeting, "administrator"))
    assert shown(meeting) == ["第1句", "第2句", "改过的第4句"]
    assert captions.lines(meeting)[-1].speaker == "林律师"
    assert not LedgerEntry.objects.filter(meeting=meeting).exists(), "captions are no evidence"


def test_who_may_not_write_them_and_when(meeting: Meeting) -> None:
    elsewhere = world.make_meeting(meeting.case)
    line = captions.write(meeting, "开会。", viewer(meeting, "clerk"))
    for role in ("debtor", "observer", "employees"):
        with pytest.raises(Refused) as refusal:
            captions.write(meeting, "我说。", viewer(meeting, role))
        assert refusal.value.code == "not_allowed"
        with pytest.raises(Refused):
            captions.correct(meeting, line.pk, "我说。", viewer(meeting, role))
    with pytest.raises(Refused, match="没有这行字幕"):
        captions.correct(elsewhere, line.pk, "别处。", viewer(meeting, "clerk"))
    with pytest.raises(Refused, match="seconds_ago"):
        captions.write(meeting, "很久以前。", viewer(meeting, "clerk"), seconds_ago=121)
    Meeting.objects.filter(pk=meeting.pk).update(state="closed")
    with pytest.raises(Refused, match="已闭会"):
        captions.write(meeting, "散会。", viewer(meeting, "clerk"))
    # What was heard wrongly can still be put right.
    captions.correct(meeting, line.pk, "现在开会。", viewer(meeting, "clerk"))
    assert shown(meeting) == ["现在开会。"]
