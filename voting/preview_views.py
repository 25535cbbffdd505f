"""The page of the voting register before the poll opens, and its tables."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from creditor_meetings.meetings.prepare import PREPARERS
from voting import register_tables
from voting.access import access_resolution
from voting.models import Resolution
from voting.preview import Preview, Row, preview

LINES = 100
"""Lines of the register on one page."""

FORMATS: dict[str, tuple[Callable[[Sequence[Row]], bytes], str]] = {
    "csv": (register_tables.as_csv, "text/csv; charset=utf-8"),
    "xlsx": (
        register_tables.as_xlsx,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
}


@require_safe
def register(request: HttpRequest, meeting: str, resolution: int) -> HttpResponse:
    """Show the register as it would be frozen now, with what is to be settled before."""
    found, one = _door(request, meeting, resolution)
    drawn = preview(one)
    query, show = request.GET.get("q", "").strip()[:100], request.GET.get("show", "")
    page = Paginator(_chosen(drawn, query, show), LINES).get_page(request.GET.get("page"))
    wish = {name: value for name, value in (("q", query), ("show", show)) if value}
    context = {
        "meeting": found,
        "resolution": one,
        "drawn": drawn,
        "page": page,
        "query": query,
        "show": show if any(show == warning.key for warning in drawn.warnings) else "",
        "previous": urlencode({**wish, "page": page.number - 1}) if page.has_previous() else "",
        "next": urlencode({**wish, "page": page.number + 1}) if page.has_next() else "",
    }
    return render(request, "voting/register.html", context)


def _door(request: HttpRequest, meeting: str, resolution: int) -> tuple[Any, Resolution]:
    found, viewer, one = access_resolution(request, meeting, resolution)
    viewer.require(*PREPARERS)
    return found, one


def _chosen(drawn: Preview, query: str, show: str) -> Sequence[Row]:
    rows = drawn.rows
    concerned = next((one.creditors for one in drawn.warnings if one.key == show), None)
    if concerned is not None:
        rows = [row for row in rows if row.creditor_id in concerned]
    return [row for row in rows if query.casefold() in row.name.casefold()] if query else rows


@require_safe
def table(request: HttpRequest, meeting: str, resolution: int, kind: str) -> HttpResponse:
    """Give the whole register as a table."""
    _found, one = _door(request, meeting, resolution)
    if kind not in FORMATS:
        raise Http404
    write, media_type = FORMATS[kind]
    response = HttpResponse(write(preview(one).rows), content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="register-{one.pk}.{kind}"'
    response["Cache-Control"] = "no-store, private"
    return response
