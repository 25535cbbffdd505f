"""Where the papers lie: DATA_DIR/papers/<sha256>.pdf, written once, never changed."""

import hashlib
import os
from pathlib import Path

from django.conf import settings


def path_of(sha256: str) -> Path:
    """Return where the paper with this hash lies."""
    return Path(settings.DATA_DIR) / "papers" / f"{sha256}.pdf"


def keep(pdf: bytes) -> str:
    """Keep a paper durably and return its SHA-256; the same bytes are kept once."""
    sha256 = hashlib.sha256(pdf).hexdigest()
    place = path_of(sha256)
    if place.is_file() and place.stat().st_size == len(pdf):
        return sha256
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = place.with_name(f"{sha256}.{os.getpid()}")
    with draft.open("wb") as file:
        file.write(pdf)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(place)
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return sha256


def content(sha256: str) -> bytes:
    """Return a paper's bytes. Raises OSError where they are gone."""
    return path_of(sha256).read_bytes()
