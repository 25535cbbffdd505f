"""Addresses of what goes with verification: files of objections, scans of waivers."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from creditor_meetings.cases.access import Viewer, access_case
from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.files import scans
from creditor_meetings.cases.files.content import BadFile
from creditor_meetings.cases.middleware import wants_json
from creditor_meetings.cases.models import Case
from creditor_meetings.cases.requests import address_of
from creditor_meetings.meetings import verification_acts, verification_files, waivers

FIELD = "file"
SLACK = 64 * 1024
"""What a form may hold besides its files."""


# Checking the token reads the form, and with it every file: who may not send any, and what is
# too large, is turned away before.
@csrf_exempt
@require_POST
def objection_files(request: HttpRequest, case: int, objection: int) -> HttpResponse:
    """Take files for an objection: the objector's own, or the administrator's with the answer."""
    found, viewer = access_case(request.user, case)
    verification_files.attachable(found.pk, objection, viewer)
    _refuse_too_large(request, verification_files.MOST_FILES)
    return _take_files(request, found, viewer, objection)


@csrf_protect
def _take_files(request: HttpRequest, case: Case, viewer: Viewer, objection: int) -> HttpResponse:
    uploads = request.FILES.getlist(FIELD)
    try:
        made = verification_files.attach_files(
            case.pk, objection, uploads, viewer, address=address_of(request)
        )
    except BadFile as bad:
        raise _refused(bad) from None
    return _done(request, case, {"files": [one.pk for one in made]})


@require_safe
def objection_file(request: HttpRequest, case: int, objection: int, file: int) -> HttpResponseBase:
    """Give a file to those who may read its objection."""
    found, viewer = access_case(request.user, case)
    one = verification_files.file_of(found.pk, objection, file, viewer)
    scan = scans.Scan(one.name, one.content_type, one.size, one.sha256)
    return scans.give(request, verification_files.ROOM, scan)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def waiver_scan(request: HttpRequest, case: int, waiver: int) -> HttpResponseBase:
    """Give the scan of a signed waiver; take one from its creditor while it waits."""
    found, viewer = access_case(request.user, case)
    one = waivers.accessible(found.pk, waiver, viewer)
    if request.method != "POST":
        if not one.sha256:
            raise NotFound
        return scans.give(
            request, waivers.ROOM, scans.Scan(one.name, one.content_type, one.size, one.sha256)
        )
    viewer.require_creditor(one.claim.creditor_id)
    _refuse_too_large(request, 1)
    return _take_scan(request, found, viewer, waiver)


@csrf_protect
def _take_scan(request: HttpRequest, case: Case, viewer: Viewer, waiver: int) -> HttpResponse:
    upload = request.FILES.get(FIELD)
    if upload is None:
        raise Refused("bad_request", _("没有选择文件；请选择 PDF 或者图片。"))
    try:
        waivers.attach_scan(case.pk, waiver, upload, viewer, address=address_of(request))
    except BadFile as bad:
        raise _refused(bad) from None
    return _done(request, case, {"waiver": waiver})


def _refuse_too_large(request: HttpRequest, files: int) -> None:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdigit() and int(length) <= files * scans.MAX_BYTES + SLACK:
        return
    raise Refused(
        "bad_request",
        _("一次上传太大：最多 %(n)s 个文件，每个不超过 %(mb)s MB。")
        % {"n": files, "mb": scans.MAX_BYTES // 1024 // 1024},
    )


def _refused(bad: BadFile) -> Refused:
    return Refused("bad_request", f"{bad.name}：{bad.message}" if bad.name else bad.message)


def _done(request: HttpRequest, case: Case, answer: dict[str, object]) -> HttpResponse:
    if wants_json(request):
        return JsonResponse({"ok": True, **answer}, status=201)
    meeting = verification_acts.meeting_on_record(case.pk)
    if meeting is None:
        return redirect("case", case.pk)
    return redirect("meetings:room", meeting.slug)
