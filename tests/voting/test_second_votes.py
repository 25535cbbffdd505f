"""What follows from an outcome in law, and the one second vote that some matters get."""

from typing import Any

import pytest

from creditor_meetings.cases.errors import Refused
from creditor_meetings.meetings import verbs as meeting_verbs
from tests.support import world
from tests.voting.plan import Plan
from voting import (
    branches,
    desk,
    poll_changes,
    preparing,
    ruling_texts,
    rulings,
    second,
    verbs,
)
from voting.models import LedgerEntry, Outcome, Resolution, ResolutionState, SecondScope

pytestmark = pytest.mark.django_db

ORDINARY = "prc-ordinary"


def code(verb: Any, *arguments: Any, **more: Any) -> str:
    with pytest.raises(Refused) as raised:
        verb(*arguments, **more)
    return raised.value.code


@pytest.mark.parametrize(
    ("power", "rule", "passed", "failed", "twice"),
    [
        (0, ORDINARY, "passed", "none", "none"),
        (4, ORDINARY, "passed", "none", "none"),
        (6, "prc-reorganisation", "approve_86", "second_vote", "court_87"),
        (7, "prc-composition", "recognise_98", "composition_99", "composition_99"),
        (8, ORDINARY, "passed", "court_65_1", "court_65_1"),
        (9, ORDINARY, "passed", "court_65_1", "court_65_1"),
        (10, ORDINARY, "recognise_116", "second_vote", "court_65_2"),
    ],
)
def test_the_branch_of_every_matter(
    power: int, rule: str, passed: str, failed: str, twice: str
) -> None:
    first = Resolution(pk=1, power=power, rule=rule)
    again = Resolution(pk=2, power=power, rule=rule, second_of=first)

    def of(one: Resolution, outcome: str) -> Any:
        found = branches.branch(one, outcome)
        assert found is not None
        assert found["article"].startswith("EBL ")
        return found["code"]

    assert of(first, "passed") == of(again, "passed") == passed
    assert (of(first, "not_passed"), of(again, "not_passed")) == (failed, twice)
    assert branches.branch(first, "undecided") is None


class Distribution(Plan):
    """A distribution plan, on which all vote in one group."""

    def draft(self, **fields: Any) -> Resolution:
        return world.make_resolution(self.meeting, power=10, title="破产财产分配方案", **fields)


def possible(plan: Plan, poll: Resolution) -> bool:
    state = world.take_snapshot(plan.people["firm"], plan.meeting)[1]
    return bool(state["resolutions"][str(poll.pk)]["second_possible"])


def test_a_distribution_that_fails_twice_is_the_courts() -> None:
    plan = Distribution(second_vote="not_for")
    poll = plan.poll()
    plan.cast("firm", poll, "against")
    assert code(second.call_second_vote, plan.meeting, poll.pk, plan.seen(plan.judge)) == (
        "bad_request"
    )
    plan.close(poll)
    assert possible(plan, poll)
    voter = plan.seen(plan.people["firm"])
    assert code(second.call_second_vote, plan.meeting, poll.pk, voter) == "not_allowed"
    again = plan.second_vote(poll)
    assert again.title == "破产财产分配方案（再次表决）"
    # One group: the law gives the whole of it another vote, whatever the meeting chose.
    assert again.second_scope == SecondScope.WHOLE_GROUP
    assert not possible(plan, poll)
    call = second.call_second_vote
    assert code(call, plan.meeting, poll.pk, plan.seen(plan.judge)) == "bad_request"
    plan.cast("firm", again, "against")
    plan.close(again)
    assert not possible(plan, again)
    assert code(call, plan.meeting, again.pk, plan.seen(plan.judge)) == "bad_request"
    told = world.take_snapshot(plan.people["shop"], plan.meeting)[1]["outcomes"]
    assert told[str(poll.pk)]["branch"] == {"code": "second_vote", "article": "EBL 65(2)"}
    assert told[str(again.pk)]["branch"] == {"code": "court_65_2", "article": "EBL 65(2)"}
    frozen = LedgerEntry.objects.filter(kind="register_frozen").order_by("position").last()
    assert frozen is not None
    assert frozen.body["second_of"] == poll.pk


def test_no_second_vote_on_what_passed_or_has_none() -> None:
    plan = Distribution()
    passed, other = plan.poll(), world.make_resolution(plan.meeting, power=9)
    for name in ("firm", "shop"):
        plan.cast(name, passed, "for")
    assert plan.close(passed).outcome == "passed"
    world.open_poll(other, plan.judge)
    assert plan.close(other).outcome == "not_passed"
    call = second.call_second_vote
    for poll in (passed, other):
        assert not possible(plan, poll)
        assert code(call, plan.meeting, poll.pk, plan.seen(plan.judge)) == "bad_request"


def test_what_the_judge_declines_calls_for_none() -> None:
    plan = Distribution()
    poll = plan.poll()
    plan.close(poll)
    before = world.take_snapshot(plan.people["firm"], plan.meeting)
    verbs.confirm_outcome(plan.meeting, poll.pk, "declined", "网络中断", plan.seen(plan.judge))
    assert not possible(plan, poll)
    followed = world.catch_up(plan.people["firm"], plan.meeting, *before)
    assert followed == world.take_snapshot(plan.people["firm"], plan.meeting)[1]


def test_after_the_meetings_close_there_is_none_and_everybody_is_told() -> None:
    plan = Distribution()
    poll = plan.poll()
    plan.close(poll)
    assert possible(plan, poll)
    person = plan.people["firm"]
    before = world.take_snapshot(person, plan.meeting)
    for state in ("adjourned", "closed"):
        meeting_verbs.change_state(plan.meeting, state, plan.seen(plan.judge))
        followed = world.catch_up(person, plan.meeting, *before)
        assert followed == world.take_snapshot(person, plan.meeting)[1]
        assert possible(plan, poll) == (state == "adjourned")
    call = second.call_second_vote
    plan.meeting.refresh_from_db()
    assert code(call, plan.meeting, poll.pk, plan.seen(plan.judge)) == "bad_request"


def failed_plan(plan: Plan) -> Resolution:
    """A plan's first vote in which the ordinary group alone failed."""
    poll = plan.poll(text="按方案清偿。")
    plan.cast("bank", poll, "for")
    plan.cast("worker", poll, "for")
    plan.cast("firm", poll, "against")
    outcome = plan.close(poll)
    assert {one["group"]: one["passed"] for one in outcome.result["groups"]} == {
        "secured": True, "employee": True, "ordinary": False,
    }  # fmt: skip
    return poll


def test_earlier_consents_stand_where_the_meeting_says_so_and_the_plan_is_the_same() -> None:
    plan = Plan(second_vote="not_for")
    again = plan.second_vote(failed_plan(plan))
    assert again.second_scope == SecondScope.NOT_FOR
    # 银行 consented in the ordinary group too, and need not vote again: 100 of 450 stand.
    plan.cast("firm", again, "for")
    plan.cast("shop", again, "for")
    outcome = plan.close(again)
    ordinary = next(one for one in outcome.result["groups"] if one["group"] == "ordinary")
    assert ordinary["for"] == {"number": 3, "amount": "450.00"}
    assert outcome.outcome == "passed"
    assert branches.branch(again, outcome.outcome) == {"code": "approve_86", "article": "EBL 86"}


def test_consents_to_another_plan_do_not_stand() -> None:
    plan = Plan(second_vote="not_for")
    poll = failed_plan(plan)
    seen = plan.seen(plan.administrator)
    made = second.call_second_vote(plan.meeting, poll.pk, seen)
    assert made.second_scope == SecondScope.NOT_FOR
    draft = preparing.Draft(made.title, "提高普通债权的清偿比例。", made.power, made.rule)
    preparing.edit_resolution(plan.meeting, made.pk, draft, seen)
    world.open_poll(made, plan.judge)
    made.refresh_from_db()
    assert made.second_scope == SecondScope.WHOLE_GROUP
    assert not made.register.exclude(carried="").exists()
    assert plan.close(made).outcome == "not_passed"
    assert branches.branch(made, "not_passed") == {"code": "court_87", "article": "EBL 87(2)"}


def test_a_second_vote_is_on_the_same_matter() -> None:
    plan = Distribution()
    poll = plan.poll()
    plan.close(poll)
    seen = plan.seen(plan.administrator)
    made = second.call_second_vote(plan.meeting, poll.pk, seen)
    other = preparing.Draft(made.title, made.text, 9, ORDINARY)
    assert code(preparing.edit_resolution, plan.meeting, made.pk, other, seen) == "bad_request"
    # Taken off the list, it can be called again.
    preparing.delete_resolution(plan.meeting, made.pk, seen)
    assert possible(plan, poll)
    assert second.call_second_vote(plan.meeting, poll.pk, seen).second_of_id == poll.pk


def test_a_group_that_refuses_to_vote_again_leaves_the_plan_to_the_court() -> None:
    plan = Plan()
    poll = failed_plan(plan)
    judge = plan.seen(plan.judge)
    rule = rulings.rule_on
    assert code(rule, plan.meeting, poll.pk, "87", True, "", judge) == "bad_request"
    verbs.confirm_outcome(plan.meeting, poll.pk, "confirmed", "", judge)
    assert possible(plan, poll)
    assert code(rule, plan.meeting, poll.pk, "86", True, "", judge) == "bad_request"
    (card,) = desk.cards(plan.meeting)
    assert (card.ruling_kind, card.may_rule) == ("87", True)
    assert "拒绝再次表决" in card.refusal
    before = world.take_snapshot(plan.people["firm"], plan.meeting)
    rule(plan.meeting, poll.pk, "87", True, "普通债权组书面拒绝再次表决，草案公平可行。", judge)
    followed = world.catch_up(plan.people["firm"], plan.meeting, *before)
    assert followed == world.take_snapshot(plan.people["firm"], plan.meeting)[1]
    assert not possible(plan, poll)
    assert LedgerEntry.objects.get(kind="ruling").body["kind"] == "87"
    poll.refresh_from_db()
    paper = ruling_texts.ruling_paper(
        poll, poll.outcome, "87", granted=True, made=poll.rulings.get()
    )
    said = "".join(one for one in paper.body if isinstance(one, str))
    assert "未通过的表决组拒绝再次表决。" in said
    assert code(second.call_second_vote, plan.meeting, poll.pk, judge) == "bad_request"


def test_no_ruling_before_a_second_vote_that_was_called() -> None:
    plan = Plan()
    poll = failed_plan(plan)
    judge = plan.seen(plan.judge)
    verbs.confirm_outcome(plan.meeting, poll.pk, "confirmed", "", judge)
    again = plan.second_vote(poll)
    assert code(rulings.rule_on, plan.meeting, poll.pk, "87", True, "", judge) == "bad_request"
    plan.close(again)
    verbs.confirm_outcome(plan.meeting, again.pk, "confirmed", "", judge)
    rulings.rule_on(plan.meeting, again.pk, "87", True, "", judge)


def test_a_distribution_goes_to_the_court_only_after_the_second_vote() -> None:
    plan = Distribution()
    poll = plan.poll()
    plan.close(poll)
    judge = plan.seen(plan.judge)
    verbs.confirm_outcome(plan.meeting, poll.pk, "confirmed", "", judge)
    assert code(rulings.rule_on, plan.meeting, poll.pk, "65-2", True, "", judge) == "bad_request"


def test_a_voided_second_vote_is_voted_on_anew_as_the_second_vote() -> None:
    plan = Distribution()
    poll = plan.poll()
    plan.close(poll)
    again = plan.second_vote(poll)
    before = world.take_snapshot(plan.people["firm"], plan.meeting)
    draft = poll_changes.void_poll(plan.meeting, again.pk, "登记有误", plan.seen(plan.judge))
    again.refresh_from_db()
    assert (again.state, again.second_of_id) == (ResolutionState.VOIDED, None)
    assert draft.second_of_id == poll.pk
    followed = world.catch_up(plan.people["firm"], plan.meeting, *before)
    assert followed == world.take_snapshot(plan.people["firm"], plan.meeting)[1]
    # The first vote stays as long as a second one hangs on it.
    void = poll_changes.void_poll
    assert code(void, plan.meeting, poll.pk, "登记有误", plan.seen(plan.judge)) == "bad_request"
    world.open_poll(draft, plan.judge)
    assert Outcome.objects.count() == 1


def test_unaffected_groups_are_chosen_for_plans_alone_and_never_all() -> None:
    plan = Plan()
    seen = plan.seen(plan.administrator)
    add = preparing.add_resolution
    plan_of = {
        "title": "重整计划草案",
        "text": "按方案。",
        "power": 6,
        "rule": "prc-reorganisation",
    }
    made = add(plan.meeting, preparing.Draft(**plan_of, unaffected=["secured"]), seen)
    world.open_poll(made, plan.judge)
    assert set(made.register.filter(reason="").values_list("group", flat=True)) == {
        "ordinary", "employee",
    }  # fmt: skip
    everybody = ["secured", "employee", "tax", "ordinary", "small", "investor"]
    for unaffected in (["nobody"], everybody):
        draft = preparing.Draft(**plan_of, unaffected=unaffected)
        assert code(add, plan.meeting, draft, seen) == "bad_request"
    draft = preparing.Draft("变价", "同意。", 9, ORDINARY, unaffected=["secured"])
    assert code(add, plan.meeting, draft, seen) == "bad_request"
