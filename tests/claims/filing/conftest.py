"""A case with a door for filings, somebody who files, two reviewers; and an outbox."""

import io
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from creditor_meetings.cases import clock, sending
from creditor_meetings.cases.access import Viewer, viewer_for
from creditor_meetings.cases.models import Case, Person
from creditor_meetings.claims.filing import declaration, desk, doors, drafting, submitting
from creditor_meetings.claims.filing.deciding import Decision
from creditor_meetings.claims.models import Filing, FilingDoor
from tests.support import world

IN_TIME = datetime(2026, 5, 1, 2, 0, tzinfo=UTC)

FILLED: dict[str, Any] = {
    "entity": "company",
    "creditor_name": "钱塘示例轴承有限公司",
    "identity_number": "91330000MA2XXXXX1X",
    "contact_name": "陈晓梅",
    "phone": "13700000001",
    "email": "chen@example.cn",
    "postal_address": "杭州市示例路 1 号",
    "nature": "ordinary",
    "collateral": "",
    "principal_fen": 100_000_00,
    "interest_fen": 3_210_50,
    "other_fen": 0,
    "facts": "二〇二四年三月起供应轴承，货款未付。",
}


@dataclass
class Outbox:
    """Keeps what was sent."""

    sent: list[sending.Message] = field(default_factory=list)

    def send(self, message: sending.Message) -> None:
        """Keep a message."""
        self.sent.append(message)


OUTBOX = Outbox()


def the_outbox() -> Outbox:
    """What `MESSAGE_SENDER` names in these tests."""
    return OUTBOX


@pytest.fixture(autouse=True)
def outbox(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Outbox:
    """Messages of this test, sent at once since its transaction never ends."""
    from django.db import transaction

    monkeypatch.setattr(transaction, "on_commit", lambda work, *_a, **_k: work())
    OUTBOX.sent.clear()
    # Codes that others of this process guessed wrong would count here too.
    cache.clear()
    settings.DATA_DIR = tmp_path
    settings.MESSAGE_SENDER = "tests.claims.filing.conftest.the_outbox"
    sending._sender.cache_clear()
    return OUTBOX


@dataclass
class House:
    """The case and its people."""

    case: Case
    door: FilingDoor
    author: Person
    administrator: Person
    colleague: Person
    judge: Person

    def viewer(self, person: Person) -> Viewer:
        """See the case as somebody."""
        return viewer_for(person, self.case)

    def draft(self, person: Person | None = None, **values: Any) -> Filing:
        """A filing filled in from end to end."""
        who = person or self.author
        filing = drafting.start(self.door, who)
        return drafting.save(filing, {**FILLED, **values}, who)

    def submit(self, filing: Filing, name: str = "陈晓梅", **more: Any) -> Filing:
        """Sign and submit."""
        return submitting.submit(
            filing,
            filing.person,
            name=name,
            agreed=more.pop("agreed", True),
            sha256=more.pop("sha256", "") or self.hash(filing),
            address="192.0.2.7",
        )

    def hash(self, filing: Filing) -> str:
        """The hash of what would be signed now."""
        filing.refresh_from_db()
        return declaration.sha256_of(submitting.text_to_sign(filing))

    def submitted(self, person: Person | None = None, **values: Any) -> Filing:
        """A filing that waits for review."""
        return self.submit(self.draft(person, **values))

    def taken(self, filing: Filing, person: Person | None = None) -> Filing:
        """Take it for review."""
        desk.take(filing, self.viewer(person or self.administrator))
        filing.refresh_from_db()
        return filing


@pytest.fixture
def house(db: None) -> House:
    case = world.make_case(filing_deadline=date(2026, 5, 10))
    administrator = world.make_person(case, "administrator", name="周明")
    door = doors.set_door(case, True, viewer_for(administrator, case))
    return House(
        case=case,
        door=door,
        author=Person.objects.create(phone="13700000001"),
        administrator=administrator,
        colleague=world.make_person(case, "administrator", name="何青"),
        judge=world.make_person(case, "judge", name="沈静"),
    )


@pytest.fixture(autouse=True)
def in_time() -> Any:
    """The day before the deadline, for all but tests that say otherwise."""
    with clock.set_to(IN_TIME):
        yield


def decision(**values: Any) -> Decision:
    """Everything confirmed, unless said otherwise."""
    return Decision(
        **{
            "nature": "ordinary",
            "conclusion": "confirmed",
            "principal": 100_000_00,
            "interest": 3_210_50,
            "other": 0,
            **values,
        }
    )


def picture(name: str = "合同.png", colour: str = "white") -> SimpleUploadedFile:
    """A real picture, as a phone sends it."""
    content = io.BytesIO()
    Image.new("RGB", (60, 80), colour).save(content, "PNG")
    return SimpleUploadedFile(name, content.getvalue(), "image/png")


def browser(person: Person | None) -> Client:
    """A browser of somebody."""
    client = Client()
    if person is not None:
        client.force_login(person, "django.contrib.auth.backends.ModelBackend")
    return client
