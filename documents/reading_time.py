"""How long people have pages before their eyes (阅读时长), on record page by page.

A reader's page says every few seconds for how long which pages were in sight. It is believed only
as far as time allows: nobody reads longer than it is since the last report, nor longer in all
than since the document was first opened.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Max, Sum
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.meetings.models import Meeting
from documents.models import Document, PageReading, Reader

MOST_SECONDS = 300
"""Of one report; a page reports every ten seconds, later only after a break of the network."""
SLACK_SECONDS = 2
"""By how much a report may seem to be longer than it is since the last: networks hesitate."""


@dataclass(frozen=True)
class Own:
    """What a person has read of a document: the pages in order, and for how many seconds."""

    read: list[int]
    seconds: int

    def described(self, document: Document) -> dict[str, Any]:
        """Say it to the person's page."""
        return {"read": self.read, "pages": document.pages, "seconds": self.seconds}


def own(document: Document, viewer: Viewer) -> Own:
    """Return what the viewer has read of a document."""
    rows = PageReading.objects.filter(document=document, person=viewer.person)
    pages = list(rows.order_by("page").values_list("page", "seconds"))
    return Own([page for page, _seconds in pages], sum(seconds for _page, seconds in pages))


def pages_read(meeting: Meeting, viewer: Viewer) -> dict[int, int]:
    """Return how many pages of each document of a meeting the viewer has read, by its id."""
    rows = PageReading.objects.filter(document__meeting=meeting, person=viewer.person)
    return dict(rows.values_list("document").annotate(Count("page")))


@transaction.atomic
def report(document: Document, viewer: Viewer, seconds: Mapping[int, int]) -> Own:
    """Add how long pages were in sight, by page in whole seconds; return all that was read.

    What is more than time allows is left out. Raises `Refused` for a page that the document has
    not, and for a document that the person has not opened.
    """
    for page in seconds:
        if not 1 <= page <= document.pages:
            raise Refused(
                "bad_request",
                _("文件“%(title)s”没有第 %(page)s 页，共 %(pages)s 页。")
                % {"title": document.title, "page": page, "pages": document.pages},
            )
    # Two windows of one person report one after the other.
    readers = Reader.objects.select_for_update(of=("self",), no_key=True)
    reader = readers.filter(document=document, person=viewer.person).first()
    if reader is None:
        raise Refused("bad_request", _("请先打开这个文件。"))
    now = clock.now()
    spent = {page: one for page, one in seconds.items() if one}
    for page, one in within(spent, _allowance(document, reader, now)).items():
        _add(document, viewer, page, one, now)
    return own(document, viewer)


def within(seconds: Mapping[int, int], allowance: int) -> dict[int, int]:
    """Cut seconds by page down to an allowance, each in proportion; pages without any drop out.

    >>> within({1: 6, 2: 4}, 5)
    {1: 3, 2: 2}
    """
    total = sum(seconds.values())
    if total <= allowance:
        return dict(seconds)
    cut = {page: one * allowance // total for page, one in seconds.items()}
    return {page: one for page, one in cut.items() if one}


def _allowance(document: Document, reader: Reader, now: datetime) -> int:
    rows = PageReading.objects.filter(document=document, person=reader.person_id)
    known = rows.aggregate(last=Max("last_at"), total=Sum("seconds"))
    since_last = (now - (known["last"] or reader.first_opened_at)).total_seconds()
    since_first = (now - reader.first_opened_at).total_seconds()
    allowed = min(
        int(since_last) + SLACK_SECONDS,
        int(since_first) + SLACK_SECONDS - (known["total"] or 0),
        MOST_SECONDS,
    )
    return max(0, allowed)


def _add(document: Document, viewer: Viewer, page: int, seconds: int, now: datetime) -> None:
    mine = PageReading.objects.filter(document=document, person=viewer.person, page=page)
    if not mine.update(seconds=F("seconds") + seconds, last_at=now):
        PageReading.objects.create(
            document=document,
            person=viewer.person,
            page=page,
            seconds=seconds,
            first_at=now,
            last_at=now,
        )
