"""Seats for a vote on a server under test: `main()` makes them and prints them as JSON."""

import importlib
import json
import sys
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from creditor_meetings.cases.models import Person
from tests.support import world


def session_of(person: Person) -> str:
    """Sign a person in without a request."""
    session = importlib.import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def main(creditors: int = 12) -> None:
    """Make a meeting with an open poll and so many creditors, each with a session."""
    case = world.make_case()
    voters: list[dict[str, Any]] = []
    for _ in range(creditors):
        creditor = world.make_creditor(case, confirmed="10.00")
        person = world.make_person(case, "creditor", creditor)
        voters.append({"creditor": creditor.pk, "session": session_of(person)})
    meeting = world.make_meeting(case)
    judge = world.make_person(case, "judge")
    poll = world.open_poll(world.make_resolution(meeting), judge)
    json.dump(
        {"slug": meeting.slug, "poll": poll.pk, "voters": voters, "judge": session_of(judge)},
        sys.stdout,
    )
