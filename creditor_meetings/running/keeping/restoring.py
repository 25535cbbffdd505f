"""Brings a copy back into an empty place; an installation that lives is never overwritten."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from creditor_meetings.running.keeping import copying, databases, manifest
from creditor_meetings.running.keeping.manifest import Manifest, Unusable

_OF_ANY_START = frozenset({"secret_key"})
"""What starting this software makes by itself in an empty DATA_DIR."""


def bring_back(place: Path, told: Callable[[str], None] = lambda _words: None) -> Manifest:
    """Bring a copy back: its files into DATA_DIR, then its database; returns what it holds.

    All of the copy is compared with its hashes before anything is written. Raises `Unusable`,
    and leaves DATA_DIR as it was.
    """
    place = place.resolve()
    held = manifest.read(place)
    refuse_what_lives()
    told(f"comparing {len(held.files):,} files with their hashes")
    manifest.check(place, held)
    data = Path(settings.DATA_DIR)
    written: list[Path] = []
    try:
        for one in held.files:
            if not one.path.startswith(f"{copying.FILES}/"):
                continue
            target = data / one.path.removeprefix(f"{copying.FILES}/")
            written.append(target)
            _size, sha256 = manifest.copied(place / one.path, target)
            if sha256 != one.sha256:
                raise Unusable(f"{target} was not written as it is in the copy: is the disk well?")
            target.chmod(one.mode)
        told("the files are back; now the database")
        databases.bring_back(place, held.database)
    except OSError as error:
        _take_away(written, data)
        raise Unusable(f"{error.filename or data}: {error.strerror}") from None
    except BaseException:
        _take_away(written, data)
        raise
    return held


def refuse_what_lives() -> None:
    """Refuse where an installation is. Raises `Unusable`, saying what would be right."""
    data = Path(settings.DATA_DIR)
    found = [
        str(path.relative_to(data))
        for path in sorted(data.rglob("*"))
        if path.is_file()
        and path.relative_to(data).parts[0] != "static"
        and str(path.relative_to(data)) not in _OF_ANY_START
        and not (databases.is_sqlite() and path.name == "db.sqlite3" and not path.stat().st_size)
    ]
    if found:
        raise Unusable(
            f"{data} is not empty ({', '.join(found[:5])}{', …' if len(found) > 5 else ''}): a "
            "copy is brought back into an empty DATA_DIR only. Move the old one aside, or name "
            "another"
        )
    if not databases.is_empty():
        raise Unusable(
            "the database of DATABASE_URL is not empty: a copy is brought back into an empty one "
            "only. Create another one, and name it"
        )


def _take_away(written: list[Path], data: Path) -> None:
    for path in written:
        path.unlink(missing_ok=True)
    folders = {folder for one in written for folder in one.parents if data in folder.parents}
    for folder in sorted(folders, key=lambda one: len(one.parts), reverse=True):
        # What is not empty held something before.
        with suppress(OSError):
            folder.rmdir()
