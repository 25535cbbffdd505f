"""Ten thousand creditors open the room, and come back after the server was killed.

`python -m bench.joining` prints what it finds on the database of DATABASE_URL as JSON, and
`python -m bench.joining 100 1000` a line for each size.
"""

import json
import os
import sys
from dataclasses import asdict, dataclass
from typing import Any

from bench.apart import on_postgresql
from bench.report import Measure

PEOPLE = 10_000
NAIVE = 40
"""So many come in where everybody's state is read for him alone: it takes as long as thousands."""
AT_ONCE = 500
PING = '{"type":"ping"}'


@dataclass(frozen=True)
class Came:
    """How people came in: seconds until all were, CPU ms of the server each, their waits (s)."""

    number: int
    seconds: float
    cpu_ms: float
    p50: float
    p95: float
    p99: float


def measure() -> list[Measure]:
    """Measure here, and on a PostgreSQL of our own in a process of its own."""
    return [*measure_here(), *on_postgresql("bench.joining")]


def measure_here() -> list[Measure]:
    """Let all come, kill the server, let all come back; beside it the naive way and a bare one."""
    from django.db import connection

    from bench.hall import sized

    hall = _Hall(sized(PEOPLE))
    first, again = hall.come_and_come_back(hall.size)
    naive = hall.come("bench.naive_joining:application", "/ws/naive/{}/", min(NAIVE, hall.size))
    bare = hall.come("bench.naive_joining:application", "/ws/bare/", hall.size)
    where = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[connection.vendor]
    note = f"{hall.size} creditors at once"
    alone = f"all read for each ({naive.number} came)"
    least = "a bare accept and the same bytes"
    return [
        Measure(f"a join, {where}", "ms of CPU", first.cpu_ms, naive.cpu_ms, alone, False,
                f"{note}, all in after {first.seconds:.1f} s; {_spread(first)}"),
        Measure(f"a join, {where}", "ms of CPU", first.cpu_ms, bare.cpu_ms, least, False, note),
        Measure(f"back after kill -9, {where}", "ms of CPU", again.cpu_ms, bare.cpu_ms, least,
                False, f"all back after {again.seconds:.1f} s; {_spread(again)}"),
    ]  # fmt: skip


def _spread(came: Came) -> str:
    return f"p50 {came.p50:.2f} s, p95 {came.p95:.2f} s, p99 {came.p99:.2f} s"


class _Hall:
    """A meeting with an open poll, and a session for each of its creditors."""

    def __init__(self, size: int) -> None:
        from bench import hall
        from bench.crowd import sessions

        self.size = size
        self.hall = hall.make(size)
        self.hall.open_poll()
        self.sessions = sessions(person for person, _creditor in self.hall.voters)
        self.slug = self.hall.meeting.slug

    def come(self, application: str, path: str, number: int) -> Came:
        """Let people in at an application of Daphne's."""
        from bench.crowd import Crowd
        from bench.servers import serving

        with serving(application) as server, Crowd() as crowd:
            return _came(server, crowd, path.format(self.slug), self.sessions[:number])

    def come_and_come_back(self, number: int) -> tuple[Came, Came]:
        """Let people in, kill the server, start another; all resume from what they have."""
        from bench.crowd import Crowd
        from bench.servers import serving
        from creditor_meetings.realtime import log

        path, people = f"/ws/meetings/{self.slug}/", self.sessions[:number]
        with serving() as server, Crowd() as crowd:
            first = _came(server, crowd, path, people)
            held = log.last_seq(self.hall.meeting.pk)
            server.processes[0].kill()
        with serving() as server, Crowd() as crowd:
            again = _came(server, crowd, f"{path}?after={held}", people, '"pong"', hello=PING)
        return first, again


def _came(
    server: Any,
    crowd: Any,
    path: str,
    people: list[str],
    ready: str = '"snapshot"',
    hello: str = "",
) -> Came:
    from bench.crowd import share

    # Imports and the first connection to the database are the server's start, not a join.
    crowd.connect(server.ports, path, people[:1], ready=ready, hello=hello)
    before = server.cpu_seconds()
    joined = crowd.connect(server.ports, path, people, ready=ready, hello=hello, at_once=AT_ONCE)
    spent = server.cpu_seconds() - before
    waits = [one - joined.began for one in joined.ready]
    return Came(
        len(people), joined.seconds, max(spent, 0.01) * 1000 / len(people),
        share(waits, 0.5), share(waits, 0.95), share(waits, 0.99),
    )  # fmt: skip


def main() -> None:
    """Measure on the database of DATABASE_URL."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creditor_meetings.config.settings")
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    if sys.argv[1:]:
        hall = _Hall(max(int(size) for size in sys.argv[1:]))
        for size in sys.argv[1:]:
            for came in hall.come_and_come_back(int(size)):
                print(came, flush=True)
        return
    print(json.dumps([asdict(one) for one in measure_here()]))


if __name__ == "__main__":
    main()
