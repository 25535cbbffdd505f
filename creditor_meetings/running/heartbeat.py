"""Each serving process tells the others, and the operator, how it is, every few seconds."""

import logging
import os
import socket
import threading
from collections.abc import Callable
from datetime import datetime

from django.db import close_old_connections, connection

from creditor_meetings.cases import build, clock
from creditor_meetings.running import figures
from creditor_meetings.running.models import BEAT, KEPT, ServerProcess

log = logging.getLogger(__name__)


class Heart:
    """Writes the row of this process from a thread of its own."""

    def __init__(self) -> None:
        self._row: int | None = None
        self._started: datetime = clock.now()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to beat, once."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._beat_on, name="heartbeat", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Say that the process ends as it should, and beat no more."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=2 * BEAT.total_seconds())

    def _beat_on(self) -> None:
        silent = False
        while not self._stop.wait(BEAT.total_seconds() if self._row or silent else 0):
            silent = not self._tried(self.beat)
        self._tried(self._end)
        connection.close()

    def _tried(self, work: Callable[[], None]) -> bool:
        try:
            close_old_connections()
            work()
        except Exception:
            # Without a database there is more to do than to tell how one is.
            log.warning("this process could not tell how it is", exc_info=True)
            return False
        return True

    def beat(self) -> None:
        """Write how this process is now."""
        told, now = figures.look(), clock.now()
        if self._row is not None:
            written = ServerProcess.objects.filter(pk=self._row).update(seen_at=now, figures=told)
            if written:
                return
        row = ServerProcess.objects.create(
            host=socket.gethostname()[:100], pid=os.getpid(), build=build.name(),
            started_at=self._started, seen_at=now, figures=told,
        )  # fmt: skip
        self._row = row.pk
        forget(now - KEPT)

    def _end(self) -> None:
        if self._row is None:
            return
        ServerProcess.objects.filter(pk=self._row).update(ended_at=clock.now())


def forget(before: datetime) -> None:
    """Take processes that were not heard of for long off the list."""
    ServerProcess.objects.filter(seen_at__lt=before).delete()


heart = Heart()
