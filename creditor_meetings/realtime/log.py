"""Writing and reading the event log.

An event's `data` is `{"set": {path: value, ...}, "notice": {...}}`: `set` says what the state
of the room is now at those paths (see `realtime.state`), `notice` is for people's attention.
"""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import transaction

from creditor_meetings.cases import clock, rows
from creditor_meetings.meetings.publishing import News
from creditor_meetings.realtime import bell
from creditor_meetings.realtime.models import Event, EventCounter

KEPT_EVENTS = 2_000
"""How many events a reconnecting client may be behind before it gets a snapshot instead."""


class Row(NamedTuple):
    """An event before it has its number; `data` is its JSON."""

    kind: str
    audience: str
    data: str
    coalesce: str = ""


EVENT = ("meeting_id", "seq", "kind", "at", "audience", "data", "coalesce")


def publish_all(meeting_id: int, news: Sequence[News]) -> int:
    """Number and write news in the present transaction, ring after commit.

    Returns the last number. Raises RuntimeError outside a transaction: an event that could be
    seen without what it tells of, or lost while that stays, must not exist.
    """
    return write(meeting_id, [_row(one) for one in news])


def _row(one: News) -> Row:
    data = {"set": dict(one.set), **({"notice": dict(one.notice)} if one.notice else {})}
    return Row(one.kind, one.audience, dumps(data), one.coalesce)


def dumps(value: Any) -> str:
    """Write JSON without needless blanks, Chinese as it is."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def write(meeting_id: int, events: Sequence[Row]) -> int:
    """Number and write events as `publish_all` does, whose JSON is there already."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("publish inside the transaction of what happened")
    if not events:
        return last_seq(meeting_id)
    last = _take_numbers(meeting_id, len(events))
    at = rows.moment(clock.now())
    first = last - len(events) + 1
    rows.insert(
        "realtime_event",
        EVENT,
        [
            (meeting_id, seq, kind, at, audience, data, coalesce)
            for seq, (kind, audience, data, coalesce) in enumerate(events, start=first)
        ],
    )
    transaction.on_commit(lambda: bell.ring(meeting_id))
    return last


def hold(meeting_id: int) -> None:
    """Take the counter of events to the commit without an event.

    What is read after it holds all that was told before, and nobody's news are told over ours.
    """
    _take_numbers(meeting_id, 0)


_COUNT = (
    "UPDATE realtime_eventcounter SET last_seq = last_seq + %s WHERE meeting_id = %s"
    " RETURNING last_seq"
)


def _take_numbers(meeting_id: int, count: int) -> int:
    # One statement takes the row lock, counts and reads.
    taken = rows.select(_COUNT, [count, meeting_id])
    if not taken:
        EventCounter.objects.get_or_create(pk=meeting_id)
        taken = rows.select(_COUNT, [count, meeting_id])
    return int(taken[0][0])


def last_seq(meeting_id: int) -> int:
    """Return the number of the last event of a meeting, 0 before the first."""
    counter = EventCounter.objects.filter(pk=meeting_id).values_list("last_seq", flat=True)
    return counter.first() or 0


def events_after(meeting_id: int, seq: int, limit: int = 500) -> list[Event]:
    """Return the events that follow number `seq`, oldest first."""
    found = Event.objects.filter(meeting_id=meeting_id, seq__gt=seq).order_by("seq")
    return list(found[:limit])


def frame(event: Event) -> dict[str, Any]:
    """Write an event as it goes to the socket."""
    return {
        "type": event.kind,
        "seq": event.seq,
        "at": clock.rfc3339(event.at),
        "data": event.data,
    }
