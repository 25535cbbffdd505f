"""Pages as pictures and as text, drawn once and then kept beside the bytes."""

import json
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.files import opening
from documents import store
from documents.models import Document, Kind

WIDTHS = (480, 800, 1200, 1800)
"""The widths (pixels) in which pages are drawn: a phone's, a desktop's, and their fine screens."""


def width_for(asked: str) -> int:
    """Return the narrowest width that serves what was asked; an odd wish gets the middle one."""
    if not (asked.isascii() and asked.isdigit() and len(asked) < 6):
        return WIDTHS[1]
    return next((width for width in WIDTHS if width >= int(asked)), WIDTHS[-1])


def picture(document: Document, page: int, width: int) -> Path:
    """Return the picture of a page, drawn now if nobody asked for it before."""
    if not 1 <= page <= document.pages:
        raise NotFound(
            _("文件“%(title)s”没有第 %(page)s 页，共 %(pages)s 页。")
            % {"title": document.title, "page": page, "pages": document.pages}
        )
    kept = store.derived(document.sha256, f"{page}-{width}.webp")
    if kept.is_file():
        return kept
    made = store.new_incoming()
    with opening.turns:
        if kept.is_file():
            return kept
        _asked(document, "render", document.kind, str(page), str(width), str(made))
    store.put(kept, made)
    return kept


def texts(document: Document) -> list[str]:
    """Return the text of each page; empty texts where the pages are scanned pictures."""
    if document.kind != Kind.PDF:
        return []
    kept = store.derived(document.sha256, "text.json")
    if not kept.is_file():
        with opening.turns:
            found = _asked(document, "text")["pages"]
        made = store.new_incoming()
        made.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8", errors="replace")
        store.put(kept, made)
    return json.loads(kept.read_text(encoding="utf-8"))


def _asked(document: Document, verb: str, *more: str) -> dict[str, Any]:
    try:
        return opening.ask(verb, str(store.path_of(document.sha256)), *more)
    except opening.Failed:
        raise Refused(
            "unavailable",
            _("文件“%(title)s”的这一页无法显示，请下载后查看。") % {"title": document.title},
        ) from None
