"""Servers that start quickly: what they import is loaded once, and each one is a fork of that.

A start of Daphne costs two seconds of CPU, nearly all of it imports; a test that kills a server
twenty times would do little else. What runs is the product as it is: settings, ASGI application,
threads and the event loop begin in the child alone.
"""

import ctypes
import json
import os
import select
import signal
import subprocess
import sys
from contextlib import suppress
from typing import Any

from tests.support.servers import ASGI, ROOT, Installation, Server

_PR_SET_PDEATHSIG = 1


class Forked:
    """A process that is not our own child, as `subprocess.Popen` would show it."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._ended = os.pidfd_open(pid)
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return None while it lives; how it ended is its parent's to know."""
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end."""
        found = self._look(timeout)
        if found is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return found

    def _look(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._ended], [], [], timeout)[0]:
            self.returncode = 0
            os.close(self._ended)
        return self.returncode

    def send_signal(self, how: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, how)

    def kill(self) -> None:
        """End it as a crash does."""
        self.send_signal(signal.SIGKILL)


class ForkedServer(Server):
    """A `Server` whose processes are forks of one that has everything loaded."""

    def __init__(
        self,
        installation: Installation,
        processes: int = 1,
        env: dict[int, dict[str, str]] | None = None,
    ) -> None:
        super().__init__(installation, processes)
        self.env = env or {}
        self._parent: subprocess.Popen[str] | None = None

    def start(self, number: int = 0) -> None:
        """Start a process, without waiting for it."""
        if self._parent is None:
            self._parent = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.server.forked"], cwd=ROOT,
                env=self.installation.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=None, text=True,
            )  # fmt: skip
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        port = str(self.ports[number])
        wish = {
            "log": str(self.log_path(number)),
            "env": {"PORT": port, **self.env.get(number, {})},
            "arguments": ["daphne", "-v", "0", "-b", "127.0.0.1", "-p", port, ASGI],
        }
        self._parent.stdin.write(json.dumps(wish) + "\n")
        self._parent.stdin.flush()
        said = self._parent.stdout.readline()
        assert said, "the process that starts servers ended"
        forked: Any = Forked(int(said))
        self.processes[number] = forked

    def pid(self, number: int = 0) -> int:
        """The id of a process."""
        process = self.processes[number]
        assert process is not None
        return process.pid

    def __exit__(self, *error: object) -> None:
        try:
            super().__exit__(*error)
        finally:
            if self._parent is not None:
                self._parent.kill()
                self._parent.wait()


def _load() -> None:
    """Import what a server imports, short of what opens sockets, files or threads."""
    import django

    django.setup()

    from django.urls import get_resolver

    _all = get_resolver().url_patterns


def _serve(wish: dict[str, Any]) -> None:
    os.setpgid(0, 0)
    # A run that is broken off leaves nothing behind: what starts servers ends with the tests.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.update(wish["env"])
    log = os.open(wish["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    os.close(nothing)
    sys.argv = wish["arguments"]

    from daphne.cli import CommandLineInterface

    CommandLineInterface.entrypoint()


def main() -> None:
    """Start a server for each line of standard input, and say its process id."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    _load()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                _serve(json.loads(line))
            finally:
                os._exit(1)
        # Here as well: whoever is told of it may kill its group at once.
        with suppress(OSError):
            os.setpgid(child, child)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
