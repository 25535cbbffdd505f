"""What audiences share of their rooms, kept for a moment: a thousand who come make one reading.

A part that was read is right for good: it is complete up to its number, and the events after it
follow. It is used again for as long as few of them do, and for a time of four readings at most, so
that reading takes a fifth of one processor at most however many come, and what changes without
an event is old for no longer than that.
"""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from creditor_meetings.meetings.models import Meeting
from creditor_meetings.realtime import snapshot
from creditor_meetings.realtime.snapshot import Shared
from creditor_meetings.realtime.threads import in_thread

MOST_EVENTS_BEHIND = 300
SHORTEST_SECONDS = 0.25
LONGEST_SECONDS = 5.0
READINGS_KEPT = 4

Key = tuple[int, str, bool]
"""A meeting (id and slug) and whether it is its staff."""

_READERS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="shared")


@dataclass(frozen=True)
class _Kept:
    shared: Shared
    until: float


class SharedParts:
    """The parts that this process keeps, of every meeting that somebody comes into."""

    def __init__(self) -> None:
        self._kept: dict[Key, _Kept] = {}
        self._reading: dict[Key, asyncio.Task[Shared]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self.readings = 0

    async def get(self, meeting: Meeting, *, staff: bool, at_least: int) -> Shared:
        """Return what an audience shares, complete at least to event number `at_least`.

        Read once for all who wait for it; call on the event loop.
        """
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop, self._kept, self._reading = loop, {}, {}
        key = (meeting.pk, meeting.slug, staff)
        while True:
            kept = self._kept.get(key)
            if kept is not None and kept.shared.seq >= at_least and time.monotonic() < kept.until:
                return kept.shared
            reading = self._reading.get(key)
            if reading is None:
                reading = self._reading[key] = loop.create_task(self._read(key))
            # What was begun before we came may be too old for us; a second reading is not.
            await asyncio.wait({reading})
            if (error := reading.exception()) is not None:
                raise error

    async def _read(self, key: Key) -> Shared:
        meeting_id, _slug, staff = key
        self.readings += 1
        began = time.monotonic()
        try:
            shared = await in_thread(snapshot.shared_part, _READERS)(meeting_id, staff=staff)
            ended = time.monotonic()
            keep = min(max(SHORTEST_SECONDS, READINGS_KEPT * (ended - began)), LONGEST_SECONDS)
            self._kept[key] = _Kept(shared, ended + keep)
            self._forget_later(key, keep)
            return shared
        finally:
            del self._reading[key]

    def _forget_later(self, key: Key, seconds: float) -> None:
        loop, kept = asyncio.get_running_loop(), self._kept[key]

        def forget() -> None:
            if self._kept.get(key) is kept:
                del self._kept[key]

        loop.call_later(seconds, forget)


shared_parts = SharedParts()
