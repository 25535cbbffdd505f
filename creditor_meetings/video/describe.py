"""How the video of a meeting looks in snapshots and events: one shape for both."""

from typing import Any

from creditor_meetings.cases import clock
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.video.models import ACTIVE_STATES, Broadcast, BroadcastState, Recording

OFF: dict[str, Any] = {
    "live": False,
    "stream": None,
    "publisher": "",
    "source": None,
    "since": None,
    "state": "off",
    "recording": False,
}


def active_broadcast(meeting: Meeting | int) -> Broadcast | None:
    """Return the broadcast that goes on in a meeting, or may come back."""
    number = meeting if isinstance(meeting, int) else meeting.pk
    going_on = Broadcast.objects.filter(meeting_id=number, state__in=ACTIVE_STATES)
    return going_on.select_related("publisher").first()


def video(meeting: Meeting | int) -> dict[str, Any]:
    """Describe the video of a meeting as everybody in it may know it."""
    found = active_broadcast(meeting)
    if found is None:
        return OFF
    return {
        "live": found.state == BroadcastState.LIVE,
        "stream": found.pk,
        "publisher": str(found.publisher),
        "source": found.source,
        "since": clock.rfc3339(found.started_at),
        "state": found.state,
        "recording": Recording.objects.filter(broadcast=found, ended_at=None).exists(),
    }
