"""The way out to one open room: frames are written in order, without waiting, or not at all.

Whoever writes never waits for a reader. What a reader leaves unread is bounded; beyond that its
line is cut, and it resumes by `after` when it comes back.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any, Protocol, runtime_checkable

from creditor_meetings.realtime import figures
from creditor_meetings.realtime.frames import Frame

logger = logging.getLogger(__name__)

MOST_WAITING = 1024 * 1024
"""Bytes that may wait for a reader, beyond the one frame that is on its way."""
STUCK_SECONDS = 30.0
"""A reader that takes nothing at all for so long, though something waits for it, is cut off."""

Send = Callable[[str], Awaitable[None]]


@runtime_checkable
class Line(Protocol):
    """What the hub needs of an open room."""

    @property
    def behind(self) -> bool:
        """Whether something was written that the reader may not have taken yet."""

    def write(self, frame: Frame) -> bool:
        """Write a frame, now or in its turn; False when the line is closed or was cut."""

    def check(self) -> bool:
        """Cut the line if its reader has taken nothing for long; whether it still stands."""


class TextLine:
    """A line over somebody's own `send(text)`, which may wait: the rest queues behind it."""

    __slots__ = ("_queue", "_queued", "_send", "_since", "_task", "on_cut", "open")

    def __init__(self, send: Send, on_cut: Callable[[], None] | None = None) -> None:
        self._send = send
        self._queue: deque[str] = deque()
        self._queued = 0
        self._since = 0.0
        self._task: asyncio.Task[None] | None = None
        self.on_cut = on_cut
        self.open = True

    def write(self, frame: Frame) -> bool:
        """Send at once what can be sent without waiting, queue the rest."""
        if self._task is not None and (self._queued > MOST_WAITING or not self.check()):
            self._cut()
        if not self.open:
            return False
        figures.frames_asgi += len(frame.texts)
        for text in frame.texts:
            if self._task is not None:
                self._queue.append(text)
                self._queued += len(text)
                continue
            rest = _begin(self._send(text))
            if rest is not None:
                loop = asyncio.get_running_loop()
                self._since = loop.time()
                self._task = loop.create_task(self._go_on(rest))
        return True

    @property
    def behind(self) -> bool:
        """Whether a send is not done yet."""
        return self._task is not None

    def check(self) -> bool:
        """Cut the line if one send takes for ever."""
        if self._task is not None:
            late = asyncio.get_running_loop().time() - self._since > STUCK_SECONDS
            if late:
                self._cut()
        return self.open

    async def _go_on(self, rest: Awaitable[None]) -> None:
        loop = asyncio.get_running_loop()
        try:
            await rest
            while self._queue:
                self._since = loop.time()
                text = self._queue.popleft()
                self._queued -= len(text)
                await self._send(text)
        except Exception:
            logger.info("a socket went away while it was written to")
            self.open = False
        finally:
            self._task = None

    def _cut(self) -> None:
        if not self.open:
            return
        self.open = False
        self._queue.clear()
        self._queued = 0
        figures.dropped_slow += 1
        if self._task is not None:
            self._task.cancel()
        if self.on_cut is not None:
            self.on_cut()


def _begin(sending: Awaitable[None]) -> Awaitable[None] | None:
    """Run `sending` until it waits; return what is left of it, None when it is done."""
    if not isinstance(sending, Coroutine):
        return sending
    try:
        waits_for = sending.send(None)
    except StopIteration:
        return None
    return _Rest(sending, waits_for)


class _Rest:
    """A coroutine that already waits for something: awaiting this goes on with it."""

    def __init__(self, coroutine: Coroutine[Any, Any, None], waits_for: Any) -> None:
        self._coroutine = coroutine
        self._waits_for = waits_for

    def __await__(self) -> Generator[Any, Any, None]:
        waits_for = self._waits_for
        while True:
            error: BaseException | None = None
            got = None
            try:
                got = yield waits_for
            except BaseException as thrown:
                error = thrown
            try:
                if error is None:
                    waits_for = self._coroutine.send(got)
                else:
                    waits_for = self._coroutine.throw(error)
            except StopIteration:
                return
