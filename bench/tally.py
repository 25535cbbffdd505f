"""How a vote stands: kept by addition, beside counted anew from every ballot."""

import statistics
import time
from collections.abc import Callable

from bench.hall import make, sized
from bench.report import Measure
from creditor_meetings.cases import clock
from creditor_meetings.meetings.models import Attendance
from voting import law, participation
from voting.models import Ballot, RegisterEntry, Tally

VOTERS = sized(5_000)


def measure() -> list[Measure]:
    """Compare the two on a hall where everybody voted; they must agree."""
    hall = make(VOTERS)
    resolution = hall.open_poll()
    now = clock.now()
    Attendance.objects.bulk_create(
        Attendance(meeting=hall.meeting, creditor=creditor, person=person, method="ballot", at=now)
        for person, creditor in hall.voters
    )
    Ballot.objects.bulk_create(
        Ballot(
            resolution=resolution, creditor=creditor, choice="for", person=person, at=now,
            command_id=f"tally-{n}", number=f"tally-{n}",
        )
        for n, (person, creditor) in enumerate(hall.voters)
    )  # fmt: skip
    amounts = RegisterEntry.objects.filter(resolution=resolution).values_list(
        "amount_fen", flat=True
    )
    Tally.objects.filter(resolution=resolution).update(for_number=VOTERS, for_fen=sum(amounts))
    participation.keep(resolution)
    if law.running(resolution) != law.count(resolution)["groups"]:
        raise AssertionError("the running tally and the recount differ")
    kept = _median(lambda: law.running(resolution))
    anew = _median(lambda: law.count(resolution))
    return [
        Measure("how a vote stands", "ms", kept, anew, "recount from all ballots", False,
                f"{VOTERS} ballots"),
    ]  # fmt: skip


def _median(work: Callable[[], object]) -> float:
    times = []
    for _ in range(9):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000
