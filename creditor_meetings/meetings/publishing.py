"""News of a meeting, published without knowing the realtime room that carries it.

realtime lends its publisher at start-up; until then (a bare import in a script) publishing
fails loudly rather than losing an event.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from creditor_meetings.meetings.models import Meeting


@dataclass(frozen=True)
class News:
    """What is new for one audience: values at paths of the room's state, null to remove.

    `notice` is for people's attention. Of news with one `coalesce` key that wait to be sent,
    only the last is sent.
    """

    kind: str
    set: Mapping[str, Any]
    audience: str = "all"
    notice: Mapping[str, Any] | None = None
    coalesce: str = ""


Publisher = Callable[[int, Sequence[News]], int]
_publisher: Publisher | None = None


def lend(publisher: Publisher) -> None:
    """Take the publisher that `publish` forwards to."""
    global _publisher
    _publisher = publisher


def publish_all(meeting: Meeting | int, news: Sequence[News]) -> int:
    """Write news as events inside the present transaction; return the last one's number."""
    if _publisher is None:
        raise RuntimeError("no publisher was lent: is creditor_meetings.realtime installed?")
    return _publisher(meeting if isinstance(meeting, int) else meeting.pk, news)


def publish(
    meeting: Meeting | int,
    kind: str,
    set_: Mapping[str, Any],
    *,
    audience: str = "all",
    notice: Mapping[str, Any] | None = None,
    coalesce: str = "",
) -> int:
    """Write one event inside the present transaction; return its number."""
    return publish_all(meeting, [News(kind, set_, audience, notice, coalesce)])
