"""Stale state and the events that follow are the fresh state: every verb of a vote, every role."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from creditor_meetings.cases.models import Person
from creditor_meetings.realtime.models import Event
from tests.support import world
from voting import verbs

pytestmark = pytest.mark.django_db


class Watch:
    """People of every role who follow a meeting by events from one snapshot on."""

    def __init__(self, tally_shown: str) -> None:
        self.case = world.make_case()
        self.a = world.make_creditor(self.case, "甲", confirmed="300.00")
        self.b = world.make_creditor(self.case, "乙", confirmed="200.00")
        self.bank = world.make_creditor(self.case, "银行", nature="secured", confirmed="900.00")
        self.staff = world.make_creditor(self.case, "职工", nature="employee", confirmed="9.00")
        self.meeting = world.make_meeting(self.case, tally_shown=tally_shown)
        self.resolution = world.make_resolution(self.meeting)
        self.second = world.make_resolution(self.meeting, power=10)
        self.people: dict[str, Person] = {
            role: world.make_person(self.case, role)
            for role in ("administrator", "judge", "clerk", "debtor", "employees", "observer")
        }
        self.people["a"] = world.make_person(self.case, "creditor", self.a)
        self.people["bank"] = world.make_person(self.case, "creditor", self.bank)
        self.people["worker"] = world.make_person(self.case, "creditor", self.staff)
        self.people["proxy"] = world.make_person(self.case, "proxy", self.b)
        world.give_role(self.people["proxy"], self.case, "proxy", self.staff)
        # The second person of one creditor, and one who is judge and creditor at once.
        self.people["twin"] = world.make_person(self.case, "proxy", self.a)
        self.start = {
            name: world.take_snapshot(person, self.meeting) for name, person in self.people.items()
        }

    def after(self, verb: Callable[[], Any]) -> Any:
        """Do something, then ask of everybody that events lead to the fresh state."""
        answer = verb()
        for name, person in self.people.items():
            seq, stale = self.start[name]
            followed = world.catch_up(person, self.meeting, seq, copy.deepcopy(stale))
            assert followed == world.take_snapshot(person, self.meeting)[1], name
        return answer

    def state(self, name: str) -> dict[str, Any]:
        return world.take_snapshot(self.people[name], self.meeting)[1]


@pytest.mark.parametrize("tally_shown", ["live", "at_close"])
def test_every_verb_of_a_vote_for_every_role(tally_shown: str) -> None:
    watch = Watch(tally_shown)
    people, judge = watch.people, watch.people["judge"]
    poll = watch.after(lambda: world.open_poll(watch.resolution, people["administrator"]))
    shown = [poll.pk] if tally_shown == "live" else []
    assert [int(one) for one in watch.state("observer")["tallies"]] == shown
    watch.after(lambda: world.cast(people["twin"], poll, "against"))
    watch.after(lambda: world.cast(people["a"], poll, "for"))
    watch.after(lambda: world.sign_in(people["proxy"], watch.meeting))
    watch.after(lambda: world.cast(people["proxy"], poll, "abstain", watch.b))
    other = watch.after(lambda: world.open_poll(watch.second, judge))
    watch.after(lambda: world.cast(people["bank"], poll, "for"))
    watch.after(lambda: world.close_poll(poll, judge))
    watch.after(lambda: world.sign_in(people["worker"], watch.meeting))
    watch.after(lambda: world.cast(people["a"], other, "for"))
    for one, decision, reasons in ((poll, "declined", "理由"), (other, "confirmed", "")):
        if one == other:
            watch.after(lambda: world.close_poll(other, people["administrator"]))
        watch.after(
            lambda one=one, decision=decision, reasons=reasons: verbs.confirm_outcome(
                watch.meeting, one.pk, decision, reasons, world.viewer(judge, watch.meeting)
            )
        )


def test_a_right_is_told_to_whoever_acts_and_found_by_who_acts_later() -> None:
    watch = Watch("live")
    alone = world.make_creditor(watch.case, "无人代表", confirmed="50.00")
    world.open_poll(watch.resolution, watch.people["judge"])
    told = Event.objects.filter(kind="voting_right").values_list("audience", flat=True)
    heard = {watch.a, watch.b, watch.bank, watch.staff}
    assert sorted(told) == sorted(f"creditor:{one.pk}" for one in heard)
    late = world.make_person(watch.case, "creditor", alone)
    state = world.take_snapshot(late, watch.meeting)[1]
    right = state["my_rights"][str(watch.resolution.pk)][str(alone.pk)]
    assert (right["votes"], right["amount"]) == (True, "50.00")
    world.cast(late, watch.resolution, "for")


def test_what_one_votes_is_told_to_those_it_belongs_to_alone() -> None:
    watch = Watch("at_close")
    poll = world.open_poll(watch.resolution, watch.people["judge"])
    world.cast(watch.people["a"], poll, "against")
    for name in watch.people:
        told = watch.state(name)
        own = told["ballots"].get(str(poll.pk), {})
        assert set(own) == ({str(watch.a.pk)} if name in ("a", "twin") else set()), name
        assert told["tallies"] == {}
        assert told["participation"][str(poll.pk)]["voted"] == 1


def test_state_holds_the_same_words_in_every_language(settings: Any) -> None:
    from django.utils import translation

    watch = Watch("live")
    world.open_poll(watch.resolution, watch.people["judge"])
    with translation.override("en"):
        english = watch.state("a")
    with translation.override("zh-hans"):
        assert watch.state("a") == english
