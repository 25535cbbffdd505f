"""Sockets of the video room."""

from django.urls import re_path

from creditor_meetings.video.publishing import publish
from creditor_meetings.video.talk import talk
from creditor_meetings.video.watching import watch

_MEETING = r"^ws/meetings/(?P<meeting>[\w-]{1,60})/video/"

websocket_urlpatterns = [
    re_path(_MEETING + r"publish/$", publish),  # type: ignore[arg-type]
    re_path(_MEETING + r"talk/$", talk),  # type: ignore[arg-type]
    re_path(_MEETING + r"watch/$", watch),  # type: ignore[arg-type]
]
