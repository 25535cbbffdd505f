"""The state of a room as one viewer may see it, fresh from the database."""

from typing import Any

from creditor_meetings.cases.access import Viewer
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.realtime import log, registry


def take(meeting: Meeting, viewer: Viewer) -> tuple[int, dict[str, Any]]:
    """Return the number up to which the snapshot is complete, and the state.

    The number is read first. What commits while the sections are read may be in them already;
    its events come again after the snapshot, and setting a path to what it is changes nothing.
    """
    seq = log.last_seq(meeting.pk)
    meeting.refresh_from_db()
    return seq, {name: provider(meeting, viewer) for name, provider in registry.sections().items()}


def frame(seq: int, state: dict[str, Any]) -> dict[str, Any]:
    """Write a snapshot as it goes to the socket."""
    return {"type": "snapshot", "seq": seq, "data": state}
