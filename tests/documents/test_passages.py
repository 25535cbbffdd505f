"""Questions to a passage: where they stand, who sees them, and what the record says of them."""

from typing import Any

import pytest

from creditor_meetings.meetings import questions
from creditor_meetings.meetings.models import Question
from creditor_meetings.realtime import commands
from documents import verbs
from documents.models import Document
from tests.documents.conftest import House, build_house
from tests.support import world
from voting.models import LedgerEntry
from voting.papers import spoken_part, story


def ask(house: House, role: str = "creditor", **data: Any) -> dict[str, Any]:
    """Ask as somebody, by the command of the room."""
    context = world.context(house.people[role], house.meeting)
    return commands.carry_out(context, "ask_question", {"text": "底价从何而来？", **data})


def seen(house: House, role: str) -> list[Any]:
    """The passages of the questions that a role sees."""
    house.meeting.refresh_from_db()
    _seq, state = world.take_snapshot(house.people[role], house.meeting)
    return [one["passage"] for one in state["questions"].values()]


@pytest.fixture
def document(house: House) -> Document:
    """A document of three pages that everybody has."""
    return house.hand_out(house.upload())


def test_a_question_stands_at_its_passage_for_all_who_see_it(
    house: House, document: Document
) -> None:
    place = {"document": document.pk, "page": 2, "quote": "1.86 亿元", "area": [100, 90, 500, 130]}
    reply = ask(house, **place)
    assert reply["ok"], reply
    for role in ("proxy", "observer", "clerk"):
        assert seen(house, role) == [place]
    assert ask(house, "debtor", document=document.pk, page=1)["ok"]
    assert seen(house, "creditor")[1] == {
        "document": document.pk, "page": 1, "quote": "", "area": None,
    }  # fmt: skip
    assert ask(house)["ok"]
    assert seen(house, "creditor")[2] is None


def test_the_marks_follow_the_rule_of_the_meeting(house: House, document: Document) -> None:
    house.meeting.questions_shown = "moderated"
    house.meeting.save()
    assert ask(house, document=document.pk, page=1)["ok"]
    assert len(seen(house, "creditor")) == len(seen(house, "clerk")) == 1
    assert seen(house, "proxy") == seen(house, "observer") == []
    asked = Question.objects.get()
    questions.moderate_question(house.meeting, asked.pk, True, house.viewer("judge"))
    assert len(seen(house, "proxy")) == 1


WRONG: list[dict[str, Any]] = [
    {"page": 0},
    {"page": 4},
    {"page": None},
    {"page": "2"},
    {"document": None},
    {"document": 987654},
    {"document": "x"},
    {"quote": "字" * 501},
    {"quote": 5},
    {"area": [1, 2, 3]},
    {"area": [1, 2, 3, 4, 5]},
    {"area": [500, 0, 100, 10]},
    {"area": [0, 10, 10, 10]},
    {"area": [-1, 0, 10, 10]},
    {"area": [0, 0, 1001, 10]},
    {"area": [0, 0, 0.5, 10]},
    {"area": [0, 0, True, 10]},
    {"area": "whole"},
    {"area": {"left": 1}},
    {"more": 1},
]


def test_a_passage_that_is_none_is_refused(house: House, document: Document) -> None:
    place = {"document": document.pk, "page": 2, "quote": "厂房", "area": [0, 0, 1000, 1000]}
    for wrong in WRONG:
        reply = ask(house, **{**place, **wrong})
        assert (reply["ok"], reply["error"]["code"]) == (False, "bad_request"), wrong
    assert not Question.objects.exists()


def test_nobody_asks_about_what_others_have_not(house: House) -> None:
    waiting = house.upload()
    for role in ("creditor", "administrator"):
        assert "尚未发放" in ask(house, role, document=waiting.pk, page=1)["error"]["message"]
    verbs.remove_document(house.meeting, waiting.pk, house.viewer("administrator"))
    assert not ask(house, document=waiting.pk, page=1)["ok"]
    elsewhere = build_house()
    other = elsewhere.hand_out(elsewhere.upload())
    assert not ask(house, document=other.pk, page=1)["ok"]
    assert not ask(house, "observer", document=other.pk, page=1)["ok"]
    assert not Question.objects.exists()


def test_the_record_and_the_minutes_name_the_passage(house: House, document: Document) -> None:
    assert ask(house, document=document.pk, page=2, quote="厂房及土地")["ok"]
    assert ask(house)["ok"]
    first, second = LedgerEntry.objects.filter(kind="question").order_by("position")
    assert first.body["passage"] == {
        "document": document.pk, "title": "工作报告", "sha256": document.sha256, "page": 2,
        "quote": "厂房及土地", "area": [],
    }  # fmt: skip
    # Of a question to nothing in particular the entry is as it always was.
    assert "passage" not in second.body
    said = [one["text"] for one in spoken_part.questions(story.read(house.meeting), names=True)]
    assert said == ["（就《工作报告》第 2 页“厂房及土地”）底价从何而来？", "底价从何而来？"]
