"""Stale state plus events equals fresh state: for every command, every role, every moment."""

import copy
import itertools
import json
from datetime import timedelta

import pytest
from django.utils import translation

from creditor_meetings.cases import clock
from creditor_meetings.realtime import log, registry, snapshot
from tests.support import world
from tests.whole import story

pytestmark = pytest.mark.django_db

# Needs a stream that is live: tests/video shows it.
ELSEWHERE = {"stop_video"}


def as_sent(state):
    """Return the state as a page has it after the wire: JSON and nothing else."""
    return json.loads(json.dumps(state))


def without_emptied(state):
    """Drop sections and branches that hold nothing: a page cannot tell them from absent ones."""
    if not isinstance(state, dict):
        return state
    kept = {name: without_emptied(value) for name, value in state.items()}
    return {name: value for name, value in kept.items() if value != {}}


def shared_parts(cast):
    """Return what the staff share, and what everybody else does."""
    return {staff: snapshot.shared_part(cast.meeting.pk, staff=staff) for staff in (False, True)}


def assert_the_same_for_everybody(cast, step):
    """What is shared hangs neither on the language of who looks nor on when he does."""
    here = shared_parts(cast)
    with translation.override("en"), clock.set_to(clock.now() + timedelta(minutes=90)):
        there = shared_parts(cast)
    for staff, part in here.items():
        for name, told in part.sections.items():
            other = there[staff].sections[name]
            # Who was not seen for long is not there: how many are is told as they come and go.
            assert as_sent(other) | {"online": 0} == as_sent(told) | {"online": 0}, (
                f"{name} after {step.name!r}"
            )
    assert set(here[False].sections) == set(here[True].sections)


def test_stale_state_and_events_make_fresh_state() -> None:
    cast = story.assemble()
    everybody = cast.people
    first = {name: world.take_snapshot(person, cast.meeting) for name, person in everybody.items()}
    before = copy.deepcopy(first)

    shared = shared_parts(cast)
    numbers = itertools.count(1)

    def compare(step: story.Step) -> None:
        # What many share is read once, and may be older than what is a person's own.
        for name, person in everybody.items():
            viewer = world.viewer(person, cast.meeting)
            older = shared[viewer.is_staff]
            (own,) = snapshot.own_parts(cast.meeting.pk, [viewer], log.last_seq(cast.meeting.pk))
            mixed = as_sent(snapshot.merged(older, own))
            mixed = world.catch_up(person, cast.meeting, min(older.seq, own.seq), mixed)
            now = as_sent(world.take_snapshot(person, cast.meeting)[1])
            assert without_emptied(mixed) == without_emptied(now), (
                f"after {step.name!r} as {name}, of two parts"
            )
        shared.update(shared_parts(cast))
        if next(numbers) % 8 == 0:
            assert_the_same_for_everybody(cast, step)
        for name, person in everybody.items():
            fresh = world.take_snapshot(person, cast.meeting)
            for since, (seq, state) in {"the start": first[name], "before": before[name]}.items():
                stale = as_sent(state)
                followed = world.catch_up(person, cast.meeting, seq, stale)
                assert without_emptied(followed) == without_emptied(as_sent(fresh[1])), (
                    f"after {step.name!r} as {name}, from {since}"
                )
            before[name] = fresh

    story.walk(cast, compare)


def test_the_story_tells_every_command() -> None:
    told = {step.command for step in story.STEPS}
    assert set(registry.commands()) - ELSEWHERE <= told, "add the command to tests/whole/story.py"


def test_a_gap_is_filled_from_any_point() -> None:
    cast = story.assemble()
    person = cast.people["creditor"]
    moments = []
    story.walk(cast, lambda step: moments.append(world.take_snapshot(person, cast.meeting)))
    last = without_emptied(as_sent(moments[-1][1]))
    for seq, state in moments:
        followed = world.catch_up(person, cast.meeting, seq, as_sent(state))
        assert without_emptied(followed) == last
