"""A case with a creditor to invite, and an outbox that keeps what was sent."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from creditor_meetings.cases import sending
from creditor_meetings.cases.models import Case, Creditor
from tests.support.world import make_case, make_creditor


@dataclass
class Outbox:
    """A sender that keeps messages, and refuses some if told to."""

    sent: list[sending.Message] = field(default_factory=list)
    broken: bool = False

    def send(self, message: sending.Message) -> None:
        """Keep a message."""
        if self.broken:
            raise ConnectionError("the provider does not answer")
        self.sent.append(message)

    @property
    def last(self) -> sending.Message:
        """The last message."""
        return self.sent[-1]


OUTBOX = Outbox()


def the_outbox() -> Outbox:
    """What `MESSAGE_SENDER` names in these tests."""
    return OUTBOX


@pytest.fixture(autouse=True)
def outbox(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Outbox:
    """Messages that went out in this test, whose transaction never ends."""
    at_once = SimpleNamespace(on_commit=lambda work: work())
    monkeypatch.setattr(sending, "transaction", at_once)
    OUTBOX.sent.clear()
    OUTBOX.broken = False
    settings.MESSAGE_SENDER = "tests.cases.conftest.the_outbox"
    sending._sender.cache_clear()
    return OUTBOX


@pytest.fixture
def case(db: None) -> Case:
    """A case."""
    return make_case()


@pytest.fixture
def creditor(case: Case) -> Creditor:
    """A company with a contact, as the claims table has it."""
    creditor = make_creditor(case, "云江示例油墨有限公司")
    creditor.identity_number = "91990000MAT11X5051"
    creditor.contact_name = "池建国"
    creditor.phone = "160 0000 0001"
    creditor.email = "Ink@Example.com"
    creditor.save()
    return creditor
