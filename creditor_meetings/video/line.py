"""The line to one viewer: bounded, and when it is full it skips to the next keyframes."""

import asyncio
import time
from collections import deque
from collections.abc import Callable

from creditor_meetings.video.frames import End, Head, Piece, Skipped

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


Item = Head | Piece | End | Skipped


class Line:
    """A `Listener` that somebody empties with `next`, at whatever speed; for all streams at once.

    Streams that overfill it skip together: which of them fills it is the network's matter.
    """

    def __init__(self, window: Window | None = None) -> None:
        self._window = window
        self._waiting: deque[Item] = deque()
        self._queued = 0
        # Streams whose next piece must be a keyframe.
        self._skipping: set[int] = set()
        self._news = asyncio.Event()

    def begin(self, head: Head) -> None:
        """Start a stream over with a new head."""
        self.forget(head.stream)
        self._skipping.add(head.stream)
        self._put(head)

    def push(self, piece: Piece) -> None:
        """Queue a piece, or skip when the viewer does not keep up."""
        if self._is_full():
            self._skip(piece.stream)
            return
        if piece.stream in self._skipping:
            if not piece.key:
                return
            self._skipping.discard(piece.stream)
        self._queued += piece.size
        self._put(piece)

    def end(self, stream: int) -> None:
        """Queue the end of a stream."""
        self._skipping.add(stream)
        self._put(End(stream))

    def forget(self, stream: int) -> None:
        """Leave out whatever still waits of a stream."""
        self._keep(lambda item: item.stream != stream)

    def _is_full(self) -> bool:
        return self._queued > MAX_QUEUED or (self._window is not None and self._window.is_full)

    def _skip(self, stream: int) -> None:
        dropped = {one.stream for one in self._waiting if isinstance(one, Piece)}
        if stream not in self._skipping:
            dropped.add(stream)
        self._keep(lambda item: not isinstance(item, Piece))
        for one in sorted(dropped):
            self._skipping.add(one)
            self._put(Skipped(one))

    def _keep(self, kept: Callable[[Item], bool]) -> None:
        self._waiting = deque(item for item in self._waiting if kept(item))
        self._queued = sum(item.size for item in self._waiting if isinstance(item, Piece))

    def _put(self, item: Item) -> None:
        self._waiting.append(item)
        self._news.set()

    async def next(self) -> Item:
        """Return what comes next."""
        while not self._waiting:
            self._news.clear()
            await self._news.wait()
        item = self._waiting.popleft()
        if isinstance(item, Piece):
            self._queued -= item.size
        return item
