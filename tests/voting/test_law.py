"""From claims and attendance to the register and the count."""

import contextlib

import pytest

from creditor_meetings.cases.errors import Refused
from creditor_meetings.meetings.standing import NONE, Standing, standing, standings
from tests.support import world
from voting import law, verbs
from voting.models import RegisterEntry

pytestmark = pytest.mark.django_db


def test_standings_of_every_kind_of_claim() -> None:
    case = world.make_case()
    kinds = {
        "ordinary": world.make_creditor(case, confirmed="10.00"),
        "partly": world.make_creditor(
            case, confirmed="6.00", filed="10.00", conclusion="partly_confirmed"
        ),
        "undetermined": world.make_creditor(
            case, confirmed="0.00", filed="9.00", conclusion="undetermined"
        ),
        "temporary": world.make_creditor(
            case, confirmed="0.00", filed="9.00", conclusion="undetermined", temporary="4.00"
        ),
        "rejected": world.make_creditor(
            case, confirmed="0.00", filed="9.00", conclusion="rejected"
        ),
        "employee": world.make_creditor(case, nature="employee", confirmed="3.00"),
        "secured": world.make_creditor(case, nature="secured", confirmed="8.00"),
        "part": world.make_creditor(
            case, nature="secured", confirmed="8.00", unsecured_part="2.00"
        ),
        "waived": world.make_creditor(
            case, nature="construction", confirmed="8.00", priority_waived=True
        ),
        "none": world.make_creditor(case, confirmed=None),
    }
    world.make_claim(kinds["rejected"], confirmed="1.50")
    expected = {
        "ordinary": Standing(1000, True),
        "partly": Standing(600, True),
        "undetermined": Standing(0, False, "undetermined-claim"),
        "temporary": Standing(400, True),
        "rejected": Standing(150, True),
        "employee": Standing(0, False, "no-vote-in-this-matter"),
        "secured": Standing(0, True),
        "part": Standing(200, True),
        "waived": Standing(800, True),
        "none": NONE,
    }
    meeting = world.make_meeting(case)
    found = standings(meeting)
    for kind, creditor in kinds.items():
        assert found.get(creditor.pk, NONE) == expected[kind], kind
        assert standing(meeting, creditor.pk) == expected[kind], kind
    assert standings(world.make_meeting(world.make_case())) == {}


def test_register_says_who_votes_and_why_not() -> None:
    case = world.make_case()
    bank = world.make_creditor(case, "银行", nature="secured", confirmed="8.00")
    firm = world.make_creditor(case, "公司", confirmed="5.00")
    meeting = world.make_meeting(case)
    barred = world.make_resolution(meeting, power=10)
    lines = {one.creditor_id: one for one in law.register(barred)}
    assert (lines[bank.pk].reason, lines[bank.pk].heads) == ("priority-not-waived", 0)
    assert (lines[firm.pk].amount_fen, lines[firm.pk].group) == (500, "all")
    assert lines[firm.pk].name == "公司"
    assert law.barred(barred)
    open_to_all = {one.creditor_id: one for one in law.register(world.make_resolution(meeting))}
    assert (open_to_all[bank.pk].heads, open_to_all[bank.pk].amount_fen) == (1, 0)
    composition = world.make_resolution(meeting, power=7, rule="prc-composition")
    assert {one.reason for one in law.register(composition)} == {"priority-not-waived", ""}
    grouped = world.make_resolution(meeting, power=6, rule="prc-reorganisation")
    assert {one.group for one in law.register(grouped)} == {"secured", "ordinary"}
    assert RegisterEntry.objects.count() == 0


def test_a_later_change_of_a_claim_changes_no_count() -> None:
    case = world.make_case()
    creditor = world.make_creditor(case, confirmed="5.00")
    meeting = world.make_meeting(case)
    chair, voter = world.make_person(case, "judge"), world.make_person(case, "creditor", creditor)
    poll = world.open_poll(world.make_resolution(meeting), chair)
    creditor.claims.update(confirmed_fen=1, conclusion="rejected")
    world.make_creditor(case, confirmed="900.00")
    world.cast(voter, poll, "for")
    outcome = world.close_poll(poll, chair)
    assert outcome.outcome == "passed"
    assert outcome.result["groups"][0]["amount_test"]["denominator"] == "5.00"
    poll.refresh_from_db()
    assert law.count(poll) == outcome.result


def test_running_count_is_the_recount_in_every_rule() -> None:
    case = world.make_case()
    natures = ["ordinary", "secured", "tax", "employee", "small", "investor", "ordinary"]
    creditors = [
        world.make_creditor(case, nature=nature, confirmed=f"{10 + n}.00")
        for n, nature in enumerate(natures)
    ]
    world.make_claim(creditors[0], nature="secured", confirmed="7.00", unsecured_part="2.00")
    meeting = world.make_meeting(case)
    chair = world.make_person(case, "judge")
    people = [world.make_person(case, "creditor", one) for one in creditors]
    world.sign_in(people[-1], meeting)
    for rule in ("prc-ordinary", "prc-composition", "prc-reorganisation"):
        poll = world.open_poll(world.make_resolution(meeting, rule=rule), chair)
        assert law.running(poll) == law.count(poll)["groups"]
        for number, person in enumerate(people[:-1]):
            for choice in ("against", ("for", "abstain", "against")[number % 3]):
                with contextlib.suppress(Refused):
                    world.cast(person, poll, choice)
                assert law.running(poll) == law.count(poll)["groups"]
        outcome = world.close_poll(poll, chair)
        poll.refresh_from_db()
        assert law.running(poll) == outcome.result["groups"] == law.count(poll)["groups"]


def test_attendance_after_the_close_changes_nothing() -> None:
    case = world.make_case()
    a, b = world.make_creditor(case), world.make_creditor(case)
    meeting = world.make_meeting(case)
    chair = world.make_person(case, "judge")
    for_a, for_b = world.make_person(case, "creditor", a), world.make_person(case, "creditor", b)
    poll = world.open_poll(world.make_resolution(meeting), chair)
    world.cast(for_a, poll, "for")
    outcome = world.close_poll(poll, chair)
    world.sign_in(for_b, meeting)
    poll.refresh_from_db()
    assert law.count(poll) == outcome.result
    assert law.attending(poll) == 1
    assert RegisterEntry.objects.get(resolution=poll, creditor=a).attended
    assert not RegisterEntry.objects.get(resolution=poll, creditor=b).attended


def test_thresholds_are_told_as_data_and_explained_in_words() -> None:
    meeting = world.make_meeting(world.make_case())
    poll = world.make_resolution(meeting, power=7, rule="prc-composition")
    assert law.thresholds(poll) == {
        "number": {
            "comparator": ">",
            "numerator": 1,
            "denominator": 2,
            "of": "attending",
            "article": "EBL 97",
        },
        "amount": {
            "comparator": ">=",
            "numerator": 2,
            "denominator": 3,
            "of": "entitled",
            "article": "EBL 97",
        },
    }
    assert "三分之二" in law.explain(poll)
    assert "第五十九条第三款" in law.explain(poll)
    assert "第五十九条" not in law.explain(world.make_resolution(meeting, power=9))


def test_a_poll_without_any_vote_is_not_opened() -> None:
    case = world.make_case()
    world.make_creditor(case, nature="employee")
    meeting = world.make_meeting(case)
    chair = world.make_person(case, "judge")
    resolution = world.make_resolution(meeting)
    with pytest.raises(Refused) as refused:
        verbs.open_poll(meeting, resolution.pk, world.viewer(chair, meeting))
    assert refused.value.code == "bad_request"
    assert RegisterEntry.objects.count() == 0
