"""Noting that sessions are used: gathered, and written a few times a minute.

When ten thousand people open a room at once, nobody's page waits for ten thousand small writes.
"""

import logging
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.utils import timezone

from creditor_meetings.cases.models import Person
from creditor_meetings.cases.session_models import SignedIn

log = logging.getLogger(__name__)

EVERY_SECONDS = 60.0
"""How often the use of one session is written down."""
GATHER_SECONDS = 5.0
MOST_REMEMBERED = 100_000
BATCH = 500


@dataclass(frozen=True)
class Use:
    """That a session was used: by whom, when, from where, with what."""

    person_id: int
    at: datetime
    address: str
    device: str


_lock = threading.Lock()
_waiting: dict[str, Use] = {}
_written: dict[str, float] = {}
_timer: threading.Timer | None = None


def note(session: Any, person_id: int, address: str, device: str) -> None:
    """Note that a session (a loaded store of `cases.sessions`) is used now; cheap."""
    row = getattr(session, "row", None)
    if row is None:
        return
    key, now = row.session_key, time.monotonic()
    with _lock:
        if now - _written.get(key, -EVERY_SECONDS) < EVERY_SECONDS:
            return
        if len(_written) > MOST_REMEMBERED:
            _written.clear()
        _written[key] = now
        _waiting[key] = Use(person_id, timezone.now(), address[:64], device[:300])
        _set_timer()


def _set_timer() -> None:
    global _timer
    if _timer is not None or not settings.MESSAGES_IN_BACKGROUND:
        return
    _timer = threading.Timer(GATHER_SECONDS, _write_in_background)
    _timer.daemon = True
    _timer.start()


def _write_in_background() -> None:
    global _timer
    with _lock:
        _timer = None
    try:
        write()
    except Exception:
        log.exception("the use of sessions was not written")
    finally:
        connection.close()


def write() -> None:
    """Write what was noted; sessions that came without signing in get their row here."""
    with _lock:
        noted = dict(_waiting)
        _waiting.clear()
    keys = list(noted)
    for start in range(0, len(keys), BATCH):
        with transaction.atomic():
            _write({key: noted[key] for key in keys[start : start + BATCH]})


def _write(noted: dict[str, Use]) -> None:
    known = SignedIn.objects.filter(session_id__in=noted)
    by_key = {one.session_id: one for one in known}
    for key, held in by_key.items():
        use = noted[key]
        held.seen_at, held.address = use.at, use.address
        held.device = held.device or use.device
    SignedIn.objects.bulk_update(by_key.values(), ["seen_at", "address", "device"])
    new = Session.objects.filter(session_key__in=noted.keys() - by_key.keys())
    standing = set(new.values_list("session_key", flat=True))
    people = Person.objects.in_bulk({noted[key].person_id for key in standing})
    SignedIn.objects.bulk_create(
        (
            SignedIn(
                session_id=key,
                person_id=noted[key].person_id,
                signed_in_at=noted[key].at,
                seen_at=noted[key].at,
                address=noted[key].address,
                device=noted[key].device,
                strict=people[noted[key].person_id].has_usable_password(),
            )
            for key in standing
            if noted[key].person_id in people
        ),
        ignore_conflicts=True,
    )
