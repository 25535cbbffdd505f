"""Presenting a document in the meeting (讲解): one leads, everybody may follow.

What is presented, on which page, and where the pointer is, is one row a meeting. It outlives the
presenter's connection: it stands until somebody stops it, presents something else, or the
meeting is closed. All its verbs hold the meeting's row first, so that none meets another.
"""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Role
from creditor_meetings.meetings import record
from creditor_meetings.meetings.models import Meeting, MeetingState
from creditor_meetings.meetings.publishing import publish
from creditor_meetings.meetings.verbs import locked
from documents.models import Document, Presentation

PRESENTERS = (Role.ADMINISTRATOR, Role.JUDGE, Role.CLERK)
COMMANDS = ("present_document", "present_page", "point", "stop_presenting")
THOUSANDTHS = 1000
"""The pointer's place: of the page's width from the left, of its height from the top."""

# Of turns and movements that wait to be sent only the last matters.
COALESCE = "presentation"


@transaction.atomic
def present_document(
    meeting: Meeting, document_id: int, viewer: Viewer, *, page: int = 1, address: str = ""
) -> Presentation:
    """Present a page of a document to everybody; whoever presented before does so no more.

    Only what is handed out can be presented: pages that creditors have not got are not for them.
    """
    viewer.require(*PRESENTERS)
    found = locked(meeting)
    if found.state == MeetingState.CLOSED:
        raise Refused("bad_request", _("会议已闭会，不能再讲解文件。"))
    document = Document.objects.filter(
        meeting=found, pk=document_id, removed_at__isnull=True
    ).first()
    if document is None:
        raise Refused("bad_request", _("本次会议没有这个文件。"))
    if document.handed_out_at is None:
        raise Refused(
            "bad_request",
            _("文件“%(title)s”尚未发放，债权人看不到；请先发放再讲解。")
            % {"title": document.title},
        )
    _check_page(document, page)
    shown, _made = Presentation.objects.get_or_create(meeting=found)
    begins = (shown.document_id, shown.person_id) != (document.pk, viewer.person.pk)
    if begins:
        shown.since = clock.now()
        _write(found, "document_presented", document, viewer, page=page, address=address)
    shown.document, shown.person, shown.page = document, viewer.person, page
    shown.pointer_x = shown.pointer_y = None
    shown.save()
    notice = {"kind": "presentation", "document": document.pk, "title": document.title}
    _tell(found, shown, notice=notice if begins else None)
    return shown


@transaction.atomic
def present_page(meeting: Meeting, page: int, viewer: Viewer) -> None:
    """Turn to another page of what one presents; the pointer is taken away."""
    found, shown = _mine(meeting, viewer)
    assert shown.document is not None
    _check_page(shown.document, page)
    if shown.page == page:
        return
    shown.page = page
    shown.pointer_x = shown.pointer_y = None
    shown.save(update_fields=["page", "pointer_x", "pointer_y"])
    _tell(found, shown)


@transaction.atomic
def point(meeting: Meeting, place: tuple[int, int] | None, viewer: Viewer) -> None:
    """Point at a place of the page, in thousandths of its width and height, or at nothing."""
    if place is not None and any(not 0 <= one <= THOUSANDTHS for one in place):
        raise Refused("bad_request", _("指示的位置应为页面宽、高的千分之 0 至 1000。"))
    found, shown = _mine(meeting, viewer)
    x, y = place or (None, None)
    if (shown.pointer_x, shown.pointer_y) == (x, y):
        return
    shown.pointer_x, shown.pointer_y = x, y
    shown.save(update_fields=["pointer_x", "pointer_y"])
    _tell(found, shown)


@transaction.atomic
def stop_presenting(meeting: Meeting, viewer: Viewer, *, address: str = "") -> None:
    """End what is presented; whoever may present may do so, since a presenter can get lost."""
    viewer.require(*PRESENTERS)
    found = locked(meeting)
    shown = _running(found)
    if shown is None:
        raise Refused("bad_request", _("现在没有人在讲解文件。"))
    assert shown.document is not None
    _write(found, "presentation_ended", shown.document, viewer, page=shown.page, address=address)
    _end(found, shown)


def end_at_close(meeting: Meeting) -> None:
    """End what is presented when the meeting closes; in that transaction."""
    if meeting.state == MeetingState.CLOSED:
        shown = _running(meeting)
        if shown is not None:
            _end(meeting, shown)


def _end(meeting: Meeting, shown: Presentation) -> None:
    shown.document = shown.person = shown.since = None
    shown.pointer_x = shown.pointer_y = None
    shown.save()
    publish(meeting, "presentation_changed", {"presentation": None}, coalesce=COALESCE)


def _running(meeting: Meeting) -> Presentation | None:
    rows = Presentation.objects.select_related("document", "person")
    return rows.filter(meeting=meeting, document__isnull=False).first()


def _mine(meeting: Meeting, viewer: Viewer) -> tuple[Meeting, Presentation]:
    viewer.require(*PRESENTERS)
    found = locked(meeting)
    shown = _running(found)
    if shown is None:
        raise Refused("bad_request", _("现在没有人在讲解文件。"))
    if shown.person_id != viewer.person.pk:
        raise Refused(
            "not_allowed",
            _("现在由%(name)s讲解；要接着讲，请先点“由我讲解”。") % {"name": shown.person},
        )
    return found, shown


def _check_page(document: Document, page: int) -> None:
    if not 1 <= page <= document.pages:
        raise Refused(
            "bad_request",
            _("文件“%(title)s”没有第 %(page)s 页，共 %(pages)s 页。")
            % {"title": document.title, "page": page, "pages": document.pages},
        )


def _write(
    meeting: Meeting, kind: str, document: Document, viewer: Viewer, *, page: int, address: str
) -> None:
    record.write(
        meeting,
        kind,
        {
            "document": document.pk,
            "title": document.title,
            "sha256": document.sha256,
            "page": page,
            "by": viewer.person.pk,
            "by_name": str(viewer.person),
            "address": address,
        },
    )


# --- How it looks in the room -----------------------------------------------------------------


def state(meeting: Meeting) -> dict[str, Any]:
    """Describe what is presented, alike to everybody; empty while nothing is."""
    shown = _running(meeting)
    return {} if shown is None else _described(shown)


def _described(shown: Presentation) -> dict[str, Any]:
    assert shown.since is not None
    x, y = shown.pointer_x, shown.pointer_y
    return {
        "document": shown.document_id,
        "page": shown.page,
        "pointer": None if x is None or y is None else {"x": x, "y": y},
        "person": shown.person_id,
        "name": str(shown.person),
        "since": clock.rfc3339(shown.since),
    }


def _tell(meeting: Meeting, shown: Presentation, notice: dict[str, Any] | None = None) -> None:
    # A beginning is told to everybody by name; what moves may be skipped for what moved later.
    publish(
        meeting,
        "presentation_changed",
        {"presentation": _described(shown)},
        notice=notice,
        coalesce="" if notice else COALESCE,
    )
