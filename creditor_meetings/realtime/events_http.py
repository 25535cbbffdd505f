"""The room's events by HTTP, for whoever's network lets no socket through.

`GET /meetings/<id>/events/?after=N` is a stream (Server-Sent Events) of the socket's own frames;
with `poll=1` it answers a list of them as soon as there are some, for proxies that hold streams
back. Who may have what is decided where it is for the socket: by `Entry` and the hub. It is a slim
ASGI application beside Django: whoever listens costs no thread.
"""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.http.request import validate_host

from creditor_meetings.cases.errors import Refused
from creditor_meetings.realtime.events_answers import Receive, Send, refuse
from creditor_meetings.realtime.events_listeners import POLL_SECONDS, Poll, Stream
from creditor_meetings.realtime.origin import same_origin
from creditor_meetings.realtime.person import headers_of

ADDRESS = re.compile(r"/meetings/([-a-zA-Z0-9_]{1,60})/events/")


def is_for(path: str) -> bool:
    """Whether an address is one of ours."""
    return ADDRESS.fullmatch(path) is not None


async def serve(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Answer a request for events (ASGI); the scope knows the session's user."""
    match = ADDRESS.fullmatch(scope["path"])
    if match is None or not _known_host(scope):
        await refuse(scope, send, Refused("bad_request", ""), 400)
    elif scope["method"] != "GET":
        await refuse(scope, send, Refused("bad_request", "GET"), 405)
    elif _from_elsewhere(scope):
        await refuse(scope, send, Refused("not_allowed", ""), 403)
    else:
        route = {"args": (), "kwargs": {"meeting": match[1]}}
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        asked = {**scope, "url_route": route, "query_string": _resumed(scope)}
        if "poll" in query:
            patience = 0.0 if query.get("wait") == ["0"] else POLL_SECONDS
            await Poll(asked, receive, send, patience).live()
        else:
            await Stream(asked, receive, send).live()


def _known_host(scope: dict[str, Any]) -> bool:
    try:
        name = urlsplit(f"//{headers_of(scope).get('host', '')}").hostname or ""
    except ValueError:
        return False
    return validate_host(name, settings.ALLOWED_HOSTS)


def _from_elsewhere(scope: dict[str, Any]) -> bool:
    """Whether a page of another host asks; browsers say so."""
    headers = headers_of(scope)
    origin = headers.get("origin", "")
    if origin and not same_origin(origin, headers.get("host", "")):
        return True
    return headers.get("sec-fetch-site", "none") not in ("none", "same-origin")


def _resumed(scope: dict[str, Any]) -> bytes:
    """Return the query; a browser's own EventSource says in a header how far it had come."""
    last = headers_of(scope).get("last-event-id", "")
    if last.isascii() and last.isdigit():
        return f"after={last}".encode()
    query: bytes = scope.get("query_string", b"")
    return query
