"""What a join is measured against, as an application for Daphne: `bench.naive_joining:application`.

`/ws/naive/<meeting>/` lets people in as one writes it first: session, roles and every section of
the snapshot are read for each of them. `/ws/bare/` accepts, and sends everybody the same bytes.
"""

from collections.abc import Callable
from typing import Any

from django.core.asgi import get_asgi_application

BARE = '{"type":"snapshot","seq":1,"data":{"padding":"' + "x" * 10_000 + '"}}'


async def bare(scope: dict[str, Any], receive: Callable, send: Callable) -> None:
    """Accept, send a snapshot's worth of bytes, and stay."""
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": BARE})
    while (await receive())["type"] != "websocket.disconnect":
        pass


async def naive(scope: dict[str, Any], receive: Callable, send: Callable) -> None:
    """Read all of the state for this one person, and stay."""
    from creditor_meetings.meetings.access import access_meeting
    from creditor_meetings.realtime import snapshot
    from creditor_meetings.realtime.frames import dumps
    from creditor_meetings.realtime.threads import in_thread

    await receive()
    await send({"type": "websocket.accept"})
    name = scope["url_route"]["kwargs"]["meeting"]
    meeting, viewer = await in_thread(access_meeting)(scope["user"], name)
    seq, state = await in_thread(snapshot.take)(meeting, viewer)
    text = dumps({"type": "snapshot", "seq": seq, "data": state})
    await send({"type": "websocket.send", "text": text})
    while (await receive())["type"] != "websocket.disconnect":
        pass


def compose() -> Any:
    """Set Django up, then put the stock parts together as the manual does."""
    get_asgi_application()
    from channels.auth import AuthMiddlewareStack
    from channels.routing import ProtocolTypeRouter, URLRouter
    from django.urls import path

    rooms = [
        path("ws/bare/", bare),
        path("ws/naive/<slug:meeting>/", AuthMiddlewareStack(naive)),
    ]
    return ProtocolTypeRouter({"websocket": URLRouter(rooms)})


application = compose()
