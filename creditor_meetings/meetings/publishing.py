"""A way for this room and those below it to publish events without knowing the realtime room.

realtime lends its publisher at start-up; until then (a bare import in a script) publishing
fails loudly rather than losing an event.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from creditor_meetings.meetings.models import Meeting


class Publisher(Protocol):
    """What realtime's `publish` looks like."""

    def __call__(
        self,
        meeting: Meeting | int,
        kind: str,
        set_: Mapping[str, Any],
        *,
        audience: str = "all",
        notice: Mapping[str, Any] | None = None,
        coalesce: str = "",
    ) -> int: ...


_publisher: Publisher | None = None


def lend(publisher: Publisher) -> None:
    """Take the publisher that `publish` forwards to."""
    global _publisher
    _publisher = publisher


def publish(
    meeting: Meeting | int,
    kind: str,
    set_: Mapping[str, Any],
    *,
    audience: str = "all",
    notice: Mapping[str, Any] | None = None,
    coalesce: str = "",
) -> int:
    """Write an event inside the present transaction; see `realtime.log.publish`."""
    if _publisher is None:
        raise RuntimeError("no publisher was lent: is creditor_meetings.realtime installed?")
    return _publisher(meeting, kind, set_, audience=audience, notice=notice, coalesce=coalesce)
