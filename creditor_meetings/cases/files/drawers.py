"""Orders from the processes that wait to draw and read pages, and keeps those processes alive."""

import atexit
import json
import logging
import os
import queue
import subprocess  # nosec B404
import sys
import threading
from collections.abc import Sequence
from typing import Any

from creditor_meetings.cases.files import pages_process, pages_waiting

log = logging.getLogger(__name__)

HOW_MANY = 2
"""Two at once leave the other cores to the meeting."""

PATIENCE = pages_process.SECONDS + 10
"""Seconds after which a process that keeps no time by itself is ended from outside."""


class Drawer:
    """One process that waits for orders; one thread at a time may order."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, arguments: Sequence[str], *, calm: bool) -> dict[str, Any] | None:
        """Return the answer, None where the process ended before it gave one."""
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        late = threading.Timer(PATIENCE, process.kill)
        late.daemon = True
        late.start()
        try:
            order = json.dumps({"arguments": list(arguments), "calm": calm})
            process.stdin.write(order.encode() + b"\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline() or b"null")
        except (OSError, ValueError):
            answer = None
        finally:
            late.cancel()
        if not isinstance(answer, dict):
            log.error("a process that draws pages ended, starting another")
            self.close()
            return None
        return answer

    def warm_up(self) -> None:
        """Start the process, without waiting until it has loaded its libraries."""
        self._running()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._process = subprocess.Popen(  # nosec B603
                [sys.executable, "-I", pages_waiting.__file__],
                # What opens strangers' files need not know what this process knows.
                env={"LANG": "C.UTF-8"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        return self._process

    def close(self) -> None:
        """End the process; the next order starts another."""
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    pass
        process.kill()
        process.wait()


class Drawers:
    """Those that wait; the last at work is asked first, so that few run where few are needed."""

    def __init__(self, how_many: int = HOW_MANY) -> None:
        self._all = [Drawer() for _number in range(how_many)]
        self._free: queue.LifoQueue[Drawer] = queue.LifoQueue()
        for one in reversed(self._all):
            self._free.put(one)
        self._owner = os.getpid()

    def ask(self, arguments: Sequence[str], *, calm: bool = False) -> dict[str, Any]:
        """Let one of them do something; waits for its turn. `calm`: others go first.

        The answer is that of `pages_process`, `{"error": code}` where it cannot be done.
        """
        one = self._free.get()
        try:
            for _attempt in range(2):
                answer = one.ask(arguments, calm=calm)
                if answer is not None:
                    return answer
        finally:
            self._free.put(one)
        return {"error": "damaged"}

    def warm_up(self) -> None:
        """Have one ready, if none is at work."""
        try:
            one = self._free.get_nowait()
        except queue.Empty:
            return
        try:
            one.warm_up()
        finally:
            self._free.put(one)

    def close(self) -> None:
        """End all of them."""
        # A forked child must not end its parent's.
        if os.getpid() == self._owner:
            for one in self._all:
                one.close()


drawers = Drawers()
atexit.register(drawers.close)
