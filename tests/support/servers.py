"""Servers under test: the product as processes of its own, on a fresh directory and database."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import httpx
import psycopg
import pytest
from psycopg import sql

from tests.support.databases import end, free_port, wait_until
from tests.support.people import People

ROOT = Path(__file__).resolve().parents[2]
ASGI = "creditor_meetings.config.asgi:application"

_SESSIONS = """
import django; django.setup()
import importlib, json, sys
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
keys = {}
for person in get_user_model().objects.filter(**json.loads(sys.argv[1])):
    session = importlib.import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = person._meta.pk.value_to_string(person)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    keys[person.pk] = session.session_key
print(json.dumps(keys))
"""


@dataclass
class Installation:
    """A data directory and the environment that makes commands and servers use it."""

    data_dir: Path
    env: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """The whole environment of a process: nothing of the tests' own leaks into it."""
        kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ")
        return {
            **{name: os.environ[name] for name in kept if name in os.environ},
            "PYTHONUNBUFFERED": "1",
            "DJANGO_SETTINGS_MODULE": "creditor_meetings.config.settings",
            "DATA_DIR": str(self.data_dir),
            "DATABASE_URL": f"sqlite:///{self.data_dir}/db.sqlite3",
            "REDIS_URL": "",
            "DEBUG": "0",
            "DEMO": "1",
            **self.env,
        }

    def python(
        self, *arguments: str | Path, check: bool = True, timeout: float = 900, stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run Python in this installation; with `check`, fail with its output unless it exits 0."""
        done = subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env=self.environment, input=stdin,
            capture_output=True, text=True, encoding="utf-8", timeout=timeout, check=False,
        )  # fmt: skip
        if check and done.returncode:
            words = " ".join(map(str, arguments))[:200]
            raise AssertionError(
                f"python {words} exited {done.returncode}:\n{done.stdout}{done.stderr}"
            )
        return done

    def manage(
        self, *arguments: str | Path, check: bool = True, timeout: float = 900, stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run a command of manage.py in this installation."""
        return self.python("manage.py", *arguments, check=check, timeout=timeout, stdin=stdin)

    def load_demo(self, creditors: int | None = None) -> None:
        """Load the demo case, with creditors generated up to a number; writes its people down."""
        more = ["--creditors", str(creditors)] if creditors else []
        self.manage("demo", "--people", self._people_file, *more, timeout=1800)

    @property
    def _people_file(self) -> Path:
        return self.data_dir / "people.csv"

    @property
    def people(self) -> People:
        """The people of the demo case."""
        return People.read(self._people_file)

    def session_of(self, **lookup: object) -> str:
        """Sign in whom the lookup finds (`email="…"`, `pk=…`) and return the session id."""
        (session,) = self._sessions(lookup).values()
        return session

    def sessions_of(self, people: list[int]) -> dict[int, str]:
        """Sign people in, by id, and return each one's session id."""
        return self._sessions({"pk__in": people})

    def _sessions(self, lookup: dict[str, object]) -> dict[int, str]:
        said = self.python("-c", _SESSIONS, json.dumps(lookup)).stdout.strip().splitlines()[-1]
        return {int(person): session for person, session in json.loads(said).items()}


class Server:
    """One or more Daphne processes on an installation; each can be ended and started again."""

    def __init__(self, installation: Installation, processes: int = 1) -> None:
        self.installation = installation
        self.ports = [free_port() for _ in range(processes)]
        self.processes: list[subprocess.Popen[bytes] | None] = [None] * processes

    @property
    def urls(self) -> list[str]:
        """The address of each process."""
        return [f"http://127.0.0.1:{port}" for port in self.ports]

    @property
    def url(self) -> str:
        """The address of the first process."""
        return self.urls[0]

    @property
    def ws_url(self) -> str:
        """The first process's address for sockets."""
        return self.url.replace("http", "ws", 1)

    @property
    def people(self) -> People:
        """The people of the demo case."""
        return self.installation.people

    def log_path(self, number: int = 0) -> Path:
        """Where a process writes what it has to say."""
        return self.installation.data_dir.with_name(
            f"{self.installation.data_dir.name}-server-{number}.log"
        )

    def log(self, number: int = 0) -> str:
        """What a process said so far."""
        path = self.log_path(number)
        return path.read_text(errors="replace") if path.exists() else ""

    def start(self, number: int = 0) -> None:
        """Start a process, without waiting for it."""
        port = self.ports[number]
        # What Daphne writes goes to a file of ours; the process holds it, we need not.
        with self.log_path(number).open("ab") as log:
            self.processes[number] = subprocess.Popen(
                [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port), ASGI],
                cwd=ROOT, env={**self.installation.environment, "PORT": str(port)},
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip

    def wait_ready(self, number: int = 0, seconds: float = 240) -> None:
        """Wait until a process says it is ready."""
        process = self.processes[number]
        assert process is not None

        def ready() -> bool:
            if process.poll() is not None:
                raise RuntimeError(f"the server ended ({process.returncode}):\n{self.log(number)}")
            try:
                return httpx.get(f"{self.urls[number]}/readyz", timeout=5).status_code == 200
            except httpx.TransportError:
                return False

        try:
            wait_until(ready, seconds=seconds, what="the server's readiness", every=0.1)
        except TimeoutError as late:
            raise RuntimeError(f"{late}:\n{self.log(number)}") from late

    def stop(self, number: int = 0) -> int | None:
        """End a process as an operator does, by TERM; return its exit code."""
        process, self.processes[number] = self.processes[number], None
        return None if process is None else end(process, signal.SIGTERM)

    def kill(self, number: int = 0) -> None:
        """End a process, and whatever it started, as a crash does."""
        process, self.processes[number] = self.processes[number], None
        if process is not None and process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def restart(self, number: int = 0) -> None:
        """End a process and start it again on the same port."""
        self.stop(number)
        self.start(number)
        self.wait_ready(number)

    def __enter__(self) -> "Server":
        for number in range(len(self.ports)):
            self.start(number)
        try:
            for number in range(len(self.ports)):
                self.wait_ready(number)
        except BaseException:
            for number in range(len(self.ports)):
                self.kill(number)
            raise
        return self

    def __exit__(self, *error: object) -> None:
        try:
            for number in range(len(self.ports)):
                # One that does not end in time is killed; what it served was tested before.
                with suppress(subprocess.TimeoutExpired):
                    self.stop(number)
        finally:
            for number in range(len(self.ports)):
                self.kill(number)
                print(f"--- server {number}, last lines ---\n{self.log(number)[-4000:]}")


class MakeInstallation(Protocol):
    """What the fixture `installation` gives."""

    def __call__(
        self,
        *,
        demo: bool = False,
        creditors: int | None = None,
        database_url: str = "",
        redis_url: str = "",
        env: Mapping[str, str] | None = None,
    ) -> Installation: ...


class StartServer(Protocol):
    """What the fixture `daphne_server` gives."""

    def __call__(
        self,
        *,
        demo: bool = False,
        creditors: int | None = None,
        processes: int = 1,
        database_url: str = "",
        redis_url: str = "",
        env: Mapping[str, str] | None = None,
    ) -> Server: ...


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> MakeInstallation:
    """Make fresh installations: migrated, with the demo case if asked for, on SQLite by default.

    `env` adds to the environment or overrides it. Each combination is built once in a run, for
    all its workers, and then copied, so that the second costs nothing. The tables of a given
    `database_url` (PostgreSQL) are copied too; the demo is always loaded anew there.
    """
    built: dict[int | None, Path] = {}
    template: dict[str, str] = {}

    def with_demo(creditors: int | None) -> Path:
        if creditors not in built:

            def build(data: Path) -> None:
                shutil.copytree(with_tables(tmp_path_factory), data)
                Installation(data).load_demo(creditors)

            built[creditors] = built_once(tmp_path_factory, f"demo-{creditors or 0}", build)
        return built[creditors]

    def make(
        *,
        demo: bool = False,
        creditors: int | None = None,
        database_url: str = "",
        redis_url: str = "",
        env: Mapping[str, str] | None = None,
    ) -> Installation:
        directory = tmp_path_factory.mktemp("installation") / "data"
        settings = {"REDIS_URL": redis_url, **(env or {})}
        if database_url:
            made = Installation(directory, {"DATABASE_URL": database_url, **settings})
            directory.mkdir(parents=True)
            _copy_tables(made, template)
            if demo:
                made.load_demo(creditors)
            return made
        pattern = with_demo(creditors) if demo else with_tables(tmp_path_factory)
        shutil.copytree(pattern, directory)
        return Installation(directory, settings)

    return make


def with_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the data directory of an installation with empty tables, made once in a run."""

    def build(data: Path) -> None:
        data.mkdir(parents=True)
        Installation(data).manage("migrate", "--verbosity", "0")

    return built_once(tmp_path_factory, "empty", build)


def built_once(
    tmp_path_factory: pytest.TempPathFactory, name: str, build: Callable[[Path], None]
) -> Path:
    """Return a data directory that `build` fills once for all workers of the run."""
    base = tmp_path_factory.getbasetemp()
    place = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / f"pattern-{name}"
    done, failed = place / "done", place / "failed"
    try:
        place.mkdir()
    except FileExistsError:
        wait_until(lambda: done.exists() or failed.exists(), seconds=1800, what=f"pattern {name}")
        assert done.exists(), f"the pattern {name} could not be built; see the other worker's error"
        return place / "data"
    try:
        build(place / "data")
    except BaseException:
        failed.touch()
        raise
    done.touch()
    return place / "data"


def _copy_tables(made: Installation, template: dict[str, str]) -> None:
    """Give an empty PostgreSQL database the tables of one of the same server that has them."""
    cluster, name = made.env["DATABASE_URL"].rsplit("/", 1)
    if cluster not in template:
        made.manage("migrate", "--verbosity", "0")
    with psycopg.connect(f"{cluster}/postgres", autocommit=True) as connection:
        ours, pattern = sql.Identifier(name), sql.Identifier(f"pattern_{name}")
        make = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        if cluster not in template:
            connection.execute(make.format(pattern, ours))
            template[cluster] = f"pattern_{name}"
            return
        connection.execute(sql.SQL("DROP DATABASE {}").format(ours))
        connection.execute(make.format(ours, sql.Identifier(template[cluster])))


def _starter(make: MakeInstallation, running: ExitStack) -> StartServer:
    def start(
        *,
        demo: bool = False,
        creditors: int | None = None,
        processes: int = 1,
        database_url: str = "",
        redis_url: str = "",
        env: Mapping[str, str] | None = None,
    ) -> Server:
        if processes > 1 and not redis_url:
            raise ValueError("several processes find each other through Redis: give a redis_url")
        made = make(
            demo=demo,
            creditors=creditors,
            database_url=database_url,
            redis_url=redis_url,
            env=env,
        )
        return running.enter_context(Server(made, processes))

    return start


@pytest.fixture
def daphne_server(installation: MakeInstallation) -> Iterator[StartServer]:
    """Start servers for this test alone, each on an installation of its own."""
    with ExitStack() as running:
        yield _starter(installation, running)


@pytest.fixture(scope="session")
def demo_server(installation: MakeInstallation) -> Iterator[Server]:
    """One server with the demo case for the whole run: only for tests that change nothing."""
    with ExitStack() as running:
        yield _starter(installation, running)(demo=True)
