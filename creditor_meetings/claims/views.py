"""Pages of the claims table: as open to a creditor in the room, whole to the staff."""

from django.http import HttpRequest, HttpResponse

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.models import Case


def claims_table_response(
    request: HttpRequest, viewer: Viewer, case: Case, *, open_to_all: bool
) -> HttpResponse:
    """Show the claims table to a viewer: the staff all, creditors their own and what is open."""
    raise NotImplementedError
