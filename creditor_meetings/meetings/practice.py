"""How votes are counted where the law is silent (计票口径): settings of the meeting.

What may be chosen, and in which words, the voting room knows, which stands above this one: it
lends both at start-up. A meeting keeps only what deviates from the defaults.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.db import transaction
from django.utils.translation import gettext as _

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.meetings import claims_bridge, prepare, verbs
from creditor_meetings.meetings.models import Meeting, MeetingState
from creditor_meetings.meetings.publishing import publish_all


@dataclass(frozen=True)
class Point:
    """A point on which the law is silent: its name, and value and words of each choice.

    The first choice is the default.
    """

    key: str
    title: str
    choices: Sequence[tuple[str, str]]


class Lender(Protocol):
    """What voting lends."""

    def points(self) -> Sequence[Point]:
        """List the points in the person's language."""

    def read(self, given: Mapping[str, Any]) -> dict[str, str]:
        """Return the whole practice. Raises ValueError naming what is wrong."""

    def deviations(self, given: Mapping[str, Any]) -> dict[str, str]:
        """Return what differs from the defaults. Raises ValueError as `read` does."""

    def begun(self, meeting: Meeting) -> bool:
        """Say whether a poll of the meeting has opened."""


_lender: Lender | None = None


def lend(lender: Lender) -> None:
    """Take what this room asks voting for."""
    global _lender
    _lender = lender


def _lent() -> Lender:
    if _lender is None:
        raise RuntimeError("no practice was lent: is voting installed?")
    return _lender


def points() -> Sequence[Point]:
    """List the points on which the law is silent."""
    return _lent().points()


def settled(meeting: Meeting) -> dict[str, str]:
    """Return how the meeting settles every point."""
    return _lent().read(meeting.practice)


def may_change(meeting: Meeting) -> bool:
    """Whether the practice is still open: until the first poll, so that all count alike."""
    return meeting.state != MeetingState.CLOSED and not _lent().begun(meeting)


@transaction.atomic
def settle(meeting: Meeting, chosen: Mapping[str, Any], viewer: Viewer) -> Meeting:
    """Settle how votes are counted where the law is silent; rooms are told at once."""
    viewer.require(*prepare.PREPARERS)
    found = verbs.locked(meeting)
    if found.state == MeetingState.CLOSED:
        raise Refused("bad_request", _("会议已闭会，计票口径不能再变更。"))
    if _lent().begun(found):
        raise Refused("bad_request", _("本次会议已有表决开始，计票口径不能再变更。"))
    try:
        practice = _lent().deviations(chosen)
    except ValueError as error:
        raise Refused(
            "bad_request", _("没有这种计票口径：%(problem)s") % {"problem": error}
        ) from None
    if practice != found.practice:
        found.practice = practice
        found.save(update_fields=["practice"])
        publish_all(found, prepare.news_of_facts(found) + claims_bridge.practice_changed(found))
    return found
