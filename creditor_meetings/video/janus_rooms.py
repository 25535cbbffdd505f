"""The rooms in Janus: one a meeting, opened by nothing that can be guessed.

Name, pin and secret of a room are derived from a key that never leaves the server. Whoever joins
needs besides a token that the server signed for that room, that soon expires, and that stands on
the room's list, so that it can be taken back before. Who listens must be in the room already.
"""

import base64
import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.crypto import salted_hmac

from creditor_meetings.video.janus import PLUGIN, Handle, JanusError

JOIN_SECONDS = 60
"""How long a token lets somebody join; who is in is taken out by `kick`."""

MAX_BITRATE = 1_500_000
KEYFRAME_SECONDS = 1
MOST_SPEAKERS = 12
ROOM_EXISTS, UNAUTHORIZED, ID_EXISTS = 427, 433, 436
# Constrained baseline: every browser has it, and no picture waits for a later one.
H264_PROFILE = "42e01f"


@dataclass(frozen=True)
class Room:
    """A meeting's room: a name that cannot be guessed, and what opens it."""

    name: str
    secret: str
    pin: str


def room_of(meeting_id: int) -> Room:
    """Return the room of a meeting: the same in every process, known to none outside."""

    def derived(what: str) -> str:
        made = salted_hmac(f"video.janus.{what}", str(meeting_id), algorithm="sha256")
        return made.hexdigest()

    return Room(derived("room"), derived("secret"), derived("pin"))


def token(room: Room, holder: str, *, seconds: float = JOIN_SECONDS) -> str:
    """Sign leave for `holder` to join a room, for some seconds; no two are alike."""
    until = int(time.time() + seconds)
    # Janus reads commas as borders: the holder's name must hold none.
    what = f"{until},{PLUGIN},room={room.name},{holder},{secrets.token_hex(8)}"
    key = settings.JANUS_TOKEN_SECRET.encode()
    # HMAC-SHA1 is what Janus checks.
    signature = base64.b64encode(hmac.digest(key, what.encode(), hashlib.sha1)).decode()
    return f"{what}:{signature}"


async def open_room(handle: Handle, room: Room) -> None:
    """Make the room unless it is there. Raises `JanusError`, `Unreachable`."""
    wanted: dict[str, Any] = {
        "request": "create",
        "admin_key": settings.JANUS_ADMIN_KEY,
        "room": room.name,
        "secret": room.secret,
        "pin": room.pin,
        "is_private": True,
        "permanent": False,
        "signed_tokens": True,
        "allowed": [],
        "require_pvtid": True,
        "publishers": MOST_SPEAKERS,
        "bitrate": MAX_BITRATE,
        "bitrate_cap": True,
        "fir_freq": KEYFRAME_SECONDS,
        "audiocodec": "opus",
        "videocodec": "h264,vp8",
        "h264_profile": H264_PROFILE,
        "lock_record": True,
    }
    try:
        await handle.ask(wanted)
    except JanusError as refused:
        if refused.code != ROOM_EXISTS:
            raise


async def allow(handle: Handle, room: Room, grant: str) -> None:
    """Put a token on the room's list."""
    await _list(handle, room, "add", grant)


async def disallow(handle: Handle, room: Room, grant: str) -> None:
    """Take a token off the room's list: it opens nothing from now on."""
    await _list(handle, room, "remove", grant)


async def _list(handle: Handle, room: Room, action: str, grant: str) -> None:
    wanted = {"request": "allowed", "secret": room.secret, "room": room.name}
    await handle.ask({**wanted, "action": action, "allowed": [grant]})


async def join(handle: Handle, room: Room, holder: str, *, display: str = "") -> dict[str, Any]:
    """Let `holder` into the room through `handle`; returns what Janus says of who is there."""
    grant = token(room, holder)
    await allow(handle, room, grant)
    try:
        return await handle.ask(
            {
                "request": "join",
                "ptype": "publisher",
                "room": room.name,
                "pin": room.pin,
                "token": grant,
                "id": holder,
                "display": display,
            }
        )
    finally:
        # It has served: whoever learned it later enters nowhere.
        await disallow(handle, room, grant)


async def kick(handle: Handle, room: Room, holder: str) -> None:
    """Throw somebody out of the room; what that person sends and hears ends at once."""
    wanted = {"request": "kick", "room": room.name, "secret": room.secret, "id": holder}
    await handle.ask(wanted)


async def forward(
    handle: Handle, room: Room, holder: str, host: str, streams: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Have what `holder` sends sent on to `host` as RTP; each stream {mid, port, ssrc}."""
    answer = await handle.ask(
        {
            "request": "rtp_forward",
            "room": room.name,
            "secret": room.secret,
            "admin_key": settings.JANUS_ADMIN_KEY,
            "publisher_id": holder,
            "host": host,
            "streams": streams,
        }
    )
    return answer.get("forwarders", [])
