"""A copy of the database as it was at one moment, while everybody goes on writing.

SQLite by its own online copying, in one step: readers of a write-ahead log hold nobody up.
PostgreSQL by `pg_dump`, which reads one snapshot.
"""

import os
import shutil
import sqlite3
import subprocess  # nosec B404
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings

from creditor_meetings.running.keeping.manifest import Unusable

SQLITE, POSTGRES = "database.sqlite3", "database.dump"
TOO_LONG = 6 * 3600
"""Seconds after which a program of PostgreSQL's is given up."""


def _told() -> dict[str, Any]:
    return dict(settings.DATABASES["default"])


def is_sqlite() -> bool:
    """Whether the installation keeps its database in a file."""
    return str(_told()["ENGINE"]).endswith("sqlite3")


def kind() -> str:
    """Name the kind of database."""
    return "sqlite" if is_sqlite() else "postgresql"


def copy_to(directory: Path) -> str:
    """Copy the database into a directory, check the copy, return its name there.

    Raises `Unusable`.
    """
    if is_sqlite():
        _copy_sqlite(Path(str(_told()["NAME"])), directory / SQLITE)
        return SQLITE
    _run(
        "pg_dump", "--no-password", "--format=custom", "--no-owner", "--no-privileges",
        f"--file={directory / POSTGRES}", _name(),
    )  # fmt: skip
    _run("pg_restore", "--list", str(directory / POSTGRES))
    return POSTGRES


def bring_back(directory: Path, name: str) -> None:
    """Put a copied database into the empty place of this installation's. Raises `Unusable`."""
    if (name == SQLITE) != is_sqlite():
        raise Unusable(
            f"the copy holds {name}, but DATABASE_URL names a {kind()} database: name one of the "
            "kind that was copied"
        )
    if is_sqlite():
        place = Path(str(_told()["NAME"]))
        draft = place.with_name(f"{place.name}.restoring")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(directory / name, draft)
            _fsync(draft)
            draft.rename(place)
        finally:
            draft.unlink(missing_ok=True)
        return
    # One transaction: a database that is half there is none.
    _run(
        "pg_restore", "--no-password", "--exit-on-error", "--single-transaction", "--no-owner",
        "--no-privileges", f"--dbname={_name()}", str(directory / name),
    )  # fmt: skip


def is_empty() -> bool:
    """Whether nothing stands in the place of this installation's database. Raises `Unusable`."""
    if is_sqlite():
        place = Path(str(_told()["NAME"]))
        return not place.exists() or place.stat().st_size == 0
    told = _told()
    try:
        with psycopg.connect(
            host=told["HOST"] or None, port=told["PORT"] or None, user=told["USER"] or None,
            password=told["PASSWORD"] or None, dbname=told["NAME"], connect_timeout=10,
            **_tls(told),
        ) as connection:  # fmt: skip
            found = connection.execute(
                "SELECT count(*) FROM pg_catalog.pg_class c "
                "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
                "WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"
            ).fetchone()
    except psycopg.OperationalError as error:
        first = (str(error).splitlines() or ["no answer"])[0]
        raise Unusable(f"the database of DATABASE_URL does not answer: {first}") from None
    return found is not None and found[0] == 0


def migrations_of(directory: Path, name: str) -> list[str]:
    """Return the migrations that a copied SQLite database went through; [] for another kind."""
    if name != SQLITE:
        return []
    address = f"file:{directory / name}?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as copy:
        rows = copy.execute("SELECT app || '.' || name FROM django_migrations ORDER BY id")
        return [one for (one,) in rows]


def _copy_sqlite(source: Path, target: Path) -> None:
    if not source.is_file():
        raise Unusable(f"there is no database at {source}")
    try:
        with (
            closing(sqlite3.connect(f"file:{source}?mode=rw", uri=True, timeout=60)) as read_from,
            closing(sqlite3.connect(target)) as write_to,
        ):
            # All pages at once: in steps, every write meanwhile would begin it anew.
            read_from.backup(write_to, pages=-1)
            # The copy is one file, without a log beside it.
            write_to.execute("PRAGMA journal_mode=DELETE")
            (found,) = write_to.execute("PRAGMA integrity_check").fetchone()
    except sqlite3.Error as error:
        raise Unusable(f"{source} could not be copied: {error}") from None
    if found != "ok":
        raise Unusable(f"{source} is damaged: {found}")


def _name() -> str:
    return str(_told()["NAME"])


def _run(program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL's; the password goes by the environment, which no list shows."""
    found = shutil.which(program)
    if found is None:
        raise Unusable(f"{program} is missing: apt-get install postgresql-client")
    told = _told()
    names = {name: f"PG{name}" for name in ("HOST", "PORT", "USER", "PASSWORD")}
    given = {of: str(told[name]) for name, of in names.items() if told.get(name)}
    given |= {f"PG{name.upper()}": str(value) for name, value in _tls(told).items()}
    try:
        done = subprocess.run(  # nosec B603
            [found, *arguments],
            env={"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8", **given},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TOO_LONG, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise Unusable(f"{program} did not end in {TOO_LONG // 3600} hours") from None
    if done.returncode:
        raise Unusable(f"{program} failed: {done.stderr.strip()[-600:]}")


def _tls(told: dict[str, Any]) -> dict[str, Any]:
    """Return how the connection is to be encrypted, where DATABASE_URL says so."""
    options = told.get("OPTIONS", {})
    names = ("sslmode", "sslrootcert", "sslcert", "sslkey")
    return {name: options[name] for name in names if options.get(name)}


def _fsync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
