"""Pages of the video room: trying one's camera and sound, and the recordings."""

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.models import Role
from creditor_meetings.meetings.access import access_meeting
from creditor_meetings.video import verbs
from creditor_meetings.video.models import Recording
from creditor_meetings.video.recordings import file_of


@require_safe
def rehearsal(request: HttpRequest, meeting: str) -> HttpResponse:
    """Show the publisher's panel beside what everybody sees."""
    found, viewer = access_meeting(request.user, meeting)
    verbs.require_publisher(found, viewer)
    return render(request, "video/rehearsal.html", {"meeting": found, "viewer": viewer})


@require_safe
def recording_list(request: HttpRequest, meeting: str) -> HttpResponse:
    """List the recordings of a meeting to the court and the administrator."""
    found, viewer = access_meeting(request.user, meeting)
    viewer.require(Role.ADMINISTRATOR, Role.JUDGE, Role.CLERK)
    kept = Recording.objects.filter(broadcast__meeting=found)
    context = {"meeting": found, "recordings": kept.select_related("broadcast__publisher")}
    return render(request, "video/recordings.html", context)


@require_safe
def recording(request: HttpRequest, meeting: str, recording: int) -> FileResponse:
    """Hand out a recording that has ended, byte for byte as it arrived."""
    found, viewer = access_meeting(request.user, meeting)
    viewer.require(Role.ADMINISTRATOR, Role.JUDGE, Role.CLERK)
    kept = Recording.objects.filter(broadcast__meeting=found, pk=recording).first()
    if kept is None:
        raise NotFound
    if kept.ended_at is None:
        raise Refused("unavailable", _("这段录像还在录制，结束后才能下载。"))
    file = file_of(kept.path)
    if not file.exists():
        raise Refused("unavailable", _("录像文件不在这台服务器上，请联系系统管理员。"))
    response = FileResponse(
        file.open("rb"),
        as_attachment=True,
        filename=f"{found.slug}-{file.name}",
        content_type="video/webm",
    )
    response["Cache-Control"] = "private, no-store"
    return response
