"""Pages of who read what, for the team; and the address where reading time is reported."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from creditor_meetings.cases import charting
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.files import serving
from creditor_meetings.cases.models import STAFF_ROLES
from creditor_meetings.cases.views_invitations import safe_cell
from creditor_meetings.meetings.access import access_meeting
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.realtime import fields
from documents import reading_chart, reading_summary, reading_time
from documents.access import access_document
from documents.models import Document, Opening, Reader
from documents.reading_summary import STATES, Line

PAGE = 50
REPORT_BYTES = 64 * 1024
"""A report of two thousand pages has half of it."""


# --- Reported by the reader -------------------------------------------------------------------


@cache_control(no_store=True, private=True)
@require_http_methods(["GET", "HEAD", "POST"])
def reading(request: HttpRequest, meeting: str, document: int) -> JsonResponse:
    """Say what the person has read of a document, or take a report: `{"pages": {"3": 8}}`.

    The report tells how many whole seconds each page was in sight since the last one.
    """
    found, _place, viewer = access_document(request.user, meeting, document)
    if request.method == "POST":
        read = reading_time.report(found, viewer, _reported(request))
    else:
        read = reading_time.own(found, viewer)
    return JsonResponse({"ok": True, **read.described(found)})


def _reported(request: HttpRequest) -> dict[int, int]:
    try:
        if len(request.body) > REPORT_BYTES:
            raise ValueError
        data = json.loads(request.body)
    except (ValueError, RecursionError):
        raise fields.bad("pages", _("一个 JSON 对象")) from None
    if not isinstance(data, dict):
        raise fields.bad("pages", _("一个 JSON 对象"))
    fields.only(data, "pages")
    pages = data.get("pages")
    if not isinstance(pages, dict):
        raise fields.bad("pages", _("一个 JSON 对象"))
    return {_page(name): fields.integer(pages, name) for name in pages}


def _page(name: str) -> int:
    if not (name.isascii() and name.isdigit() and len(name) < 6):
        raise fields.bad("pages", _("页码"))
    return int(name)


# --- Looked at by the team --------------------------------------------------------------------


@require_safe
def readings(request: HttpRequest, meeting: str, document: int) -> HttpResponse:
    """Show which creditors read a document, how far and for how long, and each opening of it."""
    found, place, viewer = access_document(request.user, meeting, document)
    viewer.require(*STAFF_ROLES)
    everybody = reading_summary.lines(place, [found])
    log = Opening.objects.filter(document=found).select_related("person")
    context = {
        "meeting": place,
        "document": found,
        "readers": Reader.objects.filter(document=found, staff=False).count(),
        "figures": reading_summary.sums([found], everybody)[0],
        "log": Paginator(log.order_by("-at", "-id"), PAGE).get_page(request.GET.get("log")),
        **_listed(request, everybody),
    }
    return render(request, "documents/readings.html", context)


@require_safe
def summary(request: HttpRequest, meeting: str) -> HttpResponse:
    """Show how far the creditors read the documents of a meeting, by document and by creditor."""
    place, documents, everybody = _for_team(request, meeting)
    context = {
        "meeting": place,
        "figures": reading_summary.sums(documents, everybody),
        "pages": sum(one.pages for one in documents),
        "number": len(documents),
        **_listed(request, everybody),
    }
    return render(request, "documents/reading_summary.html", context)


def _for_team(request: HttpRequest, meeting: str) -> tuple[Meeting, list[Document], list[Line]]:
    place, viewer = access_meeting(request.user, meeting)
    _require_team(viewer)
    documents = reading_summary.for_creditors(place)
    return place, documents, reading_summary.lines(place, documents)


def _require_team(viewer: Viewer) -> None:
    viewer.require(*STAFF_ROLES)


def _listed(request: HttpRequest, everybody: Sequence[Line]) -> Mapping[str, Any]:
    words = request.GET.get("q", "")[:200].replace("\x00", "")
    state = request.GET.get("state", "")
    found = reading_summary.wanted(everybody, words, state)
    return {
        "page": Paginator(found, PAGE).get_page(request.GET.get("page")),
        "q": words,
        "state": state if state in STATES else "",
        "states": STATES.items(),
    }


@require_safe
def chart(request: HttpRequest, meeting: str) -> HttpResponseBase:
    """Show the chart of how creditors read the documents of a meeting."""
    _place, documents, everybody = _for_team(request, meeting)
    drawn = charting.draw(reading_chart.chart(reading_summary.sums(documents, everybody)))
    response = HttpResponse(drawn, content_type="image/svg+xml")
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = serving.SANDBOX
    return response


@require_safe
def export(request: HttpRequest, meeting: str) -> HttpResponse:
    """Give the reading of every creditor and document as a table (.csv)."""
    place, documents, everybody = _for_team(request, meeting)
    response = HttpResponse(as_csv(documents, everybody), content_type="text/csv; charset=utf-8")
    name = f"{_('文件查阅情况')}-{place.slug}-{timezone.localtime():%Y%m%d-%H%M}.csv"
    response["Content-Disposition"] = serving.disposition("attachment", name)
    response["Cache-Control"] = "private, no-store"
    return response


def as_csv(documents: Sequence[Document], everybody: Sequence[Line]) -> bytes:
    """Write a row for every creditor and document, with nothing that a spreadsheet would run."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(
        [
            _("序号"), _("债权人"), _("查阅人"), _("文件"), _("状态"), _("已读页数"), _("总页数"),
            _("阅读时长（秒）"), _("首次打开"), _("最近阅读"), _("首次下载"),
        ]
    )  # fmt: skip
    for row in _rows(documents, everybody):
        writer.writerow([safe_cell(value) for value in row])
    return file.getvalue().encode("utf-8-sig")


def _rows(documents: Sequence[Document], everybody: Sequence[Line]) -> Iterator[list[object]]:
    for line in everybody:
        for document in documents:
            one = line.readings[document.pk]
            moments = (one.opened_at, one.last_at, one.downloaded_at)
            yield [
                line.creditor.position, line.creditor.name, _("、").join(line.people),
                document.title, one.state_label, one.pages, document.pages, one.seconds,
                *(f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}" if at else "" for at in moments),
            ]  # fmt: skip
