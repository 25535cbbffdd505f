"""The composition root of the running server: pages by Django, rooms and video by socket."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creditor_meetings.config.settings")

from django.core.asgi import get_asgi_application

django_application = get_asgi_application()

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.sessions import CookieMiddleware
from django.urls import get_resolver, re_path

from creditor_meetings.config import (
    body_limit,
    database_patience,
    line_outside,
    open_files,
    request_connections,
    words,
)
from creditor_meetings.meetings import notice_delivery
from creditor_meetings.realtime import close_codes, events_http, transport
from creditor_meetings.realtime.origin import SameOriginOnly
from creditor_meetings.realtime.routing import websocket_urlpatterns as room_sockets
from creditor_meetings.running import ending, garbage, log_lines
from creditor_meetings.running.front import Front
from creditor_meetings.running.heartbeat import heart
from creditor_meetings.video import copies, hls_views
from creditor_meetings.video.routing import websocket_urlpatterns as video_sockets
from documents import checking
from voting import due, rule_directory

log_lines.catch_the_rest()

# Django's checks run with manage.py alone.
rule_directory.require()

body_limit.install()

open_files.install()

database_patience.install()

request_connections.install()

close_codes.allow_codes_of_servers()

transport.install()

due.start()

notice_delivery.go_on()

copies.go_on()

checking.go_on()

heart.start()

ending.install()

line_outside.lengthen()


events = AuthMiddlewareStack(events_http.serve)
catalog = CookieMiddleware(words.serve)
# The rooms find out who comes themselves, for many at once (`realtime.door`).
video = re_path("", AuthMiddlewareStack(URLRouter(video_sockets)))


async def pages_and_video(scope, receive, send):
    """Serve what would cost more by the layers of a page, or hold a thread, beside the pages."""
    if scope["path"].startswith(hls_views.PREFIX):
        answer = hls_views.serve
    elif events_http.is_for(scope["path"]):
        answer = events
    elif scope["path"] == words.ADDRESS:
        answer = catalog
    else:
        answer = django_application
    await answer(scope, receive, send)


application = Front(
    ProtocolTypeRouter(
        {
            "http": pages_and_video,
            "websocket": SameOriginOnly(URLRouter([*room_sockets, video])),
        }
    )
)

# Else the first who comes waits for all pages to be loaded.
_ = get_resolver().url_patterns

garbage.settle()
