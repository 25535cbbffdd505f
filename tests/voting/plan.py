"""A reorganisation plan put to the vote by groups, with papers and second votes: for tests."""

from typing import Any

from creditor_meetings.cases import clock
from creditor_meetings.cases.models import Creditor, Person
from tests.support import world
from voting import counting, law, second
from voting.models import GroupDecision, PaperBallot, PaperSheet, Tally

CHOICES = ("for", "against", "abstain")


class Plan:
    """A bank in two groups, two ordinary creditors, a worker; each with a person."""

    def __init__(self, **practice: str) -> None:
        self.case = world.make_case(procedure="reorganisation")
        self.creditors: dict[str, Creditor] = {
            "bank": world.make_creditor(
                self.case, "银行", nature="secured", confirmed="900.00", unsecured_part="100.00"
            ),
            "firm": world.make_creditor(self.case, "公司", confirmed="300.00"),
            "shop": world.make_creditor(self.case, "商店", confirmed="50.00"),
            "worker": world.make_creditor(self.case, "职工", nature="employee", confirmed="20.00"),
        }
        self.people: dict[str, Person] = {
            name: world.make_person(self.case, "creditor", creditor, name)
            for name, creditor in self.creditors.items()
        }
        self.judge = world.make_person(self.case, "judge")
        self.administrator = world.make_person(self.case, "administrator")
        self.meeting = world.make_meeting(self.case, practice=practice)

    def draft(self, **fields: Any) -> Any:
        return world.make_resolution(self.meeting, power=6, rule="prc-reorganisation", **fields)

    def poll(self, **fields: Any) -> Any:
        return world.open_poll(self.draft(**fields), self.judge)

    def cast(self, name: str, poll: Any, choice: Any) -> dict[str, Any]:
        return world.cast(self.people[name], poll, choice, self.creditors[name])

    def close(self, poll: Any) -> Any:
        return world.close_poll(poll, self.judge)

    def second_vote(self, poll: Any) -> Any:
        poll.refresh_from_db()
        made = second.call_second_vote(self.meeting, poll.pk, self.seen(self.judge))
        return world.open_poll(made, self.judge)

    def seen(self, person: Person) -> Any:
        return world.viewer(person, self.meeting)

    def decide(self, group: str, limit_fen: int | None = None) -> None:
        GroupDecision.objects.create(
            meeting=self.meeting, group=group, limit_fen=limit_fen, reasons="便于表决。",
            judge=self.judge, at=clock.now(),
        )  # fmt: skip

    def paper(self, name: str, poll: Any, choices: dict[str, str]) -> Any:
        """Count a ballot on paper that the administrator entered and the judge checked."""
        creditor = self.creditors[name]
        return count_paper(poll, creditor, choices, self.administrator, self.judge)


def count_paper(
    poll: Any, creditor: Creditor, choices: dict[str, str], enters: Person, checks: Person
) -> Any:
    """Enter a paper ballot, check it, count it; as the verbs of papers do."""
    sheet = PaperSheet.objects.create(
        meeting=poll.meeting, name="书面表决票.pdf", content_type="application/pdf", size=1,
        sha256="0" * 64, entered_by=enters, entered_at=clock.now(), address="192.0.2.9",
    )  # fmt: skip
    paper = PaperBallot.objects.create(
        sheet=sheet, resolution=poll, creditor=creditor, choices=choices
    )
    ballot = counting.record_paper(paper, checks)
    paper.ballot = ballot
    paper.state = "counted" if ballot is not None else "overruled"
    paper.save()
    return ballot


def tallies(poll: Any) -> dict[str, dict[str, tuple[int, int]]]:
    """The kept tallies: heads and fen by group and choice, without zeros."""
    return {
        kept.group: {
            choice: (getattr(kept, f"{choice}_number"), getattr(kept, f"{choice}_fen"))
            for choice in CHOICES
            if getattr(kept, f"{choice}_number") or getattr(kept, f"{choice}_fen")
        }
        for kept in Tally.objects.filter(resolution=poll)
    }


def agree(poll: Any) -> None:
    """Ask that the count kept by addition is the recount from register and ballots."""
    poll.refresh_from_db()
    assert law.running(poll) == law.count(poll)["groups"]
