"""The composition root of the running server: pages by Django, rooms and video by socket."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creditor_meetings.config.settings")

from django.core.asgi import get_asgi_application

django_application = get_asgi_application()

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter

from creditor_meetings.config import body_limit
from creditor_meetings.meetings import notice_delivery
from creditor_meetings.realtime import close_codes
from creditor_meetings.realtime.origin import SameOriginOnly
from creditor_meetings.realtime.routing import websocket_urlpatterns as room_sockets
from creditor_meetings.video import copies, hls_views
from creditor_meetings.video.routing import websocket_urlpatterns as video_sockets
from documents import checking
from voting import due, rule_directory

# Django's checks run with manage.py alone.
rule_directory.require()

body_limit.install()

close_codes.allow_policy_violation()

due.start()

notice_delivery.go_on()

copies.go_on()

checking.go_on()


async def pages_and_video(scope, receive, send):
    """Serve what is read by its address alone, beside the pages."""
    aside = scope["path"].startswith(hls_views.PREFIX)
    await (hls_views.serve if aside else django_application)(scope, receive, send)


application = ProtocolTypeRouter(
    {
        "http": pages_and_video,
        "websocket": SameOriginOnly(
            AuthMiddlewareStack(URLRouter([*video_sockets, *room_sockets]))
        ),
    }
)
