"""Taking a file in: what it is, what is kept to be read, and what was handed in.

Readers get what does nothing but show pages: an office file as a PDF, a PDF without its
scripts. Where that is another file than the one handed in, both are kept, each by its hash.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from creditor_meetings.cases.files import (
    aside,
    containers,
    content,
    office,
    opening,
    pdf_cleaning,
)
from creditor_meetings.cases.files.content import BadFile
from documents import store

FORMATS = (*content.FORMATS, *content.OFFICE)


@dataclass(frozen=True)
class Kept:
    """A file in the store: its name, media type, size (bytes) and hash."""

    name: str
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Taken:
    """What was taken in: what is read, its pages, and what was handed in if that is another."""

    shown: Kept
    kind: str
    page_sizes: list[list[int]]
    original: Kept | None = None
    flags: list[str] = field(default_factory=list)


def take(received: Path, name: str) -> Taken:
    """Check, convert and clean a received file, and keep it durably. Raises `content.BadFile`.

    The received file is moved away if it was taken; nothing else is left behind.
    """
    found = content.inspect(received, name, FORMATS)
    if found.kind == content.DOCX.kind:
        return _office(received, name, found)
    if found.kind == content.PDF.kind:
        return _pdf(received, name, found)
    return Taken(_keep(received, name, found.media_type), found.kind, found.page_sizes)


def _office(received: Path, name: str, found: content.Content) -> Taken:
    format_ = next(
        word for word, one in content.OFFICE_FORMATS.items() if one.media_type == found.media_type
    )
    with _made() as harmless, _made() as pdf, _made() as cleaned:
        try:
            flags = aside.ask(containers.__file__, "clean", str(received), str(harmless))["flags"]
            office.convert(harmless, format_, pdf)
        except opening.Failed as failure:
            raise BadFile(name, content.reason(str(failure))) from None
        shown, more = _cleaned(pdf, name, cleaned)
        pages = _measured(shown, name)
        kept = _keep(shown, f"{PurePath(name).stem}.pdf", content.PDF.media_type)
    original = _keep(received, name, found.media_type)
    flags = sorted({"converted", *flags, *more})
    return Taken(kept, content.PDF.kind, pages, original, flags)


def _pdf(received: Path, name: str, found: content.Content) -> Taken:
    with _made() as cleaned:
        shown, flags = _cleaned(received, name, cleaned)
        if not flags:
            return Taken(_keep(received, name, found.media_type), found.kind, found.page_sizes)
        pages = _measured(shown, name)
        kept = _keep(shown, name, found.media_type)
    return Taken(kept, found.kind, pages, _keep(received, name, found.media_type), flags)


def _cleaned(pdf: Path, name: str, output: Path) -> tuple[Path, list[str]]:
    """Return what may be read, which is the file itself if nothing acts in it."""
    try:
        flags = aside.ask(pdf_cleaning.__file__, str(pdf), str(output))["flags"]
    except opening.Failed as failure:
        raise BadFile(name, content.reason(str(failure))) from None
    return (output, flags) if flags else (pdf, [])


def _measured(pdf: Path, name: str) -> list[list[int]]:
    try:
        return opening.measure(pdf, content.PDF.kind)
    except opening.Failed as failure:
        raise BadFile(name, content.reason(str(failure))) from None


@contextmanager
def _made() -> Iterator[Path]:
    path = store.new_incoming()
    try:
        yield path
    finally:
        store.discard(path)


def _keep(path: Path, name: str, media_type: str) -> Kept:
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    kept = Kept(name, media_type, path.stat().st_size, sha256)
    store.keep(path, sha256)
    return kept
