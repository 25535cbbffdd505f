"""A hall of creditors with an open poll, made in bulk."""

import os
from dataclasses import dataclass

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.models import Case, CaseRole, Creditor, Person, Role
from creditor_meetings.claims.models import Claim
from creditor_meetings.meetings import attendance_sums
from creditor_meetings.meetings.models import Attendance, Meeting
from creditor_meetings.realtime.registry import Context
from tests.support import world
from voting.models import Resolution


def sized(full: int) -> int:
    """Return a size as BENCH_PERCENT asks for it; tests run small ones."""
    return max(20, full * int(os.environ.get("BENCH_PERCENT", "100")) // 100)


@dataclass
class Hall:
    """A meeting and whoever votes in it, one person a creditor."""

    case: Case
    meeting: Meeting
    judge: Person
    voters: list[tuple[Person, Creditor]]

    def open_poll(self) -> Resolution:
        """Put one more resolution to the vote."""
        return world.open_poll(world.make_resolution(self.meeting), self.judge)

    def sign_in(self) -> None:
        """Let all attend, as whoever sits in the room when a poll opens."""
        Attendance.objects.bulk_create(
            Attendance(
                meeting=self.meeting, creditor=creditor, person=person, method="sign_in",
                at=clock.now(), amount_fen=100_000 + creditor.position,
            )
            for person, creditor in self.voters
        )  # fmt: skip
        attendance_sums.keep(self.meeting)

    def context(self, number: int, command_id: str) -> Context:
        """Stand behind a voter's socket."""
        person, creditor = self.voters[number]
        roles = frozenset({str(Role.CREDITOR)})
        acting = {creditor.pk: str(Role.CREDITOR)}
        return Context(
            meeting=self.meeting,
            viewer=Viewer(person, self.case.pk, roles, acting),
            address="192.0.2.7",
            device="bench",
            command_id=command_id,
        )


def make(size: int) -> Hall:
    """Make a hall of `size` creditors with one ordinary claim each."""
    case = world.make_case()
    creditors = Creditor.objects.bulk_create(
        Creditor(case=case, position=n, name=f"债权人{n}", identity_number=f"B{case.pk}-{n}")
        for n in range(size)
    )
    people = Person.objects.bulk_create(Person(name=f"代表{n}") for n in range(size))
    CaseRole.objects.bulk_create(
        CaseRole(case=case, person=person, role=Role.CREDITOR, creditor=creditor)
        for person, creditor in zip(people, creditors, strict=True)
    )
    Claim.objects.bulk_create(
        Claim(
            case=case, creditor=creditor, position=n, nature="ordinary", conclusion="confirmed",
            principal_fen=100_000 + n, filed_fen=100_000 + n, confirmed_fen=100_000 + n,
        )
        for n, creditor in enumerate(creditors)
    )  # fmt: skip
    meeting = world.make_meeting(case)
    judge = world.make_person(case, "judge")
    return Hall(case, meeting, judge, list(zip(people, creditors, strict=True)))
