"""So many files and sockets a process may have open; the last of them are kept for its work.

Whoever is in a room needs no new socket, but what is done for them does: a connection to the
database, a file, a process that draws. Newcomers are therefore turned away, with a word that they
should come again, before the last is gone. Names of Daphne and Twisted are used; both are pinned.
"""

import logging
import os
import resource
import time
from typing import Any

from daphne.http_protocol import HTTPFactory
from twisted.internet.protocol import Protocol

log = logging.getLogger(__name__)

WANTED = 65_536
RESERVE = 128
"""Kept for work; of a very small limit half."""
BEFORE_TURNED = 5.0
"""Seconds for somebody who is turned away to say what was wanted."""
SAY_AGAIN_SECONDS = 30.0

_TEXT = (
    "现在进入的人过多，请过几秒再试；网页会自动重新连接。 "
    "Too many are coming in right now; please try again in a few seconds."
)


class Turned(Protocol):
    """Somebody who came when there was no room: told so, once heard, and let go."""

    def connectionMade(self) -> None:  # noqa: N802
        """Wait for a word, not for long."""
        from twisted.internet import reactor  # only there once Daphne has chosen its own

        later: Any = reactor
        self._leave = later.callLater(BEFORE_TURNED, self._abort)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        """Answer whatever is asked."""
        body = _TEXT.encode()
        head = (
            "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\n"
            f"Content-Length: {len(body)}\r\nRetry-After: 5\r\nCache-Control: no-store\r\n"
            "X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
        )
        self._transport.write(head.encode() + body)
        self._transport.loseConnection()

    def connectionLost(self, reason: Any = None) -> None:  # noqa: N802
        """Forget it."""
        if self._leave.active():
            self._leave.cancel()

    @property
    def _transport(self) -> Any:
        return self.transport

    def _abort(self) -> None:
        self._transport.abortConnection()


def raise_limit() -> None:
    """Take as many files as the system grants, up to `WANTED`: shells often grant 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    granted = WANTED if hard == resource.RLIM_INFINITY else min(hard, WANTED)
    if soft != resource.RLIM_INFINITY and soft < granted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (granted, hard))


def left() -> int:
    """Return how many more files may be opened, as near as can be told at once."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if limit == resource.RLIM_INFINITY:
        return WANTED
    try:
        # The system gives the lowest free number.
        lowest = os.dup(0)
    except OSError:
        return 0
    os.close(lowest)
    return limit - lowest


def reserve() -> int:
    """Return how many files are kept for work."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return RESERVE if limit == resource.RLIM_INFINITY else min(RESERVE, limit // 2)


def install() -> None:
    """Raise the limit, and put the guard into Daphne, once."""
    global _installed
    if _installed:
        return
    _installed = True
    raise_limit()
    build = HTTPFactory.buildProtocol

    def guarded(self: Any, address: Any) -> Any:
        free, kept = left(), reserve()
        if free > kept:
            return build(self, address)
        _complain(free)
        # Those who are being told have a socket too; the very last are for work alone.
        return Turned() if free > kept // 2 else None

    HTTPFactory.buildProtocol = guarded


def _complain(free: int) -> None:
    global _complained
    if time.monotonic() - _complained >= SAY_AGAIN_SECONDS:
        _complained = time.monotonic()
        log.error("only %s more files may be opened: newcomers are turned away", free)


_installed = False
_complained = -SAY_AGAIN_SECONDS
