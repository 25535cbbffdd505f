"""Reading a document: the reader, its pages as pictures, and the bytes behind the door."""

import hashlib
from datetime import datetime
from typing import Any

from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotModified,
    JsonResponse,
)
from django.shortcuts import render
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_safe

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.files import serving
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.realtime import fields
from documents import pages, paragraphs, store, verbs, versions, warming, watermark
from documents import search as searching
from documents.access import access_document
from documents.models import Access, Document, Kind, Opening, Reader
from documents.origin import origin

PICTURE_SECONDS = 300
"""How long a browser may show a picture again without asking whether its reader still may."""


@require_GET
def document(request: HttpRequest, meeting: str, document: int) -> HttpResponse:
    """Show the reader, or with `fragment=1` its inside for the room; the opening is recorded.

    `view=text` shows the text; changing between the views is no second opening.
    """
    found, place, viewer = access_document(request.user, meeting, document)
    warming.soon(found)
    view = request.GET.get("view", "")
    if not view or not _has_opened(found, viewer):
        verbs.note_opened(found, viewer, **origin(request))
    fragment = request.GET.get("fragment") == "1"
    response = render(
        request,
        "documents/_reader.html" if fragment else "documents/reader.html",
        _reader(found, place, viewer, as_text=view == "text", fragment=fragment),
    )
    response["Cache-Control"] = "private, no-store"
    return response


def _reader(
    document: Document, meeting: Meeting, viewer: Viewer, *, as_text: bool, fragment: bool
) -> dict[str, Any]:
    has_text = document.kind != Kind.IMAGE
    # In the room scripts choose the pictures; a page of its own begins with the first at once,
    # and has them all where no script runs.
    first = [] if fragment else [1]
    others = [] if fragment else range(2, document.pages + 1)
    return {
        "meeting": meeting,
        "viewer": viewer,
        "document": document,
        "fragment": fragment,
        "newer": newest_after(document, viewer),
        "has_text": has_text,
        "may_download": _may_have_file(document, viewer),
        "reader_name": watermark.reader_name(viewer),
        "as_text": as_text and has_text,
        "texts": _texts(document) if as_text and has_text else None,
        "sizes": pages.sizes(document),
        "widths": ",".join(str(width) for width in pages.WIDTHS),
        "first_pages": pages.numbered(document, first),
        "other_pages": pages.numbered(document, others),
    }


def _texts(document: Document) -> list[dict[str, Any]]:
    return [
        {"number": number, "paragraphs": paragraphs.joined(text)}
        for number, text in enumerate(pages.texts(document), start=1)
    ]


def newest_after(document: Document, viewer: Viewer) -> Document | None:
    """Return the newest version after this one that the viewer may see, None where none is."""
    family = versions.of(document.meeting_id)
    newest, after = None, family.next(document)
    while after is not None:
        if viewer.is_staff or after.handed_out_at is not None:
            newest = after
        after = family.next(after)
    return newest


def _may_have_file(document: Document, viewer: Viewer) -> bool:
    return document.downloadable or viewer.is_staff


def _has_opened(document: Document, viewer: Viewer) -> bool:
    return Reader.objects.filter(document=document, person=viewer.person).exists()


@require_safe
def page(request: HttpRequest, meeting: str, document: int, number: int) -> HttpResponseBase:
    """Show one page as a picture with the reader's name; `w` is the width wanted at least."""
    found, _place, viewer = access_document(request.user, meeting, document)
    pages.check_page(found, number)
    width = pages.width_for(request.GET.get("w", ""))
    words = watermark.words(viewer, _opened_at(request, found, viewer))
    # Made of the name and the time too: it never answers for another reader's picture.
    made_of = f"{watermark.EDITION} {found.sha256} {number} {width} {words}"
    etag = f'"{hashlib.sha256(made_of.encode()).hexdigest()[:32]}"'
    response: HttpResponse
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        response = HttpResponseNotModified()
    else:
        picture = watermark.laid_over(pages.base(found, number, width), words)
        response = HttpResponse(picture, content_type="image/webp")
        response["Content-Disposition"] = "inline"
    response["ETag"] = etag
    response["Cache-Control"] = f"private, max-age={PICTURE_SECONDS}"
    response["Vary"] = "Cookie"
    response["Content-Security-Policy"] = serving.SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _opened_at(request: HttpRequest, document: Document, viewer: Viewer) -> datetime:
    """Return when the person last opened the document; who has not yet, does so now."""
    mine = Opening.objects.filter(
        document=document, person=viewer.person, access=Access.OPENED
    ).order_by("-id")
    last = mine.values_list("at", flat=True).first()
    if last is not None:
        return last
    verbs.note_opened(document, viewer, **origin(request))
    return mine.values_list("at", flat=True)[0]


@require_GET
def search(request: HttpRequest, meeting: str, document: int) -> JsonResponse:
    """Say as JSON where a text stands in a document (`q`): pages, excerpts, places."""
    found, _place, viewer = access_document(request.user, meeting, document)
    answer = searching.search(found, fields.text(request.GET, "q", max_length=1000))
    # What stands around a hit has been read as well as a page.
    if not _has_opened(found, viewer):
        verbs.note_opened(found, viewer, **origin(request))
    response = JsonResponse({"ok": True, **answer})
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
def file(request: HttpRequest, meeting: str, document: int) -> HttpResponseBase:
    """Show the file itself in the browser, in ranges where they are asked for."""
    found, _place, viewer = access_document(request.user, meeting, document)
    _require_file(found, viewer)
    response = _serve(request, found, "inline")
    if request.method == "GET" and _is_to_record(response, found, viewer, Access.OPENED):
        verbs.note_opened(found, viewer, **origin(request))
    return response


@require_safe
def download(request: HttpRequest, meeting: str, document: int) -> HttpResponseBase:
    """Give the file to keep."""
    found, _place, viewer = access_document(request.user, meeting, document)
    _require_file(found, viewer)
    response = _serve(request, found, "attachment")
    if request.method == "GET" and _is_to_record(response, found, viewer, Access.DOWNLOADED):
        verbs.note_downloaded(found, viewer, **origin(request))
    return response


def _require_file(document: Document, viewer: Viewer) -> None:
    if not _may_have_file(document, viewer):
        raise Refused(
            "not_allowed",
            _("管理人没有开放“%(title)s”的下载，请在线阅读。") % {"title": document.title},
        )


def _serve(request: HttpRequest, document: Document, how: str) -> HttpResponseBase:
    path = store.path_of(document.sha256)
    if not path.is_file():
        raise Refused("unavailable", _("文件“%(title)s”暂时无法读取。") % {"title": document.title})
    name = serving.disposition(how, document.file_name)
    return serving.serve(request, path, document.media_type, document.sha256, name)


def _is_to_record(
    response: HttpResponseBase, document: Document, viewer: Viewer, access: str
) -> bool:
    # A viewer fetches one file in many ranges, which is one opening; yet nobody gets the end
    # of a file without being on record.
    if response.status_code == 206 and not response["Content-Range"].startswith("bytes 0-"):
        before = Opening.objects.filter(document=document, person=viewer.person, access=access)
        return not before.exists()
    return response.status_code in (200, 206)
