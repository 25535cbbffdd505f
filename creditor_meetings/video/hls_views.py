"""HLS over HTTP, and the address by which a member of the meeting finds it.

What lies below `/hls/` is read by anybody who has a good address, and by nobody else: no session,
so that a proxy can keep it for all. It is a slim ASGI application: the layers of a page would
cost more than the answer.
"""

import re
import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from creditor_meetings.meetings.access import access_meeting
from creditor_meetings.video import addresses, describe, hls
from creditor_meetings.video.hls_live import Live, pieces, registry
from creditor_meetings.video.media import FULL, RENDITIONS

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]

PREFIX = "/hls/"
KEEP_SECONDS = 300
"""How long a proxy or a player may keep what never changes."""
KEEP_PLAYLIST_SECONDS = 1
FIRST_SEGMENT_SECONDS = 8.0
"""How long a player waits for the beginning of a broadcast."""
NEXT_SEGMENT_SECONDS = 3.0

_NUMBER = r"(0|[1-9][0-9]{0,17})"
_ADDRESS = re.compile(rf"/hls/{_NUMBER}/{_NUMBER}/([0-9a-f]{{64}})/(.*)", re.DOTALL)
_MAY_WAIT, _BEFORE = "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES", "#EXT-X-MEDIA-SEQUENCE"
"""A playlist asked for with `?wait=1` tells that it may be asked for before its next segment is
there (`_HLS_msn`), and is then answered that moment. Not every player that is told so copes."""
_PLACE = re.compile(rf"{_NUMBER}/(.+)")
_OF_RENDITION = {"master.m3u8": FULL, **{f"{name}.m3u8": name for name in RENDITIONS}}
"""Playlists by name, and what they need a segment of."""


class _Answer(Exception):
    """What is answered instead of media."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words


@require_safe
def address(request: HttpRequest, meeting: str) -> JsonResponse:
    """Give a member of the meeting the address of its video, until when it is good, and the state.

    A player whose network lets no socket through learns here what the socket would have told.
    """
    found, _viewer = access_meeting(request.user, meeting)
    expires = addresses.expiry()
    told = {"hls": addresses.base(found.pk, expires), "expires": expires}
    return JsonResponse(told | {"video": describe.video(found)})


async def serve(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Answer a request below `/hls/` (ASGI)."""
    try:
        kind, body, seconds = await _found(scope)
        status = 200
        cache = f"public, max-age={seconds}" if seconds > 0 else "no-store"
    except _Answer as answer:
        status, kind, cache = answer.status, "text/plain; charset=utf-8", "no-store"
        body = answer.words.encode()
    headers = {
        "content-type": kind,
        "content-length": str(len(body)),
        "cache-control": cache,
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "same-origin",
    }
    if kind == hls.TYPE:
        # nginx counts in whole seconds, of which "one from now" may be two: to the end of this.
        headers["x-accel-expires"] = f"@{int(time.time())}"
    if status == 405:
        headers["allow"] = "GET, HEAD"
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


async def _found(scope: dict[str, Any]) -> tuple[str, bytes, int]:
    """Return type, content, and for how many seconds it may be kept."""
    meeting_id, expires, rest = _checked(scope["path"])
    if scope["method"] not in ("GET", "HEAD"):
        raise _Answer(405, "GET or HEAD\n")
    left = int(expires - time.time())
    place = _PLACE.fullmatch(rest)
    live = await registry.find(meeting_id, int(place[1])) if place is not None else None
    if place is None or live is None:
        raise _Answer(404, "no such broadcast in this meeting\n")
    name = place[2]
    if name in _OF_RENDITION:
        wanted, waits = _asked(scope)
        text = await _playlist(live, name, wanted)
        if waits:
            text = text.replace(_BEFORE, f"{_MAY_WAIT}\n{_BEFORE}", 1)
        return hls.TYPE, text.encode(), min(left, KEEP_PLAYLIST_SECONDS)
    return "video/mp4", await _piece(live, name), min(left, KEEP_SECONDS)


def _checked(path: str) -> tuple[int, int, str]:
    match = _ADDRESS.fullmatch(path)
    if match is None or not addresses.is_good(int(match[1]), int(match[2]), match[3]):
        raise _Answer(403, "this address is not good, or not any more\n")
    return int(match[1]), int(match[2]), match[4]


def _asked(scope: dict[str, Any]) -> tuple[int | None, bool]:
    """Return the segment that is waited for, and whether the player wants to hear that it may."""
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    wanted = query.get("_HLS_msn", [None])[0]
    if wanted is not None and not re.fullmatch(_NUMBER, wanted):
        raise _Answer(400, "_HLS_msn: the number of a segment would be right\n")
    return None if wanted is None else int(wanted), "wait" in query


async def _playlist(live: Live, name: str, wanted: int | None) -> str:
    """Return a playlist; where segment `wanted` is about to come, as soon as it has come."""
    rendition = _OF_RENDITION[name]

    def newest() -> int:
        return live.reader.view.newest.get(rendition, -1)

    if newest() < 0:
        await live.until(lambda: newest() >= 0, FIRST_SEGMENT_SECONDS)
    elif wanted is not None and newest() < wanted <= newest() + 2:
        await live.until(lambda: newest() >= wanted, NEXT_SEGMENT_SECONDS)
    text = live.reader.view.playlists.get(name)
    if text is None:
        raise _Answer(404, "nothing to play yet, or not any more\n")
    return text


async def _piece(live: Live, name: str) -> bytes:
    piece = live.reader.view.pieces.get(name)
    if piece is None:
        raise _Answer(404, "nothing by this name, or not any more\n")
    try:
        return await pieces.read(piece)
    except FileNotFoundError:
        raise _Answer(404, "no longer there\n") from None
