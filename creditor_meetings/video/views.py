"""Pages of the video room: trying one's camera and sound."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from creditor_meetings.meetings.access import access_meeting
from creditor_meetings.video import verbs


@require_safe
def rehearsal(request: HttpRequest, meeting: str) -> HttpResponse:
    """Show the publisher's panel beside what everybody sees."""
    found, viewer = access_meeting(request.user, meeting)
    verbs.require_publisher(found, viewer)
    return render(request, "video/rehearsal.html", {"meeting": found, "viewer": viewer})
