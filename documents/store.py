"""Where the bytes lie: under MEDIA_ROOT, named by their SHA-256, never below an address.

A file is written aside, flushed to the disk, then moved into its place by one rename; only
then a row may name it. Equal bytes are kept once.
"""

import os
import time
import uuid
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from django.conf import settings

ABANDONED_AFTER = 24 * 3600
"""Seconds after which what a killed server left half received is cleared away."""


def path_of(sha256: str) -> Path:
    """Return where the bytes with this hash (64 hex digits) lie."""
    return settings.MEDIA_ROOT / "documents" / sha256[:2] / sha256


def derived(sha256: str, name: str) -> Path:
    """Return where something made from these bytes is kept: a page's picture, the text."""
    return settings.MEDIA_ROOT / "derived" / sha256[:2] / sha256 / name


def new_incoming() -> Path:
    """Return a fresh path for a file that is being received."""
    return incoming(uuid.uuid4().hex)


def incoming(name: str) -> Path:
    """Return where a file of this name is received."""
    directory = settings.MEDIA_ROOT / "incoming"
    directory.mkdir(parents=True, exist_ok=True)
    return directory / name


def discard(path: Path) -> None:
    """Remove a file that was not taken."""
    path.unlink(missing_ok=True)


def keep(received: Path, sha256: str) -> Path:
    """Move a received file to its place, durably; return the place."""
    place = path_of(sha256)
    if place.is_file() and place.stat().st_size == received.stat().st_size:
        discard(received)
        return place
    place.parent.mkdir(parents=True, exist_ok=True)
    _flush(received)
    received.replace(place)
    _flush(place.parent)
    return place


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def put(path: Path, made: Path) -> None:
    """Move something derived into its place; whoever comes second changes nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made.replace(path)


def clear_abandoned(kept: Collection[str] = ()) -> None:
    """Remove what was half received long ago, except the names that are `kept`."""
    directory = settings.MEDIA_ROOT / "incoming"
    if not directory.is_dir():
        return
    for path in directory.iterdir():
        with suppress(FileNotFoundError):
            if path.name not in kept and time.time() - path.stat().st_mtime > ABANDONED_AFTER:
                path.unlink()
