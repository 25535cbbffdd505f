"""Pages as pictures and as text, drawn once and then kept beside the bytes."""

import json
import subprocess  # nosec B404
import sys
import threading
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from creditor_meetings.cases.errors import NotFound, Refused
from documents import pages_process, store
from documents.models import Document, Kind

WIDTHS = (480, 800, 1200, 1800)
"""The widths (pixels) in which pages are drawn: a phone's, a desktop's, and their fine screens."""

SECONDS = 60

# Two at once leave the other core to the meeting.
_turns = threading.BoundedSemaphore(2)


class Failed(Exception):
    """The page process could not do it: the code says why."""


def width_for(asked: str) -> int:
    """Return the narrowest width that serves what was asked; an odd wish gets the middle one."""
    if not (asked.isascii() and asked.isdigit() and len(asked) < 6):
        return WIDTHS[1]
    return next((width for width in WIDTHS if width >= int(asked)), WIDTHS[-1])


def measure(path: Path, kind: str) -> list[list[int]]:
    """Open a file for the first time; return width and height of each page."""
    return _ask("inspect", str(path), kind)["pages"]


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
    with _turns:
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
        with _turns:
            found = _asked(document, "text")["pages"]
        made = store.new_incoming()
        made.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8", errors="replace")
        store.put(kept, made)
    return json.loads(kept.read_text(encoding="utf-8"))


def _asked(document: Document, verb: str, *more: str) -> dict[str, Any]:
    try:
        return _ask(verb, str(store.path_of(document.sha256)), *more)
    except Failed:
        raise Refused(
            "unavailable",
            _("文件“%(title)s”的这一页无法显示，请下载后查看。") % {"title": document.title},
        ) from None


def _ask(verb: str, *arguments: str) -> dict[str, Any]:
    try:
        done = subprocess.run(  # nosec B603
            [sys.executable, "-I", pages_process.__file__, verb, *arguments],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Failed("too_heavy") from None
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        raise Failed("damaged") from None
    if "error" in answer:
        raise Failed(answer["error"])
    return answer
