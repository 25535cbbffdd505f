"""Ballots that say different things in different groups, and many ballots of one command."""

import asyncio
from typing import Any

import pytest

from creditor_meetings.cases.errors import Refused
from tests.support import world
from tests.voting.plan import Plan, agree, tallies
from voting import ballot_box, book, describe, law
from voting.ledger import chain
from voting.models import SPLIT, Ballot, LedgerEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan() -> Plan:
    return Plan()


def refused(act: Any, *arguments: Any) -> Refused:
    with pytest.raises(Refused) as raised:
        act(*arguments)
    return raised.value


def test_a_creditor_in_two_groups_votes_differently_in_each(plan: Plan) -> None:
    poll = plan.poll()
    plan.cast("firm", poll, "for")
    receipt = plan.cast("bank", poll, {"secured": "against", "ordinary": "for"})
    assert (receipt["choice"], receipt["amount"]) == (SPLIT, "900.00")
    assert receipt["groups"] == [
        {"group": "secured", "heads": 1, "amount": "800.00", "choice": "against"},
        {"group": "ordinary", "heads": 1, "amount": "100.00", "choice": "for"},
    ]
    assert (receipt["way"], receipt["mandate"], receipt["checked_by"]) == ("online", None, None)
    assert tallies(poll) == {
        "secured": {"against": (1, 80000)}, "ordinary": {"for": (2, 40000)}, "employee": {},
    }  # fmt: skip
    agree(poll)
    groups = {one["group"]: one["passed"] for one in plan.close(poll).result["groups"]}
    assert groups == {"secured": False, "employee": False, "ordinary": True}
    body = LedgerEntry.objects.filter(kind="ballot").latest("position").body
    assert [one["choice"] for one in body["groups"]] == ["against", "for"]
    assert chain.problems(book.entries_of(plan.meeting)) == []


def test_one_choice_counts_in_every_group_and_is_shown_as_one(plan: Plan) -> None:
    poll = plan.poll()
    assert plan.cast("bank", poll, "for")["choice"] == "for"
    ballot = Ballot.objects.get()
    assert ballot.choices == {"secured": "for", "ordinary": "for"}
    told = describe.ballot(ballot, ballot.receipt)
    assert told["choices"] == ballot.choices
    assert told["way"] == "online"


def test_a_group_left_out_is_silent_and_a_later_ballot_supersedes_whole(plan: Plan) -> None:
    poll = plan.poll()
    plan.cast("bank", poll, {"secured": "against", "ordinary": "abstain"})
    agree(poll)
    receipt = plan.cast("bank", poll, {"secured": "for"})
    assert (receipt["choice"], receipt["amount"]) == ("for", "800.00")
    assert tallies(poll)["ordinary"] == {}
    assert tallies(poll)["secured"] == {"for": (1, 80000)}
    agree(poll)
    groups = {one["group"]: one for one in law.running(poll)}
    assert groups["ordinary"]["not_voted"] == {"number": 1, "amount": "100.00"}
    plan.cast("bank", poll, "against")
    assert tallies(poll)["ordinary"] == {"against": (1, 10000)}
    agree(poll)


@pytest.mark.parametrize(
    "choices",
    [{}, {"secured": "yes"}, {"employee": "for"}, {"secured": "for", "": "for"}, ["for"], "for",
     {"secured": None}],
)  # fmt: skip
def test_bad_choices_are_refused(plan: Plan, choices: Any) -> None:
    poll = plan.poll()
    data = {"resolution": poll.pk, "choices": choices}

    def cast() -> None:
        cast = ballot_box.read(world.context(plan.people["bank"], plan.meeting), data)
        ballot_box.write([cast])
        cast.answer.result(timeout=0)

    assert refused(cast).code == "bad_request"
    assert tallies(poll)["secured"] == {}


def test_a_group_of_others_is_refused_by_name_with_the_own_ones(plan: Plan) -> None:
    poll = plan.poll()
    message = refused(plan.cast, "bank", poll, {"employee": "for"}).message
    assert "employee" in message
    assert "secured" in message


def test_choice_and_choices_together_are_refused(plan: Plan) -> None:
    context = world.context(plan.people["bank"], plan.meeting)
    data = {"resolution": 1, "choice": "for", "choices": {"secured": "for"}}
    assert refused(ballot_box.read, context, data).code == "bad_request"


@pytest.mark.parametrize("state", ["suspended", "voided"])
def test_a_poll_that_stands_still_takes_no_ballot_and_says_so(plan: Plan, state: str) -> None:
    poll = plan.poll()
    poll.state = state
    poll.save()
    answer = refused(plan.cast, "firm", poll, "for")
    assert answer.code == "poll_not_open"
    assert {"suspended": "暂停", "voided": "作废"}[state] in answer.message
    with pytest.raises(Refused):
        plan.paper("firm", poll, {"ordinary": "for"})


def test_many_at_once_are_answered_each_and_in_order(plan: Plan) -> None:
    poll, other = plan.poll(), plan.poll()
    proxy = world.make_person(plan.case, "proxy", plan.creditors["firm"])
    world.give_role(proxy, plan.case, "proxy", plan.creditors["shop"])
    context = world.context(proxy, plan.meeting, "x" * 64)
    firm, shop, bank = (plan.creditors[one].pk for one in ("firm", "shop", "bank"))
    ballots: list[Any] = [
        {"resolution": poll.pk, "choice": "for", "creditor": firm},
        {"resolution": poll.pk, "choice": "for", "creditor": bank},
        "for",
        {"resolution": other.pk, "choices": {"ordinary": "against"}, "creditor": shop},
        {"resolution": poll.pk, "choice": "maybe", "creditor": shop},
        {"resolution": poll.pk, "choice": "against", "creditor": firm},
    ]
    first = world.cast_many(context, {"ballots": ballots})["answers"]
    assert [one["ok"] for one in first] == [True, False, False, True, False, True]
    codes = [one["error"]["code"] for one in first if not one["ok"]]
    assert codes == ["not_allowed", "bad_request", "bad_request"]
    assert first[3]["receipt"]["creditor"] == shop
    assert tallies(poll)["ordinary"] == {"against": (1, 30000)}
    assert tallies(other)["ordinary"] == {"against": (1, 5000)}
    assert world.cast_many(context, {"ballots": ballots})["answers"] == first
    assert Ballot.objects.count() == 3
    assert all(len(one.command_id) <= 64 for one in Ballot.objects.all())


def test_many_go_through_the_command_and_the_post(plan: Plan, monkeypatch: Any) -> None:
    poll = plan.poll()
    monkeypatch.setattr(
        ballot_box.box, "put", lambda cast: (ballot_box.write([cast]), cast.answer)[1]
    )
    context = world.context(plan.people["firm"], plan.meeting, "many")
    data = {"ballots": [{"resolution": poll.pk, "choice": "for"}, {"resolution": poll.pk}]}
    by_post = ballot_box.cast_ballots_now(context, data)
    assert [one["ok"] for one in by_post["answers"]] == [True, False]
    data = {"ballots": [{"resolution": poll.pk}]}
    by_socket = asyncio.run(ballot_box.cast_ballots(context, data))
    assert by_socket["answers"][0]["error"]["code"] == "bad_request"


def test_a_list_that_is_none_or_too_long_is_refused_whole(plan: Plan) -> None:
    context = world.context(plan.people["firm"], plan.meeting)
    one = {"resolution": 1, "choice": "for"}
    for ballots in (None, [], {}, [one] * 501):
        assert refused(ballot_box.read_many, context, {"ballots": ballots}).code == "bad_request"
    assert len(ballot_box.read_many(context, {"ballots": [one] * 500})) == 500
    nobody = world.context(plan.judge, plan.meeting)
    assert refused(ballot_box.read_many, nobody, {"ballots": [one]}).code == "no_voting_right"


@pytest.mark.parametrize(("number", "weight"), [(1, 1), (25, 1), (50, 2), (500, 20), (9999, 20)])
def test_many_weigh_more_against_the_allowance(number: int, weight: float) -> None:
    from creditor_meetings.realtime import registry

    assert registry.weight("cast_ballots", {"ballots": [{}] * number}) == weight
    assert registry.weight("cast_ballots", {}) == 1
    assert registry.weight("cast_ballot", {}) == 1
