"""How documents look in snapshots and events: one shape for both."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import Count
from django.urls import reverse

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.meetings.attachments import Attachment
from creditor_meetings.meetings.models import Meeting
from documents import versions
from documents.access import visible_to
from documents.models import Document, Reader
from documents.versions import Versions


def url(document: Document, slug: str, name: str = "document") -> str:
    """Return an address of a document."""
    return reverse(f"documents:{name}", args=[slug, document.pk])


def document(found: Document, slug: str, family: Versions | None = None) -> dict[str, Any]:
    """Describe a document of the meeting with this slug; `size` in bytes.

    `replaced_by` is the next version that everybody has, so that all are told the same.
    """
    family = family or versions.of(found.meeting_id)
    before, after = family.replaces(found), family.replaced_by(found)
    return {
        "id": found.pk,
        "title": found.title,
        "version": found.version,
        "replaces": before.pk if before else None,
        "replaced_by": after.pk if after else None,
        "kind": found.kind,
        "pages": found.pages,
        "size": found.size,
        "sha256": found.sha256,
        "item": found.item_id,
        "with_item": found.with_item,
        "handed_out_at": clock.rfc3339(found.handed_out_at) if found.handed_out_at else None,
        "downloadable": found.downloadable,
        "url": url(found, slug),
        "download_url": url(found, slug, "download"),
    }


def documents(meeting: Meeting, staff: bool) -> dict[str, Any]:
    """Describe the documents that the team may see, or everybody, by id."""
    family = versions.of(meeting.pk)
    return {str(one.pk): document(one, meeting.slug, family) for one in visible_to(meeting, staff)}


def found_in(document: Document, slug: str) -> dict[str, Any]:
    """Describe to the team what was found in a file, and what was handed in instead of it."""
    original = None
    if document.original_sha256:
        original = {
            "name": document.original_name,
            "size": document.original_size,
            "sha256": document.original_sha256,
            "url": url(document, slug, "original"),
        }
    return {"flags": list(document.flags), "original": original}


def document_findings(meeting: Meeting, staff: bool) -> dict[str, Any]:
    """Describe to the team where files are not what was handed in, by document id."""
    if not staff:
        return {}
    return {
        str(one.pk): found_in(one, meeting.slug)
        for one in visible_to(meeting, staff)
        if one.flags or one.original_sha256
    }


def my_reading(meeting: Meeting, viewers: Sequence[Viewer]) -> list[dict[str, Any]]:
    """Describe to each viewer what he opened of what he may see, by document id."""
    people = [one.person.pk for one in viewers]
    rows = Reader.objects.filter(document__in=visible_to(meeting, True), person__in=people)
    held: dict[int, list[Reader]] = defaultdict(list)
    for row in rows.select_related("document"):
        held[row.person_id].append(row)
    return [
        {
            str(row.document_id): opened(row)
            for row in held.get(one.person.pk, ())
            if one.is_staff or row.document.handed_out_at is not None
        }
        for one in viewers
    ]


def opened(reader: Reader) -> dict[str, Any]:
    """Describe that a person opened a document."""
    return {"first_opened_at": clock.rfc3339(reader.first_opened_at)}


def reading(meeting: Meeting, staff: bool) -> dict[str, Any]:
    """Describe how many people outside the team opened each document, to the team."""
    if not staff:
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
    rows = list(Document.objects.filter(meeting=meeting, removed_at__isnull=True))
    family = Versions(rows)
    return [
        Attachment(
            one.pk,
            one.title,
            url(one, meeting.slug),
            one.handed_out_at is not None,
            one.pages,
            one.sha256,
            one.version,
            family.newest(one).pk,
            family.replaced_by(one) is not None,
        )
        for one in rows
    ]
