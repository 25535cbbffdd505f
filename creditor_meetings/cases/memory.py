"""What is remembered for a while and may be forgotten: counts of tries, and the like.

Redis remembers it for all processes. While Redis does not answer each process remembers for
itself: nobody waits for it, no page fails for want of it, and limits still hold.
"""

import logging
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

log = logging.getLogger(__name__)

ANSWER_SECONDS = 1.0
"""So long Redis has for an answer."""
AWAY_SECONDS = 5.0
"""So long it is not asked again after it gave none."""

# By server, for the whole process: every thread has a cache of its own.
_away_until: dict[str, float] = {}


class OwnMemory(LocMemCache):
    """This process's own memory; a clock that is set does not change how long it remembers."""

    def get_backend_timeout(self, timeout: float | None = DEFAULT_TIMEOUT) -> float | None:
        """Return the moment (monotonic) when a value is forgotten, None for never."""
        if timeout == DEFAULT_TIMEOUT:
            timeout = self.default_timeout
        return None if timeout is None else time.monotonic() + timeout

    def _has_expired(self, key: str) -> bool:
        until = self._expire_info.get(key, -1)  # type: ignore[attr-defined]
        return until is not None and until <= time.monotonic()


def _or_by_itself(name: str) -> Callable[..., Any]:
    asked = getattr(RedisCache, name)

    @wraps(asked)
    def method(self: "SharedMemory", *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() >= _away_until.get(self.server, 0):
            try:
                return asked(self, *args, **kwargs)
            except (RedisError, OSError):
                log.warning("Redis does not answer; this process remembers for itself")
                _away_until[self.server] = time.monotonic() + AWAY_SECONDS
        return getattr(self.own, name)(*args, **kwargs)

    return method


class SharedMemory(RedisCache):
    """What all processes remember together, in Redis; each by itself while that is away."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        waiting = {
            "socket_timeout": ANSWER_SECONDS,
            "socket_connect_timeout": ANSWER_SECONDS,
            "retry": Retry(NoBackoff(), 0),
        }
        super().__init__(server, {**params, "OPTIONS": {**waiting, **params.get("OPTIONS", {})}})
        self.server = server
        self.own = OwnMemory(f"beside {server}", params)

    add = _or_by_itself("add")
    get = _or_by_itself("get")
    set = _or_by_itself("set")
    touch = _or_by_itself("touch")
    delete = _or_by_itself("delete")
    get_many = _or_by_itself("get_many")
    has_key = _or_by_itself("has_key")
    incr = _or_by_itself("incr")
    set_many = _or_by_itself("set_many")
    delete_many = _or_by_itself("delete_many")
