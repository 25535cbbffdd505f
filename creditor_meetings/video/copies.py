"""Copies that play (可播放副本): made of each recording when it has ended.

The rows are the queue: a recording that has ended and whose copy is neither there nor given up
waits for one, whatever happened to the process that should have made it. One copy at a time is
made on a machine, beside live video and behind it.
"""

import fcntl
import json
import logging
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings
from django.db import close_old_connections, transaction
from django.db.models import QuerySet

from creditor_meetings.cases import clock, steady
from creditor_meetings.meetings import record
from creditor_meetings.video import copy_source, leftovers, recordings, replay, store, times
from creditor_meetings.video.copy_source import Source
from creditor_meetings.video.models import CopyState, Recording

log = logging.getLogger(__name__)

DISK_FULL, UNREADABLE, EMPTY, BROKE = "disk_full", "unreadable", "empty", "broke"
"""What hinders a copy. A full disk is waited for; the others end it after some tries."""

MOST_TRIES = 3
REST = 5.0
"""Seconds after which to look again: a crash, or another process, rings no bell."""
SOON = 2.0
RESERVE = 256 * 1024 * 1024
"""Bytes of the disk that no copy takes: live recordings come first."""

LIVE_STAYS = timedelta(minutes=15)
"""How long after its end a part's fragments stay for viewers who are late."""

SECONDS_A_COPY = 6 * 3600
_PROCESS = "creditor_meetings.video.worker.copying"

_bell = threading.Event()
_tries: dict[int, int] = {}


class Hindered(Exception):
    """A copy could not be made; `problem` is one of the words above."""

    def __init__(self, problem: str, what: str = "") -> None:
        super().__init__(what or problem)
        self.problem = problem


@dataclass(frozen=True)
class Made:
    """What the process made."""

    bytes: int
    sha256: str
    duration_ms: int
    times: list[list[int]]


def make_later(recording: Recording) -> None:
    """Have a copy of a recording that has ended made soon; returns at once."""
    transaction.on_commit(_bell.set)


def go_on() -> threading.Thread | None:
    """Make copies from a thread of this process for as long as it lives; None where that is off."""
    if not settings.COPIES_IN_SERVER:
        return None
    return steady.thread(_watch, "copies")


def _watch() -> None:
    rest = 0.0
    while True:
        _bell.wait(rest)
        _bell.clear()
        rest = look()


def look() -> float:
    """Do what is due once; return the seconds after which to look again."""
    try:
        close_old_connections()
        return make_waiting()
    except Exception:
        log.warning("looking for copies to make failed; trying again", exc_info=True)
        return REST
    finally:
        close_old_connections()


def waiting() -> QuerySet[Recording]:
    """Return the recordings that wait for a copy, in the order of their end."""
    found = Recording.objects.filter(
        ended_at__isnull=False, copy_state__in=[CopyState.NONE, CopyState.MAKING]
    )
    return found.select_related("broadcast__meeting").order_by("ended_at", "pk")


def make_waiting() -> float:
    """Make every copy that waits and can be made here; return the seconds to rest."""
    rest = REST
    with _alone() as alone:
        if not alone:
            return SOON
        for recording in waiting():
            if not make(recording):
                rest = SOON
        _clear_stores()
        leftovers.clear()
    return rest


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether no other process of this machine makes copies; a dead one holds nothing."""
    recordings.directory().mkdir(parents=True, exist_ok=True)
    with (recordings.directory() / "copies.lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True


def make(recording: Recording) -> bool:
    """Make one copy; whether nothing is left to do about it for now."""
    tries = _tries.get(recording.pk, 0)
    source = copy_source.of(recording, evidence_only=tries > 0)
    if source is None:
        return _no_source(recording)
    _set(recording, copy_state=CopyState.MAKING, copy_problem="")
    try:
        _note(recording, source, _made(recording, source))
    except Hindered as hindered:
        log.warning("no copy of %s: %s", recording.path, hindered)
        return _hindered(recording, hindered.problem)
    except Exception:
        log.exception("no copy of %s", recording.path)
        return _hindered(recording, BROKE)
    _tries.pop(recording.pk, None)
    return True


def _no_source(recording: Recording) -> bool:
    # Another machine may have the files; what never held anything waits for nobody.
    if recording.bytes == 0:
        _set(recording, copy_state=CopyState.FAILED, copy_problem=EMPTY)
    return True


def _hindered(recording: Recording, problem: str) -> bool:
    if problem == DISK_FULL:
        _set(recording, copy_state=CopyState.NONE, copy_problem=problem)
        return True
    _tries[recording.pk] = _tries.get(recording.pk, 0) + 1
    over = _tries[recording.pk] >= MOST_TRIES
    _set(
        recording,
        copy_state=CopyState.FAILED if over else CopyState.NONE,
        copy_problem=problem,
    )
    if over:
        del _tries[recording.pk]
    return over


def _set(recording: Recording, **values: Any) -> None:
    Recording.objects.filter(pk=recording.pk).exclude(copy_state=CopyState.READY).update(**values)


def path_of_copy(recording: Recording) -> str:
    """Return where a recording's copy lies, below `recordings`."""
    return str(PurePosixPath(recording.path).with_suffix(".mp4"))


def _made(recording: Recording, source: Source) -> Made:
    final = recordings.file_of(path_of_copy(recording))
    draft = final.with_name(final.name + ".part")
    _check_room(draft.parent, source)
    try:
        answer = _carry_out(recording, source, draft)
        if not answer["ok"]:
            raise Hindered(answer["problem"], answer["what"])
        # Whole or not at all: nobody plays half a copy.
        draft.replace(final)
        _sync_directory(final.parent)
    finally:
        draft.unlink(missing_ok=True)
    return Made(
        int(answer["bytes"]),
        str(answer["sha256"]),
        int(answer["duration_ms"]),
        times.moved(source.times, int(answer["base_ms"])),
    )


def _check_room(directory: Path, source: Source) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(directory).free
    if free < source.length * 1.2 + RESERVE:
        raise Hindered(DISK_FULL, f"{free} bytes are free, the source has {source.length}")


def _carry_out(recording: Recording, source: Source, draft: Path) -> dict[str, Any]:
    job = {
        "source": str(source.file),
        "length": source.length,
        "format": source.format,
        "target": str(draft),
        "chapters": copy_source.chapters(recording, source),
    }
    done = subprocess.run(  # nosec B603
        [sys.executable, "-m", _PROCESS],
        input=json.dumps(job),
        cwd=settings.BASE_DIR,
        # Nothing of ours is in reach of a broken decoder: neither keys nor addresses.
        env={"PATH": os.environ.get("PATH", ""), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=SECONDS_A_COPY,
        check=False,
    )
    try:
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except (ValueError, IndexError):
        said = done.stderr.strip()[-500:]
        raise Hindered(BROKE, f"the process ended with {done.returncode}: {said}") from None
    return answer


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@transaction.atomic
def _note(recording: Recording, source: Source, made: Made) -> None:
    """Write down a copy that is there, and let those know who may watch it."""
    held = (
        Recording.objects.select_for_update(of=("self",))
        .select_related("broadcast__meeting__case")
        .get(pk=recording.pk)
    )
    held.copy_state, held.copy_problem = CopyState.READY, ""
    held.copy_path, held.copy_bytes = path_of_copy(held), made.bytes
    held.copy_sha256, held.copy_times = made.sha256, made.times
    held.duration_ms = made.duration_ms
    held.save()
    record.write(
        held.broadcast.meeting,
        "recording_copy",
        {
            "recording": held.pk,
            "broadcast": held.broadcast_id,
            "part": held.part,
            "made_from": source.kind,
            "recording_sha256": held.sha256,
            "path": held.copy_path,
            "bytes": held.copy_bytes,
            "sha256": held.copy_sha256,
            "duration_ms": made.duration_ms,
        },
    )
    replay.tell(held.broadcast.meeting)


@transaction.atomic
def try_again(recording: Recording) -> None:
    """Have a copy that was given up made after all."""
    _tries.pop(recording.pk, None)
    Recording.objects.filter(pk=recording.pk, copy_state=CopyState.FAILED).update(
        copy_state=CopyState.NONE, copy_problem=""
    )
    make_later(recording)


def _clear_stores() -> None:
    """Remove the fragments of parts whose copy is there, when nobody can be late any more."""
    over = Recording.objects.filter(
        copy_state=CopyState.READY, ended_at__lt=clock.now() - LIVE_STAYS
    ).select_related("broadcast")
    there = {one.parent for one in recordings.directory().glob("*/media/*/full.index")}
    if not there:
        return
    for one in over.iterator():
        place = copy_source.store_of(one)
        if place in there:
            log.info("the fragments of %s are removed", one.path)
            store.remove(place)
