"""Putting a file of this room among the documents of a meeting."""

from django.core.files.base import ContentFile
from django.utils.translation import gettext as _

from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Case
from creditor_meetings.estate import record
from creditor_meetings.estate.models import Plan
from creditor_meetings.estate.record import Author
from creditor_meetings.meetings.models import Meeting
from documents.models import Document
from documents.verbs import upload_document


def file_into(
    meeting: Meeting,
    case: Case,
    content: bytes,
    title: str,
    author: Author,
    plan: Plan | None = None,
) -> Document:
    """Take a PDF as a document of the meeting, which the team sees until it is handed out."""
    if meeting.case_id != case.pk:
        raise Refused("bad_request", _("本案没有这次会议。"))
    file = ContentFile(content, name=f"{title[:80]}.pdf")
    document = upload_document(meeting, file, author.viewer, title=title, address=author.address)
    record.note(case, plan, "filed", author, after=f"{meeting.slug} {document.pk} {title}")
    return document
