"""Pages as pictures and as text, drawn once and then kept beside the bytes.

What is kept is the bare page. What a reader gets carries the reader's name (`watermark`).
"""

import json
import threading
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.files import opening
from documents import store
from documents.models import Document, Kind

WIDTHS = (480, 800, 1200, 1800, 2400)
"""The widths (pixels) in which pages are drawn: a phone's, a desktop's, fine screens, close up."""

_BEING_DRAWN: dict[Path, threading.Lock] = {}
_GUARD = threading.Lock()


def width_for(asked: str) -> int:
    """Return the narrowest width that serves what was asked; an odd wish gets the middle one."""
    if not (asked.isascii() and asked.isdigit() and len(asked) < 6):
        return WIDTHS[1]
    return next((width for width in WIDTHS if width >= int(asked)), WIDTHS[-1])


def sizes(document: Document) -> str:
    """Write width and height of each page short: `595x842*3,842x595`."""
    runs = ((size, sum(1 for _one in run)) for size, run in groupby(document.page_sizes))
    return ",".join(
        f"{width}x{height}" + (f"*{times}" if times > 1 else "") for (width, height), times in runs
    )


def drawn_as(document: Document) -> str:
    """Say how the page process opens what is shown: "pdf" or "image"."""
    return "image" if document.kind == Kind.IMAGE else "pdf"


def check_page(document: Document, page: int) -> None:
    """Raise `NotFound` where the document has no such page (from 1)."""
    if not 1 <= page <= document.pages:
        raise NotFound(
            _("文件“%(title)s”没有第 %(page)s 页，共 %(pages)s 页。")
            % {"title": document.title, "page": page, "pages": document.pages}
        )


def base_path(sha256: str, page: int, width: int) -> Path:
    """Return where the bare picture of a page is kept."""
    return store.derived(sha256, f"{page}-{width}.jpg")


def base(document: Document, page: int, width: int) -> Path:
    """Return the bare picture of a page (JPEG), drawn now if nobody asked for it before."""
    check_page(document, page)
    kept = base_path(document.sha256, page, width)
    if not kept.is_file():
        try:
            draw(store.path_of(document.sha256), drawn_as(document), page, width, kept)
        except opening.Failed:
            raise _cannot(document) from None
    return kept


def draw(source: Path, kind: str, page: int, width: int, kept: Path, *, calm: bool = False) -> None:
    """Draw a page into its place, once, however many ask for it at once. Raises `Failed`."""
    with _GUARD:
        lock = _BEING_DRAWN.setdefault(kept, threading.Lock())
    try:
        with lock:
            if kept.is_file():
                return
            made = store.new_incoming()
            try:
                opening.draw(source, kind, page, width, made, format_="jpeg", calm=calm)
                store.put(kept, made)
            finally:
                store.discard(made)
    finally:
        with _GUARD:
            _BEING_DRAWN.pop(kept, None)


def texts(document: Document) -> list[str]:
    """Return the text of each page; empty texts where the pages are scanned pictures.

    A character of the text has the number that PDFium gives it, so that its place can be asked.
    """
    if document.kind == Kind.IMAGE:
        return []
    kept = store.derived(document.sha256, "characters.json")
    if not kept.is_file():
        try:
            found = opening.read(store.path_of(document.sha256))
        except opening.Failed:
            raise _cannot(document) from None
        made = store.new_incoming()
        made.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8", errors="replace")
        store.put(kept, made)
    return json.loads(kept.read_text(encoding="utf-8"))


def places(document: Document, wanted: dict[int, list[tuple[int, int]]]) -> dict[int, Any]:
    """Return where runs of characters stand on their pages.

    `wanted` has by page (from 1) pairs of first character and how many; the answer has by page,
    for each pair, rectangles `[x, y, width, height]` in thousandths of the page.
    """
    try:
        return opening.places(store.path_of(document.sha256), wanted)
    except opening.Failed:
        # The words are found all the same; only the marks are missing.
        return {}


def _cannot(document: Document) -> Refused:
    said = _("文件“%(title)s”的这一页暂时无法显示。")
    return Refused("unavailable", said % {"title": document.title})


def numbered(document: Document, pages: Iterable[int]) -> list[dict[str, int]]:
    """Describe pages with number, width and height."""
    return [
        {
            "number": page,
            "width": document.page_sizes[page - 1][0],
            "height": document.page_sizes[page - 1][1],
        }
        for page in pages
        if page <= len(document.page_sizes)
    ]
