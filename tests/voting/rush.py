"""A rush to one poll from many writers at once, with sign-ins and a close in the middle.

`main()` runs on the database of the present settings and prints what happened as JSON.
Each ballot box stands for a process: it has a writer and connections of its own.
"""

import json
import sys
import threading
from typing import Any

from django.db import connection, connections, transaction

from creditor_meetings.cases.errors import Refused
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.meetings.publishing import publish
from tests.support import world
from voting import ballot_box, book, law
from voting.ledger import chain
from voting.models import Ballot, Outcome, Resolution

CREDITORS, BOXES, ROUNDS = 36, 3, 6


class Rush:
    """The hall, and what each voter was told."""

    def __init__(self) -> None:
        self.case = world.make_case()
        creditors = [world.make_creditor(self.case, confirmed="10.00") for _ in range(CREDITORS)]
        self.meeting = world.make_meeting(self.case)
        self.judge = world.make_person(self.case, "judge")
        self.people = [world.make_person(self.case, "creditor", one) for one in creditors]
        self.poll, self.other = (
            world.open_poll(world.make_resolution(self.meeting), self.judge) for _ in range(2)
        )
        self.draft = world.make_resolution(self.meeting)
        self.watchers = [self.judge, self.people[0], world.make_person(self.case, "observer")]
        self.before = [world.take_snapshot(one, self.meeting) for one in self.watchers]
        self.receipts: list[dict[str, Any]] = []
        self.refusals: list[str] = []
        self.broken: list[str] = []
        self.enough = threading.Event()

    def vote(self, voters: list[int], box: ballot_box.BallotBox) -> None:
        """Vote again and again on both polls, as each voter behind this box."""
        for turn in range(ROUNDS):
            answers = []
            for number in voters:
                context = world.context(self.people[number], self.meeting)
                for poll in (self.poll, self.other):
                    choice = ("for", "against", "abstain")[(turn + number) % 3]
                    data = {"resolution": poll.pk, "choice": choice}
                    cast = ballot_box.read(context, data)
                    box.put(cast)
                    answers.append(cast.answer)
            for answer in answers:
                try:
                    self.receipts.append(answer.result(300))
                except Refused as refusal:
                    self.refusals.append(refusal.code)
            if turn == ROUNDS // 2:
                self.enough.set()

    def sign_in(self) -> None:
        """Sign everybody in, one by one, while they vote."""
        for person in self.people:
            world.sign_in(person, self.meeting)

    def chair(self) -> None:
        """Open a third poll, say something to all, and close the first in the middle of it."""
        world.open_poll(self.draft, self.judge)
        with transaction.atomic():
            publish(self.meeting, "note", {"note": 1})
        self.enough.wait(300)
        world.close_poll(self.poll, self.judge)

    def run(self) -> None:
        """Let all of them loose and wait."""
        boxes = [ballot_box.BallotBox() for _ in range(BOXES)]
        work = [
            lambda box=box, n=n: self.vote(list(range(n, CREDITORS, BOXES)), box)
            for n, box in enumerate(boxes)
        ]
        threads = [
            threading.Thread(target=self._guard, args=(one,), daemon=True)
            for one in [*work, self.sign_in, self.chair]
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(600)
            if thread.is_alive():
                self.broken.append("a thread hangs")

    def _guard(self, work: Any) -> None:
        try:
            work()
        except Exception as error:
            self.broken.append(repr(error))
        finally:
            connections.close_all()

    def report(self) -> dict[str, Any]:
        """Say what of all that must hold holds."""
        poll = Resolution.objects.select_related("meeting").get(pk=self.poll.pk)
        other = Resolution.objects.select_related("meeting").get(pk=self.other.pk)
        outcome = Outcome.objects.get(resolution=poll)
        meeting = Meeting.objects.get(pk=self.meeting.pk)
        stored = set(Ballot.objects.values_list("number", flat=True))
        last: dict[tuple[int, int], dict[str, Any]] = {}
        for receipt in sorted(self.receipts, key=lambda one: one["position"]):
            last[receipt["resolution"], receipt["creditor"]] = receipt
        effective = {
            (one.resolution_id, one.creditor_id): one.number
            for one in Ballot.objects.filter(effective=True)
        }
        states = [
            world.catch_up(watcher, meeting, *before)
            == world.take_snapshot(watcher, meeting)[1] | {"note": 1}
            for watcher, before in zip(self.watchers, self.before, strict=True)
        ]
        return {
            "database": connection.vendor,
            "broken": self.broken,
            "receipts": len(self.receipts),
            "refusals": sorted(set(self.refusals)),
            "receipts_stored": {one["number"] for one in self.receipts} == stored,
            "last_receipts_effective": {k: v["number"] for k, v in last.items()} == effective,
            "recount": law.count(poll) == outcome.result
            and law.running(poll) == outcome.result["groups"],
            "other_recount": law.count(other)["groups"] == law.running(other),
            "ledger": chain.problems(book.entries_of(meeting)),
            "states": states,
        }


def main() -> None:
    """Let the rush happen and say what came of it."""
    rush = Rush()
    rush.run()
    json.dump(rush.report(), sys.stdout)
