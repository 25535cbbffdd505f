"""The line to one viewer: bounded, and when it is full it skips to the next keyframe."""

import asyncio
import time
from collections import deque

from creditor_meetings.video.media import Fragment, Init

MAX_QUEUED = 4 * 1024 * 1024
MAX_UNCONFIRMED = 8 * 1024 * 1024
MAX_UNCONFIRMED_SECONDS = 4.0


class Window:
    """How far what was sent is ahead of what the viewer says has arrived.

    The server under us takes whatever we write and keeps it in memory; only the viewer's own
    word tells that its network takes it too.
    """

    def __init__(self) -> None:
        self._sent = 0
        self._confirmed = 0
        self._open: deque[tuple[int, float]] = deque()

    def sent(self, count: int) -> None:
        """Note that `count` bytes were written."""
        self._sent += count
        self._open.append((self._sent, time.monotonic()))

    def confirm(self, total: int) -> bool:
        """Take the viewer's word that `total` bytes arrived; whether that can be."""
        if not self._confirmed <= total <= self._sent:
            return False
        self._confirmed = total
        while self._open and self._open[0][0] <= total:
            self._open.popleft()
        return True

    @property
    def seconds_behind(self) -> float:
        """How long the oldest piece that has not arrived is under way."""
        return time.monotonic() - self._open[0][1] if self._open else 0.0

    @property
    def is_full(self) -> bool:
        """Whether nothing more should be sent for now."""
        return (
            self.seconds_behind > MAX_UNCONFIRMED_SECONDS
            or self._sent - self._confirmed > MAX_UNCONFIRMED
        )


class Line:
    """A `Listener` that somebody empties with `next`, at whatever speed."""

    def __init__(self, window: Window | None = None) -> None:
        self._window = window
        self._waiting: deque[Init | Fragment | None] = deque()
        self._queued = 0
        self._skipping = True
        self._news = asyncio.Event()

    def begin(self, init: Init) -> None:
        """Start over with a new head."""
        self._waiting.clear()
        self._queued = 0
        self._skipping = True
        self._put(init)

    def push(self, fragment: Fragment) -> None:
        """Queue a piece, or skip it when the viewer does not keep up."""
        if self._is_full():
            self._drop_fragments()
            self._skipping = True
            return
        if self._skipping and not fragment.key:
            return
        self._skipping = False
        self._queued += len(fragment.data)
        self._put(fragment)

    def end(self) -> None:
        """Queue the end of the stream."""
        self._skipping = True
        self._put(None)

    def _is_full(self) -> bool:
        return self._queued > MAX_QUEUED or (self._window is not None and self._window.is_full)

    def _drop_fragments(self) -> None:
        kept = [one for one in self._waiting if not isinstance(one, Fragment)]
        self._waiting = deque(kept)
        self._queued = 0

    def _put(self, item: Init | Fragment | None) -> None:
        self._waiting.append(item)
        self._news.set()

    async def next(self) -> Init | Fragment | None:
        """Return what comes next: a head, a piece, or None where the stream ended."""
        while not self._waiting:
            self._news.clear()
            await self._news.wait()
        item = self._waiting.popleft()
        if isinstance(item, Fragment):
            self._queued -= len(item.data)
        return item
