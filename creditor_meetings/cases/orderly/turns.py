"""Turns: one at a time, in the order of coming.

SQLite lets one write at a time and those who wait ask again now and then; whoever asks at the
right moment is next. Ballots whose commits follow each other without a pause would so keep a turn
of the agenda waiting until the last of them is in.
"""

import os
import threading
from collections import deque


class Turns:
    """A line in which each waits for those before it. A courtesy: who waits too long goes on."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._busy = False
        self._line: deque[threading.Event] = deque()

    def take(self, seconds: float) -> bool:
        """Wait for one's turn; False when it did not come in time, and is not held."""
        with self._lock:
            if not self._busy:
                self._busy = True
                return True
            called = threading.Event()
            self._line.append(called)
        if called.wait(seconds):
            return True
        with self._lock:
            if called.is_set():
                return True
            self._line.remove(called)
        return False

    def give(self) -> None:
        """End one's turn: it is the next one's."""
        with self._lock:
            if self._line:
                self._line.popleft().set()
            else:
                self._busy = False


_all: dict[str, Turns] = {}
_making = threading.Lock()


def of(database: str) -> Turns:
    """Return the turns of a database file in this process."""
    with _making:
        return _all.setdefault(database, Turns())


def _begin_anew() -> None:
    # A child that was forked has none of its parent's threads, who might never end their turns.
    global _making
    _making = threading.Lock()
    _all.clear()


os.register_at_fork(after_in_child=_begin_anew)
