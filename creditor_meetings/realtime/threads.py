"""Database work off the event loop, on a few threads of the room's own."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from asgiref.sync import SyncToAsync
from django.db import connections

Result = TypeVar("Result")

# asgiref's default is one thread for the whole process, which would put every room in one line.
_POOL = ThreadPoolExecutor(max_workers=8, thread_name_prefix="room")


def in_thread(
    work: Callable[..., Result], pool: ThreadPoolExecutor = _POOL
) -> Callable[..., Awaitable[Result]]:
    """Return `work` as a coroutine function that runs on one of the room's threads."""
    return _Kept(work, thread_sensitive=False, executor=pool)


class _Kept(SyncToAsync):
    """Work on a thread that stays, and keeps its connection to the database.

    Opening one takes longer than most of what is asked of it. On PostgreSQL it lives as long as
    the settings say; one that failed is closed.
    """

    def thread_handler(self, loop: asyncio.AbstractEventLoop, *args: Any, **kwargs: Any) -> Any:
        """Run on the thread."""
        look_after_connections()
        try:
            return super().thread_handler(loop, *args, **kwargs)
        finally:
            look_after_connections()


def look_after_connections() -> None:
    """Keep this thread's connections for its next work, but for those that failed or are old."""
    for one in connections.all(initialized_only=True):
        if one.vendor == "sqlite":
            # A file beside us does not go away by itself.
            one.close_at = None
        one.close_if_unusable_or_obsolete()
