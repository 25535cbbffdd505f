"""Sockets of the room."""

from channels.sessions import CookieMiddleware
from django.urls import re_path

from creditor_meetings.realtime.room import room

websocket_urlpatterns = [
    re_path(r"^ws/meetings/(?P<meeting>[\w-]{1,60})/$", CookieMiddleware(room))
]
