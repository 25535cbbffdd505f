"""The verbs of a poll on a database, step by step beside the law, in orders that nobody planned.

Hypothesis casts, resends, closes, extends, suspends, resumes and voids at a clock that stands
still until it is moved. After every step the stored poll is what the pure law says it is, and
nothing that was acknowledged is gone.
"""

import logging
import os
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from creditor_meetings.cases import clock
from creditor_meetings.cases.errors import Refused
from tests.races.duels import said_of
from tests.support import world
from voting import ballot_box, book, closing, law, life, poll_changes
from voting.ledger import chain
from voting.models import Ballot, Outcome, PollChange, RegisterEntry, Resolution
from voting.rules import poll_life
from voting.rules.poll_life import Life, NotNow, State

HUNT = os.environ.get("HYPOTHESIS") == "hunt"
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
VOTERS = st.sampled_from(range(3))
CHOICES = st.sampled_from(["for", "against", "abstain"])
MINUTES = st.integers(min_value=1, max_value=8)


class Poll:
    """One poll as the law sees it, and what its voters were told."""

    def __init__(self, row: Resolution, standing: Life) -> None:
        self.pk, self.life = row.pk, standing
        self.counting: dict[int, str] = {}
        """The ballot's number that counts, by creditor."""
        self.told: dict[str, dict[str, Any]] = {}
        """Each receipt by its number."""


class Polls(RuleBasedStateMachine):
    """A meeting whose matter is voted on, voided, voted on anew."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NINE
        self.case = world.make_case()
        self.creditors = [world.make_creditor(self.case, confirmed="100.00") for _ in range(3)]
        self.meeting = world.make_meeting(self.case)
        self.judge = world.make_person(self.case, "judge")
        self.people = [world.make_person(self.case, "creditor", one) for one in self.creditors]
        self.seen = world.viewer(self.judge, self.meeting)
        self.polls: list[Poll] = []
        self.commands: list[tuple[str, int, dict[str, Any]]] = []
        self.changes = 0

    @property
    def poll(self) -> Poll:
        """The poll that was opened last."""
        return self.polls[-1]

    @initialize(minutes=st.one_of(st.none(), MINUTES))
    def begin(self, minutes: int | None) -> None:
        """Open the first poll; from here on the room is followed."""
        row = world.make_resolution(self.meeting)
        self.before = [(one, *world.take_snapshot(one, self.meeting)) for one in
                       (self.judge, self.people[0])]  # fmt: skip
        self._open(row, minutes)

    def _open(self, row: Resolution, minutes: int | None) -> None:
        closes_at = None if minutes is None else self.now + minutes * MINUTE
        with clock.set_to(self.now):
            world.open_poll(row, self.judge, closes_at=closes_at)
        self.polls.append(Poll(row, poll_life.opened(Life(), self.now, closes_at)))

    # --- acts -------------------------------------------------------------------------------

    @rule(minutes=MINUTES)
    def time_passes(self, minutes: int) -> None:
        """Move the clock."""
        self.now += minutes * MINUTE

    @rule(voter=VOTERS, choice=CHOICES)
    def cast(self, voter: int, choice: str) -> None:
        """Vote, for the first time or anew."""
        command = f"{self.meeting.pk}-{len(self.commands)}"
        open_now = poll_life.takes_ballots(self.poll.life, self.now)
        receipt = self._cast(voter, choice, command)
        assert (receipt is not None) is open_now
        if receipt is not None:
            self.commands.append((command, voter, receipt))
            self._told(voter, receipt)

    def _cast(self, voter: int, choice: str, command: str) -> dict[str, Any] | None:
        row = Resolution.objects.select_related("meeting").get(pk=self.poll.pk)
        try:
            with clock.set_to(self.now):
                return world.cast(self.people[voter], row, choice, command_id=command)
        except Refused as refusal:
            return None if refusal.code == "poll_not_open" else {}

    def _told(self, voter: int, receipt: dict[str, Any]) -> None:
        self.poll.told[receipt["number"]] = receipt
        self.poll.counting[self.creditors[voter].pk] = receipt["number"]

    @rule(choices=st.lists(st.tuples(VOTERS, CHOICES), min_size=2, max_size=4))
    def cast_in_one_batch(self, choices: list[tuple[int, str]]) -> None:
        """Vote several at the same moment, one voter more than once: the last one counts."""
        open_now = poll_life.takes_ballots(self.poll.life, self.now)
        casts = [
            ballot_box.read(
                world.context(self.people[voter], self.meeting),
                {"resolution": self.poll.pk, "choice": choice},
            )
            for voter, choice in choices
        ]
        with clock.set_to(self.now):
            ballot_box.write(casts)
        for cast, (voter, _choice) in zip(casts, choices, strict=True):
            refusal = cast.answer.exception(timeout=0)
            assert (refusal is None) is open_now
            if refusal is None:
                self._told(voter, dict(cast.answer.result(timeout=0)))

    @precondition(lambda self: self.commands)
    @rule(data=st.data())
    def resend(self, data: st.DataObject) -> None:
        """Send an acknowledged ballot again, whatever became of its poll: the same receipt."""
        command, voter, receipt = data.draw(st.sampled_from(self.commands))
        again = self._cast(voter, "abstain", command)
        assert again == receipt

    def _step(self, change: Any, verb: Any) -> None:
        """Do something to the poll, by the law and by the verb: both do it, or neither."""
        try:
            after: Life | None = change(self.poll.life)
        except NotNow:
            after = None
        try:
            with clock.set_to(self.now):
                verb()
        except Refused:
            assert after is None, "refused what the law allows"
        else:
            assert after is not None, "did what the law forbids"
            self.poll.life = after

    @rule(minutes=MINUTES)
    def extend(self, minutes: int) -> None:
        """Let the poll run longer."""
        closes_at = self.now + minutes * MINUTE
        self._step(
            lambda it: poll_life.extended(it, self.now, closes_at),
            lambda: self._noted(
                poll_changes.extend_poll, closes_at, "应债权人请求",
            ),
        )  # fmt: skip

    @rule()
    def suspend(self) -> None:
        """Stop it for a while."""
        self._step(
            lambda it: poll_life.suspended(it, self.now),
            lambda: self._noted(poll_changes.suspend_poll, "线路故障"),
        )

    @rule()
    def resume(self) -> None:
        """Let it go on."""
        self._step(
            lambda it: poll_life.resumed(it, self.now),
            lambda: self._noted(poll_changes.resume_poll),
        )

    def _noted(self, verb: Any, *more: Any) -> None:
        verb(self.meeting, self.poll.pk, *more, self.seen)
        self.changes += 1

    @rule()
    def close_by_hand(self) -> None:
        """Close it."""
        self._step(
            lambda it: poll_life.closed(it, self.now),
            lambda: closing.close_poll(self.meeting, self.poll.pk, self.seen),
        )

    @rule()
    def close_when_due(self) -> None:
        """Do what every process does again and again."""
        with clock.set_to(self.now):
            closing.close_due(self.meeting.pk)
        for poll in self.polls:
            if poll_life.is_over(poll.life, self.now):
                poll.life = poll_life.closed(poll.life, self.now)

    @rule(minutes=st.one_of(st.none(), MINUTES))
    def void_and_vote_anew(self, minutes: int | None) -> None:
        """Void it, and put the matter to the vote once more."""
        drafts: list[Resolution] = []

        def void() -> None:
            drafts.append(
                poll_changes.void_poll(self.meeting, self.poll.pk, "登记册有误", self.seen)
            )
            self.changes += 1

        self._step(lambda it: poll_life.voided(it, self.now), void)
        if drafts:
            self._open(drafts[0], minutes)

    # --- what always holds --------------------------------------------------------------------

    @invariant()
    def the_stored_polls_are_what_the_law_says(self) -> None:
        rows = {one.pk: one for one in Resolution.objects.filter(meeting=self.meeting)}
        for poll in self.polls:
            assert life.life_of(rows[poll.pk]) == poll.life
        assert PollChange.objects.filter(resolution__meeting=self.meeting).count() == self.changes

    @invariant()
    def every_acknowledged_ballot_is_kept_and_the_last_of_each_counts(self) -> None:
        for poll in self.polls:
            rows = Ballot.objects.filter(resolution=poll.pk)
            assert {one.number: one.receipt for one in rows} == poll.told
            counting = rows.filter(effective=True).values_list("creditor_id", "number")
            assert dict(counting) == poll.counting
            end = poll.life.closed_at
            assert end is None or all(one.at < end or self._by_hand(poll) for one in rows)
            assert end is None or all(one.at <= end for one in rows)

    def _by_hand(self, poll: Poll) -> bool:
        return poll.life.closed_at != poll.life.closes_at

    @invariant()
    def the_count_by_addition_is_the_recount(self) -> None:
        for poll in self.polls:
            row = Resolution.objects.select_related("meeting").get(pk=poll.pk)
            assert RegisterEntry.objects.filter(resolution=row).count() == len(self.creditors)
            recount = law.count(row)
            assert said_of(law.running(row)) == said_of(recount["groups"])
            outcome = Outcome.objects.filter(resolution=row).first()
            assert (outcome is not None) is (poll.life.closed_at is not None)
            assert outcome is None or outcome.result == recount

    @invariant()
    def the_ledger_holds_and_has_each_ballot_once(self) -> None:
        entries = list(book.entries_of(self.meeting))
        assert chain.problems(entries) == []
        kept = [one.body["number"] for one in entries if one.kind == "ballot"]
        told = [number for poll in self.polls for number in poll.told]
        assert sorted(kept) == sorted(told)
        kinds = [one.kind for one in entries]
        assert kinds.count("poll_voided") == sum(
            one.life.state is State.VOIDED for one in self.polls
        )

    def teardown(self) -> None:
        """At the end, whoever followed the room from the start sees what is."""
        for person, seq, stale in getattr(self, "before", []):
            with clock.set_to(self.now):
                followed = world.catch_up(person, self.meeting, seq, stale)
                assert followed == world.take_snapshot(person, self.meeting)[1]


@pytest.mark.django_db
def test_polls_do_what_the_law_says_in_any_order(caplog: pytest.LogCaptureFixture) -> None:
    run_state_machine_as_test(
        Polls,
        settings=settings(
            settings.default,
            max_examples=100 if HUNT else 8,
            stateful_step_count=20,
            suppress_health_check=list(HealthCheck),
            # Each step is a few transactions: a failing walk is told as it was found.
            phases=[Phase.generate] + [Phase.shrink] * HUNT,
        ),
    )
    # The close compares what was kept by addition with what it counts.
    assert [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR] == []
