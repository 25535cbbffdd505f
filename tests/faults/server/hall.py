"""A vote on servers that fail, and what must hold of it afterwards, whatever happened."""

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults import people
from tests.faults.people import Person, Refusal
from tests.support.servers import ROOT, Installation, Server

NEXT_NUMBERS = """
import django; django.setup()
import itertools
from creditor_meetings.cases.models import Case
from tests.support import world
# Several halls stand on one installation, each made by a process of its own.
world._numbers = itertools.count(1 + 10_000 * Case.objects.count())
"""
_SEATS = f"""
{NEXT_NUMBERS}
import sys
from tests.voting import seats
seats.main(int(sys.argv[1]))
"""
_RECORD = """
import django; django.setup()
import sys
from tests.faults.server import record
record.main(int(sys.argv[1]))
"""
CHOICES = ("for", "against", "abstain")


@dataclass
class Voter:
    """A creditor's person in the hall, and what was last acknowledged to it."""

    person: Person
    creditor: int
    said: str = ""
    cast: int = 0


@dataclass
class Hall:
    """A meeting with an open poll on an installation, its voters and its judge."""

    installation: Installation
    slug: str
    poll: int
    voters: list[Voter]
    judge: Person
    moved: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def everybody(self) -> list[Person]:
        """All who have the room open."""
        return [*(one.person for one in self.voters), self.judge]

    @contextlib.asynccontextmanager
    async def entered(self) -> AsyncIterator["Hall"]:
        """Have everybody in the room."""
        async with people.gathered(self.everybody):
            yield self

    async def vote(self, rounds: int, *, between: float = 0.02) -> None:
        """Let every voter cast so many ballots, one after the other, each until it is answered."""
        await asyncio.gather(*(self._vote(one, rounds, between) for one in self.voters))

    async def vote_until(self, enough: asyncio.Event, *, between: float = 0.1) -> None:
        """Let every voter cast ballots until there was enough of it."""
        await asyncio.gather(*(self._vote(one, 10_000, between, enough) for one in self.voters))

    async def _vote(
        self, voter: Voter, rounds: int, between: float, enough: asyncio.Event | None = None
    ) -> None:
        for _ in range(rounds):
            if enough is not None and enough.is_set():
                return
            choice = CHOICES[(voter.creditor + voter.cast) % 3]
            data = {"resolution": self.poll, "choice": choice}
            await voter.person.command("cast_ballot", **data)
            voter.said, voter.cast = choice, voter.cast + 1
            async with self.moved:
                self.moved.notify_all()
            await asyncio.sleep(between * voter.person.chance.random() * 2)

    @property
    def acknowledged(self) -> int:
        """How many ballots were acknowledged until now."""
        return sum(one.cast for one in self.voters)

    async def until_acknowledged(self, more: int) -> None:
        """Wait until so many more ballots were acknowledged."""
        wanted = self.acknowledged + more
        async with asyncio.timeout(300), self.moved:
            await self.moved.wait_for(lambda: self.acknowledged >= wanted)

    async def close(self) -> None:
        """Close the poll as the judge does, and wait until everybody sees what came of it."""
        with contextlib.suppress(Refusal):  # an announced time may have come first
            await self.judge.command("close_poll", resolution=self.poll)
        await self.all_see_the_outcome()

    async def all_see_the_outcome(self) -> None:
        """Wait until everybody sees the poll closed and its outcome."""
        poll = str(self.poll)
        for one in self.everybody:
            await one.until(
                lambda p: (
                    p.room["resolutions"][poll]["state"] == "closed" and poll in p.room["outcomes"]
                ),
                what="the outcome on a page",
            )

    async def pages_are_right(self) -> None:
        """Assert that each page shows its own last ballot, and what a page opened now shows."""
        for voter in self.voters:
            ballots = voter.person.room["ballots"].get(str(self.poll), {})
            shown = ballots.get(str(voter.creditor), {}).get("choice", "")
            assert shown == voter.said, (voter.creditor, shown, voter.said)
        for old in (self.voters[0].person, self.voters[-1].person, self.judge):
            fresh = Person(old.urls, self.slug, old.session, seed=1)
            async with people.gathered([fresh]):
                await old.until(
                    lambda p, fresh=fresh: _timeless(p.room) == _timeless(fresh.room),
                    what="a page as one opened now",
                )

    def record(self) -> dict[str, Any]:
        """Read what the database holds."""
        done = self.installation.python("-c", _RECORD, str(self.poll))
        found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
        return found

    def nothing_is_lost(self) -> dict[str, Any]:
        """Assert that the record holds every ballot that anybody was told of, each once."""
        record = self.record()
        ballots = {one["command"]: one for one in record["ballots"]}
        assert len(ballots) == len(record["ballots"]), "a command was carried out twice"
        for person in self.everybody:
            for command, answers in person.answered.items():
                assert all(one == answers[0] for one in answers), "two answers to one command"
                if "entry_hash" not in answers[0]:
                    continue
                receipt = answers[0]
                assert ballots[command]["receipt"] == receipt
                stands = record["entries"][receipt["number"]]
                assert stands == [receipt["position"], receipt["entry_hash"]]
        assert set(record["entries"]) == {one["number"] for one in record["ballots"]}
        counting = [one for one in record["ballots"] if one["effective"]]
        last = {one.creditor: one.said for one in self.voters if one.said}
        assert len(counting) == len(last), "a creditor counts twice, or not"
        assert {one["creditor"]: one["choice"] for one in counting} == last
        assert record["problems"] == []
        assert record["whole"]
        assert record["seqs_once"]
        assert record["times"] == sorted(record["times"])
        self._counts_are_right(record, Counter(last.values()))
        return record

    def _counts_are_right(self, record: dict[str, Any], said: Counter[str]) -> None:
        (running,) = record["running"]
        (recount,) = record["recount"]
        for counted in [running, recount, *((record["outcome"] or {}).get("groups", []))]:
            assert {choice: counted[choice]["number"] for choice in CHOICES} == {
                choice: said[choice] for choice in CHOICES
            }
            # Every creditor of the hall has ten yuan.
            assert {choice: counted[choice]["amount"] for choice in CHOICES} == {
                choice: f"{10 * said[choice]}.00" for choice in CHOICES
            }

    def evidence_holds(self, directory: Path) -> None:
        """Assert that the bundle of evidence of the meeting is found in order."""
        bundle = directory / "evidence.zip"
        self.installation.manage("evidence", self.slug, "--output", bundle)
        checked = self.installation.python("verify_evidence.py", bundle, check=False)
        assert checked.returncode == 0, checked.stdout + checked.stderr


def _timeless(room: dict[str, Any]) -> dict[str, Any]:
    """A room without what changes by itself: who is there, drawings that are made later."""
    kept = {name: value for name, value in room.items() if name != "charts"}
    attendance = {k: v for k, v in room["attendance"].items() if k != "online"}
    return {**kept, "attendance": attendance}


def assemble(installation: Installation, servers: Sequence[Server], voters: int = 24) -> Hall:
    """Make a meeting with an open poll, and its people; nobody has the room open yet."""
    done = installation.python("-c", _SEATS, str(voters))
    facts = json.loads(done.stdout.strip().splitlines()[-1])
    urls = [url for server in servers for url in server.urls]
    return Hall(
        installation,
        facts["slug"],
        facts["poll"],
        [
            Voter(Person(urls, facts["slug"], one["session"], seed=number), one["creditor"])
            for number, one in enumerate(facts["voters"], start=1)
        ],
        Person(urls, facts["slug"], facts["judge"]),
    )


__all__ = ["ROOT", "Hall", "Voter", "assemble"]
