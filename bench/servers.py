"""Servers for benchmarks: Daphne processes of their own, watched from outside and inside."""

import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.databases import free_port

ROOT = Path(__file__).resolve().parents[1]
PRODUCT = "creditor_meetings.config.asgi:application"
_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Serving:
    """Running server processes and their ports."""

    processes: list[subprocess.Popen[bytes]]
    ports: list[int]

    def cpu_seconds(self) -> float:
        """CPU time that all of them have spent, without their children."""
        return sum(cpu_seconds(one.pid) for one in self.processes)

    def resident_bytes(self) -> int:
        """Memory that all of them hold."""
        return sum(
            int(Path(f"/proc/{one.pid}/statm").read_text().split()[1]) * _PAGE
            for one in self.processes
        )


@contextmanager
def serving(
    application: str = PRODUCT, processes: int = 1, environment: dict[str, str] | None = None
) -> Iterator[Serving]:
    """Start Daphne with an application, wait until it listens, end it afterwards.

    With BENCH_PROFILE=DIRECTORY each process keeps there what its threads were at when it was
    looked at (`bench.sampled`).
    """
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    profile = os.environ.get("BENCH_PROFILE")
    with ExitStack() as ending:
        made = Serving([], [])
        for _ in range(processes):
            port = free_port()
            before = ["-m", "bench.sampled", profile] if profile else ["-m", "daphne"]
            process = subprocess.Popen(
                [sys.executable, *before, "-v", "0", "-b", "127.0.0.1", "-p", str(port),
                 application],
                cwd=ROOT, env={**os.environ, **(environment or {})},
                stdout=subprocess.DEVNULL, stderr=None if profile else subprocess.DEVNULL,
            )  # fmt: skip
            ending.callback(_end, process)
            made.processes.append(process)
            made.ports.append(port)
        for process, port in zip(made.processes, made.ports, strict=True):
            _listening(process, port)
        yield made


def cpu_seconds(pid: int) -> float:
    """CPU time of a process, all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def _listening(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + 120
    while True:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended ({process.returncode})")
        try:
            socket.create_connection(("127.0.0.1", port), 5).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
