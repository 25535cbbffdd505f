"""Questions in writing: who sees them by the meeting's rule, and what moderation changes."""

import copy
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Person
from creditor_meetings.meetings import prepare, questions
from creditor_meetings.meetings.models import Meeting
from tests.support import world
from voting.papers import spoken_part, story

pytestmark = pytest.mark.django_db

STAFF = {"administrator", "judge", "clerk"}
OTHERS = {"other", "debtor", "observer"}


class House:
    """A meeting whose rule is given; who asks is 李明 of 甲公司."""

    def __init__(self, rule: str, state: str = "open") -> None:
        case = world.make_case()
        self.meeting: Meeting = world.make_meeting(case, state=state, questions_shown=rule)
        own = world.make_creditor(case, "甲公司")
        self.people: dict[str, Person] = {
            role: world.make_person(case, role, name=role)
            for role in (*sorted(STAFF), "debtor", "observer")
        }
        self.people["asker"] = world.make_person(case, "creditor", own, "李明")
        other = world.make_creditor(case, "乙公司")
        self.people["other"] = world.make_person(case, "creditor", other, "王静")
        self.followed = {who: self._snapshot(who) for who in self.people}

    def viewer(self, who: str) -> Any:
        return world.viewer(self.people[who], self.meeting)

    def _snapshot(self, who: str) -> tuple[int, dict[str, Any]]:
        self.meeting.refresh_from_db()
        return world.take_snapshot(self.people[who], self.meeting)

    def ask(self) -> int:
        return questions.ask_question(self.meeting, "何时分配？", self.viewer("asker")).pk

    def moderate(self, question: int, shown: bool, reason: str = "", who: str = "judge") -> None:
        questions.moderate_question(self.meeting, question, shown, self.viewer(who), reason=reason)

    def seen_by(self, question: int) -> set[str]:
        """Say who sees the question, by events as by a fresh snapshot; both must agree."""
        seen = set()
        for who, (seq, stale) in self.followed.items():
            fresh = self._snapshot(who)[1]["questions"]
            state = world.catch_up(self.people[who], self.meeting, seq, copy.deepcopy(stale))
            assert state["questions"] == fresh, who
            if str(question) in fresh:
                seen.add(who)
        return seen


def test_all_see_at_once_what_is_asked_where_the_rule_says_so() -> None:
    house = House("all")
    question = house.ask()
    assert house.seen_by(question) == {"asker"} | STAFF | OTHERS
    house.moderate(question, False, "涉及商业秘密")
    assert house.seen_by(question) == {"asker"} | STAFF
    assert house._snapshot("asker")[1]["questions"][str(question)]["reason"] == "涉及商业秘密"
    # What is answered meanwhile stays with those who see it.
    questions.answer_question(house.meeting, question, "六月。", house.viewer("judge"))
    assert house.seen_by(question) == {"asker"} | STAFF
    house.moderate(question, True)
    assert house.seen_by(question) == {"asker"} | STAFF | OTHERS
    assert house._snapshot("other")[1]["questions"][str(question)]["answer"] == "六月。"
    with pytest.raises(Refused, match="已经公开"):
        house.moderate(question, True)


def test_a_moderated_question_waits_for_a_word() -> None:
    house = House("moderated")
    shown, held = house.ask(), house.ask()
    assert house.seen_by(shown) == {"asker"} | STAFF
    house.moderate(shown, True, who="administrator")
    assert house.seen_by(shown) == {"asker"} | STAFF | OTHERS
    with pytest.raises(Refused, match="理由"):
        house.moderate(held, False)
    house.moderate(held, False, "重复提问")
    assert house.seen_by(held) == {"asker"} | STAFF
    for who in ("clerk", "asker", "observer"):
        with pytest.raises(Refused) as refusal:
            house.moderate(held, True, who=who)
        assert refusal.value.code == "not_allowed"


def test_what_was_asked_in_confidence_stays_there() -> None:
    house = House("asker", state="convened")
    question = house.ask()
    questions.answer_question(house.meeting, question, "六月。", house.viewer("administrator"))
    assert house.seen_by(question) == {"asker"} | STAFF
    with pytest.raises(Refused, match="不能公开"):
        house.moderate(question, True)
    # The rule is fixed with the first question: who asked was promised who would read it.
    facts = prepare.Facts(title="会议", starts_at=datetime(2026, 5, 18, tzinfo=UTC))
    judge = house.viewer("judge")
    with pytest.raises(Refused, match="已有人提问"):
        prepare.edit_facts(house.meeting, facts, judge)
    same = replace(facts, questions_shown="asker", floor_seconds=90)
    assert prepare.edit_facts(house.meeting, same, judge).floor_seconds == 90
    with pytest.raises(Refused, match="10 至 3600"):
        prepare.edit_facts(house.meeting, replace(same, floor_seconds=5), judge)


def test_an_item_that_goes_tells_nobody_of_a_hidden_question() -> None:
    house = House("asker")
    item = house.meeting.items.get(position=3)
    question = house.ask()
    house.meeting.questions.update(item=item)
    house.followed = {who: house._snapshot(who) for who in house.people}
    prepare.delete_item(house.meeting, item.pk, house.viewer("judge"))
    assert house.seen_by(question) == {"asker"} | STAFF


def test_answered_aloud_needs_no_words() -> None:
    house = House("all")
    question = house.ask()
    with pytest.raises(Refused, match="写下答复"):
        questions.answer_question(house.meeting, question, "", house.viewer("judge"))
    questions.answer_question(house.meeting, question, "", house.viewer("judge"), live=True)
    seen = house._snapshot("observer")[1]["questions"][str(question)]
    assert (seen["live"], seen["answer"], seen["answered_by"]) == (True, "", "judge")
    assert seen["answered_at"]


def test_the_minutes_say_what_all_saw_and_the_courts_copy_everything() -> None:
    house = House("moderated")
    shown, held = house.ask(), house.ask()
    house.moderate(shown, True)
    house.moderate(held, False, "重复提问")
    questions.answer_question(house.meeting, shown, "六月。", house.viewer("judge"), live=True)
    told = story.read(house.meeting)
    public = spoken_part.questions(told, names=False)
    assert [(one["asker"], one["answer"], one["note"]) for one in public] == [
        ("甲公司", "（当场答复）六月。", "")
    ]
    assert spoken_part.hidden(told) == "另有 1 个书面提问未公开，见法院、管理人存卷本。"
    court = spoken_part.questions(told, names=True)
    assert [one["note"] for one in court] == ["", "（未公开：重复提问　judge）"]
