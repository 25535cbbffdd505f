"""Uploads in pieces, by the protocol tus 1.0 (https://tus.io/protocols/resumable-upload).

The core and its extensions creation and termination. What a file is to be (title, agenda item,
a new version of what) comes as metadata when its upload is made. Beside the protocol, GET tells
a page how an upload stands: while it comes, while it is checked, and what became of it.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Role
from creditor_meetings.meetings.access import access_meeting
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.realtime import fields
from documents import describe, resumable, verbs
from documents.models import Upload
from documents.origin import origin

VERSION = "1.0.0"
EXTENSIONS = "creation,termination"
PIECES = "application/offset+octet-stream"
_LARGEST_SIZE = 15
"""Digits of a size that is read at all."""


@require_http_methods(["OPTIONS", "POST", "GET"])
def uploads(request: HttpRequest, meeting: str) -> HttpResponse:
    """Make an upload; or tell what the protocol may do, or how one's own uploads stand."""
    found, viewer = access_meeting(request.user, meeting)
    viewer.require(Role.ADMINISTRATOR)
    if request.method == "OPTIONS":
        return _tus(HttpResponse(status=204))
    if request.method == "GET":
        rows = [describe_upload(one) for one in resumable.mine(found, viewer.person)]
        return JsonResponse({"uploads": rows})
    if (refused := _other_version(request)) is not None:
        return refused
    try:
        upload = _begin(request, found, viewer)
    except Refused as refusal:
        status = 413 if _size(request) > settings.DOCUMENT_MAX_BYTES else refusal.status
        return _tus(_refusal(refusal, status))
    response = _tus(HttpResponse(status=201))
    response["Location"] = reverse("documents:upload", args=[found.slug, upload.key])
    return response


def _begin(request: HttpRequest, meeting: Meeting, viewer: Viewer) -> Upload:
    told = _metadata(request.headers.get("Upload-Metadata", ""))
    wish = verbs.Wish(
        title=fields.text(told, "title", max_length=verbs.TITLE_LENGTH, required=False),
        item_id=_number(told, "item", _("一项议程")),
        replaces_id=_number(told, "replaces", _("一个文件")),
        downloadable=told.get("downloadable", "1") == "1",
    )
    begun = resumable.Begun(
        name=fields.text(told, "filename", max_length=1000),
        size=_size(request),
        modified=_number(told, "modified", _("一个时间")) or 0,
        hand_out=told.get("give") == "now",
        with_item=told.get("give") == "item",
    )
    if begun.with_item and wish.item_id is None and wish.replaces_id is None:
        raise Refused("bad_request", _("随议程发放的文件，请先选择议程。"))
    return resumable.begin(meeting, viewer, begun, wish=wish, address=origin(request)["address"])


def _size(request: HttpRequest) -> int:
    text = request.headers.get("Upload-Length", "")
    if not _is_number(text):
        raise Refused("bad_request", _("没有说明文件大小（Upload-Length）。"))
    return int(text)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _LARGEST_SIZE


def _number(told: Mapping[str, str], name: str, wanted: str) -> int | None:
    text = told.get(name, "")
    if not text:
        return None
    if not _is_number(text):
        raise fields.bad(name, wanted)
    return int(text)


def _metadata(header: str) -> dict[str, str]:
    """Read "name base64,name base64": the values are UTF-8."""
    told = {}
    for pair in filter(None, (one.strip() for one in header.split(","))):
        name, _space, value = pair.partition(" ")
        try:
            told[name] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, ValueError):
            raise Refused(
                "bad_request", _("上传说明（Upload-Metadata）中的“%(name)s”无法读取。")
                % {"name": name[:40]},
            ) from None  # fmt: skip
    return told


@require_http_methods(["GET", "HEAD", "PATCH", "DELETE"])
def upload(request: HttpRequest, meeting: str, key: str) -> HttpResponse:
    """Add to an upload, or tell how far it is, or forget it."""
    found, viewer = access_meeting(request.user, meeting)
    one = resumable.access_upload(found, viewer, key)
    if request.method == "GET":
        return JsonResponse(describe_upload(one))
    if (refused := _other_version(request)) is not None:
        return refused
    if request.method == "HEAD":
        return _standing(one)
    if request.method == "PATCH":
        return _add(request, one)
    try:
        resumable.give_up(one)
    except Refused as refusal:
        return _tus(_refusal(refusal, 409))
    return _tus(HttpResponse(status=204))


def _add(request: HttpRequest, one: Upload) -> HttpResponse:
    if request.content_type != PIECES:
        return _tus(HttpResponse(status=415))
    start = request.headers.get("Upload-Offset", "")
    if not _is_number(start):
        return _tus(_refusal(Refused("bad_request", _("没有说明起点（Upload-Offset）。")), 400))
    try:
        resumable.add(one, int(start), request.read)
    except resumable.Conflict:
        return _standing(one, 409)
    except UnreadablePostError:
        # The line broke; nobody hears this, and what came stays.
        return _standing(one, 400)
    return _standing(one, 204)


def _standing(one: Upload, status: int = 200) -> HttpResponse:
    response = _tus(HttpResponse(status=status))
    response["Upload-Offset"] = str(resumable.offset(one))
    response["Upload-Length"] = str(one.size)
    return response


@require_POST
def discard(request: HttpRequest, meeting: str, key: str) -> HttpResponse:
    """Forget an upload from a page without scripts."""
    found, viewer = access_meeting(request.user, meeting)
    resumable.give_up(resumable.access_upload(found, viewer, key))
    return redirect("documents:documents", found.slug)


def describe_upload(one: Upload) -> dict[str, Any]:
    """Describe an upload to the person who began it; sizes in bytes."""
    slug = one.meeting.slug
    return {
        "key": one.key,
        "url": reverse("documents:upload", args=[slug, one.key]),
        "name": one.name,
        "size": one.size,
        "modified": one.modified,
        "offset": resumable.offset(one),
        "state": one.state,
        "problem": one.problem,
        "document": describe.document(one.document, slug) if one.document else None,
    }


def _tus(response: HttpResponse) -> HttpResponse:
    response["Tus-Resumable"] = VERSION
    response["Tus-Version"] = VERSION
    response["Tus-Extension"] = EXTENSIONS
    response["Tus-Max-Size"] = str(settings.DOCUMENT_MAX_BYTES)
    response["Cache-Control"] = "no-store"
    return response


def _other_version(request: HttpRequest) -> HttpResponse | None:
    if request.headers.get("Tus-Resumable") == VERSION:
        return None
    return _tus(HttpResponse(status=412))


def _refusal(refusal: Refused, status: int) -> HttpResponse:
    error = {"code": refusal.code, "message": refusal.message}
    return JsonResponse({"ok": False, "error": error}, status=status)
