"""Scans of what was signed on paper (扫描件): kept below DATA_DIR, named by their SHA-256.

Each room keeps its own, in a folder of its name; they have no address but a guarded one.
"""

import hashlib
import json
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.files import content, opening, serving

MAX_BYTES = 20 * 1024 * 1024
FORMATS = (content.PDF, content.JPEG, content.PNG)
EXTENSIONS = ".pdf,.jpg,.jpeg,.png"
"""What a form's file field offers to choose."""
NAME_LENGTH = 200
WIDTH = 1200
"""The width (pixels) in which a page is drawn to be read beside a form."""


@dataclass(frozen=True)
class Scan:
    """A scan that was kept: what its sender calls it, its media type, bytes and hash."""

    name: str
    content_type: str
    size: int
    sha256: str


def take(room: str, upload: File) -> Scan:
    """Keep a PDF, JPEG or PNG of at most `MAX_BYTES`, durably. Raises `content.BadFile`."""
    name = PurePath(upload.name or "").name[-NAME_LENGTH:]
    if (upload.size or 0) > MAX_BYTES:
        raise content.BadFile(name, _too_large(upload.size))
    with _incoming(room) as incoming:
        digest = hashlib.sha256()
        with incoming.open("wb") as file:
            for chunk in upload.chunks():
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        found = content.inspect(incoming, name, FORMATS)
        sha256 = digest.hexdigest()
        size = incoming.stat().st_size
        incoming.replace(path_of(room, sha256))
    return Scan(name, found.media_type, size, sha256)


def _too_large(size: int) -> str:
    return _("扫描件有 %(size)s MB，超过上限 %(limit)s MB；请压缩后再上传。") % {
        "size": f"{size / 1024 / 1024:.1f}",
        "limit": MAX_BYTES // 1024 // 1024,
    }


@contextmanager
def _incoming(room: str) -> Iterator[Path]:
    directory = path_of(room, "incoming")
    # The room's folder first: `parents` would make it readable for everybody on the machine.
    directory.parent.mkdir(exist_ok=True, mode=0o700)
    directory.mkdir(exist_ok=True, mode=0o700)
    path = directory / uuid.uuid4().hex
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def path_of(room: str, sha256: str) -> Path:
    """Return where the scan with this hash lies."""
    return Path(settings.DATA_DIR) / room / sha256


def pages(room: str, content_type: str, sha256: str) -> int:
    """Count the pages of a scan."""
    kept = _derived(room, sha256, "pages.json")
    if not kept.is_file():
        with opening.turns:
            found = _asked(opening.measure, path_of(room, sha256), _kind(content_type))
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(found))
    return len(json.loads(kept.read_text()))


def picture(room: str, content_type: str, sha256: str, page: int) -> Path:
    """Return the picture (WebP) of a page (from 1), drawn now if nobody asked before."""
    if not 1 <= page <= pages(room, content_type, sha256):
        raise NotFound
    kept = _derived(room, sha256, f"{page}.webp")
    if not kept.is_file():
        with _incoming(room) as made, opening.turns:
            _asked(opening.draw, path_of(room, sha256), _kind(content_type), page, WIDTH, made)
            made.replace(kept)
    return kept


def _derived(room: str, sha256: str, name: str) -> Path:
    return path_of(room, "pages") / sha256 / name


def _kind(content_type: str) -> str:
    return content.PDF.kind if content_type == content.PDF.media_type else content.PNG.kind


def _asked(verb: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return verb(*arguments)
    except opening.Failed:
        raise Refused("unavailable", _("扫描件的这一页无法显示，请下载后查看。")) from None


def give(request: HttpRequest, room: str, scan: Scan) -> HttpResponseBase:
    """Answer with a scan's bytes, to be looked at in the browser."""
    path = path_of(room, scan.sha256)
    if not scan.sha256 or not path.is_file():
        raise NotFound
    return serving.serve(
        request, path, scan.content_type, scan.sha256, serving.disposition("inline", scan.name)
    )


def give_picture(request: HttpRequest, room: str, scan: Scan, page: int) -> HttpResponseBase:
    """Answer with the picture of a page."""
    if not scan.sha256 or not path_of(room, scan.sha256).is_file():
        raise NotFound
    path = picture(room, scan.content_type, scan.sha256, page)
    name = serving.disposition("inline", f"{page}.webp")
    return serving.serve(request, path, "image/webp", f"{scan.sha256}-{page}", name)
