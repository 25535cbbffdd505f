"""Preparing a meeting: who may, what is refused, and that open rooms follow every step."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.models import Case, Person, Role
from creditor_meetings.meetings import prepare, questions, verbs
from creditor_meetings.meetings.access import access_meeting
from creditor_meetings.meetings.models import (
    ALLOWED_STATES,
    AgendaItem,
    AgendaKind,
    Meeting,
    MeetingState,
    StateChange,
    TallyShown,
)
from creditor_meetings.realtime.log import events_after, last_seq
from tests.support import world

pytestmark = pytest.mark.django_db

OTHERS = ("clerk", "creditor", "proxy", "debtor", "employees", "observer")


@dataclass
class House:
    """A case with one person a role."""

    case: Case
    people: dict[str, Person]

    def viewer(self, role: str) -> Viewer:
        """See the case as a role."""
        return prepare.viewer_for(self.people[role], self.case)

    def meeting(self, state: str = MeetingState.CONVENED) -> Meeting:
        """Make a meeting with three items."""
        return world.make_meeting(self.case, state=state)


@pytest.fixture
def house() -> House:
    """Return a case with its people."""
    case = world.make_case()
    creditor = world.make_creditor(case, "李华")
    acting = {"creditor", "proxy"}
    people = {
        role: world.make_person(case, role, creditor if role in acting else None)
        for role in Role.values
    }
    return House(case, people)


FACTS = prepare.Facts(title="第一次债权人会议", starts_at=datetime(2026, 3, 2, 1, 30, tzinfo=UTC))


def watched(house: House, meeting: Meeting, act: Callable[[], object]) -> None:
    """Do something; everybody who had the room open must come to what a fresh page shows."""
    before = {}
    for role, person in house.people.items():
        try:
            access_meeting(person, meeting.slug)
        except NotFound:
            continue
        before[role] = world.take_snapshot(person, meeting)
    act()
    meeting = Meeting.objects.select_related("case").get(pk=meeting.pk)
    for role, (seq, stale) in before.items():
        person = house.people[role]
        assert (
            world.catch_up(person, meeting, seq, stale) == world.take_snapshot(person, meeting)[1]
        )


def test_a_meeting_begins_as_a_draft_that_only_the_team_and_the_court_see(house: House) -> None:
    meeting = prepare.create_meeting(house.case, FACTS, house.viewer("administrator"))
    assert meeting.state == MeetingState.DRAFT
    for role in ("administrator", "judge", "clerk"):
        assert access_meeting(house.people[role], meeting.slug)[0] == meeting
    for role in ("creditor", "proxy", "debtor", "employees", "observer"):
        with pytest.raises(NotFound):
            access_meeting(house.people[role], meeting.slug)


def test_addresses_come_from_the_case_number_and_are_used_once(house: House) -> None:
    administrator = house.viewer("administrator")
    made = [prepare.create_meeting(house.case, FACTS, administrator).slug for _ in range(3)]
    assert len(set(made)) == 3
    assert all(not slug.isdigit() for slug in made), "a number would be taken for a meeting's id"


@pytest.mark.parametrize("role", OTHERS)
def test_others_prepare_nothing(house: House, role: str) -> None:
    meeting = house.meeting()
    item = meeting.items.first()
    assert item is not None
    viewer = house.viewer(role)
    before = last_seq(meeting.pk)
    for act in (
        lambda: prepare.create_meeting(house.case, FACTS, viewer),
        lambda: prepare.edit_facts(meeting, FACTS, viewer),
        lambda: prepare.add_item(meeting, viewer, AgendaKind.OTHER, "其他"),
        lambda: prepare.edit_item(meeting, item.pk, viewer, AgendaKind.OTHER, "其他"),
        lambda: prepare.move_item(meeting, item.pk, viewer, 1),
        lambda: prepare.delete_item(meeting, item.pk, viewer),
        lambda: prepare.convene(meeting, viewer),
        lambda: prepare.take_back(meeting, viewer),
    ):
        with pytest.raises(Refused) as refusal:
            act()
        assert refusal.value.code == "not_allowed"
    assert last_seq(meeting.pk) == before
    assert meeting.items.count() == 3


def test_every_change_of_facts_and_agenda_reaches_open_rooms(house: House) -> None:
    meeting = house.meeting()
    world.make_resolution(meeting)
    administrator, judge = house.viewer("administrator"), house.viewer("judge")
    first, second, third = meeting.items.all()
    changed = replace(
        FACTS, title="第二次债权人会议", tally_shown=TallyShown.AT_CLOSE, claims_open=False
    )
    questions.ask_question(meeting, "何时分配？", house.viewer("creditor"))
    meeting.questions.update(item=third)
    for act in (
        lambda: prepare.edit_facts(meeting, changed, administrator),
        lambda: prepare.edit_facts(meeting, replace(changed, delegated=False), judge),
        lambda: prepare.add_item(meeting, administrator, AgendaKind.QUESTIONS, "提问", "说明"),
        lambda: prepare.edit_item(meeting, second.pk, judge, AgendaKind.REPORT, "报告", ""),
        lambda: prepare.move_item(meeting, first.pk, administrator, 1),
        lambda: prepare.move_item(meeting, first.pk, administrator, -5),
        lambda: prepare.delete_item(meeting, third.pk, administrator),
        lambda: prepare.take_back(meeting, judge),
        lambda: prepare.convene(meeting, judge),
    ):
        watched(house, meeting, act)
    titles = list(meeting.items.values_list("position", "title"))
    assert titles == [(1, first.title), (2, "报告"), (3, "提问")]
    meeting.refresh_from_db()
    assert (meeting.title, meeting.claims_open) == ("第二次债权人会议", False)


def test_only_the_judge_says_whether_the_administrator_runs_the_meeting(house: House) -> None:
    meeting = house.meeting()
    administrator, judge = house.viewer("administrator"), house.viewer("judge")
    with pytest.raises(Refused) as refusal:
        prepare.edit_facts(meeting, replace(FACTS, delegated=False), administrator)
    assert refusal.value.code == "not_allowed"
    prepare.edit_facts(meeting, replace(FACTS, delegated=False), judge)
    with pytest.raises(Refused):
        prepare.edit_facts(meeting, FACTS, administrator)
    with pytest.raises(Refused):
        verbs.change_state(meeting, MeetingState.OPEN, administrator)
    can = world.take_snapshot(house.people["administrator"], Meeting.objects.get(pk=meeting.pk))[1]
    assert "open_meeting" not in can["me"]["can"]


def test_taking_delegation_leaves_a_judge_who_is_administrator_too_its_rights(house: House) -> None:
    meeting = house.meeting()
    world.give_role(house.people["judge"], house.case, "administrator")
    watched(
        house,
        meeting,
        lambda: prepare.edit_facts(meeting, replace(FACTS, delegated=False), house.viewer("judge")),
    )


def test_facts_stand_once_the_meeting_has_begun(house: House) -> None:
    for state in (MeetingState.OPEN, MeetingState.ADJOURNED, MeetingState.CLOSED):
        meeting = house.meeting(state)
        with pytest.raises(Refused):
            prepare.edit_facts(meeting, FACTS, house.viewer("judge"))


def test_the_agenda_can_grow_while_the_meeting_goes_on_but_not_after(house: House) -> None:
    administrator = house.viewer("administrator")
    going_on, over = house.meeting(MeetingState.OPEN), house.meeting(MeetingState.CLOSED)
    watched(
        house,
        going_on,
        lambda: prepare.add_item(going_on, administrator, AgendaKind.OTHER, "临时议程"),
    )
    assert going_on.items.count() == 4
    with pytest.raises(Refused):
        prepare.add_item(over, administrator, AgendaKind.OTHER, "临时议程")


def test_what_was_current_or_is_voted_on_stays_on_the_agenda(house: House) -> None:
    meeting = house.meeting(MeetingState.OPEN)
    first, second, third = meeting.items.all()
    world.make_resolution(meeting, agenda_item=third)
    judge = house.viewer("judge")
    verbs.set_agenda_item(meeting, first.pk, judge)
    with pytest.raises(Refused, match="正在进行"):
        prepare.delete_item(meeting, first.pk, judge)
    verbs.set_agenda_item(meeting, second.pk, judge)
    for kept in (first, third):
        with pytest.raises(Refused, match="不能删除"):
            prepare.delete_item(meeting, kept.pk, judge)
    assert meeting.items.count() == 3


def test_an_item_of_another_meeting_is_out_of_reach(house: House) -> None:
    meeting, other = house.meeting(), house.meeting()
    foreign = other.items.first()
    assert foreign is not None
    administrator = house.viewer("administrator")
    for act in (
        lambda: prepare.edit_item(meeting, foreign.pk, administrator, AgendaKind.OTHER, "改"),
        lambda: prepare.move_item(meeting, foreign.pk, administrator, 1),
        lambda: prepare.delete_item(meeting, foreign.pk, administrator),
    ):
        with pytest.raises(Refused):
            act()
    assert AgendaItem.objects.get(pk=foreign.pk).title == foreign.title


def test_an_empty_agenda_is_not_convened(house: House) -> None:
    meeting = prepare.create_meeting(house.case, FACTS, house.viewer("administrator"))
    with pytest.raises(Refused, match="议程"):
        prepare.convene(meeting, house.viewer("administrator"))


def test_a_meeting_to_which_somebody_signed_in_is_not_taken_back(house: House) -> None:
    meeting = house.meeting()
    world.sign_in(house.people["creditor"], meeting)
    with pytest.raises(Refused, match="签到"):
        prepare.take_back(meeting, house.viewer("judge"))


def test_taking_back_ends_the_rooms_of_those_who_may_not_see_a_draft(house: House) -> None:
    meeting = house.meeting()
    before = last_seq(meeting.pk)
    prepare.take_back(meeting, house.viewer("judge"))
    kinds = [(event.kind, event.audience) for event in events_after(meeting.pk, before)]
    assert ("access_changed", "all") in kinds


@pytest.mark.parametrize("state", MeetingState.values)
def test_only_legal_steps_of_the_state_are_taken_and_each_is_on_record(
    house: House, state: str
) -> None:
    for wanted in MeetingState.values:
        meeting = house.meeting(state)
        if wanted in ALLOWED_STATES[state]:
            verbs.change_state(meeting, wanted, house.viewer("judge"), address="192.0.2.9")
            change = StateChange.objects.get(meeting=meeting)
            assert (change.state, change.address) == (wanted, "192.0.2.9")
        else:
            with pytest.raises(Refused):
                verbs.change_state(meeting, wanted, house.viewer("judge"))
            assert not StateChange.objects.filter(meeting=meeting).exists()
