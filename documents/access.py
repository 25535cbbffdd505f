"""The guarded door to documents."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import NotFound
from creditor_meetings.cases.models import Person
from creditor_meetings.meetings.access import access_meeting
from creditor_meetings.meetings.models import Meeting
from documents.models import Document


def visible(meeting: Meeting, viewer: Viewer) -> QuerySet[Document]:
    """The documents of a meeting that the viewer may see: handed out, to the team all."""
    return visible_to(meeting, viewer.is_staff)


def visible_to(meeting: Meeting, staff: bool) -> QuerySet[Document]:
    """The documents of a meeting that the team may see, or everybody in it."""
    found = Document.objects.filter(meeting=meeting, removed_at__isnull=True)
    return found if staff else found.filter(handed_out_at__isnull=False)


def access_document(
    person: Person | AnonymousUser, meeting_name: str | int, document_id: int
) -> tuple[Document, Meeting, Viewer]:
    """Give a document to one of the meeting's people.

    Raises `NotFound` for strangers, for another meeting's document, and to members outside
    the team for one that is not handed out.
    """
    meeting, viewer = access_meeting(person, meeting_name)
    document = visible(meeting, viewer).filter(pk=document_id).first()
    if document is None:
        raise NotFound
    return document, meeting, viewer
