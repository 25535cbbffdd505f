"""A meeting with one of each role, and ways to bring it documents."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from creditor_meetings.cases.models import Person
from creditor_meetings.meetings.models import Meeting
from documents import verbs, warming
from documents.models import Document
from tests.documents import papers
from tests.support import world

ROLES = ("administrator", "judge", "clerk", "creditor", "proxy", "debtor", "employees", "observer")
STAFF = frozenset({"administrator", "judge", "clerk"})
draws_ahead = warming.soon
"""What draws pages ahead, for tests of that."""


@dataclass
class House:
    """A meeting, its people by role, and a stranger who is signed in."""

    meeting: Meeting
    people: dict[str, Person]

    def upload(
        self,
        data: bytes = b"",
        name: str = "工作报告.pdf",
        role: str = "administrator",
        **more: Any,
    ) -> Document:
        """Upload as somebody."""
        file = ContentFile(data or papers.report(), name=name)
        return verbs.upload_document(self.meeting, file, self.viewer(role), **more)

    def hand_out(self, document: Document, role: str = "administrator") -> Document:
        """Hand out as somebody."""
        return verbs.hand_out_document(self.meeting, document.pk, self.viewer(role))

    def viewer(self, role: str) -> Any:
        """See the meeting as a role."""
        return world.viewer(self.people[role], self.meeting)

    def client(self, role: str, **options: Any) -> Client:
        """A browser of this person; `nobody` is not signed in."""
        client = Client(**options)
        if role != "nobody":
            client.force_login(self.people[role], "django.contrib.auth.backends.ModelBackend")
        return client

    def url(self, document: Document | None = None, more: str = "") -> str:
        """An address of the list, or of a document."""
        one = f"{document.pk}/" if document else ""
        return f"/meetings/{self.meeting.slug}/documents/{one}{more}"


class _Mark:
    """Stands for a page that is drawn already, and tells when it is asked for."""

    def __init__(self) -> None:
        self.reached = threading.Event()

    def is_file(self) -> bool:
        """Whether it is drawn."""
        self.reached.set()
        return True


def _until_nothing_is_drawn() -> None:
    if warming._started.locked():
        mark = _Mark()
        warming._waiting.put((Path(), "", 0, 0, mark))  # type: ignore[arg-type]
        assert mark.reached.wait(180)


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep files of this test to itself.

    Pages that are drawn ahead are drawn by a thread of its own: those of a test before would
    come into this one's store, those of this one at any moment.
    """
    _until_nothing_is_drawn()
    monkeypatch.setattr(warming, "soon", lambda *_order: None)
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def house(db: None) -> House:
    """An open meeting with one of each role."""
    return build_house()


def build_house(state: str = "open") -> House:
    """Make a meeting with one of each role, and a stranger of another case."""
    case = world.make_case()
    creditor = world.make_creditor(case, "李华")
    people = {
        role: world.make_person(
            case, role, creditor if role in ("creditor", "proxy") else None, name=role
        )
        for role in ROLES
    }
    people["stranger"] = world.make_person(world.make_case(), "administrator", name="stranger")
    return House(world.make_meeting(case, state=state), people)


@pytest.fixture
def stored(media: Path) -> Callable[[], list[Path]]:
    """List the files that lie in the store, whatever for."""
    return lambda: sorted(path for path in media.rglob("*") if path.is_file())
