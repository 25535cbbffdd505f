"""Writing and reading the event log.

An event's `data` is `{"set": {path: value, ...}, "notice": {...}}`: `set` says what the state
of the room is now at those paths (see `realtime.state`), `notice` is for people's attention.
"""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import F

from creditor_meetings.cases import clock
from creditor_meetings.meetings.publishing import News
from creditor_meetings.realtime import bell
from creditor_meetings.realtime.models import Event, EventCounter

KEPT_EVENTS = 2_000
"""How many events a reconnecting client may be behind before it gets a snapshot instead."""


def publish_all(meeting_id: int, news: Sequence[News]) -> int:
    """Number and write news in the present transaction, ring after commit.

    Returns the last number. Raises RuntimeError outside a transaction: an event that could be
    seen without what it tells of, or lost while that stays, must not exist.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("publish inside the transaction of what happened")
    if not news:
        return last_seq(meeting_id)
    last = _take_numbers(meeting_id, len(news))
    at = clock.now()
    Event.objects.bulk_create(
        Event(
            meeting_id=meeting_id,
            seq=seq,
            kind=one.kind,
            at=at,
            audience=one.audience,
            data={"set": dict(one.set), **({"notice": dict(one.notice)} if one.notice else {})},
            coalesce=one.coalesce,
        )
        for seq, one in enumerate(news, start=last - len(news) + 1)
    )
    transaction.on_commit(lambda: bell.ring(meeting_id))
    return last


def hold(meeting_id: int) -> None:
    """Take the counter of events to the commit without an event.

    What is read after it holds all that was told before, and nobody's news are told over ours.
    """
    _take_numbers(meeting_id, 0)


def _take_numbers(meeting_id: int, count: int) -> int:
    # UPDATE takes the row lock and counts in one statement; reading back is ours alone.
    if not EventCounter.objects.filter(pk=meeting_id).update(last_seq=F("last_seq") + count):
        EventCounter.objects.get_or_create(pk=meeting_id)
        EventCounter.objects.filter(pk=meeting_id).update(last_seq=F("last_seq") + count)
    return EventCounter.objects.values_list("last_seq", flat=True).get(pk=meeting_id)


def last_seq(meeting_id: int) -> int:
    """Return the number of the last event of a meeting, 0 before the first."""
    counter = EventCounter.objects.filter(pk=meeting_id).values_list("last_seq", flat=True)
    return counter.first() or 0


def events_after(meeting_id: int, seq: int, limit: int = 500) -> list[Event]:
    """Return the events that follow number `seq`, oldest first."""
    rows = Event.objects.filter(meeting_id=meeting_id, seq__gt=seq).order_by("seq")
    return list(rows[:limit])


def frame(event: Event) -> dict[str, Any]:
    """Write an event as it goes to the socket."""
    return {
        "type": event.kind,
        "seq": event.seq,
        "at": clock.rfc3339(event.at),
        "data": event.data,
    }
