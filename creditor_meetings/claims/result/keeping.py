"""Where lists lie: content, spreadsheet and PDF below DATA_DIR by their hashes, never changed."""

import json
import os
import tempfile
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from creditor_meetings.cases.errors import Refused
from creditor_meetings.claims.models import UndisputedList
from creditor_meetings.claims.result.content import Body, hash_of

ROOM = "undisputed_lists"


def path_of(sha256: str) -> Path:
    """Return where the file with this hash lies."""
    return Path(settings.DATA_DIR) / ROOM / sha256


def keep(content: bytes) -> str:
    """Keep a file durably; return its hash."""
    sha256 = hash_of(content)
    path = path_of(sha256)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, temporary = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        Path(temporary).replace(path)
    return sha256


def body(found: UndisputedList) -> Body:
    """Return what a list says. Raises `Refused` when the file is gone or was tampered with."""
    path = path_of(found.content_sha256)
    content = path.read_bytes() if path.is_file() else b""
    if hash_of(content) != found.content_sha256:
        raise Refused("unavailable", _("保存的无异议债权表已损坏或丢失，请联系系统管理人员。"))
    said: Body = json.loads(content)
    return said
