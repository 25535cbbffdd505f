"""Addresses of the video by plain HTTP: signed, expiring, the same for all of a meeting.

Everybody who asks within an hour is given one and the same address, so that a proxy keeps one
copy for all of them; neither it nor the server needs to know who reads.
"""

import hmac
import time

from django.utils.crypto import salted_hmac

from creditor_meetings.meetings.models import Meeting

WINDOW_SECONDS = 3600
"""All who ask within it are given the same address."""
LONGEST_SECONDS = 2 * WINDOW_SECONDS
"""How long an address lasts at most; it lasts half of that at least."""


def hls_base(meeting: Meeting) -> str:
    """Return the path below which the meeting's video lies, for one to two hours: `/hls/…/`."""
    return base(meeting.pk, expiry())


def expiry() -> int:
    """Until when an address given now is good: seconds of the epoch."""
    return (int(time.time()) // WINDOW_SECONDS + 2) * WINDOW_SECONDS


def base(meeting_id: int, expires: int) -> str:
    """Return the path for a meeting that is good until `expires` (seconds of the epoch)."""
    return f"/hls/{meeting_id}/{expires}/{_signature(meeting_id, expires)}/"


def is_good(meeting_id: int, expires: int, signature: str) -> bool:
    """Whether an address was given by this installation, and still holds."""
    ours = _signature(meeting_id, expires)
    if not hmac.compare_digest(ours.encode(), signature.encode()):
        return False
    return time.time() < expires


def _signature(meeting_id: int, expires: int) -> str:
    # The purpose is part of the key: no other signature of ours can stand in for this one.
    key = salted_hmac("creditor_meetings.video.hls", "", algorithm="sha256").digest()
    return hmac.digest(key, f"{meeting_id}:{expires}".encode(), "sha256").hex()
