"""Stale state plus events equals fresh state: for every command, every role, every moment."""

import copy
import json

import pytest

from creditor_meetings.realtime import registry
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


def test_stale_state_and_events_make_fresh_state() -> None:
    cast = story.assemble()
    everybody = cast.people
    first = {name: world.take_snapshot(person, cast.meeting) for name, person in everybody.items()}
    before = copy.deepcopy(first)

    def compare(step: story.Step) -> None:
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
