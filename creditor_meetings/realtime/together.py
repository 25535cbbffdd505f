"""Work of many done together: what is asked while a batch is done goes into the next one.

When ten thousand people come within a minute, the database is asked for a hundred of them at a
time, by one thread, in the order in which they came.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from django.db import Error as DatabaseError

from creditor_meetings.realtime.threads import in_thread

logger = logging.getLogger(__name__)

Asked = TypeVar("Asked")
Given = TypeVar("Given")


class Together(Generic[Asked, Given]):
    """A line of people at a door, let in by the batch.

    `work(batch)` runs on a thread and gives, for each of the batch in its order, what was asked
    for or the exception with which it was refused.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[Sequence[Asked]], Sequence[Given | BaseException]],
        *,
        most: int = 100,
    ) -> None:
        self.name = name
        self._work = work
        self._most = most
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._queue: deque[tuple[Asked, asyncio.Future[Given]]] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._seconds_each = 0.0

    async def ask(self, asked: Asked) -> Given:
        """Wait for one's turn, and return what was asked for; a refusal is raised."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop, self._task = loop, None
            self._queue.clear()
        future: asyncio.Future[Given] = loop.create_future()
        self._queue.append((asked, future))
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._go_on(), name=f"{self.name} in line")
        return await future

    @property
    def waiting(self) -> int:
        """How many stand in line."""
        return len(self._queue)

    @property
    def expected_seconds(self) -> float:
        """About how long whoever comes now will wait."""
        return self.waiting * self._seconds_each

    async def _go_on(self) -> None:
        while self._queue:
            batch = self._next()
            if not batch:
                continue
            began = time.monotonic()
            try:
                given = await in_thread(self._do, self._pool)([asked for asked, _future in batch])
            except Exception as error:
                given = [error] * len(batch)
            self._learn((time.monotonic() - began) / len(batch))
            for (_asked, future), answer in zip(batch, given, strict=True):
                if future.done():
                    continue
                if isinstance(answer, BaseException):
                    future.set_exception(answer)
                else:
                    future.set_result(answer)

    def _next(self) -> list[tuple[Asked, "asyncio.Future[Given]"]]:
        batch: list[tuple[Asked, asyncio.Future[Given]]] = []
        while self._queue and len(batch) < self._most:
            asked, future = self._queue.popleft()
            # Whoever gave up meanwhile costs nothing more.
            if not future.done():
                batch.append((asked, future))
        return batch

    def _learn(self, seconds_each: float) -> None:
        self._seconds_each += (seconds_each - self._seconds_each) / 4

    def _do(self, batch: Sequence[Asked]) -> Sequence[Given | BaseException]:
        try:
            return self._work(batch)
        except Exception as error:
            if isinstance(error, DatabaseError) or len(batch) == 1:
                logger.exception("%s: %d could not be served", self.name, len(batch))
                return [error] * len(batch)
            # One with whom something is wrong must not fail those who came with him.
            logger.warning("%s: a batch failed, each is tried alone", self.name, exc_info=True)
            return [self._do([asked])[0] for asked in batch]
