"""How votes are counted where the law is silent: settled before the first poll, then frozen."""

from typing import Any

import pytest
from django.test import Client

from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Case
from creditor_meetings.cases.money import yuan
from creditor_meetings.meetings import describe, practice
from creditor_meetings.meetings.models import Attendance, Meeting
from tests.support import world
from voting import enrolment, law, wording

pytestmark = pytest.mark.django_db

DEFAULTS = {
    "attendance": "signed_in_or_voted",
    "secured_general": "head",
    "employee": "none",
    "tax": "vote",
    "subordinated": "none",
    "second_vote": "whole_group",
    "paper_conflict": "online",
}


@pytest.fixture(autouse=True)
def _without_second_factor(settings: Any) -> None:
    settings.REQUIRE_STAFF_MFA = False


@pytest.fixture
def case() -> Case:
    return world.make_case()


@pytest.fixture
def meeting(case: Case) -> Meeting:
    return world.make_meeting(case)


def settle(meeting: Meeting, **chosen: str) -> Meeting:
    judge = world.make_person(meeting.case, "judge")
    return practice.settle(meeting, {**DEFAULTS, **chosen}, world.viewer(judge, meeting))


def client_of(case: Case, role: str) -> Client:
    client = Client()
    person = world.make_person(case, role)
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_the_page_shows_each_point_with_its_default_and_keeps_what_deviates(
    case: Case, meeting: Meeting
) -> None:
    client = client_of(case, "administrator")
    page = client.get(f"/meetings/{meeting.slug}/prepare/").content.decode()
    for words in wording.practice_words().values():
        for said in words.values():
            assert said in page
    address = f"/meetings/{meeting.slug}/prepare/practice/"
    answer = client.post(address, {**DEFAULTS, "employee": "vote", "paper_conflict": "paper"})
    assert (answer.status_code, answer["Location"]) == (
        302,
        f"/meetings/{meeting.slug}/prepare/#practice",
    )
    meeting.refresh_from_db()
    assert meeting.practice == {"employee": "vote", "paper_conflict": "paper"}
    page = client.get(f"/meetings/{meeting.slug}/prepare/").content.decode()
    assert 'name="employee" value="vote" id="id_employee_1" required checked' in " ".join(
        page.split()
    )


def test_a_choice_that_is_none_comes_back_and_changes_nothing(case: Case, meeting: Meeting) -> None:
    address = f"/meetings/{meeting.slug}/prepare/practice/"
    answer = client_of(case, "judge").post(address, {**DEFAULTS, "tax": "perhaps"})
    assert answer.status_code == 400
    with pytest.raises(Refused, match="'perhaps' should be one of vote, none"):
        settle(meeting, tax="perhaps")
    with pytest.raises(Refused, match="'weight' is no point of it"):
        settle(meeting, weight="x")
    meeting.refresh_from_db()
    assert meeting.practice == {}


@pytest.mark.parametrize("role", ["clerk", "creditor", "observer"])
def test_only_the_judge_and_the_administrator_settle_it(
    case: Case, meeting: Meeting, role: str
) -> None:
    creditor = world.make_creditor(case)
    person = world.make_person(case, role, creditor if role == "creditor" else None)
    with pytest.raises(Refused) as refusal:
        practice.settle(meeting, {"tax": "none"}, world.viewer(person, meeting))
    assert refusal.value.code == "not_allowed"


def test_open_rooms_see_drafts_counted_the_new_way(meeting: Meeting) -> None:
    resolution = world.make_resolution(meeting)
    judge = world.make_person(meeting.case, "judge")
    seq, stale = world.take_snapshot(judge, meeting)
    settle(meeting, subordinated="vote")
    current = world.catch_up(judge, meeting, seq, stale)
    assert current == world.take_snapshot(judge, meeting)[1]
    assert current["resolutions"][str(resolution.pk)]["practice"]["subordinated"] == "vote"


def test_what_is_announced_weighs_as_the_register_does(case: Case, meeting: Meeting) -> None:
    firm = world.make_creditor(case, "甲公司", confirmed="100.00")
    worker = world.make_creditor(case, "职工", nature="employee", confirmed="5.00")
    tax = world.make_creditor(case, "税务局", nature="tax", confirmed="20.00")
    people = {one: world.make_person(case, "creditor", one) for one in (firm, worker, tax)}
    for person in people.values():
        world.sign_in(person, meeting)
    watching = [*people.values(), world.make_person(case, "judge")]
    before = [world.take_snapshot(person, meeting) for person in watching]
    assert before[0][1]["attendance"]["amount"] == "120.00"
    meeting = settle(meeting, employee="vote", tax="none")
    register = law.register(world.make_resolution(meeting))
    entitled = yuan(sum(one.amount_fen for one in register))
    assert entitled == "105.00"
    for person, (seq, stale) in zip(watching, before, strict=True):
        current = world.catch_up(person, meeting, seq, stale)
        fresh = world.take_snapshot(person, meeting)[1]
        assert current["represented"] == fresh["represented"]
        assert current["attendance"] == fresh["attendance"]
        assert (fresh["attendance"]["amount"], fresh["attendance"]["total_amount"]) == (
            entitled,
            entitled,
        )
    weighed = {one.creditor_id: one.amount_fen for one in Attendance.objects.all()}
    assert weighed == {firm.pk: 10000, worker.pk: 500, tax.pk: 0}
    own = world.take_snapshot(people[worker], meeting)[1]["represented"][str(worker.pk)]
    assert (own["amount"], own["votes"]) == ("5.00", True)


def test_who_attends_by_signing_in_or_voting_weighs_by_the_practice(
    case: Case, meeting: Meeting
) -> None:
    meeting = settle(meeting, employee="vote")
    worker = world.make_creditor(case, "职工", nature="employee", confirmed="5.00")
    other = world.make_creditor(case, "职工乙", nature="employee", confirmed="7.00")
    world.sign_in(world.make_person(case, "creditor", worker), meeting)
    poll = world.open_poll(world.make_resolution(meeting), world.make_person(case, "judge"))
    world.cast(world.make_person(case, "creditor", other), poll, "for")
    assert set(Attendance.objects.values_list("amount_fen", flat=True)) == {500, 700}
    assert describe.attendance_totals(meeting) == {"creditors": 2, "amount": "12.00"}


def test_the_register_follows_the_practice_until_the_poll_freezes_it(
    case: Case, meeting: Meeting
) -> None:
    world.make_creditor(case, "甲公司", confirmed="100.00")
    world.make_creditor(case, "职工", nature="employee", confirmed="5.00")
    resolution = world.make_resolution(meeting)
    assert [one.name for one in law.register(resolution) if not one.reason] == ["甲公司"]
    settle(meeting, employee="vote")
    resolution.meeting.refresh_from_db()
    assert {one.name for one in law.register(resolution) if not one.reason} == {"甲公司", "职工"}
    judge = world.make_person(case, "judge")
    poll = world.open_poll(resolution, judge)
    poll.refresh_from_db()
    assert poll.practice == {**DEFAULTS, "employee": "vote"}
    with pytest.raises(Refused, match="已有表决开始"):
        settle(meeting, employee="none")
    # Whatever is written to the meeting afterwards, the poll is counted as it was frozen.
    Meeting.objects.filter(pk=meeting.pk).update(practice={"employee": "none"})
    poll.refresh_from_db()
    assert "employee" in enrolment.rule_of(poll).voters
    assert any("职工债权参加表决" in line for line in wording.counted(poll))


def test_the_page_is_for_reading_once_a_poll_opened(case: Case, meeting: Meeting) -> None:
    world.make_creditor(case)
    settle(meeting, tax="none")
    world.open_poll(world.make_resolution(meeting), world.make_person(case, "judge"))
    page = client_of(case, "judge").get(f"/meetings/{meeting.slug}/prepare/").content.decode()
    assert "税款和社会保险费债权不参加表决" in page
    assert "prepare/practice/" not in page
