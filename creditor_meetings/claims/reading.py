"""Reading tables that were handed in: small ones at once, large ones beside the server.

What was understood is kept next to the table's file as long as that waits, so that its pages
need not read it again. `ClaimsTable.progress` says how far a large one has come: a server that
ends meanwhile leaves no table behind that seems to be read for ever, since the last word is too
old then and reading can be started anew.
"""

import hashlib
import json
import logging
import os
import subprocess  # nosec B404
import sys
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.claims import tables
from creditor_meetings.claims.importing import Reading, Unreadable, kept, read
from creditor_meetings.claims.importing.grid import unpacked_bytes
from creditor_meetings.claims.importing.meanings import Meanings
from creditor_meetings.claims.models import ClaimsTable

log = logging.getLogger(__name__)

AT_ONCE_BYTES = 2 * 1024 * 1024
"""Tables up to this size (unpacked; a third of it for .csv) are read within the request."""
LONGEST_SECONDS = 600
SILENT = timedelta(seconds=30)
"""After so long without a word, reading has ended without saying so."""
SAY_EVERY_SECONDS = 1.0

_ROOT = Path(__file__).resolve().parents[2]
_turn = threading.BoundedSemaphore(2)


@dataclass(frozen=True)
class Progress:
    """How far the reading of a table has come, in rows; `stopped` says why it goes no further."""

    stage: str = ""
    done: int = 0
    total: int = 0
    stopped: str = ""

    @property
    def percent(self) -> int | None:
        """The share that is done, over both rounds through the rows; None where nobody knows."""
        rounds = {"rows": 0, "checking": 1}
        if self.stage not in rounds or not self.total:
            return None
        return min(99, (rounds[self.stage] * self.total + self.done) * 50 // self.total)

    @property
    def words(self) -> str:
        """How far it is, for people."""
        values = {"done": self.done, "total": self.total}
        if self.stage == "rows":
            return _("正在读取：已读 %(done)s 行，共 %(total)s 行") % values
        if self.stage == "checking":
            return _("正在核对：已核对 %(done)s 行，共 %(total)s 行") % values
        return _("正在打开文件……")


def is_small(content: bytes) -> bool:
    """Whether a file is read within the request."""
    weight = 1 if content.startswith(b"PK") else 3
    return unpacked_bytes(content) * weight <= AT_ONCE_BYTES


def understood(table: ClaimsTable, content: bytes) -> Reading | Unreadable | None:
    """Return what was understood of a table; None where it is large and not read yet."""
    found = _load(table)
    if found is None and is_small(content):
        found = read_now(content, table.name, Meanings.of_data(table.mapping))
        _keep(table, kept.dump(found))
    return found


def read_now(content: bytes, name: str, meanings: Meanings) -> Reading | Unreadable:
    """Read a table within the request."""
    try:
        return read(content, name, meanings=meanings)
    except Unreadable as unreadable:
        return unreadable


def progress_of(table: ClaimsTable) -> Progress:
    """Say how far the reading of a large table has come."""
    said = table.progress
    if said.get("stopped"):
        return Progress(stopped=said["stopped"])
    last = datetime.fromisoformat(said["at"]) if said.get("at") else table.at
    if last + SILENT < clock.now():
        return Progress(stopped=_("读取中断了，可能是服务器重新启动过。请继续读取，或重新上传。"))
    return Progress(said.get("stage", ""), said.get("done", 0), said.get("total", 0))


def start(table: ClaimsTable) -> None:
    """Begin to read a large table in a process of its own, watched by a thread."""
    _say(table.pk, stage="opening", done=0, total=0)
    order = {
        "path": str(tables.path_of(table)),
        "name": table.name,
        "meanings": table.mapping,
        "language": translation.get_language() or settings.LANGUAGE_CODE,
    }
    output = _path(table)
    thread = threading.Thread(
        target=_watch, args=(table.pk, order, output), name=f"table-{table.pk}", daemon=True
    )
    transaction.on_commit(thread.start)


def _watch(pk: int, order: dict[str, Any], output: Path) -> None:
    try:
        try:
            with _turn:
                failed = _carry_out(pk, order, output)
        except Exception:
            log.exception("a table could not be read")
            failed = True
        if failed:
            with translation.override(order["language"]):
                _say(pk, stopped=_("文件过于复杂，无法读取；请只保留债权表后另存为 .xlsx 再上传。"))
    finally:
        connection.close()


def _carry_out(pk: int, order: dict[str, Any], output: Path) -> bool:
    """Let the process read; whether it failed."""
    output.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = output.with_name(f"{output.name}.{os.getpid()}-{threading.get_ident()}")
    # Libraries for arithmetic take memory for each core, and memory has a limit here.
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"}
    environment.setdefault("DJANGO_SETTINGS_MODULE", str(settings.SETTINGS_MODULE))
    process = subprocess.Popen(  # nosec B603
        [sys.executable, "-m", "creditor_meetings.claims.reading_process"],
        cwd=_ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    )
    late = threading.Timer(LONGEST_SECONDS, process.kill)
    late.start()
    last = ["opening", 0, 0]
    ended = threading.Event()
    beat = threading.Thread(target=_beat, args=(pk, last, ended), daemon=True)
    beat.start()
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps({**order, "output": str(temporary)}) + "\n")
        process.stdin.close()
        for line in process.stdout:
            last[:] = json.loads(line)
        failed = process.wait() != 0 or not temporary.is_file()
        if not failed:
            _sealed(temporary, output)
        return failed
    except (OSError, ValueError):
        return True
    finally:
        late.cancel()
        ended.set()
        beat.join()
        process.kill()
        process.wait()
        temporary.unlink(missing_ok=True)


def _beat(pk: int, last: list[Any], ended: threading.Event) -> None:
    """Say every second how far it is, also while the process says nothing."""
    try:
        while not ended.wait(SAY_EVERY_SECONDS):
            stage, done, total = last
            _say(pk, stage=stage, done=done, total=total)
    finally:
        connection.close()


def _say(pk: int, **said: Any) -> None:
    said["at"] = clock.now().isoformat()
    ClaimsTable.objects.filter(pk=pk).update(progress=said)


# --- what was understood, kept beside the file ------------------------------------------------


def _path(table: ClaimsTable) -> Path:
    asked = [table.sha256, table.name, table.mapping, translation.get_language(), kept.FORM]
    key = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
    return tables.readings_of(table.sha256) / key


def _keep(table: ClaimsTable, content: bytes) -> None:
    path = _path(table)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}")
    temporary.write_bytes(content)
    _sealed(temporary, path)


def _sealed(temporary: Path, path: Path) -> None:
    """Put what was understood in its place, with a hash of its own before it."""
    content = temporary.read_bytes()
    temporary.write_bytes(hashlib.sha256(content).digest() + content)
    temporary.replace(path)


def _load(table: ClaimsTable) -> Reading | Unreadable | None:
    try:
        sealed = _path(table).read_bytes()
    except OSError:
        return None
    if hashlib.sha256(sealed[32:]).digest() != sealed[:32]:
        return None
    return kept.load(sealed[32:])
