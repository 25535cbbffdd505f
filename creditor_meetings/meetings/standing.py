"""What a creditor's voice weighs in a general matter, as the voting room reckons it.

Attendance is announced by number and amount, yet the law of amounts lives in `voting`, which
stands above this room: it lends its reckoning at start-up.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from creditor_meetings.meetings.models import Meeting


@dataclass(frozen=True)
class Standing:
    """A creditor's voting right (表决权): amount in fen, head or none, why it has none."""

    amount_fen: int
    has_vote: bool
    reason: str = ""


class Reckoner(Protocol):
    """What voting lends: standings of the creditors of a meeting's case, of all or of some."""

    def __call__(
        self, meeting: Meeting, creditors: Collection[int] | None = None, /
    ) -> Mapping[int, Standing]: ...


_reckoner: Reckoner | None = None
NONE = Standing(0, False, "no-claim")


def lend(reckoner: Reckoner) -> None:
    """Take the reckoning that `standings` forwards to."""
    global _reckoner
    _reckoner = reckoner


def standings(meeting: Meeting, creditors: Collection[int] | None = None) -> Mapping[int, Standing]:
    """Return what each creditor's voice weighs now by the meeting's practice, by creditor id."""
    if _reckoner is None:
        raise RuntimeError("no reckoning was lent: is voting installed?")
    return _reckoner(meeting, creditors)


def standing(meeting: Meeting, creditor_id: int) -> Standing:
    """Return what one creditor's voice weighs now by the meeting's practice."""
    return standings(meeting, [creditor_id]).get(creditor_id, NONE)
