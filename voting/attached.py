"""Which votes a document is attached to, as rooms ask that do not know of votes."""

from creditor_meetings.meetings.attachments import Use
from creditor_meetings.meetings.models import Meeting
from voting.models import Resolution
from voting.poll_changes import RUNNING


def uses(meeting: Meeting, document_id: int) -> list[Use]:
    """Return the resolutions that a document is attached to, in order."""
    found = Resolution.objects.filter(meeting=meeting, document=document_id).order_by("pk")
    return [Use(one.title, one.state in RUNNING) for one in found]
