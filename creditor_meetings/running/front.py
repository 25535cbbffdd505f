"""What stands around the whole application: numbers each request and socket, counts, ends gently.

The number goes into every line of the log that the request brings about, and back to the
browser (`X-Request-ID`), so that somebody who was refused can be helped by it. nginx gives it;
without a proxy of ours whoever asks could write what he likes into our log, so we make one.
"""

import asyncio
import logging
import re
import time
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from functools import partial
from typing import Any

from django.conf import settings

from creditor_meetings.realtime import close_codes, events_http, transport
from creditor_meetings.running import http_figures, log_lines

log = logging.getLogger("creditor_meetings.requests")

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]

_GOOD_ID = re.compile(rb"[0-9A-Za-z-]{8,64}")

servers: set[Any] = set()
"""Daphne's server objects whose sockets came by here."""

ending = False
"""Whether this process takes no new sockets, since it ends."""

over = False
"""Whether its loop is about to stop: what is begun now will not be answered."""


class Front:
    """The outermost layer (ASGI)."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if over:
            # The connection breaks, and a proxy asks another process.
            await asyncio.get_running_loop().create_future()
        number = _number(scope)
        token = log_lines.request_id.set(number)
        try:
            if scope["type"] == "http":
                await self._answer(scope, receive, send, number)
            elif scope["type"] == "websocket":
                await self._socket(scope, receive, send)
            else:
                await self.application(scope, receive, send)
        finally:
            log_lines.request_id.reset(token)

    async def _answer(
        self, scope: dict[str, Any], receive: Receive, send: Send, number: str
    ) -> None:
        began = time.monotonic()
        status = 0

        async def numbered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message.get("headers", ()),
                    (b"X-Request-ID", number.encode()),
                ]
                self._note(scope, status, time.monotonic() - began)
            await send(message)

        # A stream of events ends with its reader or its server, not with an answer.
        counts = 0 if scope["path"].endswith("/events/") else 1
        http_figures.figures.under_way += counts
        try:
            await self.application(scope, receive, numbered)
        except asyncio.CancelledError:
            raise
        except Exception:
            if not status:
                self._note(scope, 500, time.monotonic() - began)
            raise
        finally:
            http_figures.figures.under_way -= counts

    def _note(self, scope: dict[str, Any], status: int, seconds: float) -> None:
        view = scope.get("creditor_meetings.view") or _aside(scope["path"])
        room = view.partition(":")[0] if ":" in view else view
        http_figures.answered(room, scope["method"], status, seconds)
        if view in QUIET:
            return
        level = logging.ERROR if status >= 500 else logging.INFO
        figures = {
            "method": scope["method"], "view": view, "status": status,
            "milliseconds": round(seconds * 1000),
        }  # fmt: skip
        said = f"{figures['method']} {view} {status} in {figures['milliseconds']} ms"
        log.log(level, "%s", said, extra={"figures": figures})

    async def _socket(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        kind = _kind(scope["path"])
        if ending:
            await receive()
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.close", "code": close_codes.RESTARTING})
            return
        figures = http_figures.figures
        figures.sockets[kind] = figures.sockets.get(kind, 0) + 1
        figures.joined[kind] = figures.joined.get(kind, 0) + 1
        protocol = transport.reach(scope)
        if protocol is not None:
            servers.add(protocol.server)
        over = partial(_socket_over, kind)
        try:
            await self.application(scope, receive, send)
        finally:
            # A room's application returns once the person is in; its socket stays.
            attendance = transport.attendance(scope)
            if attendance is None:
                over()
            else:
                attendance.add_done_callback(over)


def _socket_over(kind: str, _attendance: object = None) -> None:
    http_figures.figures.sockets[kind] -= 1


QUIET = frozenset(
    {"healthz", "readyz", "running:metrics", "running:operator_now", "hls", "static", "events"}
)
"""Views that are asked every few seconds: counted, not logged."""


def _number(scope: dict[str, Any]) -> str:
    if settings.BEHIND_PROXY:
        for name, value in scope.get("headers", ()):
            if name == b"x-request-id" and _GOOD_ID.fullmatch(value):
                return str(value.decode("ascii"))
    return uuid.uuid4().hex[:16]


def _aside(path: str) -> str:
    """Name what no view of Django's answered, by the first word of the address if it is ours."""
    if events_http.is_for(path):
        return "events"  # many of which wait on purpose: figures of their own
    first = path.split("/", 2)[1] if path.startswith("/") else ""
    return first if first in ("hls", "static") else "none"


def _kind(path: str) -> str:
    return "video" if "/video/" in path else "room"


class ViewMiddleware:
    """Tells `Front` which view answers, by its name: an address may hold a token."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> Any:
        return self.get_response(request)

    def process_view(self, request: Any, view: Any, _args: Any, _kwargs: Any) -> None:
        """Note the view's name."""
        scope = getattr(request, "scope", None)
        if scope is not None and request.resolver_match is not None:
            match = request.resolver_match
            scope["creditor_meetings.view"] = match.view_name or getattr(view, "__name__", "none")
