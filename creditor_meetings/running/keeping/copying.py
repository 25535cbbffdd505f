"""Makes a copy of everything while the meeting goes on.

The database comes first, then the files. A file is written and flushed before a row may name it,
and files under their hash never change: so whatever the copied database names was there when it
was copied, and is there still when its turn comes. In the other order a file that arrives
between the two would be named and missing. Keys are files among these.

A file that has not changed since the copy before is not stored again: it becomes another name
of the same bytes (a hard link).
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from creditor_meetings.cases import clock
from creditor_meetings.running.keeping import databases, manifest
from creditor_meetings.running.keeping.manifest import Entry, Manifest, Unusable

FILES = "data"
"""Where the files of DATA_DIR lie in a copy."""

_MADE_AGAIN = ("static", "matplotlib", "charts", "test.sqlite3")
_LARGE = "recordings/"
_MADE_AGAIN_BELOW = ("media/incoming", "media/derived")

Told = Callable[[str], None]


@dataclass(frozen=True)
class Made:
    """A copy that was made: where, and what it says of itself."""

    place: Path
    manifest: Manifest


def make(directory: Path, told: Told = lambda _words: None) -> Made:
    """Make a copy in a new directory below `directory`, named by the time (UTC); check it.

    Raises `Unusable`; what was begun is then taken away again.
    """
    data = Path(settings.DATA_DIR)
    directory = directory.resolve()
    if directory == data or data in directory.parents:
        raise Unusable(
            f"{directory} lies inside DATA_DIR: copies belong on another disk, best another machine"
        )
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(directory):
        began = clock.now()
        place = directory / f"{began:%Y%m%dT%H%M%SZ}"
        if place.exists():
            raise Unusable(f"{place} is there already: wait a second and try again")
        before = newest(directory)
        draft = directory / f"{place.name}.part"
        shutil.rmtree(draft, ignore_errors=True)
        try:
            draft.mkdir(mode=0o700)
            made = _write(draft, data, before, began, told)
            draft.rename(place)
            _flush(directory)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return Made(place, made)


def _write(draft: Path, data: Path, before: Path | None, began: datetime, told: Told) -> Manifest:
    name = databases.copy_to(draft)
    told(f"the database is copied ({(draft / name).stat().st_size:,} bytes)")
    path = draft / name
    path.chmod(0o600)
    files = [Entry(name, path.stat().st_size, manifest.hash_of(path), 0o600)]
    known = _known(before)
    damaged = []
    for number, relative in enumerate(to_keep(data), start=1):
        entry = _keep(data, relative, draft, before, known)
        if entry is None:
            continue
        files.append(entry)
        promised = manifest.promised(relative)
        if promised is not None and promised != entry.sha256:
            damaged.append(relative)
        if number % 1000 == 0:
            told(f"{number:,} files")
    made = Manifest(
        began_at=clock.rfc3339(began),
        made_at=clock.rfc3339(clock.now()),
        database=name,
        migrations=databases.migrations_of(draft, name),
        files=files,
        damaged=damaged,
        elsewhere=elsewhere(),
    )
    made.write(draft)
    return made


def _keep(
    data: Path, relative: str, draft: Path, before: Path | None, known: dict[str, Entry]
) -> Entry | None:
    """Copy a file, or link it to the copy before; None for one that went away meanwhile."""
    source, inside = data / relative, f"{FILES}/{relative}"
    target = draft / inside
    try:
        found = source.stat()
        older = known.get(inside)
        if before is not None and older and _is_same(relative, older, found, before / inside):
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                os.link(before / inside, target)
            except OSError:
                pass  # another disk, or taken away: copied below
            else:
                return older
        size, sha256 = manifest.copied(source, target)
        mode = found.st_mode & 0o777
        target.chmod(mode & 0o700)
        os.utime(target, ns=(found.st_atime_ns, found.st_mtime_ns))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Unusable(f"{source} could not be copied: {error.strerror}") from None
    return Entry(inside, size, sha256, mode)


def _is_same(relative: str, older: Entry, found: os.stat_result, copy: Path) -> bool:
    """Whether a file is the one that was copied before.

    A name that is the hash says so; of recordings, which are gigabytes, size and time do.
    """
    if found.st_size != older.size:
        return False
    if relative.startswith(_LARGE):
        return copy.is_file() and copy.stat().st_mtime_ns == found.st_mtime_ns
    return manifest.promised(relative) == older.sha256


def _known(before: Path | None) -> dict[str, Entry]:
    if before is None:
        return {}
    try:
        return {one.path: one for one in manifest.read(before).files}
    except Unusable:
        return {}


def to_keep(data: Path) -> Iterator[str]:
    """Yield what is kept below DATA_DIR, in order: not what can be made again, nor drafts."""
    database = Path(str(settings.DATABASES["default"]["NAME"])) if databases.is_sqlite() else None
    for directory, folders, names in os.walk(data):
        inside = Path(directory).relative_to(data)
        folders[:] = sorted(
            one for one in folders if str(inside / one) not in (*_MADE_AGAIN, *_MADE_AGAIN_BELOW)
        )
        for name in sorted(names):
            path = Path(directory) / name
            if database is not None and path.with_name(_without_log(name)) == database:
                continue
            relative = str(inside / name)
            if name.startswith("test.sqlite3") or manifest.is_draft(relative):
                continue
            if path.is_file():
                yield relative


def _without_log(name: str) -> str:
    return name.removesuffix("-wal").removesuffix("-shm")


def elsewhere() -> list[str]:
    """Name what the installation keeps outside DATA_DIR: whoever copies must see to it."""
    found = []
    if settings.RULES_DIR_GIVEN:
        found.append(f"RULES_DIR {settings.RULES_DIR}")
    for name in ("SIGNING_CERTIFICATE", "SIGNING_KEY"):
        if getattr(settings, name):
            found.append(f"{name} {getattr(settings, name)}")
    if os.environ.get("SECRET_KEY"):
        found.append("SECRET_KEY, from the environment")
    return found


def copies(directory: Path) -> list[Path]:
    """Return the whole copies below a directory, oldest first."""
    return sorted(
        one for one in directory.iterdir() if one.is_dir() and (one / manifest.NAME).is_file()
        and one.suffix != ".part"
    )  # fmt: skip


def newest(directory: Path) -> Path | None:
    """Return the newest copy below a directory."""
    found = copies(directory)
    return found[-1] if found else None


def thin_out(directory: Path, keep: int) -> list[Path]:
    """Take all but the newest copies away; returns those that went."""
    gone = copies(directory.resolve())[:-keep]
    for one in gone:
        # First no copy any more, then away: a half of one must never look whole.
        (one / manifest.NAME).unlink()
        shutil.rmtree(one)
    return gone


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    with (directory / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Unusable(f"another copy is being made into {directory}") from None
        yield


def _flush(directory: Path) -> None:
    """Have the disk hold what was written, before anybody trusts in it."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    os.sync()
