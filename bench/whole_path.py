"""Ten thousand creditors with open sockets cast at once: the whole path of a ballot.

Each set-up runs in a process and on a database of its own: one server on SQLite, and where
WHOLE_PATH=all asks for it (or names some of sqlite,postgres,postgres2) one and two on
PostgreSQL (fsync on). From the first ballot sent until each creditor has its durable,
signed reply; until everybody has the right tally, and the chart that shows it; and an item of
the agenda called up in the middle, until the last one has it. What came of it is counted again
from the database. The reference is the naive design (`bench.naive_hall`) with as many voters as it
can stand: it tells everybody of every ballot, which grows with the square.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from bench.apart import new_postgresql, new_sqlite
from bench.crowd import Crowd, Times, share
from bench.hall import sized
from bench.report import Measure

ROOT = Path(__file__).resolve().parents[1]
CREDITORS = 10_000
NAIVE = 200
SETUPS = {
    "sqlite": ("one process, SQLite", 1),
    "postgres": ("one process, PostgreSQL", 1),
    "postgres2": ("two processes, PostgreSQL", 2),
}
AT_ONCE = 200
"""How many come in at the same time; it is their ballots that come at once."""
REPLY_SECONDS, TALLY_SECONDS = 2.0, 1.0
ALONE = "import django; django.setup(); from bench import whole_path; whole_path.main()"
NEWCOMERS = bool(os.environ.get("WHOLE_PATH_NEWCOMERS"))
"""Whether nobody signed in before, so that whoever votes attends by that: a row more each."""
CHOICES = ("for", "for", "against", "abstain")


def measure() -> list[Measure]:
    """Run every set-up, and the naive design."""
    creditors, voters = sized(CREDITORS), sized(NAIVE)
    naive = _apart("naive", voters)
    beside = f"naive, {voters} voters: p50 {naive['p50']:.2f}, last {naive['last']:.2f} s"
    asked = os.environ.get("WHOLE_PATH", "sqlite")
    chosen = list(SETUPS) if asked == "all" else asked.split(",")
    measures = []
    for name in chosen:
        title, _processes = SETUPS[name]
        found = _apart(name, creditors)
        measures += _measures(title, creditors, found, voters / naive["last"], beside)
    return measures


def _measures(
    title: str, creditors: int, found: dict[str, float], naive: float, beside: str
) -> list[Measure]:
    spread = ", ".join(f"{name} {found[name]:.2f}" for name in ("p50", "p95", "p99"))
    chart = f"chart {found['chart']:.2f} s after the last reply"
    cpu = f"{found['cpu'] * 1000 / creditors:.2f} ms CPU of the server a ballot"
    signed = "nobody signed in before; " if NEWCOMERS else ""
    joined = f"{signed}all in after {found['joined']:.0f} s"
    return [
        Measure(f"{creditors:,} at once, {title}", "ballots/s", creditors / found["last"], naive,
                "the naive design", True, f"{beside}; {cpu}; {joined}"),
        Measure("  the last durable reply", "s", found["last"], REPLY_SECONDS,
                "wanted", False, spread),
        Measure("  the last has the right tally, after that", "s", max(found["tally"], 0.001),
                TALLY_SECONDS, "wanted", False, chart),
        Measure("  an item called up meanwhile, last socket", "s", found["turn"],
                found["quiet_turn"], "in a quiet room", False),
    ]  # fmt: skip


def _apart(setup: str, size: int) -> dict[str, float]:
    """Run one set-up in a process of its own, on a database of its own."""
    from tests.support.databases import PrivateRedis

    with tempfile.TemporaryDirectory(prefix="bench-") as directory, ExitStack() as ending:
        environment = {
            **os.environ,
            "DATA_DIR": directory,
            "REDIS_URL": "",
        }
        if not setup.startswith("postgres"):
            environment["DATABASE_URL"] = new_sqlite(Path(directory))
        else:
            environment["DATABASE_URL"] = new_postgresql()
            if SETUPS[setup][1] > 1:
                redis = PrivateRedis()
                ending.callback(redis.stop)
                environment["REDIS_URL"] = redis.new_database()
        done = subprocess.run(
            [sys.executable, "-c", ALONE, setup, str(size)],
            cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
        found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        return found


class Run:
    """One set-up: the hall, its server, the crowd, and what was measured."""

    def __init__(self, size: int) -> None:
        from bench.crowd import sessions
        from bench.hall import make
        from tests.support import world

        self.size = size
        self.hall = make(size)
        if not NEWCOMERS:
            self.hall.sign_in()
        self.poll = self.hall.open_poll()
        # The next matter waits, as in a meeting: the room then has what draws charts ready.
        world.make_resolution(self.hall.meeting)
        self.items = list(self.hall.meeting.items.values_list("pk", flat=True))
        people = [person for person, _creditor in self.hall.voters]
        self.sessions = sessions([*people, self.hall.judge])
        self.found: dict[str, float] = {}

    def frames(self) -> list[str]:
        """Return each voter's ballot."""
        return [
            json.dumps(
                {
                    "id": f"ballot-{number}",
                    "type": "cast_ballot",
                    "data": {"resolution": self.poll.pk, "choice": CHOICES[number % 4]},
                },
                separators=(",", ":"),
            )
            for number in range(self.size)
        ]

    def ours(self, processes: int) -> None:
        """Measure the product."""
        from bench.servers import serving

        with serving(processes=processes) as server, Crowd() as crowd:
            path = f"/ws/meetings/{self.hall.meeting.slug}/"
            joined = crowd.connect(server.ports, path, self.sessions, at_once=AT_ONCE)
            self.found["joined"] = joined.seconds
            self._call_up(crowd, 1, wait=True)
            crowd.watch(
                reply='"ok":true', refused='"ok":false', tally=f'"voted":{self.size},',
                turn=f'"meeting/current_item":{self.items[2]}',
                chart=f'"charts/{self.poll.pk}":', last=["chart"],
            )  # fmt: skip
            for one in server.processes:
                if os.environ.get("BENCH_PROFILE"):
                    one.send_signal(signal.SIGUSR1)
            before = server.cpu_seconds()
            began = crowd.say_all(self.frames())
            time.sleep(min(0.3, 0.3 * self.size / CREDITORS))
            called = self._call_up(crowd, 2, wait=False)
            replies = crowd.wait("reply", among=self.size, seconds=120)
            self._spread(crowd, began, replies)
            last = began + self.found["last"]
            self.found["tally"] = self._last(crowd, crowd.wait("tally", seconds=60)) - last
            self.found["turn"] = self._last(crowd, crowd.wait("turn", seconds=60)) - called
            self.found["cpu"] = server.cpu_seconds() - before
            self._chart(crowd, last)
            self._check(crowd)

    def _call_up(self, crowd: Crowd, item: int, *, wait: bool) -> float:
        command = {"id": f"turn-{item}", "type": "set_agenda_item",
                   "data": {"item": self.items[item]}}  # fmt: skip
        if wait:
            crowd.watch(turn=f'"meeting/current_item":{self.items[item]}')
        began = crowd.say(self.size, json.dumps(command))
        if wait:
            self.found["quiet_turn"] = self._last(crowd, crowd.wait("turn", seconds=60)) - began
        return began

    def _last(self, crowd: Crowd, times: Times) -> float:
        came = [one for one in times if one is not None]
        if len(came) < len(times):
            raise AssertionError(
                f"{len(times) - len(came)} of {len(times)} sockets never read what they should; "
                f"{crowd.counts()}; {crowd.trouble()}"
            )
        return max(came)

    def _spread(self, crowd: Crowd, began: float, replies: Times) -> None:
        self._last(crowd, replies[: self.size])
        took = [one - began for one in replies[: self.size] if one is not None]
        for name, of_them in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("last", 1.0)):
            self.found[name] = share(took, of_them)

    def _chart(self, crowd: Crowd, last: float) -> None:
        """Wait for the chart of the final figures, and until everybody knows its version."""
        from voting import chart_room
        from voting.models import ChartImage, Resolution

        wanted = chart_room.figures(Resolution.objects.get(pk=self.poll.pk)).digest
        until = time.monotonic() + 120
        while not ChartImage.objects.filter(pk=self.poll.pk, drawn_from=wanted).exists():
            if time.monotonic() > until:
                raise AssertionError("the chart of the final figures was not drawn")
            time.sleep(0.05)
        newest = ChartImage.objects.values_list("version", flat=True).get(pk=self.poll.pk)
        # Some hear of a chart before it, and all of the newest a moment after it was drawn.
        while True:
            times = crowd.wait("chart", seconds=10, quiet=1.0)
            frames = crowd.frames("chart")
            data = json.loads(frames[-1][1])["data"]["set"] if frames else {}
            told = data.get(f"charts/{self.poll.pk}", {}).get("version")
            if told == newest and None not in times:
                break
            if time.monotonic() > until:
                raise AssertionError("the newest chart was not told to all")
        self.found["chart"] = self._last(crowd, times) - last

    def _check(self, crowd: Crowd) -> None:
        """Count again: the ballots, the tally that was told, the ledger, the receipts."""
        from voting import book, law
        from voting.ledger import chain
        from voting.models import Ballot, Resolution

        poll = Resolution.objects.get(pk=self.poll.pk)
        counted = Ballot.objects.filter(resolution=poll, effective=True)
        if counted.count() != self.size or crowd.frames("refused"):
            raise AssertionError(f"{counted.count()} of {self.size} ballots count")
        groups = law.running(poll)
        told = json.loads(crowd.frames("tally")[-1][1])["data"]["set"][f"tallies/{poll.pk}"]
        said = [CHOICES[number % 4] for number in range(self.size)]
        for choice in set(CHOICES):
            if not (
                groups[0][choice]["number"]
                == told["groups"][0][choice]["number"]
                == said.count(choice)
            ):
                raise AssertionError(f"the tally is wrong: {told}")
        problems = chain.problems(book.entries_of(poll.meeting))
        if problems:
            raise AssertionError(f"the ledger does not hold: {problems[:3]}")
        known = set(counted.values_list("number", flat=True))
        for _at, text in crowd.frames("reply"):
            data = json.loads(text)["data"]
            if "number" in data and data["number"] not in known:
                raise AssertionError(f"the ballot of an acknowledged receipt is missing: {data}")

    def naive(self) -> None:
        """Measure the naive design."""
        from bench.servers import serving
        from voting.models import Ballot

        with serving("bench.naive:application") as server, Crowd() as crowd:
            joined = crowd.connect(server.ports, "/naive/", self.sessions[:-1], at_once=50)
            self.found["joined"] = joined.seconds
            crowd.watch(reply='"type": "reply"')
            before = server.cpu_seconds()
            began = crowd.say_all(self.frames())
            self._spread(crowd, began, crowd.wait("reply", seconds=600))
            self.found["cpu"] = server.cpu_seconds() - before
        if Ballot.objects.filter(resolution=self.poll).count() != self.size:
            raise AssertionError("the naive design lost ballots")


def main() -> None:
    """Run one set-up on the database of the environment; print what was measured as JSON."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    setup, size = sys.argv[1:]
    run = Run(int(size))
    if setup == "naive":
        run.naive()
    else:
        run.ours(SETUPS[setup][1])
    print(json.dumps(run.found))
