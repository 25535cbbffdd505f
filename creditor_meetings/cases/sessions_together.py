"""Who people are, by their sessions, for many at once: two queries however many those are."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from creditor_meetings.cases.models import Person
from creditor_meetings.cases.sessions import RAW_LENGTH, SessionStore, stands, stored

Known = tuple[SessionStore, Person | None]


def people_of(keys: Sequence[str | None]) -> list[Known]:
    """Return for each session's key (as the browser has it) the session, and who is signed in.

    The same as Django finds for one key: no person where the session has ended, was made with
    other secrets, or the person is not active any more.
    """
    rows = _rows({key for key in keys if key})
    found = [_loaded(key, rows) for key in keys]
    ids = {pk for session in found if (pk := _person_id(session)) is not None}
    people = Person.objects.in_bulk(ids)
    return [(session, _person(session, people)) for session in found]


def _rows(keys: set[str]) -> dict[str, Session]:
    """Return rows by what is kept of their keys."""
    if not keys:
        return {}
    names = [stored(key) for key in keys]
    # Those from before keys were hashed have the key itself.
    names += [key for key in keys if len(key) == RAW_LENGTH]
    found: Any = Session.objects.select_related("signed_in").filter(session_key__in=names)
    return {row.session_key: row for row in found}


def _loaded(key: str | None, rows: dict[str, Session]) -> Any:
    session: Any = SessionStore(key)
    row = rows.get(stored(key)) if key else None
    if row is None and key and len(key) == RAW_LENGTH:
        row = rows.get(key)
    if row is not None and stands(row, timezone.now()):
        session.row = row
        session._session_cache = session.decode(row.session_data)
    else:
        session._session_key = None
        session._session_cache = {}
    return session


def _person_id(session: Any) -> int | None:
    value = session.get(SESSION_KEY)
    return None if value is None else int(Person._meta.pk.to_python(value))


def _person(session: Any, people: dict[int, Person]) -> Person | None:
    pk = _person_id(session)
    person = people.get(pk) if pk is not None else None
    if person is None or not person.is_active:
        return None
    if session.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return None
    if constant_time_compare(session.get(HASH_SESSION_KEY, ""), person.get_session_auth_hash()):
        return person
    # Made with another secret, which may still hold: rare, and Django's to decide.
    request = HttpRequest()
    request.session = session
    found = get_user(request)
    return found if isinstance(found, Person) else None
