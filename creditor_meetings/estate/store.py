"""Where what was published lies: below DATA_DIR, named by its SHA-256, never changed."""

import hashlib
import os
import tempfile
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from creditor_meetings.cases.errors import NotFound, Refused


def path_of(sha256: str) -> Path:
    """Return where the bytes with this hash (64 hex digits) lie."""
    return Path(settings.DATA_DIR) / "estate" / sha256


def keep(content: bytes) -> str:
    """Keep bytes durably; return their hash."""
    name = hashlib.sha256(content).hexdigest()
    path = path_of(name)
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, temporary = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        Path(temporary).replace(path)
    return name


def read(sha256: str) -> bytes:
    """Return what was kept under a hash. Raises `NotFound`, or `Refused` if it was altered."""
    path = path_of(sha256)
    if not sha256 or not path.is_file():
        raise NotFound
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Refused("unavailable", _("保存的文件已损坏，请联系管理人。"))
    return content
