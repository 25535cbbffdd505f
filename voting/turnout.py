"""Attendance moves the number test of every open poll: tell it anew."""

from creditor_meetings.meetings.models import Meeting
from creditor_meetings.meetings.publishing import publish_all
from voting import describe
from voting.models import Resolution, ResolutionState


def retell(meeting: Meeting) -> None:
    """Tell participation and tallies of the running polls; inside a transaction."""
    running = (ResolutionState.OPEN, ResolutionState.SUSPENDED)
    polls = Resolution.objects.filter(meeting=meeting, state__in=running)
    for one in polls.select_related("meeting"):
        publish_all(meeting, describe.tally_news(one))
