"""Downloads of the claims table: whole for the staff, without what is private for creditors."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer, access_case
from creditor_meetings.cases.errors import NotFound
from creditor_meetings.cases.files.serving import SANDBOX, disposition
from creditor_meetings.cases.models import STAFF_ROLES, Case, Role
from creditor_meetings.claims import charts
from creditor_meetings.claims.exporting import columns, files
from creditor_meetings.claims.exporting.sending import send
from creditor_meetings.claims.exporting.template import template as make_template
from creditor_meetings.claims.grid import seen_by
from creditor_meetings.claims.importing.present import of_table
from creditor_meetings.claims.wish import Wish

MEDIA_TYPES = {"xlsx": files.XLSX, "csv": files.CSV}


@require_safe
def export(request: HttpRequest, case_id: int, format: str) -> HttpResponseBase:  # noqa: A002
    """Give the whole claims table back to the administrator and the court, as it was imported."""
    case, _viewer = access_case(request.user, case_id, STAFF_ROLES)
    found = of_table(case)
    used = columns.columns_for(found)
    return _sent(request, case, format, used, list(columns.rows(found, whole=True)))


def export_response(
    request: HttpRequest,
    viewer: Viewer,
    case: Case,
    format: str,  # noqa: A002
    *,
    open_to_all: bool,
) -> HttpResponseBase:
    """Give the table that a viewer may see; others' numbers and contacts are not in it."""
    found = seen_by(case.pk, viewer, Wish(), open_to_all=open_to_all)
    used = columns.columns_for(found)
    rows = columns.rows(found, whole=viewer.is_staff, own=viewer.acts_for)
    return _sent(request, case, format, used, list(rows))


def _sent(
    request: HttpRequest,
    case: Case,
    format: str,  # noqa: A002
    used: tuple[columns.Column, ...],
    rows: list[columns.Values],
) -> HttpResponseBase:
    if format not in MEDIA_TYPES:
        raise NotFound
    table = files.claims_table(used, rows)
    pieces = files.xlsx_pieces(table) if format == "xlsx" else files.csv_pieces(table)
    day = f"{timezone.localdate(clock.now()):%Y-%m-%d}"
    return send(request, pieces, MEDIA_TYPES[format], f"债权表-{case.number}-{day}.{format}")


@require_safe
def chart(request: HttpRequest, case_id: int) -> HttpResponse:
    """Draw a case's claims by nature for the administrator and the court."""
    case, _viewer = access_case(request.user, case_id, STAFF_ROLES)
    return claims_chart_response(request, case)


def claims_chart_response(request: HttpRequest, case: Case) -> HttpResponse:
    """Draw a case's claims by nature, filed against confirmed."""
    return charts.chart_response(request, charts.figures_of(case), _("债权，按性质"))


@require_safe
def template(request: HttpRequest, case_id: int) -> HttpResponse:
    """Give the administrator an empty claims table to fill in."""
    access_case(request.user, case_id, [Role.ADMINISTRATOR])
    response = HttpResponse(make_template(), content_type=files.XLSX)
    response["Content-Disposition"] = disposition("attachment", "债权表模板.xlsx")
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    return response
