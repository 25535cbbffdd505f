"""The register's groups: formed by decision, left out, voted on once more; and who attends."""

from typing import Any

import pytest

from creditor_meetings.cases.errors import Refused
from creditor_meetings.meetings import describe as meeting_describe
from creditor_meetings.meetings.standing import standings
from tests.support import world
from tests.voting.plan import Plan, agree, tallies
from voting import describe, law
from voting.models import Outcome, RegisterEntry

pytestmark = pytest.mark.django_db


def lines(resolution: Any) -> dict[str, dict[str, int]]:
    """The voting lines of a register drawn up now: amounts by group and name."""
    found: dict[str, dict[str, int]] = {}
    for line in law.register(resolution):
        if not line.reason:
            found.setdefault(line.group, {})[line.name] = line.amount_fen
    return found


def reasons(resolution: Any) -> dict[str, str]:
    return {line.name: line.reason for line in law.register(resolution) if line.reason}


def test_small_creditors_form_a_group_by_decision() -> None:
    plan = Plan()
    world.make_claim(plan.creditors["shop"], confirmed="50.00")
    draft = plan.draft()
    assert lines(draft)["ordinary"] == {"银行": 10000, "公司": 30000, "商店": 10000}
    plan.decide("small", 10000)
    assert lines(draft)["ordinary"] == {"银行": 10000, "公司": 30000}
    assert lines(draft)["small"] == {"商店": 10000}
    world.make_claim(plan.creditors["shop"], confirmed="0.01")
    assert "small" not in lines(draft)
    assert law.decided_groups(draft) == {"small": "100.00"}


def test_rejected_claims_make_nobody_large_and_undetermined_count_as_set() -> None:
    plan = Plan()
    shop = plan.creditors["shop"]
    world.make_claim(shop, filed="900.00", confirmed="0.00", conclusion="rejected")
    claim = world.make_claim(shop, filed="900.00", confirmed="0.00", conclusion="undetermined")
    plan.decide("small", 10000)
    draft = plan.draft()
    assert lines(draft)["small"] == {"商店": 5000}
    claim.temporary_fen = 5001
    claim.save()
    assert lines(draft)["ordinary"]["商店"] == 10001


def test_small_claims_are_a_matter_of_plans_alone() -> None:
    plan = Plan()
    plan.decide("small", 10000)
    general = world.make_resolution(plan.meeting)
    assert lines(general) == {"all": {"银行": 10000, "公司": 30000, "商店": 5000}}


def test_investors_vote_only_by_decision_and_are_no_creditors() -> None:
    plan = Plan()
    investor = world.make_creditor(plan.case, "股东", nature="investor", confirmed="700.00")
    world.make_claim(plan.creditors["firm"], nature="investor", confirmed="40.00")
    draft = plan.draft()
    assert "investor" not in lines(draft)
    assert reasons(draft)["股东"] == "no-vote-in-this-matter"
    plan.decide("investor")
    assert lines(draft)["investor"] == {"股东": 70000, "公司": 4000}
    assert law.decided_groups(draft) == {"investor": True}
    assert reasons(world.make_resolution(plan.meeting))["股东"] == "no-vote-in-this-matter"
    totals = meeting_describe.case_totals(plan.meeting)
    assert totals == {"total_creditors": 4, "total_amount": "450.00"}
    assert investor.pk not in standings(plan.meeting)
    world.sign_in(world.make_person(plan.case, "creditor", investor), plan.meeting)
    world.sign_in(plan.people["firm"], plan.meeting)
    told = meeting_describe.attendance_totals(plan.meeting)
    assert told == {"creditors": 1, "amount": "300.00"}


def test_groups_that_a_plan_does_not_affect_do_not_vote() -> None:
    plan = Plan()
    draft = plan.draft(unaffected_groups=["employee", "secured"])
    assert list(lines(draft)) == ["ordinary"]
    assert reasons(draft) == {"职工": "not-in-group"}
    poll = world.open_poll(draft, plan.judge)
    with pytest.raises(Refused) as raised:
        plan.cast("worker", poll, "for")
    assert raised.value.code == "no_voting_right"
    plan.cast("bank", poll, "for")
    plan.cast("firm", poll, "for")
    outcome = plan.close(poll)
    assert [one["group"] for one in outcome.result["groups"]] == ["ordinary"]
    assert outcome.outcome == "passed"
    told = describe.resolution(poll)
    assert (told["groups"], told["unaffected_groups"]) == (["ordinary"], ["employee", "secured"])


def test_claims_are_told_in_the_words_of_count_files() -> None:
    plan = Plan()
    world.make_claim(
        plan.creditors["shop"], filed="80.00", confirmed="0.00", conclusion="undetermined",
        temporary="60.00",
    )  # fmt: skip
    claims = law.claims_of(plan.case.pk)
    assert claims[plan.creditors["bank"].pk] == [
        {
            "nature": "secured", "amount": "900.00", "status": "confirmed",
            "unsecured_part": "100.00", "priority_waived": False, "temporary_amount": None,
            "class": None,
        }
    ]  # fmt: skip
    last = claims[plan.creditors["shop"].pk][1]
    assert (last["amount"], last["temporary_amount"]) == ("80.00", "60.00")


def failed_first(plan: Plan) -> Any:
    """A first vote in which the ordinary group fails and the others pass."""
    poll = plan.poll()
    plan.cast("bank", poll, {"secured": "for", "ordinary": "for"})
    plan.cast("worker", poll, "for")
    plan.cast("firm", poll, "against")
    outcome = plan.close(poll)
    assert {one["group"]: one["passed"] for one in outcome.result["groups"]} == {
        "secured": True, "employee": True, "ordinary": False,
    }  # fmt: skip
    return poll


def test_only_failed_groups_vote_again_and_the_others_stand() -> None:
    plan = Plan()
    first = failed_first(plan)
    poll = plan.second_vote(first)
    assert set(tallies(poll)) == {"ordinary"}
    with pytest.raises(Refused):
        plan.cast("worker", poll, "against")
    with pytest.raises(Refused):
        plan.cast("bank", poll, {"secured": "against"})
    assert tallies(poll)["ordinary"] == {}
    plan.cast("bank", poll, "for")
    plan.cast("firm", poll, "for")
    agree(poll)
    result = plan.close(poll).result
    assert [one["group"] for one in result["groups"]] == ["secured", "employee", "ordinary"]
    assert result["outcome"] == "passed"
    before = {one["group"]: one for one in Outcome.objects.get(resolution=first).result["groups"]}
    assert result["groups"][:2] == [before["secured"], before["employee"]]
    agree(poll)


def test_earlier_consents_stand_where_the_meeting_says_so() -> None:
    plan = Plan(second_vote="not_for")
    poll = plan.second_vote(failed_first(plan))
    assert poll.second_scope == "not_for"
    assert tallies(poll) == {"ordinary": {"for": (1, 10000)}}
    agree(poll)
    assert law.attending(poll) == 2
    with pytest.raises(Refused) as raised:
        plan.cast("bank", poll, "against")
    assert "已经同意" in raised.value.message
    with pytest.raises(Refused):
        plan.paper("bank", poll, {"ordinary": "against"})
    entries = RegisterEntry.objects.filter(resolution=poll, creditor=plan.creditors["bank"])
    right = describe.right(list(entries))
    assert (right["carried"], right["votes"], right["groups"]) == ("for", False, [])
    assert right["lines"] == [
        {"group": "ordinary", "heads": 1, "amount": "100.00", "carried": "for"}
    ]
    assert describe.participation(poll)["voted"] == 1
    plan.cast("firm", poll, "for")
    agree(poll)
    outcome = plan.close(poll)
    poll.refresh_from_db()
    assert law.count(poll) == outcome.result
    ordinary = outcome.result["groups"][-1]
    assert ordinary["for"] == {"number": 2, "amount": "400.00"}
    assert RegisterEntry.objects.get(resolution=poll, creditor=plan.creditors["bank"]).attended


def test_carried_creditors_attend_though_only_ballots_are_attendance() -> None:
    plan = Plan(second_vote="not_for", attendance="voted_only")
    poll = plan.second_vote(failed_first(plan))
    assert law.attending(poll) == 1
    agree(poll)
    result = plan.close(poll).result
    assert result["groups"][-1]["attending"] == 1
    assert result["outcome"] == "not_passed"


def test_a_sign_in_is_no_attendance_where_only_ballots_are() -> None:
    plan = Plan(attendance="voted_only")
    poll = plan.poll()
    world.sign_in(plan.people["shop"], plan.meeting)
    plan.cast("firm", poll, "for")
    assert law.attending(poll) == 1
    agree(poll)
    ordinary = plan.close(poll).result["groups"][-1]
    assert (ordinary["attending"], ordinary["not_voted"]["number"]) == (1, 0)
    assert not RegisterEntry.objects.get(resolution=poll, creditor=plan.creditors["shop"]).attended
    agree(poll)


def test_later_practice_and_decisions_rewrite_no_count() -> None:
    plan = Plan()
    poll = plan.poll()
    plan.cast("firm", poll, "for")
    world.sign_in(plan.people["shop"], plan.meeting)
    before = law.count(poll)
    plan.meeting.practice = {"attendance": "voted_only"}
    plan.meeting.save()
    plan.decide("small", 10**9)
    poll.refresh_from_db()
    assert law.count(poll) == before
    assert describe.resolution(poll)["practice"]["attendance"] == "signed_in_or_voted"
    assert describe.resolution(plan.draft())["practice"]["attendance"] == "voted_only"
    assert law.frozen(poll).grouping == "nature"
