"""Pages of the claims table: as open to a creditor in the room, whole to the staff."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.views.decorators.http import require_GET

from creditor_meetings.cases.access import Viewer, access_case
from creditor_meetings.cases.models import CREDITOR_ROLES, STAFF_ROLES, Case, Role
from creditor_meetings.claims import tables
from creditor_meetings.claims.listing import PAGE_SIZE, PANEL_PAGE_SIZE, Wish, listing


def claims_table_response(
    request: HttpRequest, viewer: Viewer, case: Case, *, open_to_all: bool
) -> HttpResponse:
    """Show the claims table to a viewer: the staff all, others their own and what is open.

    A script of the room gets the table alone, to put in its panel; everybody else a page.
    """
    fragment = request.headers.get("X-Requested-With") == "XMLHttpRequest"
    context = {
        "case": case,
        "viewer": viewer,
        "listing": listing(
            case,
            viewer,
            Wish.of(request.GET),
            open_to_all=open_to_all,
            page_size=PANEL_PAGE_SIZE if fragment else PAGE_SIZE,
        ),
        "open_to_all": open_to_all,
        "may_object": bool(viewer.roles & (CREDITOR_ROLES | {Role.DEBTOR})),
        "meeting": request.resolver_match.kwargs.get("meeting") if request.resolver_match else "",
    }
    template = "claims/fragment.html" if fragment else "claims/in_meeting.html"
    response = render(request, template, context)
    # One address, two answers, and both for this person alone.
    patch_vary_headers(response, ["X-Requested-With", "Cookie"])
    patch_cache_control(response, private=True, no_store=True)
    return response


@require_GET
def table(request: HttpRequest, case_id: int) -> HttpResponse:
    """Show a case's whole claims table to the administrator and the court."""
    case, viewer = access_case(request.user, case_id, STAFF_ROLES)
    context = {
        "case": case,
        "viewer": viewer,
        "listing": listing(case, viewer, Wish.of(request.GET), open_to_all=True),
        "imported": tables.of_claims(case)
        .filter(imported_at__isnull=False)
        .select_related("by")
        .first(),
    }
    return render(request, "claims/table.html", context)
