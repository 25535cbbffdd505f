"""Sockets answer pages of our own host only."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import validate_host

App = Callable[[dict[str, Any], Callable, Callable], Awaitable[None]]


class SameOriginOnly:
    """Refuse a socket whose Origin is another host than the one it was opened on.

    Browsers always send Origin with a socket, and send the session cookie to it from any page;
    without this, a foreign page could act in the name of whoever is signed in.
    """

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: dict[str, Any], receive: Callable, send: Callable) -> None:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        if not same_origin(headers.get(b"origin", ""), headers.get(b"host", "")):
            await receive()
            await send({"type": "websocket.close", "code": 4403})
            return
        await self.app(scope, receive, send)


def same_origin(origin: str, host: str) -> bool:
    """Whether `origin` is a page of `host`, and the host is one of ours."""
    try:
        parts = urlsplit(origin)
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    own = parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower()
    return own and validate_host(name, settings.ALLOWED_HOSTS)
