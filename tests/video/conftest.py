"""A meeting at a running server, with people who publish and watch."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.support.browser import EXPECTS_MS
from tests.support.databases import wait_until
from tests.support.servers import Installation, Server, StartServer

_MAKE = """
import django; django.setup()
import json
from tests.support import world
case = world.make_case()
creditor = world.make_creditor(case, "甲公司")
meeting = world.make_meeting(case, slug="m")
people = {role: world.make_person(case, role, name=f"{role}") for role in
          ("administrator", "judge", "clerk", "observer")}
people["creditor"] = world.make_person(case, "creditor", creditor, name="李明")
people["stranger"] = world.make_person(world.make_case(), "administrator", name="外人")
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
sessions = {}
for role, person in people.items():
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    sessions[role] = session.session_key
print(json.dumps([{role: person.pk for role, person in people.items()}, sessions]))
"""


@dataclass
class House:
    """A server with one open meeting."""

    server: Server
    people: dict[str, int]
    sessions: dict[str, str]

    @property
    def installation(self) -> Installation:
        """The server's data and environment."""
        return self.server.installation

    def query(self, expression: str) -> Any:
        """Evaluate an expression on the server's database; returns what JSON carries."""
        script = (
            "import django; django.setup(); import json\n"
            "from creditor_meetings.video.models import *\n"
            "from creditor_meetings.video import describe\n"
            f"print(json.dumps({expression}, default=str))"
        )
        return json.loads(self.installation.python("-c", script).stdout.splitlines()[-1])

    def recordings(self) -> list[dict[str, Any]]:
        """All recordings, oldest first."""
        names = "'path','bytes','chunks','sha256','ended_at','interrupted','part'"
        return self.query(f"list(Recording.objects.order_by('id').values({names}))")

    def ended_recordings(self) -> list[dict[str, Any]]:
        """All recordings, oldest first, when the last one has ended.

        Viewers and publisher hear first that a broadcast is over; then its worker gives out the
        rest, and only then its recording is closed.
        """
        found: list[dict[str, Any]] = []

        def ended() -> bool:
            found[:] = self.recordings()
            return all(one["ended_at"] for one in found)

        wait_until(ended, seconds=60, what="the recordings' ends")
        return found

    def headers(self, role: str, number: int = 0) -> dict[str, str]:
        """What a socket of this person sends."""
        return {
            # By the one name over https, by the other without.
            "Cookie": f"sessionid={self.sessions[role]}; __Host-sessionid={self.sessions[role]}",
            "Origin": self.server.urls[number],
            "Accept-Language": "zh-CN",
        }

    def socket(self, name: str, number: int = 0) -> str:
        """The address of `publish` or `watch`."""
        base = self.server.urls[number].replace("http", "ws", 1)
        return f"{base}/ws/meetings/m/video/{name}/"


@pytest.fixture(autouse=True)
def _patience() -> Iterator[None]:
    # Pictures go through a recorder, a server, a worker and a player: a machine that is busy needs
    # its time for each. What is waited for costs nothing where it comes at once.
    expect.set_options(timeout=60_000)
    yield
    expect.set_options(timeout=EXPECTS_MS)


@pytest.fixture
def house(daphne_server: StartServer) -> Callable[..., House]:
    """Start a server with an open meeting."""

    return lambda **options: _made(daphne_server(**options))


def _made(server: Server) -> House:
    said = server.installation.python("-c", _MAKE).stdout
    people, sessions = json.loads(said.splitlines()[-1])
    return House(server, people, sessions)


@pytest.fixture(scope="module")
def shared_house(installation: Any) -> Iterator[House]:
    """One server for tests that leave nothing behind."""
    with ExitStack() as running:
        yield _made(running.enter_context(Server(installation())))
