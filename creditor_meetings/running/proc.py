"""What the machine says of this process: Linux's /proc; elsewhere nothing is known."""

import os
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

_OWN = Path("/proc/self")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICK = os.sysconf("SC_CLK_TCK")

STARTED = time.time()
"""When this process began to serve (seconds since 1970)."""


@dataclass(frozen=True)
class Process:
    """Memory (bytes), open files and how many may be open, CPU (seconds), children by kind."""

    memory: int = 0
    files: int = 0
    most_files: int = 0
    cpu: float = 0.0
    children: dict[str, int] = field(default_factory=dict)


def look() -> Process:
    """Look at this process now."""
    memory = files = most = 0
    with suppress(OSError, ValueError, IndexError):
        memory = int((_OWN / "statm").read_text().split()[1]) * _PAGE
    with suppress(OSError):
        files = sum(1 for _file in (_OWN / "fd").iterdir())
    with suppress(OSError, ValueError, StopIteration, IndexError):
        lines = (_OWN / "limits").read_text().splitlines()
        most = int(next(line for line in lines if line.startswith("Max open files")).split()[3])
    times = os.times()
    return Process(memory, files, most, times.user + times.system, _children())


def _children() -> dict[str, int]:
    """Count the processes this one started: what makes video, and the rest."""
    found: dict[str, int] = {}
    with suppress(OSError):
        for task in (_OWN / "task").iterdir():
            with suppress(OSError):
                for pid in (task / "children").read_text().split():
                    kind = _kind(pid)
                    found[kind] = found.get(kind, 0) + 1
    return found


def _kind(pid: str) -> str:
    try:
        words = Path("/proc", pid, "cmdline").read_bytes()
    except OSError:
        return "other"
    return "video" if b"video" in words and b"worker" in words else "other"
