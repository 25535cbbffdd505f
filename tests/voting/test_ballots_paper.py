"""Paper ballots: counted like others, shown apart, and which of two ballots counts."""

from typing import Any

import pytest

from creditor_meetings.cases.errors import Refused
from creditor_meetings.meetings.models import Attendance
from tests.support import world
from tests.voting.plan import Plan, agree, count_paper, tallies
from voting import book, describe, law
from voting.ledger import chain
from voting.models import Ballot, LedgerEntry, PaperBallot

pytestmark = pytest.mark.django_db


def choice_of(poll: Any, name: str, plan: Plan) -> tuple[str, str]:
    found = Ballot.objects.get(resolution=poll, creditor=plan.creditors[name], effective=True)
    return found.way, found.choice


def test_a_paper_ballot_counts_attends_and_is_on_record() -> None:
    plan = Plan()
    poll = plan.poll()
    ballot = plan.paper("bank", poll, {"secured": "for", "ordinary": "against"})
    plan.cast("firm", poll, "for")
    assert (ballot.way, ballot.person, ballot.by_proxy) == ("paper", plan.administrator, False)
    assert tallies(poll) == {
        "secured": {"for": (1, 80000)},
        "ordinary": {"for": (1, 30000), "against": (1, 10000)},
        "employee": {},
    }
    agree(poll)
    body = LedgerEntry.objects.filter(kind="ballot").earliest("position").body
    assert (body["way"], body["checked_by"]) == ("paper", plan.judge.pk)
    assert chain.problems(book.entries_of(plan.meeting)) == []
    assert Attendance.objects.filter(creditor=plan.creditors["bank"]).exists()
    assert describe.participation(poll)["paper"] == 1
    outcome = plan.close(poll)
    assert outcome.ways == {
        "paper": {
            "secured": {"for": {"number": 1, "amount": "800.00"}},
            "ordinary": {"against": {"number": 1, "amount": "100.00"}},
        }
    }
    assert outcome.result["groups"][0]["for"] == {"number": 1, "amount": "800.00"}


def test_no_paper_is_shown_where_there_is_none() -> None:
    plan = Plan()
    poll = plan.poll()
    plan.cast("firm", poll, "for")
    assert describe.participation(poll)["paper"] == 0
    assert plan.close(poll).ways == {"paper": {}}


@pytest.mark.parametrize(
    ("rule", "after_online", "after_paper"),
    [
        ("online", ("online", "for"), ("online", "for")),
        ("paper", ("paper", "against"), ("paper", "against")),
        ("first", ("online", "for"), ("paper", "against")),
        ("last", ("paper", "against"), ("online", "for")),
    ],
)
def test_which_of_two_ballots_counts_is_settled_beforehand(
    rule: str, after_online: tuple[str, str], after_paper: tuple[str, str]
) -> None:
    plan = Plan(paper_conflict=rule)
    poll = plan.poll()
    # What the meeting decides later touches no poll that runs.
    plan.meeting.practice = {"paper_conflict": "paper" if rule != "paper" else "online"}
    plan.meeting.save()
    plan.cast("firm", poll, "for")
    counted = plan.paper("firm", poll, {"ordinary": "against"})
    assert choice_of(poll, "firm", plan) == after_online
    assert (counted is not None) == (after_online[0] == "paper")
    plan.paper("shop", poll, {"ordinary": "against"})
    try:
        plan.cast("shop", poll, "for")
        refused = ""
    except Refused as refusal:
        refused = refusal.code
    assert choice_of(poll, "shop", plan) == after_paper
    assert refused == ("not_allowed" if after_paper[0] == "paper" else "")
    state = "counted" if after_paper[0] == "paper" else "overruled"
    assert PaperBallot.objects.get(creditor=plan.creditors["shop"]).state == state
    agree(poll)


def test_what_no_ballot_may_no_paper_may() -> None:
    plan = Plan()
    poll = plan.poll()
    tax = world.make_creditor(plan.case, "后到", nature="tax")
    cases: list[tuple[Any, dict[str, str]]] = [
        (tax, {"tax": "for"}),
        (plan.creditors["firm"], {}),
        (plan.creditors["firm"], {"secured": "for"}),
    ]
    for creditor, choices in cases:
        with pytest.raises(Refused) as raised:
            count_paper(poll, creditor, choices, plan.administrator, plan.judge)
        assert raised.value.code in ("bad_request", "no_voting_right")
        PaperBallot.objects.all().delete()
    plan.paper("firm", poll, {"ordinary": "for"})
    PaperBallot.objects.update(state="refused")
    with pytest.raises(Refused):
        plan.paper("firm", poll, {"ordinary": "against"})
    plan.close(poll)
    with pytest.raises(Refused) as late:
        plan.paper("shop", poll, {"ordinary": "for"})
    assert late.value.code == "poll_not_open"
    assert Ballot.objects.count() == 1


def test_the_room_is_told_of_a_paper_ballot_as_of_any() -> None:
    plan = Plan()
    poll = plan.poll()
    seq, stale = world.take_snapshot(plan.people["firm"], plan.meeting)
    plan.paper("firm", poll, {"ordinary": "for"})
    followed = world.catch_up(plan.people["firm"], plan.meeting, seq, stale)
    fresh = world.take_snapshot(plan.people["firm"], plan.meeting)[1]
    assert followed == fresh
    told = fresh["ballots"][str(poll.pk)][str(plan.creditors["firm"].pk)]
    assert (told["way"], told["choices"]) == ("paper", {"ordinary": "for"})


def test_ways_leave_out_superseded_paper() -> None:
    plan = Plan(paper_conflict="last")
    poll = plan.poll()
    plan.paper("firm", poll, {"ordinary": "against"})
    assert law.ways(poll)["paper"] != {}
    plan.cast("firm", poll, "for")
    assert law.ways(poll) == {"paper": {}}
