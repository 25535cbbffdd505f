"""Attendance moves the number test of every open poll: tell it anew."""

from collections.abc import Collection

from creditor_meetings.meetings.models import Meeting
from creditor_meetings.meetings.publishing import publish_all
from voting import describe, participation
from voting.models import Resolution


def retell(meeting: Meeting, creditors: Collection[int]) -> None:
    """Add who signed in to the running polls, and tell participation and tallies of these.

    Inside a transaction that holds the meeting's ledger.
    """
    running = Resolution.objects.filter(meeting=meeting, state__in=participation.RUNNING)
    polls = list(running.select_related("meeting"))
    participation.note_attending(polls, creditors)
    publish_all(meeting, [news for one in polls for news in describe.tally_news(one)])
