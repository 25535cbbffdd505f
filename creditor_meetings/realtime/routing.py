"""Sockets of the room."""

from django.urls import re_path

from creditor_meetings.realtime.room import room

# Typed for views of pages; Channels routes any ASGI application by it.
websocket_urlpatterns = [
    re_path(r"^ws/meetings/(?P<meeting>[\w-]{1,60})/$", room)  # type: ignore[arg-type]
]
