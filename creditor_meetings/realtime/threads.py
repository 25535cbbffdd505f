"""Database work off the event loop, on a few threads of the room's own."""

from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from channels.db import DatabaseSyncToAsync

Result = TypeVar("Result")

# asgiref's default is one thread for the whole process, which would put every room in one line.
_POOL = ThreadPoolExecutor(max_workers=8, thread_name_prefix="room")


def in_thread(work: Callable[..., Result]) -> Callable[..., Awaitable[Result]]:
    """Return `work` as a coroutine function that runs on one of the room's threads."""
    return DatabaseSyncToAsync(work, thread_sensitive=False, executor=_POOL)
