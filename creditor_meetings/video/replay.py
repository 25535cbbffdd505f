"""Watching the recordings again (回看): who may, and what there is to see."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.meetings import polls
from creditor_meetings.meetings.models import Meeting, ReplayRule
from creditor_meetings.meetings.publishing import News, publish_all
from creditor_meetings.video.models import CopyState, Recording


def copies_of(meeting: Meeting | int) -> QuerySet[Recording]:
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


def require_watcher(meeting: Meeting, viewer: Viewer) -> None:
    """Raise `Refused` unless the viewer may watch."""
    if not may_watch(meeting, viewer):
        raise Refused("not_allowed", closed_words(meeting))


def closed_words(meeting: Meeting) -> str:
    """Say why members may not watch now."""
    if meeting.replay_rule == ReplayRule.POLLS:
        return _("本次会议的录像在表决期间可以回看，现在没有正在进行的表决。")
    return _("本次会议的录像仅供法院与管理人回看。")


def tell(meeting: Meeting) -> None:
    """Say to the room whether members may watch, inside the transaction in which it changed."""
    publish_all(meeting, [_news(meeting)])


def _news(meeting: Meeting) -> News:
    return News("replay_changed", {"video/replay": open_to_members(meeting)})


def polls_changed(meeting: Meeting) -> None:
    """Tell it anew when polls began or are over, where it hangs on them."""
    if meeting.replay_rule == ReplayRule.POLLS and copies_of(meeting).exists():
        tell(meeting)


def news_of_facts(meeting: Meeting) -> list[News]:
    """Tell it anew when the meeting's rule may have changed."""
    return [_news(meeting)] if copies_of(meeting).exists() else []
