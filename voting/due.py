"""Polls close, the floor and verification end at their time though nobody has the room open.

The room's hubs look while somebody is in; this looks always, in every server process and in
`manage.py close_due`. Doing it in several at once is doing it once.
"""

import logging
import threading

from django.conf import settings
from django.db import close_old_connections

from creditor_meetings.cases import steady
from creditor_meetings.meetings import floor, verification_reminders
from voting.closing import close_due
from voting.models import Resolution, ResolutionState

log = logging.getLogger(__name__)

LONGEST_REST = 5.0
"""Seconds after which to look again, since a poll may have been opened elsewhere."""
SHORTEST_REST = 0.05


def close_all_due() -> float:
    """Close every poll, end every floor and verification whose time has come, and remind.

    Returns the seconds to rest.

    What goes wrong in one meeting keeps no other one's poll open.
    """
    speaking = floor.end_all_due()
    waiting = Resolution.objects.filter(state=ResolutionState.OPEN, closes_at__isnull=False)
    verification_reminders.look_at_all()
    rests = [LONGEST_REST if speaking is None else speaking]
    for meeting_id in waiting.order_by("meeting").values_list("meeting", flat=True).distinct():
        try:
            rest = close_due(meeting_id)
        except Exception:
            log.exception("polls of meeting %s were not closed; trying again", meeting_id)
            continue
        if rest is not None:
            rests.append(rest)
    return max(SHORTEST_REST, min(rests))


def start() -> threading.Thread | None:
    """Look from a thread of this process for as long as it lives; None where that is off."""
    if not settings.CLOSE_DUE_IN_SERVER:
        return None
    return steady.thread(_watch, "close-due")


def _watch() -> None:
    rest = threading.Event()
    while True:
        rest.wait(look())


def look() -> float:
    """Do what is due once; a database that fails is tried again later."""
    try:
        close_old_connections()
        return close_all_due()
    except Exception:
        log.warning("looking for polls to close failed; trying again", exc_info=True)
        return LONGEST_REST
    finally:
        close_old_connections()
