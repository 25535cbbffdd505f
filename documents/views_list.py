"""Pages of documents for the team: the list with the upload, and handing out."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST, require_safe

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.files import office, serving
from creditor_meetings.cases.files.content import BadFile
from creditor_meetings.cases.middleware import wants_json
from creditor_meetings.cases.models import Role
from creditor_meetings.meetings import attachments
from creditor_meetings.meetings.access import access_meeting
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.realtime import fields
from documents import (
    describe,
    findings,
    reading_time,
    resumable,
    store,
    uploads,
    verbs,
    versions,
    views_uploads,
    with_items,
)
from documents.access import access_document, visible
from documents.models import Document
from documents.origin import origin


# Checking the token reads the form, and with it every file: `_upload` does so only after the
# size was looked at and our own handler put in place.
@csrf_exempt
def documents(request: HttpRequest, meeting: str) -> HttpResponse:
    """Show a meeting's documents, with the upload to the administrator; take an upload."""
    found, viewer = access_meeting(request.user, meeting)
    if request.method != "POST":
        return _list(request, found, viewer)
    viewer.require(Role.ADMINISTRATOR)
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > uploads.largest_request():
        return _answer(request, found, viewer, [], [("", _request_too_large(length))], status=413)
    resumable.clear_abandoned()
    request.upload_handlers = [uploads.DocumentUploadHandler(request)]
    return _upload(request, found, viewer)


def _request_too_large(length: str) -> str:
    size = int(length) if length.isdigit() else 0
    return _("一次上传共 %(size)s，超过上限 %(limit)s；请分次上传，或压缩后再上传。") % {
        "size": uploads.megabytes(size),
        "limit": uploads.megabytes(settings.DOCUMENT_MAX_BYTES),
    }


@csrf_protect
def _upload(request: HttpRequest, meeting: Meeting, viewer: Viewer) -> HttpResponse:
    received: list[Any] = list(request.FILES.getlist(uploads.FIELD))
    wish = _wish(request)
    stored: list[Document] = []
    refused: list[tuple[str, str]] = []
    if wish.replaces_id is not None and len(received) > 1:
        received, refused = [], [("", _("一个文件的新版只能是一个文件；请只选择一个。"))]
    for one in received:
        # Each file stands for itself: a bad one keeps no good one out.
        try:
            document = verbs.upload_document(
                meeting,
                one,
                viewer,
                title=wish.title if len(received) == 1 else "",
                item_id=wish.item_id,
                replaces_id=wish.replaces_id,
                downloadable=wish.downloadable,
                address=origin(request)["address"],
            )
        except BadFile as bad:
            refused.append((bad.name, bad.message))
        else:
            stored.append(document)
    if not received and not refused:
        refused.append(("", _("没有选择文件；请选择一个或多个文件。")))
    for document in stored:
        _give(request, meeting, viewer, document)
    return _answer(request, meeting, viewer, stored, refused)


def _wish(request: HttpRequest) -> verbs.Wish:
    return verbs.Wish(
        title=fields.text(request.POST, "title", max_length=verbs.TITLE_LENGTH, required=False),
        item_id=_id(request, "item", _("一项议程")),
        replaces_id=_id(request, "replaces", _("一个文件")),
        # A box that is not ticked is not sent: that it was there to be ticked, is.
        downloadable="asks_downloadable" not in request.POST or "downloadable" in request.POST,
    )


def _give(request: HttpRequest, meeting: Meeting, viewer: Viewer, document: Document) -> None:
    """Hand a document out now, or when its item comes, as the form wishes."""
    if request.POST.get("give") == "now":
        verbs.hand_out_document(meeting, document.pk, viewer, **_address(request))
    elif request.POST.get("give") == "item":
        try:
            with_items.wait_for_item(meeting, document.pk, viewer, waits=True)
        except Refused as refusal:
            messages.warning(request, refusal.message)


def _address(request: HttpRequest) -> dict[str, str]:
    return {"address": origin(request)["address"]}


def _id(request: HttpRequest, name: str, wanted: str) -> int | None:
    text = request.POST.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 18):
        raise fields.bad(name, wanted)
    return int(text)


def _answer(
    request: HttpRequest,
    meeting: Meeting,
    viewer: Viewer,
    stored: list[Document],
    refused: list[tuple[str, str]],
    *,
    status: int = 400,
) -> HttpResponse:
    if wants_json(request):
        answer = {
            "ok": not refused,
            "stored": [describe.document(one, meeting.slug) for one in stored],
            "refused": [{"file": name, "message": message} for name, message in refused],
        }
        return JsonResponse(answer, status=status if refused else 201)
    if stored:
        said = ngettext("已上传 %(n)s 个文件。", "已上传 %(n)s 个文件。", len(stored))
        messages.success(request, said % {"n": len(stored)})
    if refused:
        return _list(request, meeting, viewer, refused=refused, status=status)
    return redirect("documents:documents", meeting.slug)


def _list(
    request: HttpRequest,
    meeting: Meeting,
    viewer: Viewer,
    *,
    refused: list[tuple[str, str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    rows = _rows(meeting, viewer)
    context = {
        "meeting": meeting,
        "viewer": viewer,
        "rows": rows,
        "waiting": any(row["newest"] and row["document"].handed_out_at is None for row in rows),
        "unfinished": _unfinished(meeting, viewer),
        "office": office.program() is not None,
        "typed": request.POST if refused else {},
        "items": meeting.items.all(),
        "may_hand_out": viewer.is_administrator or viewer.is_judge,
        "refused": refused or [],
        "max_bytes": settings.DOCUMENT_MAX_BYTES,
        "max_size": uploads.megabytes(settings.DOCUMENT_MAX_BYTES),
    }
    return render(request, "documents/list.html", context, status=status)


def _unfinished(meeting: Meeting, viewer: Viewer) -> list[dict[str, Any]]:
    """What the administrator began to upload and is no document yet."""
    if not viewer.is_administrator:
        return []
    found = [views_uploads.describe_upload(one) for one in resumable.mine(meeting, viewer.person)]
    return [{**one, "percent": 100 * one["offset"] // one["size"]} for one in found]


def _rows(meeting: Meeting, viewer: Viewer) -> list[dict[str, Any]]:
    """The newest version of each document, with its earlier ones and what the team knows of it."""
    shown = list(visible(meeting, viewer).select_related("item", "uploaded_by"))
    counts = describe.reading(meeting, viewer.is_staff)
    readers = {pk: counted["readers"] for pk, counted in counts.items()}
    read = reading_time.pages_read(meeting, viewer)
    items = {item.pk: number for number, item in enumerate(meeting.items.all(), start=1)}

    def row(one: Document, *, newest: bool) -> dict[str, Any]:
        return {
            "document": one,
            "newest": newest,
            "readers": readers.get(str(one.pk), 0),
            "read": read.get(one.pk, 0),
            "item_number": items.get(one.item_id or 0) if one.with_item else None,
            "findings": findings.in_words(one.flags) if viewer.is_staff else [],
            "uses": attachments.uses(meeting, one.pk),
        }

    rows = []
    for newest, earlier in versions.of(meeting.pk).lines(shown):
        rows.append(row(newest, newest=True))
        rows += [row(one, newest=False) for one in earlier]
    return rows


@require_POST
def hand_out(request: HttpRequest, meeting: str, document: int) -> HttpResponse:
    """Hand a document out."""
    found, place, viewer = access_document(request.user, meeting, document)
    verbs.hand_out_document(place, found.pk, viewer, **_address(request))
    messages.success(request, _("已发放“%(title)s”。") % {"title": found.title})
    return redirect("documents:documents", place.slug)


@require_POST
def hand_out_all(request: HttpRequest, meeting: str) -> HttpResponse:
    """Hand out every document that waits."""
    found, viewer = access_meeting(request.user, meeting)
    done = verbs.hand_out_all(found, viewer, **_address(request))
    said = ngettext("已发放 %(n)s 个文件。", "已发放 %(n)s 个文件。", len(done))
    messages.success(request, said % {"n": len(done)})
    return redirect("documents:documents", found.slug)


@require_POST
def remove(request: HttpRequest, meeting: str, document: int) -> HttpResponse:
    """Take back a document that was not handed out."""
    found, place, viewer = access_document(request.user, meeting, document)
    verbs.remove_document(place, found.pk, viewer)
    messages.success(request, _("已撤回“%(title)s”。") % {"title": found.title})
    return redirect("documents:documents", place.slug)


def edit(request: HttpRequest, meeting: str, document: int) -> HttpResponse:
    """Give a document another title or agenda item."""
    found, place, viewer = access_document(request.user, meeting, document)
    viewer.require(Role.ADMINISTRATOR)
    context = {"meeting": place, "document": found, "items": place.items.all(), "problem": ""}
    if request.method != "POST":
        return render(request, "documents/edit.html", context)
    try:
        title = fields.text(request.POST, "title", max_length=verbs.TITLE_LENGTH)
        wish = _wish(request)
        verbs.describe_anew(
            place,
            found.pk,
            viewer,
            title=title,
            item_id=wish.item_id,
            downloadable=wish.downloadable if "asks_downloadable" in request.POST else None,
        )
    except Refused as refusal:
        if refusal.code != "bad_request":
            raise
        context["problem"] = refusal.message
        return render(request, "documents/edit.html", context, status=400)
    return redirect("documents:documents", place.slug)


@require_safe
def original(request: HttpRequest, meeting: str, document: int) -> HttpResponseBase:
    """Give the team the file as it was handed in, where readers get another one."""
    found, _place, viewer = access_document(request.user, meeting, document)
    viewer.require(Role.ADMINISTRATOR, Role.JUDGE, Role.CLERK)
    path = store.path_of(found.original_sha256) if found.original_sha256 else None
    if path is None or not path.is_file():
        raise NotFound
    # Never shown in the browser: it holds whatever was taken out of the other.
    name = serving.disposition("attachment", found.original_name)
    return serving.serve(request, path, "application/octet-stream", found.original_sha256, name)
