"""A poll with a few creditors, seen by everybody who has anything to do with it."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from creditor_meetings.cases.models import Case, Creditor, Person
from creditor_meetings.meetings.models import Meeting
from tests.support import world
from voting import ballot_box
from voting.models import Resolution

CREDITORS = {"甲公司": "600000.00", "乙公司": "300000.00", "丙公司": "100000.00"}


@dataclass
class House:
    """The case, its people by name, and an open poll."""

    case: Case
    meeting: Meeting
    resolution: Resolution
    creditors: dict[str, Creditor] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)

    def client(self, who: str, **options: Any) -> Client:
        """Sign somebody in; "nobody" stays signed out."""
        client = Client(**options)
        if who != "nobody":
            client.force_login(
                self.people[who], backend="django.contrib.auth.backends.ModelBackend"
            )
        return client

    def url(self, page: str = "") -> str:
        """Return the address of a page of the resolution."""
        return f"/meetings/{self.meeting.slug}/resolutions/{self.resolution.pk}/{page}"

    @property
    def ballots_url(self) -> str:
        """Return where ballots are posted."""
        return f"/meetings/{self.meeting.slug}/ballots/"

    def vote(self, **choices: str) -> None:
        """Cast ballots by name: `vote(甲公司="for")`."""
        for name, choice in choices.items():
            world.cast(self.people[name], self.resolution, choice)

    def close(self) -> None:
        """Close the poll and read the resolution anew."""
        world.close_poll(self.resolution, self.people["judge"])
        self.resolution.refresh_from_db()


ROLES = ("administrator", "judge", "clerk", "debtor", "employees", "observer")
MEMBERS = (*ROLES, "甲公司", "proxy")
COURT = ("administrator", "judge", "clerk")


@pytest.fixture
def house(db: None, monkeypatch: pytest.MonkeyPatch) -> House:
    """Make the poll; ballots are written in the test's own thread and transaction."""

    def put(cast: ballot_box.Cast) -> Any:
        ballot_box.write([cast])
        return cast.answer

    monkeypatch.setattr(ballot_box.box, "put", put)
    return make_house()


@pytest.fixture
def committed_house(transactional_db: None) -> House:
    """Make the poll where other threads see it: the ballot box writes on its own."""
    return make_house()


def make_house() -> House:
    """Make a case with a poll that is open."""
    cache.clear()
    case = world.make_case()
    meeting = world.make_meeting(case)
    made = House(case, meeting, world.make_resolution(meeting))
    for name, amount in CREDITORS.items():
        made.creditors[name] = world.make_creditor(case, name, confirmed=amount)
        made.people[name] = world.make_person(case, "creditor", made.creditors[name], name)
    made.creditors["戊银行"] = world.make_creditor(
        case, "戊银行", confirmed="500000.00", conclusion="undetermined"
    )
    for role in ROLES:
        made.people[role] = world.make_person(case, role)
    made.people["proxy"] = world.make_person(case, "proxy", made.creditors["乙公司"], "代理人王")
    other = world.make_case()
    made.people["stranger"] = world.make_person(other, "judge")
    world.open_poll(made.resolution, made.people["judge"])
    made.resolution.refresh_from_db()
    return made
