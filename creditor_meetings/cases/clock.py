"""The one clock of the system (UTC). Tests put another in its place with `set_to`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime


def _system_clock() -> datetime:
    return datetime.now(UTC)


_read: Callable[[], datetime] = _system_clock


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return _read()


def is_held() -> bool:
    """Whether somebody holds the clock, so that no other clock of ours may go on."""
    return _read is not _system_clock


@contextmanager
def set_to(moment: datetime) -> Iterator[None]:
    """Hold the clock at `moment` inside the block."""
    global _read
    before, _read = _read, lambda: moment
    try:
        yield
    finally:
        _read = before


def rfc3339(moment: datetime) -> str:
    """Write a moment as events and evidence carry it: UTC, milliseconds, `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
