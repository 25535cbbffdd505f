"""Pages of the claims table: as open to a creditor in the room, whole to the staff."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.views.decorators.http import require_safe

from creditor_meetings.cases.access import Viewer, access_case
from creditor_meetings.cases.models import CREDITOR_ROLES, STAFF_ROLES, Case, Role
from creditor_meetings.claims import charts, tables
from creditor_meetings.claims.grid import listing
from creditor_meetings.claims.wish import PAGE_SIZE, PANEL_PAGE_SIZE, Wish


def claims_table_response(
    request: HttpRequest, viewer: Viewer, case: Case, *, open_to_all: bool
) -> HttpResponse:
    """Show the claims table to a viewer: the staff all, others their own and what is open.

    A script of the room gets the table alone, to put in its panel; everybody else a page.
    """
    meeting = request.resolver_match.kwargs.get("meeting") if request.resolver_match else ""
    return _grid(
        request, viewer, case, "claims/in_meeting.html", open_to_all=open_to_all, meeting=meeting
    )


@require_safe
def table(request: HttpRequest, case_id: int) -> HttpResponse:
    """Show a case's whole claims table to the administrator and the court."""
    case, viewer = access_case(request.user, case_id, STAFF_ROLES)
    imported = tables.of_claims(case).filter(imported_at__isnull=False).select_related("by")
    return _grid(
        request, viewer, case, "claims/table.html", open_to_all=True, imported=imported.first()
    )


def _grid(
    request: HttpRequest,
    viewer: Viewer,
    case: Case,
    template: str,
    *,
    open_to_all: bool,
    **more: Any,
) -> HttpResponse:
    fragment = request.headers.get("X-Requested-With") == "XMLHttpRequest"
    in_room = fragment and request.headers.get("X-Claims-Place") != "page"
    size = PANEL_PAGE_SIZE if in_room else PAGE_SIZE
    context = {
        "case": case,
        "viewer": viewer,
        "listing": listing(
            case, viewer, Wish.of(request.GET), open_to_all=open_to_all, page_size=size
        ),
        "open_to_all": open_to_all,
        "in_room": in_room,
        "may_object": bool(viewer.roles & (CREDITOR_ROLES | {Role.DEBTOR})),
        **more,
    }
    if not fragment and (viewer.is_staff or open_to_all):
        figures = charts.figures_of(case)
        context |= {"figures": figures, "totals": charts.totals(figures)}
    response = render(request, "claims/fragment.html" if fragment else template, context)
    # One address, several answers, and all for this person alone.
    patch_vary_headers(response, ["X-Requested-With", "X-Claims-Place", "Cookie"])
    patch_cache_control(response, private=True, no_store=True)
    return response
