"""Documents that other rooms may attach, as the room of documents lends them.

Voting puts a document beside a resolution, yet neither of the two rooms knows the other: both
know the meeting, which passes the question on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from creditor_meetings.meetings.models import Meeting


@dataclass(frozen=True)
class Attachment:
    """A document of a meeting: its id, title, address, and whether everybody has it already.

    `pages` is how many it has, `sha256` names its bytes; `version` counts from 1, and `newest`
    is the id of its newest version, which may be itself and may not be handed out yet;
    `replaced` says whether everybody has a newer one.
    """

    id: int
    title: str
    url: str
    handed_out: bool
    pages: int = 1
    sha256: str = ""
    version: int = 1
    newest: int | None = None
    replaced: bool = False

    @property
    def outdated(self) -> bool:
        """Whether there is a newer version."""
        return self.newest is not None and self.newest != self.id


@dataclass(frozen=True)
class Use:
    """What a document is attached to: its title, and whether it is being voted on now."""

    title: str
    running: bool


Users = Callable[[Meeting, int], Sequence[Use]]
_users: Users | None = None


def lend_uses(users: Users) -> None:
    """Take what `uses` forwards to."""
    global _users
    _users = users


def uses(meeting: Meeting, document_id: int) -> Sequence[Use]:
    """Return what a document is attached to, in order."""
    return _users(meeting, document_id) if _users is not None else ()


Lister = Callable[[Meeting], Sequence[Attachment]]
_lister: Lister | None = None


def lend(lister: Lister) -> None:
    """Take what `attachments` forwards to."""
    global _lister
    _lister = lister


def attachments(meeting: Meeting) -> Sequence[Attachment]:
    """Return the documents of a meeting that can be attached, handed out or not, in order."""
    return _lister(meeting) if _lister is not None else ()


def attachment(meeting: Meeting, document_id: int) -> Attachment | None:
    """Return one document of a meeting; None when the meeting has none with this id."""
    return next((one for one in attachments(meeting) if one.id == document_id), None)
