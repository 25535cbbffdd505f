"""Stale state and events are the fresh state: votes by groups, on paper, suspended, once more."""

import copy
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from creditor_meetings.cases import clock
from tests.support import world
from tests.voting.plan import Plan
from voting import poll_changes, second

pytestmark = pytest.mark.django_db


class Watch:
    """Everybody of a plan's vote, following by events from one snapshot on."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        proxy = world.make_person(plan.case, "proxy", plan.creditors["shop"], "proxy")
        observer = world.make_person(plan.case, "observer")
        self.people = {
            **plan.people, "proxy": proxy, "observer": observer, "judge": plan.judge,
            "administrator": plan.administrator,
        }  # fmt: skip
        self.start = {
            name: world.take_snapshot(person, plan.meeting) for name, person in self.people.items()
        }

    def after(self, verb: Callable[[], Any]) -> Any:
        """Do something, then ask of everybody that events lead to the fresh state."""
        answer = verb()
        meeting = self.plan.meeting
        meeting.refresh_from_db()
        for name, person in self.people.items():
            seq, stale = self.start[name]
            followed = world.catch_up(person, meeting, seq, copy.deepcopy(stale))
            fresh = world.take_snapshot(person, meeting)[1]
            for section in fresh:
                assert followed.get(section) == fresh[section], (name, section)
        return answer

    def state(self, name: str) -> dict[str, Any]:
        return world.take_snapshot(self.people[name], self.plan.meeting)[1]


@pytest.mark.parametrize("tally_shown", ["live", "at_close"])
def test_a_plan_is_voted_on_twice_in_every_way(tally_shown: str) -> None:
    plan = Plan(second_vote="not_for", paper_conflict="last")
    plan.meeting.tally_shown = tally_shown
    plan.meeting.save()
    draft = plan.draft()
    watch = Watch(plan)
    seen = plan.seen(plan.judge)
    poll = watch.after(
        lambda: world.open_poll(draft, plan.judge, closes_at=clock.now() + timedelta(hours=1))
    )
    told = watch.state("observer")["resolutions"][str(poll.pk)]
    assert told["groups"] == ["secured", "employee", "ordinary"]
    watch.after(lambda: plan.cast("bank", poll, {"secured": "for", "ordinary": "against"}))
    watch.after(lambda: plan.paper("worker", poll, {"employee": "for"}))
    watch.after(lambda: plan.paper("firm", poll, {"ordinary": "against"}))
    watch.after(lambda: plan.cast("firm", poll, "against"))
    watch.after(lambda: world.cast(watch.people["proxy"], poll, "for", plan.creditors["shop"]))
    watch.after(lambda: poll_changes.suspend_poll(plan.meeting, poll.pk, "法院网络中断", seen))
    watch.after(lambda: world.sign_in(plan.people["shop"], plan.meeting))
    watch.after(lambda: poll_changes.resume_poll(plan.meeting, poll.pk, seen))
    watch.after(lambda: plan.close(poll))
    outcome = watch.state("observer")["outcomes"][str(poll.pk)]
    assert outcome["branch"]["code"] == "second_vote"
    assert set(outcome["ways"]["paper"]) == {"employee"}
    assert watch.state("bank")["resolutions"][str(poll.pk)]["second_possible"] is True
    again = watch.after(lambda: second.call_second_vote(plan.meeting, poll.pk, seen))
    watch.after(lambda: world.open_poll(again, plan.judge))
    again.refresh_from_db()
    rights = watch.state("proxy")["my_rights"][str(again.pk)][str(plan.creditors["shop"].pk)]
    assert rights["carried"] == "for"
    watch.after(lambda: plan.cast("firm", again, "for"))
    watch.after(lambda: plan.close(again))
    tallies = watch.state("observer")["tallies"][str(again.pk)]["groups"]
    assert [one["group"] for one in tallies] == ["secured", "employee", "ordinary"]
    other = watch.after(lambda: world.open_poll(world.make_resolution(plan.meeting), plan.judge))
    watch.after(lambda: plan.cast("firm", other, "for"))
    watch.after(lambda: poll_changes.void_poll(plan.meeting, other.pk, "登记册有误", seen))
    watch.after(lambda: world.sign_in(plan.people["worker"], plan.meeting))
