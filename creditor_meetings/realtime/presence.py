"""Who has the room open, as intervals on record (在线时段).

Arrivals and departures are gathered and written a few times a second: when ten thousand come
at once, that is a handful of transactions rather than ten thousand. The times are those of
the socket. While a person stays, `seen_at` moves on each minute, so that a killed server
leaves intervals that end at most a minute early.
"""

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.meetings.models import Presence
from creditor_meetings.meetings.publishing import publish
from creditor_meetings.realtime.person import address_of, device_of
from creditor_meetings.realtime.threads import in_thread

log = logging.getLogger(__name__)

GATHER_SECONDS = 0.3
LONGEST_GATHER_SECONDS = 2.5
PRESENT_A_SECOND = 4_000
"""How many are here is told to all who are: a large hall hears it a little less often."""
BATCH = 500
SEEN_EVERY = timedelta(seconds=60)
GONE_AFTER = timedelta(seconds=150)


@dataclass(eq=False)
class Arrival:
    """One open room, before and after its row is written."""

    meeting_id: int
    person_id: int
    arrived_at: datetime
    device: str
    address: str
    row: int | None = None
    left_at: datetime | None = None
    seen_at: datetime | None = None


class Gatherer:
    """Arrivals of this process that are to be written or moved on."""

    def __init__(self) -> None:
        self._present: set[Arrival] = set()
        self._changed: set[Arrival] = set()
        self._written: set[Arrival] = set()
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def arrive(self, arrival: Arrival) -> None:
        """Note an open room."""
        self._present.add(arrival)
        self._note(arrival)

    def leave(self, arrival: Arrival) -> None:
        """Note that a room was closed."""
        # Nobody leaves before arriving, whatever was done to the clock meanwhile.
        arrival.left_at = max(clock.now(), arrival.arrived_at)
        self._present.discard(arrival)
        self._note(arrival)

    def _note(self, arrival: Arrival) -> None:
        self._changed.add(arrival)
        loop = asyncio.get_running_loop()
        if self._task is None or self._task.done() or loop is not self._loop:
            self._loop, self._task = loop, loop.create_task(self._write_on())

    async def _write_on(self) -> None:
        while self._present or self._changed:
            await asyncio.sleep(self._pause())
            changed, self._changed = self._changed, set()
            stale = self._stale()
            if not changed and not stale:
                continue
            self._written = changed
            try:
                await in_thread(write)(changed, stale)
            except Exception:
                log.exception("presence was not written, trying again")
                self._changed |= changed
            finally:
                self._written = set()

    def waiting(self) -> int:
        """How many arrivals and departures are not in the database yet."""
        return len(self._changed) + len(self._written)

    def _pause(self) -> float:
        larger = GATHER_SECONDS + len(self._present) / PRESENT_A_SECOND
        return min(larger, LONGEST_GATHER_SECONDS)

    def _stale(self) -> list[Arrival]:
        limit = clock.now() - SEEN_EVERY
        return [one for one in self._present if one.seen_at is not None and one.seen_at < limit]


_gatherer = Gatherer()


def arrive(meeting_id: int, viewer: Viewer, scope: dict[str, Any]) -> Arrival:
    """Begin an interval; call on the event loop."""
    arrival = Arrival(
        meeting_id, viewer.person.pk, clock.now(), device_of(scope), address_of(scope)
    )
    _gatherer.arrive(arrival)
    return arrival


def leave(arrival: Arrival) -> None:
    """End an interval; call on the event loop."""
    _gatherer.leave(arrival)


def waiting() -> int:
    """How many arrivals and departures of this process are not in the database yet."""
    return _gatherer.waiting()


def write(changed: set[Arrival], stale: list[Arrival]) -> None:
    """Write intervals that began or ended, move others on, tell each meeting who is online."""
    now = clock.now()
    begun = [one for one in changed if one.row is None]
    with transaction.atomic():
        rows = Presence.objects.bulk_create([_row(one, now) for one in begun])
        ended = [
            Presence(pk=one.row, left_at=one.left_at, seen_at=one.left_at)
            for one in changed
            if one.row is not None and one.left_at is not None
        ]
        # A hall that empties is a few statements as well.
        Presence.objects.bulk_update(ended, ["left_at", "seen_at"], batch_size=BATCH)
        moved = [one.row for one in stale if one.row is not None]
        for start in range(0, len(moved), BATCH):
            Presence.objects.filter(pk__in=moved[start : start + BATCH]).update(seen_at=now)
        for meeting_id in {one.meeting_id for one in changed}:
            publish(
                meeting_id, "online", {"attendance/online": online(meeting_id)}, coalesce="online"
            )
    # Only what is committed is remembered; after a failure the same is written again.
    for one, row in zip(begun, rows, strict=True):
        one.row, one.seen_at = row.pk, row.seen_at
    for one in stale:
        one.seen_at = now


def _row(one: Arrival, now: datetime) -> Presence:
    return Presence(
        meeting_id=one.meeting_id,
        person_id=one.person_id,
        arrived_at=one.arrived_at,
        seen_at=max(one.left_at or now, one.arrived_at),
        left_at=one.left_at,
        device=one.device,
        address=one.address,
    )


def online(meeting_id: int) -> int:
    """Count the people who have the room open now."""
    return (
        Presence.objects.filter(
            meeting_id=meeting_id, left_at__isnull=True, seen_at__gt=clock.now() - GONE_AFTER
        )
        .values("person_id")
        .distinct()
        .count()
    )
