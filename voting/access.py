"""The guarded door to resolutions, and with what a request came."""

from django.http import HttpRequest

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import NotFound
from creditor_meetings.meetings.access import access_meeting
from creditor_meetings.meetings.models import Meeting
from voting.models import Resolution


def access_resolution(
    request: HttpRequest, meeting: str, resolution_id: int
) -> tuple[Meeting, Viewer, Resolution]:
    """Give a resolution to one of its meeting's people. Raises `NotFound`."""
    found, viewer = access_meeting(request.user, meeting)
    resolution = (
        Resolution.objects.select_related("meeting", "meeting__case", "agenda_item")
        .filter(meeting=found, pk=resolution_id)
        .first()
    )
    if resolution is None:
        raise NotFound
    return found, viewer, resolution


def device_of(request: HttpRequest) -> str:
    """Return what the browser says of itself."""
    return request.headers.get("User-Agent", "")[:300]
