"""PostgreSQL and Redis servers of the tests' own: random ports, thrown away afterwards.

    python -m tests.support.databases COMMAND...

runs a command with TESTS_DATABASE_URL and TESTS_REDIS_URL set to such a pair, so that
`python -m tests.support.databases make test` runs the whole suite on PostgreSQL and Redis.
"""

import fcntl
import itertools
import os
import pwd
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import redis
from psycopg import sql


class Missing(Exception):
    """Something that the tests need is not installed on this machine."""


PORTS = range(15_000, 32_000)
"""Where servers of tests listen: below what the system gives to whoever connects (from 32,768)."""


def free_port() -> int:
    """Return a port that nothing listens on, and that nobody else takes before its server does.

    The tests of this machine take turns through `PORTS`. One of the system's own might go to
    somebody's connection before the server begins, or while it is killed and begun anew.
    """
    place = Path(tempfile.gettempdir()) / f"creditor-meetings-port-{os.getuid()}"
    with place.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        said = file.read()
        number = int(said) if said.isdigit() else random.randrange(len(PORTS))
        for _ in PORTS:
            number = (number + 1) % len(PORTS)
            if _is_free(PORTS[number]):
                break
        file.truncate(0)
        file.write(str(number))
    return PORTS[number]


def _is_free(port: int) -> bool:
    with socket.socket() as listener:
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def wait_until(
    met: Callable[[], object],
    *,
    seconds: float = 30,
    what: str = "the condition",
    every: float = 0.05,
) -> None:
    """Return as soon as `met()` is true; TimeoutError after `seconds`."""
    until = time.monotonic() + seconds
    while not met():
        if time.monotonic() > until:
            raise TimeoutError(f"{what} did not come about in {seconds} s")
        time.sleep(every)


def end(process: subprocess.Popen[bytes], how: signal.Signals, seconds: float = 45) -> int:
    """Ask a process to end, wait for it, and return its exit code; kill it if it does not."""
    if process.poll() is None:
        process.send_signal(how)
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise


class PrivatePostgres:
    """A PostgreSQL cluster in a directory of its own, on a random port of the loopback.

    PostgreSQL refuses to run as root; for root it runs as the package's user. `durable` keeps
    fsync on, for measurements: tests need no data after a power cut.
    """

    def __init__(self, *, durable: bool = False) -> None:
        programs = self._programs()
        self.password = secrets.token_urlsafe(12)
        self.directory = Path(tempfile.mkdtemp(prefix="creditor-meetings-postgres-"))
        self._owner: dict[str, str | int | list[int]] = {}
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            self._owner = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
            os.chown(self.directory, user.pw_uid, user.pw_gid)
        password_file = self.directory / "password"
        password_file.write_text(self.password)
        password_file.chmod(0o644)
        data = self.directory / "data"
        made = subprocess.run(
            [
                programs / "initdb", "--pgdata", data, "--no-sync", "--encoding", "UTF8",
                "--locale", "C.UTF-8", "--auth", "scram-sha-256",
                "--username", "meetings", "--pwfile", password_file,
            ],
            cwd=self.directory, capture_output=True, text=True, check=False, **self._owner,
        )  # fmt: skip
        if made.returncode:
            shutil.rmtree(self.directory, ignore_errors=True)
            raise RuntimeError(f"initdb failed:\n{made.stdout}{made.stderr}")
        self.port = free_port()
        options = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self.directory,
            "max_connections": 300,
            "fsync": "on" if durable else "off",
            "synchronous_commit": "on",
            "full_page_writes": "on" if durable else "off",
        }
        self._log = (self.directory / "log").open("wb")
        self._command = [
            programs / "postgres", "-D", data,
            *itertools.chain.from_iterable(("-c", f"{k}={v}") for k, v in options.items()),
        ]  # fmt: skip
        self._numbers = itertools.count(1)
        try:
            self.start()
        except BaseException:
            self.stop()
            raise

    def start(self) -> None:
        """Start the server on its data, and wait until it answers."""
        self.process = subprocess.Popen(
            self._command, cwd=self.directory, stdout=self._log, stderr=subprocess.STDOUT,
            start_new_session=True, **self._owner,
        )  # fmt: skip
        wait_until(self._answers, seconds=60, what="PostgreSQL's answer")

    def kill(self) -> None:
        """End the server as a crash does; what it started ends when it finds out."""
        self.process.kill()
        self.process.wait()
        wait_until(lambda: not _group_lives(self.process.pid), seconds=60, what="PostgreSQL's end")

    @staticmethod
    def _programs() -> Path:
        """Return the directory of initdb and postgres: Debian keeps it out of the PATH."""
        if found := shutil.which("initdb"):
            return Path(found).resolve().parent
        versions = sorted(
            Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: float(p.parts[-3])
        )
        if not versions:
            raise Missing("PostgreSQL is missing: apt-get install postgresql")
        return versions[-1].parent

    def _answers(self) -> bool:
        if self.process.poll() is not None:
            raise RuntimeError(f"PostgreSQL ended:\n{(self.directory / 'log').read_text()}")
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def url(self, database: str) -> str:
        """Return the DATABASE_URL of a database of this cluster."""
        return f"postgres://meetings:{self.password}@127.0.0.1:{self.port}/{database}"

    def new_database(self, pattern: str = "template1") -> str:
        """Make an empty database, or a copy of one that nobody uses; return its DATABASE_URL."""
        name = f"meetings_{next(self._numbers)}"
        make = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(make.format(sql.Identifier(name), sql.Identifier(pattern)))
        return self.url(name)

    def stop(self) -> None:
        """Stop the server, whoever is still connected, and remove its files."""
        try:
            end(self.process, signal.SIGINT, seconds=60)
        finally:
            self._log.close()
            shutil.rmtree(self.directory, ignore_errors=True)


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


class PrivateRedis:
    """A Redis server that keeps nothing, on a random port of the loopback."""

    def __init__(self) -> None:
        program = shutil.which("redis-server")
        if program is None:
            raise Missing("Redis is missing: apt-get install redis-server")
        self.directory = Path(tempfile.mkdtemp(prefix="creditor-meetings-redis-"))
        self.port = free_port()
        self._log = (self.directory / "log").open("wb")
        self._command = [
            program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
            "--appendonly", "no", "--databases", "4096", "--dir", str(self.directory),
        ]  # fmt: skip
        self._numbers = itertools.count(1)
        try:
            self.start()
        except BaseException:
            self.stop()
            raise

    def start(self) -> None:
        """Start the server, empty, and wait until it answers."""
        self.process = subprocess.Popen(
            self._command, stdout=self._log, stderr=subprocess.STDOUT, start_new_session=True
        )
        wait_until(self._answers, seconds=60, what="Redis' answer")

    def kill(self) -> None:
        """End the server as a crash does."""
        self.process.kill()
        self.process.wait()

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Let the server say nothing inside the block: connections stay, and are even taken."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def _answers(self) -> bool:
        if self.process.poll() is not None:
            raise RuntimeError(f"Redis ended:\n{(self.directory / 'log').read_text()}")
        try:
            with redis.Redis(port=self.port, socket_timeout=2) as connection:
                return bool(connection.ping())
        except (redis.ConnectionError, redis.TimeoutError):
            return False

    def new_database(self) -> str:
        """Return the REDIS_URL of a database that nobody has used."""
        return f"redis://127.0.0.1:{self.port}/{next(self._numbers)}"

    def stop(self) -> None:
        """Stop the server and remove its files."""
        try:
            end(self.process, signal.SIGTERM)
        finally:
            self._log.close()
            shutil.rmtree(self.directory, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PrivatePostgres]:
    """The PostgreSQL cluster of this run."""
    try:
        server = PrivatePostgres()
    except Missing as missing:
        pytest.fail(str(missing))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[PrivateRedis]:
    """The Redis server of this run."""
    try:
        server = PrivateRedis()
    except Missing as missing:
        pytest.fail(str(missing))
    yield server
    server.stop()


@pytest.fixture
def postgres_url(postgres: PrivatePostgres) -> str:
    """A DATABASE_URL of an empty PostgreSQL database, for this test alone."""
    return postgres.new_database()


@pytest.fixture
def redis_url(redis_server: PrivateRedis) -> str:
    """A REDIS_URL of an empty Redis database, for this test alone."""
    return redis_server.new_database()


def main(command: list[str]) -> int:
    """Run `command` with a PostgreSQL and a Redis of its own."""
    if not command:
        print(__doc__)
        return 2
    database, memory = PrivatePostgres(), PrivateRedis()
    try:
        return subprocess.call(
            command,
            env={
                **os.environ,
                "TESTS_DATABASE_URL": database.new_database(),
                "TESTS_REDIS_URL": memory.new_database(),
            },
        )
    finally:
        memory.stop()
        database.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
