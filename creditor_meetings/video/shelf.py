"""Writing a part's fragments to the store, in order, beside the stream."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from creditor_meetings.cases import clock
from creditor_meetings.video.media import Fragment, Init
from creditor_meetings.video.store import Store

log = logging.getLogger(__name__)

Result = TypeVar("Result")

# A disk that hangs must hold up neither the event loop nor the database's threads.
_DISK = ThreadPoolExecutor(max_workers=4, thread_name_prefix="recording")
MOST_WAITING = 2_000


async def on_disk(work: Callable[..., Result], *args: Any) -> Result:
    """Run work that waits for a disk on a thread of its own."""
    return await asyncio.get_running_loop().run_in_executor(_DISK, work, *args)


class Shelf:
    """Puts what comes into a `Store`; a disk that does not keep up loses it, not the meeting."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: deque[tuple[Any, ...]] = deque()
        self._writing: asyncio.Task[None] | None = None
        self._failed = False

    def begin(self, rendition: str, init: Init) -> None:
        """Keep the head of a rendition."""
        self._put(self._store.begin, rendition, init)

    def append(self, rendition: str, fragment: Fragment) -> None:
        """Keep a piece, with the moment it came."""
        self._put(self._store.append, rendition, fragment, clock.now())

    def forget(self) -> None:
        """Keep only what live viewers need: the part is not recorded."""
        self._put(self._store.forget)

    def _put(self, *work: Any) -> None:
        if self._failed:
            return
        if len(self._waiting) > MOST_WAITING:
            self._fail(OSError("the disk does not keep up"))
            return
        self._waiting.append(work)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.ensure_future(self._write())

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, deque()
            try:
                await on_disk(_do_all, batch)
            except Exception as problem:
                self._fail(problem)

    def _fail(self, problem: Exception) -> None:
        # Live viewers go on over their sockets; HLS and the copy end here.
        log.error("fragments cannot be kept: %s", problem)
        self._failed = True
        self._waiting.clear()

    async def close(self) -> None:
        """Keep what still waits, and mark the end."""
        if self._writing is not None:
            await asyncio.wait({self._writing})
        try:
            await on_disk(self._store.close)
        except Exception:
            log.exception("the store of fragments was not closed cleanly")


def _do_all(batch: deque[tuple[Any, ...]]) -> None:
    for work, *args in batch:
        work(*args)
