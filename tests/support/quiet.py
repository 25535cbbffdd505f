"""Quiet for tests that measure time: while one of them runs, the other workers wait.

Pictures and sound are live: on two cores, beside another test's browsers, they come late for
reasons that are not theirs.
"""

import fcntl
import tempfile
from pathlib import Path
from typing import IO

import pytest

QUIET = "tests/video/"


def is_quiet(path: Path) -> bool:
    """Whether the tests of a file want to be alone."""
    return QUIET in path.as_posix()


class Quiet:
    """One worker's part in it: either many run, or one that wants quiet.

    Whoever comes passes the gate first, so that who waits for quiet is not overtaken for ever.
    """

    def __init__(self, run: str) -> None:
        place = Path(tempfile.gettempdir()) / f"creditor-meetings-tests-{run}"
        self._gate = self._opened(place.with_suffix(".gate"))
        self._hall = self._opened(place.with_suffix(".hall"))
        self._held = False

    @staticmethod
    def _opened(path: Path) -> IO[bytes]:
        return path.open("ab")

    def enter(self, *, alone: bool) -> None:
        """Wait until a test may run; one that wants quiet keeps it until `leave`."""
        if self._held:
            return
        fcntl.flock(self._gate, fcntl.LOCK_EX)
        try:
            fcntl.flock(self._hall, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        finally:
            fcntl.flock(self._gate, fcntl.LOCK_UN)
        self._held = alone

    def leave(self) -> None:
        """Let others in."""
        fcntl.flock(self._hall, fcntl.LOCK_UN)
        self._held = False

    def close(self) -> None:
        """Be no part of it any more."""
        for file in (self._gate, self._hall):
            file.close()
            Path(file.name).unlink(missing_ok=True)


def of_worker(config: pytest.Config) -> Quiet | None:
    """Return a worker's part, or None where there are no workers."""
    told: dict[str, str] = getattr(config, "workerinput", {})
    return Quiet(told["testrunuid"]) if told else None
