"""Databases of a benchmark's own, each with its tables: made once in a run, and then copied.

Django has one database: what is measured on another one is measured in a process of its own.
"""

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from bench.report import Measure
from bench.servers import ROOT
from tests.support.databases import PrivatePostgres

MIGRATE = (sys.executable, "manage.py", "migrate", "--verbosity", "0")


def on_postgresql(module: str) -> list[Measure]:
    """Run a module that prints its measures as JSON, on a durable PostgreSQL of our own."""
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        done = subprocess.run(
            [sys.executable, "-m", module],
            env={**os.environ, "DATA_DIR": directory, "DATABASE_URL": new_postgresql()},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"measuring on PostgreSQL failed:\n{done.stderr}")
    return [Measure(**one) for one in json.loads(done.stdout)]


def new_postgresql() -> str:
    """Return the DATABASE_URL of a durable PostgreSQL database with empty tables."""
    return _cluster().new_database(_pattern())


def new_sqlite(directory: Path) -> str:
    """Return the DATABASE_URL of a SQLite database with empty tables."""
    shutil.copy(_file(), directory / "db.sqlite3")
    return f"sqlite:///{directory}/db.sqlite3"


@cache
def _cluster() -> PrivatePostgres:
    server = PrivatePostgres(durable=True)
    atexit.register(server.stop)
    return server


@cache
def _pattern() -> str:
    url = _cluster().new_database()
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        _migrate(Path(directory), url)
    return urlsplit(url).path.removeprefix("/")


@cache
def _file() -> Path:
    directory = Path(tempfile.mkdtemp(prefix="bench-"))
    atexit.register(shutil.rmtree, directory)
    _migrate(directory, f"sqlite:///{directory}/db.sqlite3")
    return directory / "db.sqlite3"


def _migrate(directory: Path, url: str) -> None:
    told = {**os.environ, "DATA_DIR": str(directory), "DATABASE_URL": url}
    subprocess.run(MIGRATE, cwd=ROOT, env=told, check=True)
