"""The test of devices (设备测试) before a meeting: a page, and what it measures the line with."""

import os
import time

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Role
from creditor_meetings.meetings.access import access_meeting

MOST_BYTES = 1024 * 1024
"""What one request carries at most, either way."""

KIND = "application/octet-stream"
REQUESTS = 40
PERIOD_SECONDS = 60
_READ_AT_ONCE = 64 * 1024


@never_cache
@require_safe
def device(request: HttpRequest, meeting: str) -> HttpResponse:
    """Show the test of camera, microphone, speaker and line to a member of the meeting."""
    found, viewer = access_meeting(request.user, meeting)
    publishes = bool(viewer.roles & {Role.ADMINISTRATOR, Role.JUDGE})
    context = {
        "meeting": found,
        "viewer": viewer,
        "publishes": publishes,
        "most_bytes": MOST_BYTES,
    }
    return render(request, "video/device.html", context)


@never_cache
@require_POST
def upload(request: HttpRequest, meeting: str) -> JsonResponse:
    """Take at most 1 MB, keep nothing, and say how much came."""
    _found, viewer = access_meeting(request.user, meeting)
    _within_allowance(viewer.person.pk)
    if request.content_type != KIND:
        words = _("测速数据的 Content-Type 应为 %(right)s，收到的是“%(kind)s”。")
        kind = (request.content_type or "")[:100]
        raise Refused("bad_request", words % {"right": KIND, "kind": kind})
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        raise Refused("bad_request", _("测速数据一次不得超过 1 MB。"))
    came = 0
    while piece := request.read(_READ_AT_ONCE):
        came += len(piece)
    return JsonResponse({"ok": True, "bytes": came})


@never_cache
@require_safe
def download(request: HttpRequest, meeting: str) -> HttpResponse:
    """Give as many bytes as `bytes` says (0 to 1 MB), such as no proxy can make smaller."""
    _found, viewer = access_meeting(request.user, meeting)
    _within_allowance(viewer.person.pk)
    return HttpResponse(os.urandom(_wanted(request.GET.get("bytes", "0"))), content_type=KIND)


def _wanted(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) <= MOST_BYTES):
        words = _("参数“bytes”应为 0 至 %(most)s 的整数，收到的是“%(text)s”。")
        raise Refused("bad_request", words % {"most": MOST_BYTES, "text": text[:40]})
    return int(text)


def _within_allowance(person_id: int) -> None:
    key = f"device-test:{person_id}:{int(time.time()) // PERIOD_SECONDS}"
    cache.add(key, 0, 2 * PERIOD_SECONDS)
    try:
        asked = cache.incr(key)
    except ValueError:  # expired between the two
        return
    if asked > REQUESTS:
        raise Refused("too_many_requests", _("测速过于频繁，请一分钟后再试。"))
