"""Downloads of the claims table as it is open to those of a meeting."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from creditor_meetings.claims.views_export import export_response
from creditor_meetings.meetings.access import access_meeting


@require_safe
def export(request: HttpRequest, meeting: str, format: str) -> HttpResponseBase:  # noqa: A002
    """Give the claims table that the viewer may see, without what is private of others."""
    found, viewer = access_meeting(request.user, meeting)
    return export_response(request, viewer, found.case, format, open_to_all=found.claims_open)
