"""Sessions (`SESSION_ENGINE`): Django's, with limits, and only the hash of the key kept.

Whoever reads the database or a backup of it finds no key by which to be somebody. A session ends
when nobody used it for a while, and at the latest some days after signing in, however much it is
used (`SESSION_IDLE_SECONDS`, `SESSION_SECONDS`; shorter for people with a password:
`STAFF_SESSION_IDLE_SECONDS`, `STAFF_SESSION_SECONDS`).
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions
from django.contrib.sessions.models import Session
from django.utils import timezone

RAW_LENGTH = 32
"""The length of a key as browsers have it; what is kept of it is longer."""


def stored(key: str) -> str:
    """Return what is kept of a session's key: 156 bits of its SHA-256, marked as such.

    >>> len(stored("x" * 32))
    40
    """
    return "$" + hashlib.sha256(key.encode()).hexdigest()[:39]


def until(row: Session) -> datetime:
    """Return the moment at which a session ends however much it is used (UTC)."""
    held = getattr(row, "signed_in", None)
    if held is None:
        return row.expire_date
    longest = settings.STAFF_SESSION_SECONDS if held.strict else settings.SESSION_SECONDS
    return min(row.expire_date, held.signed_in_at + timedelta(seconds=longest))


def stands(row: Session, now: datetime) -> bool:
    """Whether a session is within its limits."""
    held = getattr(row, "signed_in", None)
    if now >= until(row):
        return False
    if held is None:
        return True
    idle = settings.STAFF_SESSION_IDLE_SECONDS if held.strict else settings.SESSION_IDLE_SECONDS
    return now < held.seen_at + timedelta(seconds=idle)


class SessionStore(DatabaseSessions):
    """Django's sessions in the database, kept by the hash of their key."""

    row: Session | None = None
    """The session's row as it was loaded, with `signed_in` where somebody is."""

    def _find(self, key: str | None) -> Session | None:
        if not key:
            return None
        # Those from before keys were hashed have the key itself; what is kept of a hashed one is
        # longer than any key, so that it opens nothing.
        names = [stored(key), key] if len(key) == RAW_LENGTH else [stored(key)]
        rows: Any = Session.objects.select_related("signed_in")
        found: Session | None = rows.filter(session_key__in=names).first()
        return found

    def _get_session_from_db(self) -> Session | None:
        row = self._find(self.session_key)
        if row is None or not stands(row, timezone.now()):
            self._session_key = None
            return None
        self.row = row
        return row

    async def _aget_session_from_db(self) -> Session | None:
        return await sync_to_async(self._get_session_from_db)()

    def exists(self, session_key: str) -> bool:
        """Whether there is a session with this key."""
        return self._find(session_key) is not None

    async def aexists(self, session_key: str) -> bool:
        """Whether there is a session with this key."""
        return await sync_to_async(self.exists)(session_key)

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """Return the row as it is to be written."""
        key = self._get_or_create_session_key()  # type: ignore[attr-defined]
        kept = self.row.session_key if self.row is not None else ""
        return Session(
            session_key=kept if kept in (key, stored(key)) else stored(key),
            session_data=self.encode(data),
            expire_date=self.get_expiry_date(),
        )

    async def acreate_model_instance(self, data: dict[str, Any]) -> Session:
        """Return the row as it is to be written."""
        return await sync_to_async(self.create_model_instance)(data)

    def delete(self, session_key: str | None = None) -> None:
        """End a session: this one, or the one with a key."""
        row = self._find(session_key or self.session_key)
        if row is not None:
            row.delete()

    async def adelete(self, session_key: str | None = None) -> None:
        """End a session: this one, or the one with a key."""
        await sync_to_async(self.delete)(session_key)
