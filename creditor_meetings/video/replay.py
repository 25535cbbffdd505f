"""Watching the recordings again (回看): who may, and what there is to see."""

from creditor_meetings.cases.access import Viewer
from creditor_meetings.meetings import polls
from creditor_meetings.meetings.models import Meeting, ReplayRule
from creditor_meetings.video.models import CopyState, Recording


def copies_of(meeting: Meeting | int):
    """Return the recordings of a meeting whose copies play, in the order of their beginning."""
    return Recording.objects.filter(broadcast__meeting=meeting, copy_state=CopyState.READY)


def rule_allows_members(meeting: Meeting) -> bool:
    """Whether the meeting's rule lets its members watch now."""
    if meeting.replay_rule == ReplayRule.POLLS:
        return polls.any_running(meeting)
    return meeting.replay_rule == ReplayRule.MEMBERS


def open_to_members(meeting: Meeting) -> bool:
    """Whether members may watch now, and there is something to watch."""
    return rule_allows_members(meeting) and copies_of(meeting).exists()


def may_watch(meeting: Meeting, viewer: Viewer) -> bool:
    """Whether the viewer may watch: court and administrator always, members by the rule."""
    return viewer.is_staff or rule_allows_members(meeting)
