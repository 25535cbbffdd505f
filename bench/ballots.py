"""Ballots a second, durable and with a signed receipt, beside a transaction of the ORM each."""

import time
from concurrent.futures import Future
from typing import Any

from django.db import transaction
from django.db.models import F

from bench.hall import Hall, make, sized
from bench.report import Measure
from creditor_meetings.cases import clock
from voting import ballot_box
from voting.models import Ballot, RegisterEntry, Resolution, Tally

VOTERS = sized(3_000)
AT_ONCE = 200
NAIVE = sized(300)


def measure() -> list[Measure]:
    """Compare the ballot box with what one writes first."""
    hall = make(VOTERS)
    naive = _naive(hall, hall.open_poll())
    box = _box(hall, hall.open_poll())
    note = f"{VOTERS} voters, {AT_ONCE} at once"
    return [
        Measure("ballots through the ballot box", "ballots/s", box, naive,
                "one ORM transaction a ballot, no ledger", True, note),
    ]  # fmt: skip


def _box(hall: Hall, resolution: Resolution) -> float:
    waiting: list[Future[dict[str, Any]]] = []
    began = time.perf_counter()
    for number in range(VOTERS):
        context = hall.context(number, f"bench-{number}")
        data = {"resolution": resolution.pk, "choice": "for"}
        waiting.append(ballot_box.box.put(ballot_box.read(context, data)))
        if len(waiting) >= AT_ONCE:
            waiting.pop(0).result(60)
    for one in waiting:
        one.result(60)
    took = time.perf_counter() - began
    counted = Ballot.objects.filter(resolution=resolution, effective=True).count()
    if counted != VOTERS:
        raise AssertionError(f"{counted} of {VOTERS} ballots counted")
    return VOTERS / took


def _naive(hall: Hall, resolution: Resolution) -> float:
    began = time.perf_counter()
    for number in range(NAIVE):
        person, creditor = hall.voters[number]
        with transaction.atomic():
            locked = Resolution.objects.select_for_update().get(pk=resolution.pk)
            entry = RegisterEntry.objects.get(resolution=locked, creditor=creditor, reason="")
            Ballot.objects.create(
                resolution=locked, creditor=creditor, choice="for", person=person,
                command_id=f"naive-{number}", at=clock.now(), number=f"naive-{number}", receipt={},
            )  # fmt: skip
            Tally.objects.filter(resolution=locked, group=entry.group).update(
                for_number=F("for_number") + 1, for_fen=F("for_fen") + entry.amount_fen
            )
    return NAIVE / (time.perf_counter() - began)
