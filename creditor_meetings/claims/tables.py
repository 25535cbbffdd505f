"""Claims tables that were handed in: kept by their hash between preview and import, and after."""

import hashlib
import os
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.models import Case
from creditor_meetings.claims.models import ClaimsTable

KEPT = timedelta(hours=2)
"""How long a table may wait between its preview and its import."""
INVESTORS = "investors:"
"""How the content of an investors' table begins, which is kept in the same way."""


def of_claims(case: Case) -> QuerySet[ClaimsTable]:
    """Return a case's claims tables, without those of its investors."""
    return ClaimsTable.objects.filter(case=case).exclude(content__startswith=INVESTORS)


def of_investors(case: Case) -> QuerySet[ClaimsTable]:
    """Return a case's tables of investors."""
    return ClaimsTable.objects.filter(case=case, content__startswith=INVESTORS)


def _directory() -> Path:
    return Path(settings.DATA_DIR) / "claims_tables"


def path_of(table: ClaimsTable) -> Path:
    """Say where a table's file lies."""
    return _directory() / table.sha256


def readings_of(sha256: str) -> Path:
    """Say where what was understood of a file is kept, as long as its table waits."""
    return Path(settings.DATA_DIR) / "claims_readings" / sha256


def forget_readings(sha256: str) -> None:
    """Forget what was understood of a file."""
    shutil.rmtree(readings_of(sha256), ignore_errors=True)


def keep_file(content: bytes) -> str:
    """Keep a file by its hash (SHA-256, hexadecimal), which is returned."""
    name = hashlib.sha256(content).hexdigest()
    path = _directory() / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, temporary = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        Path(temporary).replace(path)
    return name


def keep(
    case: Case, content: bytes, name: str, viewer: Viewer, address: str, *, kind: str = ""
) -> ClaimsTable:
    """Keep a table for its preview, for this person and case alone; `kind` may be INVESTORS."""
    forget_expired()
    return ClaimsTable.objects.create(
        case=case,
        by=viewer.person,
        at=clock.now(),
        address=address,
        name=name[:200],
        size=len(content),
        sha256=keep_file(content),
        content=kind,
    )


def waiting(
    tables: QuerySet[ClaimsTable], number: int, viewer: Viewer
) -> tuple[ClaimsTable, bytes]:
    """Return a table that waits for its import, with its content, to who handed it in."""
    table = tables.filter(pk=number, by=viewer.person, imported_at__isnull=True).first()
    if table is None:
        raise NotFound
    path = path_of(table)
    if table.at + KEPT < clock.now() or not path.is_file():
        raise Refused("bad_request", _("这份债权表的预览已过期，请重新上传。"))
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != table.sha256:
        raise Refused("unavailable", _("保存的文件已损坏，请重新上传。"))
    return table, content


def forget_expired() -> None:
    """Forget tables that nobody imported in time, and their files."""
    expired = ClaimsTable.objects.filter(imported_at__isnull=True, at__lt=clock.now() - KEPT)
    hashes = set(expired.values_list("sha256", flat=True))
    expired.delete()
    for name in hashes:
        forget_readings(name)
    hashes -= set(ClaimsTable.objects.filter(sha256__in=hashes).values_list("sha256", flat=True))
    for name in hashes:
        (_directory() / name).unlink(missing_ok=True)
