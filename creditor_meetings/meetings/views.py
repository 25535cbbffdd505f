"""Pages of the meeting: the room, the big screen, the claims table, the attendance record."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from creditor_meetings.cases import clock
from creditor_meetings.cases.models import Role
from creditor_meetings.cases.money import yuan
from creditor_meetings.claims.views import claims_table_response
from creditor_meetings.meetings import describe
from creditor_meetings.meetings.access import access_meeting
from creditor_meetings.meetings.models import Attendance, Presence


# The room's scripts post ballots when no socket can be had, and need the token for it. They
# learn the server's time from the page, which therefore must not come from a cache.
@never_cache
@ensure_csrf_cookie
@require_safe
def room(request: HttpRequest, meeting: str) -> HttpResponse:
    """Show the room: one integrated window for everybody who takes part."""
    found, viewer = access_meeting(request.user, meeting)
    context = {
        "meeting": found,
        "viewer": viewer,
        "now": clock.rfc3339(clock.now()),
        "tabs": _tabs(),
    }
    return render(request, "meetings/room.html", context)


def _tabs() -> list[tuple[str, str, str]]:
    """Name the tabs of the room: name, label, and the short label of the bar on a phone."""
    return [
        ("agenda", _("议程"), _("直播")),
        ("documents", _("文件"), _("文件")),
        ("claims", _("债权"), _("债权")),
        ("votes", _("表决"), _("表决")),
        ("questions", _("发言与提问"), _("发言")),
    ]


@never_cache
@require_safe
def screen(request: HttpRequest, meeting: str) -> HttpResponse:
    """Show the big screen of a courtroom."""
    found, viewer = access_meeting(request.user, meeting)
    context = {"meeting": found, "viewer": viewer, "now": clock.rfc3339(clock.now())}
    return render(request, "meetings/screen.html", context)


@require_safe
def claims(request: HttpRequest, meeting: str) -> HttpResponse:
    """Show the claims table as it is open to the viewer, a fragment for the room."""
    found, viewer = access_meeting(request.user, meeting)
    return claims_table_response(request, viewer, found.case, open_to_all=found.claims_open)


@require_safe
def attendance(request: HttpRequest, meeting: str) -> HttpResponse:
    """Show who attended, when, with what and from where, to the court and the administrator."""
    found, viewer = access_meeting(request.user, meeting)
    viewer.require(Role.ADMINISTRATOR, Role.JUDGE, Role.CLERK)
    signed_in = Attendance.objects.filter(meeting=found).select_related("creditor", "person")
    presences = Presence.objects.filter(meeting=found).select_related("person")
    context = {
        "meeting": found,
        "totals": {**describe.attendance_totals(found), **describe.case_totals(found)},
        "attendances": [(one, yuan(one.amount_fen)) for one in signed_in.order_by("at")],
        "presences": presences.order_by("arrived_at"),
    }
    return render(request, "meetings/attendance.html", context)
