"""The meeting's record: what happens is written to its ledger, which the voting room keeps.

The ledger stands above the rooms that things happen in: voting lends its book at start-up.
Write to the record before publishing, inside the transaction of what happened: whoever holds
the ledger may wait for the counter of events, never the other way round.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from creditor_meetings.meetings.models import Meeting

Writer = Callable[[Meeting, Sequence[tuple[str, Mapping[str, Any]]]], object]
Holder = Callable[[Meeting], object]
_writer: Writer | None = None
_holder: Holder | None = None


def lend(writer: Writer, holder: Holder) -> None:
    """Take the book that `write` and `hold` forward to."""
    global _writer, _holder
    _writer, _holder = writer, holder


def hold(meeting: Meeting) -> None:
    """Hold the meeting's ledger until the transaction ends, before anything is written to it.

    For rows that ballots of the same moment may write too: these come after the ledger there,
    and two who wait for each other would wait for good.
    """
    if _holder is None:
        raise RuntimeError("no book was lent: is voting installed?")
    _holder(meeting)


def write(meeting: Meeting, kind: str, body: Mapping[str, Any]) -> None:
    """Write one entry to the meeting's ledger, inside the present transaction.

    `body` holds text, whole numbers, true, false, null, lists and objects of these.
    """
    write_all(meeting, [(kind, body)])


def write_all(meeting: Meeting, items: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    """Write entries of kind and body that happened together: one signature for all of them."""
    if _writer is None:
        raise RuntimeError("no book was lent: is voting installed?")
    if items:
        _writer(meeting, items)
