"""One server for meetings whose people's lines break; each test has a meeting of its own on it."""

import itertools
import json
from collections.abc import Callable, Iterator

import pytest

from tests.faults.client.proxy import proxy  # noqa: F401
from tests.room.conftest import Meeting
from tests.support.browser import OpenContext
from tests.support.servers import MakeInstallation, Server

MakeHouse = Callable[..., Meeting]
_numbers = itertools.count(1)


@pytest.fixture(scope="package")
def house_server(installation: MakeInstallation) -> Iterator[Server]:
    """A server without the demo case."""
    with Server(installation()) as server:
        yield server


@pytest.fixture
def house(house_server: Server, browser_context: OpenContext) -> MakeHouse:
    """Make meetings with an open poll and so many creditors, named "1", "2" …: `house(4)`.

    The poll closes after `minutes`.
    """

    def make(creditors: int = 2, *, minutes: int = 60) -> Meeting:
        slug = f"faults-{next(_numbers)}"
        done = house_server.installation.python(
            "-m", "tests.faults.client.build", slug, str(creditors), str(minutes)
        )
        return Meeting(house_server, json.loads(done.stdout), browser_context)

    return make


def assert_counted(made: Meeting, **choices: str) -> None:
    """Assert that these ballots count, each once, and that the record is sound.

    `choices` says how each creditor voted in the end, by `n` and its number.
    """
    python = made.server.installation.python
    poll = str(made.built["poll"])
    record = json.loads(python("-m", "tests.faults.client.build", "--record", poll).stdout)
    counting = [[who, choice] for who, choice, effective in record["ballots"] if effective]
    wanted = [[made.built["creditors"][name[1:]], choice] for name, choice in choices.items()]
    assert sorted(counting) == sorted(wanted), record["ballots"]
    assert sorted(record["numbers"]) == sorted(record["on_ledger"])
    assert len(set(record["numbers"])) == len(record["numbers"])
    assert record["problems"] == []
    for running, counted in zip(record["running"], record["recount"], strict=True):
        for choice in ("for", "against", "abstain"):
            assert running[choice] == counted[choice]


def ballots_of(made: Meeting, name: str) -> int:
    """How many ballots of a creditor are on record, whether or not they count."""
    creditor = made.built["creditors"][name]
    number = made.ask(f"Ballot.objects.filter(creditor={creditor}).count()")
    assert isinstance(number, int)
    return number
