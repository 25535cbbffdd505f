"""Reading a document: the reader, its pages as pictures, and the bytes behind the door."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_safe

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.files import serving
from documents import pages, store, verbs
from documents.access import access_document
from documents.models import Access, Document, Opening, Reader
from documents.origin import origin


@require_GET
def document(request: HttpRequest, meeting: str, document: int) -> HttpResponse:
    """Show the reader, or with `fragment=1` its inside for the room; the opening is recorded.

    `view=text` shows the text; changing between the views is no second opening.
    """
    found, place, viewer = access_document(request.user, meeting, document)
    view = request.GET.get("view", "")
    if not view or not _has_opened(found, viewer):
        verbs.note_opened(found, viewer, **origin(request))
    as_text = view == "text"
    context = {
        "meeting": place,
        "viewer": viewer,
        "document": found,
        "page_list": [
            {"number": number, "width": size[0], "height": size[1]}
            for number, size in enumerate(found.page_sizes, start=1)
        ],
        "texts": pages.texts(found) if as_text else None,
        "as_text": as_text,
    }
    fragment = request.GET.get("fragment") == "1"
    response = render(
        request, "documents/_reader.html" if fragment else "documents/reader.html", context
    )
    response["Cache-Control"] = "private, no-store"
    return response


def _has_opened(document: Document, viewer: Viewer) -> bool:
    return Reader.objects.filter(document=document, person=viewer.person).exists()


@require_safe
def page(request: HttpRequest, meeting: str, document: int, number: int) -> HttpResponseBase:
    """Show one page as a picture; `w` is the width (pixels) that is wanted at least."""
    found, _place, viewer = access_document(request.user, meeting, document)
    picture = pages.picture(found, number, pages.width_for(request.GET.get("w", "")))
    if not _has_opened(found, viewer):
        verbs.note_opened(found, viewer, **origin(request))
    response = HttpResponse(picture.read_bytes(), content_type="image/webp")
    response["Cache-Control"] = "private, max-age=3600"
    response["Content-Security-Policy"] = serving.SANDBOX
    return response


@require_safe
def file(request: HttpRequest, meeting: str, document: int) -> HttpResponseBase:
    """Show the file itself in the browser, in ranges where they are asked for."""
    found, _place, viewer = access_document(request.user, meeting, document)
    response = _serve(request, found, "inline")
    if request.method == "GET" and _is_to_record(response, found, viewer, Access.OPENED):
        verbs.note_opened(found, viewer, **origin(request))
    return response


@require_safe
def download(request: HttpRequest, meeting: str, document: int) -> HttpResponseBase:
    """Give the file to keep."""
    found, _place, viewer = access_document(request.user, meeting, document)
    response = _serve(request, found, "attachment")
    if request.method == "GET" and _is_to_record(response, found, viewer, Access.DOWNLOADED):
        verbs.note_downloaded(found, viewer, **origin(request))
    return response


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
