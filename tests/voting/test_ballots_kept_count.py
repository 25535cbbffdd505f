"""Tallies kept by addition are the recount, whatever is voted, changed, split or on paper."""

import contextlib
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from creditor_meetings.cases.errors import Refused
from tests.support import world
from tests.voting.plan import CHOICES, Plan, agree
from voting.models import Ballot, PaperBallot
from voting.rules.practice import ALLOWED

pytestmark = pytest.mark.django_db

said = st.sampled_from(CHOICES)
groups = st.sampled_from(("secured", "ordinary", "employee"))
choices = said | st.dictionaries(groups, said, min_size=1, max_size=2)
who = st.sampled_from(("bank", "firm", "shop", "worker"))
acts = st.lists(
    st.tuples(st.sampled_from(("cast", "proxy", "paper", "sign_in")), who, choices), max_size=12
)


class Undo(Exception):
    """Takes back what was tried."""


def act(plan: Plan, poll: Any, kind: str, name: str, choice: Any) -> None:
    if kind == "sign_in":
        world.sign_in(plan.people[name], plan.meeting)
    elif kind == "cast":
        plan.cast(name, poll, choice)
    elif kind == "proxy":
        world.cast(plan.people["proxy"], poll, choice, plan.creditors[name])
    elif isinstance(choice, dict) and not has_paper(poll, plan.creditors[name]):
        plan.paper(name, poll, choice)


def has_paper(poll: Any, creditor: Any) -> bool:
    """Say whether a paper ballot was entered already: the verb refuses a second one."""
    return bool(PaperBallot.objects.filter(resolution=poll, creditor=creditor).exists())


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    acts,
    st.sampled_from(ALLOWED["paper_conflict"]),
    st.sampled_from(ALLOWED["attendance"]),
    st.sampled_from(ALLOWED["second_vote"]),
)
def test_the_kept_count_is_the_recount(
    db: Any, acts: list[Any], paper_conflict: str, attendance: str, second_vote: str
) -> None:
    with contextlib.suppress(Undo), transaction.atomic():
        plan = Plan(paper_conflict=paper_conflict, attendance=attendance, second_vote=second_vote)
        proxy = world.make_person(plan.case, "proxy", plan.creditors["firm"])
        world.give_role(proxy, plan.case, "proxy", plan.creditors["bank"])
        plan.people["proxy"] = proxy
        poll = plan.poll()
        for kind, name, choice in acts:
            with contextlib.suppress(Refused), transaction.atomic():
                act(plan, poll, kind, name, choice)
            agree(poll)
        effective = Ballot.objects.filter(resolution=poll, effective=True)
        assert effective.count() == effective.values("creditor").distinct().count()
        outcome = plan.close(poll)
        agree(poll)
        if outcome.outcome == "not_passed":
            again = plan.second_vote(poll)
            agree(again)
            for kind, name, choice in acts[::-1]:
                with contextlib.suppress(Refused), transaction.atomic():
                    act(plan, again, kind, name, choice)
            agree(again)
            plan.close(again)
            agree(again)
        raise Undo
