"""What a process knows of the broadcasts that are read by HLS: looked at once for all who ask."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from creditor_meetings.realtime.threads import in_thread
from creditor_meetings.video.hls import Piece, Reader
from creditor_meetings.video.models import ACTIVE_STATES, Broadcast

FRESH_SECONDS = 0.15
"""How old what we know may be; a growing index is looked at so often while anybody asks."""
STATE_SECONDS = 1.0
"""How often the database is asked whether a broadcast that brings nothing goes on."""
SILENT_SECONDS = 10.0
"""After so long without anything, a broadcast that is over and has no end brings nothing more:
whoever wrote it died, while a busy worker may only be late."""
IDLE_SECONDS = 120.0
MOST_BROADCASTS = 64
CACHE_BYTES = 16 * 1024 * 1024
"""Of segments in memory: the newest are asked for by everybody."""

Result = TypeVar("Result")

# A disk that hangs must hold up neither the event loop nor the database's threads.
_DISK = ThreadPoolExecutor(max_workers=4, thread_name_prefix="hls")


async def on_disk(work: Callable[..., Result], *args: object) -> Result:
    """Do what may wait for the disk."""
    return await asyncio.get_running_loop().run_in_executor(_DISK, work, *args)


class Live:
    """A broadcast, as far as this process has read it."""

    def __init__(self, meeting_id: int, broadcast_id: int) -> None:
        self.reader = Reader(meeting_id, broadcast_id)
        self.exists = True
        self.used = time.monotonic()
        self._key = (meeting_id, broadcast_id)
        self._looked = -IDLE_SECONDS
        self._grew = -IDLE_SECONDS
        self._asked = -IDLE_SECONDS
        self._looking: asyncio.Task[None] | None = None
        self._polling: asyncio.Task[None] | None = None
        self._waiting = 0
        self._news = asyncio.Event()

    async def look(self) -> None:
        """See to it that what is known is not older than `FRESH_SECONDS`."""
        if time.monotonic() - self._looked < FRESH_SECONDS or self.reader.over:
            return
        if self._looking is None or self._looking.done():
            self._looking = asyncio.ensure_future(self._look())
        # Shielded: who goes away does not take the others' look with him.
        await asyncio.shield(self._looking)

    async def _look(self) -> None:
        changed = await on_disk(self.reader.read_on)
        now = time.monotonic()
        if changed:
            self._grew = now
        if now - max(self._grew, self._asked) > STATE_SECONDS or self._asked < 0:
            changed = await self._ask(now) or changed
        self._looked = time.monotonic()
        if changed:
            news, self._news = self._news, asyncio.Event()
            news.set()

    async def _ask(self, now: float) -> bool:
        """Ask whether the broadcast goes on; whether it was found to be over."""
        self._asked = now
        found = await in_thread(_state_and_part)(*self._key)
        self.exists = found is not None
        if found is not None:
            state, last = found
            if state in ACTIVE_STATES:
                return False
            # A worker may still be giving out the last part, which need not have begun here yet.
            if not self.reader.complete(last) and now - self._grew < SILENT_SECONDS:
                return False
        await on_disk(self.reader.finish)
        return True

    async def until(self, met: Callable[[], bool], seconds: float) -> None:
        """Wait until something is known, the broadcast is over, or the time is up."""
        await self.look()
        self._waiting += 1
        try:
            async with asyncio.timeout(seconds):
                while not (met() or self.reader.over or not self.exists):
                    if self._polling is None or self._polling.done():
                        self._polling = asyncio.ensure_future(self._poll())
                    await self._news.wait()
        except TimeoutError:
            pass
        finally:
            self._waiting -= 1

    async def _poll(self) -> None:
        """Look again and again, one for all, as long as somebody waits."""
        while self._waiting and not self.reader.over:
            await asyncio.sleep(FRESH_SECONDS)
            await self.look()


def _state_and_part(meeting_id: int, broadcast_id: int) -> tuple[str, int] | None:
    """Return a broadcast's state, and the number of its last part."""
    found = Broadcast.objects.filter(pk=broadcast_id, meeting_id=meeting_id)
    return found.values_list("state", "session").first()


class Registry:
    """The broadcasts that are being read; those that nobody reads are forgotten."""

    def __init__(self) -> None:
        self._live: OrderedDict[tuple[int, int], Live] = OrderedDict()

    async def find(self, meeting_id: int, broadcast_id: int) -> Live | None:
        """Return a broadcast, freshly looked at; None where the meeting has no such."""
        key = (meeting_id, broadcast_id)
        found = self._live.get(key) or Live(*key)
        found.used = time.monotonic()
        await found.look()
        if not found.exists:
            self._live.pop(key, None)
            return None
        self._live[key] = found
        self._live.move_to_end(key)
        self._forget()
        return found

    def _forget(self) -> None:
        oldest = next(iter(self._live.values()))
        if len(self._live) > MOST_BROADCASTS or time.monotonic() - oldest.used > IDLE_SECONDS:
            self._live.popitem(last=False)


class Pieces:
    """Pieces of files, the last ones in memory."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Piece, bytes] = OrderedDict()
        self._bytes = 0

    async def read(self, piece: Piece) -> bytes:
        """Return the bytes of a piece; FileNotFoundError where its part was removed."""
        if piece in self._kept:
            self._kept.move_to_end(piece)
            return self._kept[piece]
        data = await on_disk(_read, piece)
        if piece not in self._kept:
            self._kept[piece] = data
            self._bytes += len(data)
        while self._bytes > CACHE_BYTES:
            self._bytes -= len(self._kept.popitem(last=False)[1])
        return data


def _read(piece: Piece) -> bytes:
    with piece.file.open("rb") as file:
        file.seek(piece.offset)
        data = file.read(piece.length)
    if len(data) < piece.length:
        raise FileNotFoundError(f"{piece.file} ends within a segment")
    return data


registry = Registry()
pieces = Pieces()
