"""What voting lends to the meeting's preparation: the points on which the law is silent."""

from collections.abc import Mapping, Sequence
from typing import Any

from creditor_meetings.meetings.models import Meeting
from creditor_meetings.meetings.practice import Point
from voting import wording
from voting.models import Resolution, ResolutionState
from voting.rules import practice


def points() -> Sequence[Point]:
    """List the points with their choices, in the person's language."""
    words, titles = wording.practice_words(), wording.practice_titles()
    return [
        Point(key, titles[key], [(value, words[key][value]) for value in values])
        for key, values in practice.ALLOWED.items()
    ]


def read(given: Mapping[str, Any]) -> dict[str, str]:
    """Return the whole practice. Raises ValueError naming what is wrong."""
    return practice.read(given)


def deviations(given: Mapping[str, Any]) -> dict[str, str]:
    """Return what differs from the defaults. Raises ValueError as `read` does."""
    return practice.deviations(given)


def begun(meeting: Meeting) -> bool:
    """Say whether a poll of the meeting has opened."""
    polls = Resolution.objects.filter(meeting=meeting)
    return polls.exclude(state=ResolutionState.DRAFT).exists()
