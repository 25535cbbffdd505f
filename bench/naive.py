"""The naive design as an application for Daphne: `bench.naive:application`."""

from typing import Any

from django.core.asgi import get_asgi_application


def compose() -> Any:
    """Set Django up, then put the stock parts together as the manual does."""
    get_asgi_application()
    from channels.auth import AuthMiddlewareStack
    from channels.routing import ProtocolTypeRouter, URLRouter
    from django.urls import path

    from bench.naive_hall import Hall

    rooms = URLRouter([path("naive/", Hall.as_asgi())])
    return ProtocolTypeRouter({"websocket": AuthMiddlewareStack(rooms)})


application = compose()
