"""Downloads of the claims table as it is open to those of a meeting."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from creditor_meetings.cases.errors import NotFound
from creditor_meetings.claims.views_export import claims_chart_response, export_response
from creditor_meetings.meetings.access import access_meeting


@require_safe
def export(request: HttpRequest, meeting: str, format: str) -> HttpResponseBase:  # noqa: A002
    """Give the claims table that the viewer may see, without what is private of others."""
    found, viewer = access_meeting(request.user, meeting)
    return export_response(request, viewer, found.case, format, open_to_all=found.claims_open)


@require_safe
def chart(request: HttpRequest, meeting: str) -> HttpResponse:
    """Draw the claims by nature, for those to whom the whole table is open."""
    found, viewer = access_meeting(request.user, meeting)
    if not (viewer.is_staff or found.claims_open):
        raise NotFound
    return claims_chart_response(request, found.case)
