"""Ballots a second, durable and with a signed receipt, on SQLite and PostgreSQL.

Beside them stand what one writes first, a transaction of the ORM a ballot while 200 vote at once,
and the least that could be written: the same rows, made beforehand, inserted in batches of 200.
`python -m bench.ballots` prints what it finds on the database of DATABASE_URL as JSON.
"""

import asyncio
import json
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

from bench.apart import on_postgresql
from bench.report import Measure

AT_ONCE = 200
ROUNDS = 3


def measure() -> list[Measure]:
    """Measure here, and on a PostgreSQL of our own in a process of its own."""
    return [*measure_here(), *on_postgresql("bench.ballots")]


def measure_here() -> list[Measure]:
    """Compare the ballot box with both references, in turns; the median of each counts."""
    from django.db import connection

    from bench.hall import make, sized

    hall = Voting(make(sized(3_000)), naive=sized(400))
    rates: dict[str, list[float]] = {"naive": [], "box": [], "new": [], "raw": []}
    for _ in range(ROUNDS):
        rates["naive"].append(hall.naive())
        rates["box"].append(hall.box())
        rates["raw"].append(hall.raw())
        rates["new"].append(hall.box_of_newcomers())
    naive, box, new, raw = (statistics.median(rates[name]) for name in rates)
    where = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[connection.vendor]
    note = f"{hall.size} voters, {hall.at_once} at once"
    first = "one ORM transaction a ballot, no ledger, no event"
    rows = "the same rows (ballot, ledger entry, event) made beforehand, executemany, 200 a commit"
    return [
        Measure(f"ballots, {where}", "ballots/s", box, naive, first, True, note),
        Measure(f"ballots, {where}", "ballots/s", box, raw, rows, True, note),
        Measure(f"ballots that sign in as well, {where}", "ballots/s", new, naive, first, True,
                f"{note}; besides an attendance and its ledger entry each"),
    ]  # fmt: skip


class Voting:
    """A hall whose people vote in one poll after the other."""

    def __init__(self, hall: Any, naive: int) -> None:
        self.hall, self.size = hall, len(hall.voters)
        self.at_once = min(AT_ONCE, self.size)
        self.naive_size = min(naive, self.size)
        self.polls = 0
        self.sign_in(hall.meeting)

    def sign_in(self, meeting: Any) -> None:
        """Let all attend, as whoever sits in the room when a poll opens."""
        from creditor_meetings.cases import clock
        from creditor_meetings.meetings.models import Attendance

        Attendance.objects.bulk_create(
            Attendance(
                meeting=meeting, creditor=creditor, person=person, method="sign_in",
                at=clock.now(), amount_fen=100_000,
            )
            for person, creditor in self.hall.voters
        )  # fmt: skip

    def box(self) -> float:
        """All vote in one more poll through the ballot box; ballots a second."""
        return self._vote(self.hall)

    def box_of_newcomers(self) -> float:
        """The same in a meeting in which nobody signed in: whoever votes attends."""
        from dataclasses import replace

        from tests.support import world

        return self._vote(replace(self.hall, meeting=world.make_meeting(self.hall.case)))

    def _vote(self, hall: Any) -> float:
        from voting.models import Ballot

        poll = hall.open_poll()
        self.polls += 1
        contexts = [hall.context(n, f"box-{self.polls}-{n}") for n in range(self.size)]
        data = {"resolution": poll.pk, "choice": "for"}
        began = time.perf_counter()
        asyncio.run(self._cast_all(contexts, data))
        took = time.perf_counter() - began
        counted = Ballot.objects.filter(resolution=poll, effective=True).count()
        if counted != self.size:
            raise AssertionError(f"{counted} of {self.size} ballots counted")
        self.last = poll
        return self.size / took

    async def _cast_all(self, contexts: Sequence[Any], data: dict[str, Any]) -> None:
        """Cast as a room's sockets do; whoever has an answer makes room for the next voter."""
        from voting import ballot_box

        done = asyncio.get_running_loop().create_future()
        waiting: Iterator[Any] = iter(contexts)
        missing = len(contexts)

        def answered(answer: Any) -> None:
            nonlocal missing
            missing -= 1
            if isinstance(answer, BaseException) and not done.done():
                done.set_exception(answer)
            elif not missing and not done.done():
                done.set_result(None)
            cast_next()

        def cast_next() -> None:
            context = next(waiting, None)
            if context is not None:
                ballot_box.take_ballot(context, data, answered)

        for _ in range(self.at_once):
            cast_next()
        await done

    def naive(self) -> float:
        """Some vote, a transaction a ballot, in as many threads as vote at once."""
        from django.db import connections

        poll = self.hall.open_poll()

        def cast(number: int) -> None:
            self._cast_naively(poll.pk, number)

        def ready() -> None:
            connections["default"].ensure_connection()

        with ThreadPoolExecutor(min(self.at_once, self.naive_size), initializer=ready) as pool:
            list(pool.map(lambda _n: None, range(self.at_once)))
            began = time.perf_counter()
            list(pool.map(cast, range(self.naive_size)))
            took = time.perf_counter() - began
            list(pool.map(lambda _n: connections.close_all(), range(4 * self.at_once)))
        return self.naive_size / took

    def _cast_naively(self, poll_id: int, number: int) -> None:
        from django.db import transaction
        from django.db.models import F

        from creditor_meetings.cases import clock
        from voting.models import Ballot, RegisterEntry, Resolution, Tally

        person, creditor = self.hall.voters[number]
        with transaction.atomic():
            locked = Resolution.objects.select_for_update().get(pk=poll_id)
            if locked.state != "open":
                raise AssertionError("the poll is not open")
            entry = RegisterEntry.objects.get(resolution=locked, creditor=creditor, reason="")
            Ballot.objects.create(
                resolution=locked, creditor=creditor, choice="for", choices={"all": "for"},
                person=person, command_id=f"naive-{poll_id}-{number}", at=clock.now(),
                number=f"naive-{poll_id}-{number}", address="192.0.2.7", device="bench",
            )  # fmt: skip
            Tally.objects.filter(resolution=locked, group=entry.group).update(
                for_number=F("for_number") + 1, for_fen=F("for_fen") + entry.amount_fen
            )

    def raw(self) -> float:
        """Insert once more what the box wrote for its last poll, into another meeting's rows."""
        from django.db import connection, transaction

        tables = self._rows_of_last()
        began = time.perf_counter()
        for start in range(0, self.size, AT_ONCE):
            with transaction.atomic(), connection.cursor() as cursor:
                for statement, rows in tables:
                    cursor.executemany(statement, rows[start : start + AT_ONCE])
        return self.size / (time.perf_counter() - began)

    def _rows_of_last(self) -> list[tuple[str, list[tuple[Any, ...]]]]:
        from creditor_meetings.realtime.log import EVENT
        from tests.support import world
        from voting.book import ENTRY
        from voting.box.writing import BALLOT

        meeting = world.make_meeting(self.hall.case)
        poll = world.make_resolution(meeting)
        last = self.last.pk

        def copy(
            table: str, columns: Sequence[str], which: str, change: Callable[[int, dict], object]
        ) -> tuple[str, list[tuple[Any, ...]]]:
            made = []
            for number, row in enumerate(_read(table, columns, which)):
                values = dict(zip(columns, row, strict=True))
                change(number, values)
                made.append(tuple(values.values()))
            named = ", ".join(f'"{one}"' for one in columns)
            marks = ", ".join(["%s"] * len(columns))
            return f'INSERT INTO "{table}" ({named}) VALUES ({marks})', made

        return [
            copy("voting_ballot", BALLOT, f"resolution_id = {last}", lambda n, row: row.update(
                resolution_id=poll.pk, number=f"{poll.pk}-{n}", command_id=f"raw-{poll.pk}-{n}")),
            copy("voting_ledgerentry", ENTRY, "kind = 'ballot' AND position IN (SELECT CAST("
                 f"SUBSTR(number, {len(str(last)) + 2}) AS integer) FROM voting_ballot"
                 f" WHERE resolution_id = {last}) AND meeting_id = {self.hall.meeting.pk}",
                 lambda n, row: row.update(meeting_id=meeting.pk, position=n + 1)),
            copy("realtime_event", EVENT, f"kind = 'ballot_recorded'"
                 f" AND CAST(data AS text) LIKE '%ballots/{last}/%'",
                 lambda n, row: row.update(meeting_id=meeting.pk, seq=n + 1)),
        ]  # fmt: skip


def _read(table: str, columns: Sequence[str], which: str) -> list[tuple[Any, ...]]:
    from django.db import connection

    named = ", ".join(f'"{one}"' for one in columns)
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT {named} FROM "{table}" WHERE {which} ORDER BY id')
        return cursor.fetchall()


if __name__ == "__main__":
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    print(json.dumps([asdict(one) for one in measure_here()]))
