"""How documents look in snapshots and events: one shape for both."""

from typing import Any

from django.db.models import Count
from django.urls import reverse

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.meetings.attachments import Attachment
from creditor_meetings.meetings.models import Meeting
from documents.access import visible
from documents.models import Document, Reader


def url(document: Document, slug: str, name: str = "document") -> str:
    """Return an address of a document."""
    return reverse(f"documents:{name}", args=[slug, document.pk])


def document(found: Document, slug: str) -> dict[str, Any]:
    """Describe a document of the meeting with this slug; `size` in bytes."""
    return {
        "id": found.pk,
        "title": found.title,
        "kind": found.kind,
        "pages": found.pages,
        "size": found.size,
        "sha256": found.sha256,
        "item": found.item_id,
        "handed_out_at": clock.rfc3339(found.handed_out_at) if found.handed_out_at else None,
        "url": url(found, slug),
        "download_url": url(found, slug, "download"),
    }


def documents(meeting: Meeting, viewer: Viewer) -> dict[str, Any]:
    """Describe the documents that the viewer may see, by id."""
    return {str(one.pk): document(one, meeting.slug) for one in visible(meeting, viewer)}


def my_reading(meeting: Meeting, viewer: Viewer) -> dict[str, Any]:
    """Describe what the viewer opened, by document id."""
    rows = Reader.objects.filter(document__in=visible(meeting, viewer), person=viewer.person)
    return {str(one.document_id): opened(one) for one in rows}


def opened(reader: Reader) -> dict[str, Any]:
    """Describe that a person opened a document."""
    return {"first_opened_at": clock.rfc3339(reader.first_opened_at)}


def reading(meeting: Meeting, viewer: Viewer) -> dict[str, Any]:
    """Describe how many people outside the team opened each document, to the team."""
    if not viewer.is_staff:
        return {}
    counts = (
        Reader.objects.filter(
            document__meeting=meeting, document__removed_at__isnull=True, staff=False
        )
        .values_list("document_id")
        .annotate(readers=Count("id"))
        .order_by()
    )
    return {str(pk): {"readers": readers} for pk, readers in counts}


def attachments(meeting: Meeting) -> list[Attachment]:
    """List a meeting's documents for rooms that attach them."""
    rows = Document.objects.filter(meeting=meeting, removed_at__isnull=True)
    return [
        Attachment(one.pk, one.title, url(one, meeting.slug), one.handed_out_at is not None)
        for one in rows
    ]
