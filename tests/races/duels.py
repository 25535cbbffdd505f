"""Duels about a poll, fought for real: each side a thread with a connection of its own.

`main()` runs on the database of the present settings and prints what was found wrong as JSON.
Sides start together, each a few random milliseconds late (RACES_SEED), again and again
(RACES_ROUNDS). Afterwards the ledger of the poll is walked in its order through the pure law:
what stands on record must be a life that the law allows, with every acknowledged ballot in it.
"""

import json
import logging
import os
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection, connections

from creditor_meetings.cases.errors import Refused
from tests.support import world
from voting import ballot_box, book, closing, database_clock, law, life, poll_changes
from voting.ledger import chain
from voting.models import Ballot, Outcome, PollChange, Resolution
from voting.rules import poll_life
from voting.rules.poll_life import Life, NotNow, State

ROUNDS = int(os.environ.get("RACES_ROUNDS", "6"))
SEED = int(os.environ.get("RACES_SEED", "1"))
JITTER_SECONDS = (0.002, 0.02, 0.1)
"""How late sides may be: from all at the same moment to one after the other."""
PATIENCE_SECONDS = 120
REFUSALS = {"poll_not_open", "bad_request"}

Side = Callable[[], Any]


class Complaints(logging.Handler):
    """Whatever the product logs as an error in a duel is one."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Note it, with its cause."""
        cause = record.exc_info[1] if record.exc_info else ""
        self.heard.append(f"{record.getMessage()} {cause!r}")


class Ground:
    """A meeting whose polls are fought over, and what came of it."""

    def __init__(self) -> None:
        self.chance = random.Random(SEED)
        self.case = world.make_case()
        creditors = [world.make_creditor(self.case, confirmed="10.00") for _ in range(4)]
        self.meeting = world.make_meeting(self.case)
        self.judge = world.make_person(self.case, "judge")
        self.people = [world.make_person(self.case, "creditor", one) for one in creditors]
        self.seen = world.viewer(self.judge, self.meeting)
        self.wrong: list[str] = []
        self.ends: Counter[str] = Counter()
        self.receipts: list[dict[str, Any]] = []
        self.poll: Resolution

    # --- sides ------------------------------------------------------------------------------

    def casts(self, *voters: int, choice: str = "for") -> Side:
        """Cast ballots in one batch, as the writer of a process does."""

        def cast() -> None:
            sent = [
                ballot_box.read(
                    world.context(self.people[one], self.meeting),
                    {"resolution": self.poll.pk, "choice": choice},
                )
                for one in voters
            ]
            ballot_box.write(sent)
            told = [one.answer.exception(timeout=0) for one in sent]
            self.receipts += [
                dict(one.answer.result(timeout=0))
                for one, refusal in zip(sent, told, strict=True)
                if refusal is None
            ]
            for refusal in told:
                if refusal is not None:
                    raise refusal

        return cast

    def closes(self) -> Side:
        """Close by hand."""
        return lambda: closing.close_poll(self.meeting, self.poll.pk, self.seen)

    def closes_when_due(self) -> Side:
        """Look for what is due until it is closed, or its close is far again."""

        def look() -> None:
            until = time.monotonic() + PATIENCE_SECONDS
            while time.monotonic() < until:
                rest = closing.close_due(self.meeting.pk)
                if rest is None or rest > 60:
                    return
                time.sleep(min(rest, 0.005))

        return look

    def extends(self) -> Side:
        """Let it run for another hour."""
        later = database_clock.now() + timedelta(hours=1)
        return lambda: poll_changes.extend_poll(
            self.meeting, self.poll.pk, later, "应债权人请求", self.seen
        )

    def suspends(self) -> Side:
        """Stop it."""
        return lambda: poll_changes.suspend_poll(self.meeting, self.poll.pk, "线路故障", self.seen)

    def resumes(self) -> Side:
        """Let it go on."""
        return lambda: poll_changes.resume_poll(self.meeting, self.poll.pk, self.seen)

    def voids(self) -> Side:
        """Void it."""
        return lambda: poll_changes.void_poll(self.meeting, self.poll.pk, "登记册有误", self.seen)

    # --- a round ----------------------------------------------------------------------------

    def open(self) -> None:
        """Open a fresh poll."""
        self.receipts = []
        self.poll = world.open_poll(world.make_resolution(self.meeting), self.judge)

    def fight(self, *sides: Side, ends_in: float | None = None) -> None:
        """Let all sides loose together, and wait for them; the poll ends in so many seconds."""
        barrier = threading.Barrier(len(sides) + 1)
        jitter = self.chance.choice(JITTER_SECONDS)
        threads = [
            threading.Thread(
                target=self._guard,
                args=(one, barrier, self.chance.uniform(0, jitter)),
                daemon=True,
            )
            for one in sides
        ]
        for thread in threads:
            thread.start()
        if ends_in is not None:
            # Not announced by the verb: with all that it does the time would be over before.
            self.poll.closes_at = database_clock.now() + timedelta(seconds=ends_in)
            Resolution.objects.filter(pk=self.poll.pk).update(closes_at=self.poll.closes_at)
        barrier.wait(PATIENCE_SECONDS)
        for thread in threads:
            thread.join(PATIENCE_SECONDS)
            if thread.is_alive():
                self.wrong.append("a side hangs")

    def _guard(self, side: Side, barrier: threading.Barrier, late: float) -> None:
        try:
            connection.ensure_connection()
            barrier.wait(PATIENCE_SECONDS)
            time.sleep(late)
            side()
        except Refused as refusal:
            if refusal.code not in REFUSALS:
                self.wrong.append(f"refused with {refusal.code}: {refusal.message}")
        except Exception as error:
            self.wrong.append(repr(error))
        finally:
            connections.close_all()

    def judge_round(self, name: str) -> None:
        """Compare what is stored with what was told and with what the law allows."""
        poll = Resolution.objects.select_related("meeting").get(pk=self.poll.pk)
        self.ends[f"{name}: {poll.state}, {len(self.receipts)} ballots"] += 1
        rows = {one.number: one for one in Ballot.objects.filter(resolution=poll)}
        self._hold(name, {one["number"] for one in self.receipts} == set(rows), "ballots lost")
        last = {one["creditor"]: one["number"]
                for one in sorted(self.receipts, key=lambda one: one["position"])}  # fmt: skip
        counting = {one.creditor_id: one.number for one in rows.values() if one.effective}
        self._hold(name, counting == last, "not the last acknowledged ballot counts")
        try:
            lived = self._walk(poll, rows)
        except NotNow as forbidden:
            self.wrong.append(f"{name}: the record shows what the law forbids: {forbidden.why}")
        else:
            self._hold(name, lived == life.life_of(poll), f"stored otherwise than lived: {lived}")
        recount = law.count(poll)
        said = said_of(recount["groups"])
        self._hold(name, said_of(law.running(poll)) == said, "running count is not the recount")
        outcomes = list(Outcome.objects.filter(resolution=poll))
        self._hold(name, len(outcomes) == (poll.closed_at is not None), "outcomes")
        self._hold(name, all(one.result == recount for one in outcomes), "outcome")

    def _hold(self, name: str, holds: bool, words: str) -> None:
        if not holds:
            self.wrong.append(f"{name}, poll {self.poll.pk}: {words}")

    def _walk(self, poll: Resolution, rows: dict[str, Ballot]) -> Life:
        """Live the poll's life again as the ledger tells it, by the moments of the rows."""
        changes = {
            kind: list(PollChange.objects.filter(resolution=poll, kind=kind).order_by("pk"))
            for kind in PollChange.Kind.values
        }
        assert poll.opened_at is not None
        lived, seen = Life(), 0
        for entry in book.entries_of(self.meeting):
            if entry.body.get("resolution") != poll.pk:
                continue
            kind = entry.kind.removeprefix("poll_")
            if entry.kind == "poll_opened":
                lived = Life(State.OPEN, self.poll.closes_at)
            elif entry.kind == "ballot":
                seen += 1
                if not poll_life.takes_ballots(lived, rows[entry.body["number"]].at):
                    raise NotNow(poll_life.Why.OVER)
            elif entry.kind == "poll_closed":
                assert poll.closed_at is not None
                lived = poll_life.closed(lived, poll.closed_at)
            elif kind in changes:
                lived = self._change(lived, kind, changes[kind].pop(0))
        self._hold("ledger", seen == len(rows), "ballots missing in the ledger")
        return lived

    @staticmethod
    def _change(lived: Life, kind: str, change: PollChange) -> Life:
        if kind == "extended":
            assert change.after is not None
            return poll_life.extended(lived, change.at, change.after)
        step = {
            "suspended": poll_life.suspended,
            "resumed": poll_life.resumed,
            "voided": poll_life.voided,
        }[kind]
        return step(lived, change.at)


def said_of(groups: list[dict[str, Any]]) -> list[Any]:
    """Return what was said in each group; who attends is noted at the close alone."""
    return [(one["group"], one["for"], one["against"], one["abstain"]) for one in groups]


def cast_and_close(ground: Ground) -> None:
    """Votes race the close."""
    ground.open()
    ground.fight(ground.casts(0, 1), ground.casts(2), ground.casts(3), ground.closes())


def revote_and_close(ground: Ground) -> None:
    """Who voted changes the vote while it closes."""
    ground.open()
    ground.casts(0, 1, 2)()
    ground.fight(
        ground.casts(0, 1, choice="against"), ground.casts(2, 0, choice="abstain"), ground.closes()
    )


def cast_and_announced_close(ground: Ground) -> None:
    """Votes race the announced time, which two processes carry out."""
    ground.open()
    ground.fight(
        ground.casts(0, 1),
        ground.casts(2),
        ground.closes_when_due(),
        ground.closes_when_due(),
        ends_in=0.1,
    )


def extend_and_announced_close(ground: Ground) -> None:
    """An extension races the announced time."""
    ground.open()
    ground.fight(
        ground.extends(),
        ground.closes_when_due(),
        ground.closes_when_due(),
        ground.casts(0, 1),
        ends_in=0.08,
    )


def void_and_cast(ground: Ground) -> None:
    """Voiding races votes and a close."""
    ground.open()
    ground.fight(ground.voids(), ground.casts(0, 1), ground.casts(2), ground.closes())


def void_and_everything(ground: Ground) -> None:
    """Voiding races all that can be done to a poll."""
    ground.open()
    ground.fight(
        ground.voids(), ground.voids(), ground.extends(), ground.suspends(), ground.closes(),
        ground.closes_when_due(), ground.casts(3, 2, 1), ends_in=0.1,
    )  # fmt: skip


def suspend_and_cast(ground: Ground) -> None:
    """A suspension, and its end, race votes."""
    ground.open()
    ground.fight(
        ground.suspends(), ground.resumes(), ground.casts(0, 1), ground.casts(2), ground.casts(3)
    )


def several_closers(ground: Ground) -> None:
    """Many close at once, by hand and when due."""
    ground.open()
    ground.casts(0)()
    ground.fight(
        ground.closes(), ground.closes(), ground.closes_when_due(), ground.closes_when_due(),
        ends_in=0.05,
    )  # fmt: skip


DUELS = (
    cast_and_close, revote_and_close, cast_and_announced_close, extend_and_announced_close,
    void_and_cast, void_and_everything, suspend_and_cast, several_closers,
)  # fmt: skip


def main() -> None:
    """Fight every duel some times over and say what was wrong."""
    complaints = Complaints()
    logging.getLogger().addHandler(complaints)
    for name in ("voting", "creditor_meetings", "django"):
        logging.getLogger(name).addHandler(complaints)
    ground = Ground()
    for _ in range(ROUNDS):
        for duel in DUELS:
            duel(ground)
            ground.judge_round(duel.__name__)
    report = {
        "database": connection.vendor,
        "wrong": ground.wrong,
        "complaints": complaints.heard,
        "ledger": chain.problems(book.entries_of(ground.meeting)),
        "deadlocks": deadlocks(),
        "ends": dict(ground.ends),
    }
    json.dump(report, sys.stdout)


def deadlocks() -> int:
    """Return how many deadlocks PostgreSQL had to break in this database."""
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])
