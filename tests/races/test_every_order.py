"""The law of a poll's life in every order in which ballots, steps and time can meet.

Each order of the acts below is walked, a minute passing with each; what has led to the same poll
with the same acts to come is walked once and counted as often as it is reached.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from voting.rules import poll_life
from voting.rules.poll_life import Life, NotNow, Settled, State, Why

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ANNOUNCED = NINE + 4 * MINUTE
EDGES = {
    "open": {(State.DRAFT, State.OPEN)},
    "extend": {(State.OPEN, State.OPEN), (State.SUSPENDED, State.SUSPENDED)},
    "suspend": {(State.OPEN, State.SUSPENDED)},
    "resume": {(State.SUSPENDED, State.OPEN)},
    "close by hand": {(State.OPEN, State.CLOSED)},
    "close when due": {(State.OPEN, State.CLOSED)},
    "void": {
        (State.OPEN, State.VOIDED), (State.SUSPENDED, State.VOIDED), (State.CLOSED, State.VOIDED),
    },
}  # fmt: skip


@dataclass(frozen=True)
class Hall:
    """A poll, the moment, and the ballots that were acknowledged: voter, act, moment."""

    life: Life
    now: datetime
    ballots: tuple[tuple[str, str, datetime], ...] = ()


Act = Callable[[Hall], Hall]


def step(change: Callable[[Hall], Life]) -> Act:
    return lambda hall: replace(hall, life=change(hall))


def cast(voter: str, act: str) -> Act:
    def vote(hall: Hall) -> Hall:
        if not poll_life.takes_ballots(hall.life, hall.now):
            raise NotNow(Why.NOT_RUNNING)
        return replace(hall, ballots=(*hall.ballots, (voter, act, hall.now)))

    return vote


def close_when_due(hall: Hall) -> Life:
    if not poll_life.is_over(hall.life, hall.now):
        raise NotNow(Why.NOT_RUNNING)
    return poll_life.closed(hall.life, hall.now)


ACTS: dict[str, Act] = {
    "a votes": cast("a", "a votes"),
    "a votes again": cast("a", "a votes again"),
    "three minutes pass": lambda hall: replace(hall, now=hall.now + 3 * MINUTE),
    "close when due": step(close_when_due),
    "close by hand": step(lambda hall: poll_life.closed(hall.life, hall.now)),
    "extend": step(lambda hall: poll_life.extended(hall.life, hall.now, NINE + 8 * MINUTE)),
    "suspend": step(lambda hall: poll_life.suspended(hall.life, hall.now)),
    "resume": step(lambda hall: poll_life.resumed(hall.life, hall.now)),
    "void": step(lambda hall: poll_life.voided(hall.life, hall.now)),
}


@dataclass(frozen=True)
class Seen:
    """One act in one order: what was, which act, what is, and why not where it was refused."""

    before: Hall
    act: str
    after: Hall
    why: Why | None


def walk(first: Hall) -> tuple[int, list[Seen]]:
    """Walk every order; return how many there are, and every different meeting of act and poll."""
    seen: list[Seen] = []

    @cache
    def orders(hall: Hall, left: frozenset[str]) -> int:
        if not left:
            return 1
        total = 0
        for act in sorted(left):
            there = replace(hall, now=hall.now + MINUTE)
            why = None
            after = there
            try:
                after = ACTS[act](there)
            except NotNow as refusal:
                why = refusal.why
            seen.append(Seen(there, act, after, why))
            total += orders(after, left - {act})
        return total

    return orders(first, frozenset(ACTS)), seen


@pytest.fixture(scope="module", params=["announced close", "closed by hand"])
def seen(request: pytest.FixtureRequest) -> list[Seen]:
    announced = ANNOUNCED if request.param == "announced close" else None
    number, found = walk(Hall(poll_life.opened(Life(), NINE, announced), NINE))
    assert number == math.factorial(len(ACTS)), "not every order was walked"
    assert len(found) > 2_000
    return found


def test_states_move_along_the_laws_edges_alone(seen: list[Seen]) -> None:
    moved: dict[str, set[tuple[State, State]]] = {}
    for one in seen:
        edge = (one.before.life.state, one.after.life.state)
        if one.act not in EDGES:
            assert one.before.life == one.after.life, one
        elif one.why is None:
            assert edge in EDGES[one.act], one
            moved.setdefault(one.act, set()).add(edge)
    # And each of them is taken somewhere, so that none is forbidden by mistake.
    for act, edges in moved.items():
        assert edges == EDGES[act], act
    assert set(moved) >= {"extend", "suspend", "resume", "close by hand", "void"}


def test_what_is_refused_changes_nothing(seen: list[Seen]) -> None:
    assert any(one.why is not None for one in seen)
    for one in seen:
        if one.why is not None:
            assert one.after == one.before, one


def test_a_ballot_counts_while_the_poll_is_open_and_never_else(seen: list[Seen]) -> None:
    said = set()
    for one in ballots(seen):
        life, now = one.before.life, one.before.now
        late = life.closes_at is not None and life.closes_at <= now
        open_now = life.state is State.OPEN and not late
        assert (one.why is None) is open_now, one
        said.add((life.state, late, open_now))
    assert (State.OPEN, False, True) in said
    for state in (State.SUSPENDED, State.CLOSED, State.VOIDED):
        assert (state, False, False) in said


def test_no_ballot_is_later_than_the_close_that_holds(seen: list[Seen]) -> None:
    closed = [one.after for one in seen if one.after.life.closed_at is not None]
    assert any(hall.ballots for hall in closed)
    for hall in closed:
        assert hall.life.closed_at is not None
        assert all(at < hall.life.closed_at for _voter, _act, at in hall.ballots), hall


def test_the_close_is_never_after_the_announced_time_nor_moved_once_carried_out(
    seen: list[Seen],
) -> None:
    for one in seen:
        before, after = one.before.life, one.after.life
        if after.closed_at is not None and after.closes_at is not None:
            assert after.closed_at <= after.closes_at, one
        if before.closed_at is not None:
            assert after.closed_at == before.closed_at, one
        if before.closes_at is not None:
            assert after.closes_at is not None, one
            assert after.closes_at >= before.closes_at, "the announced close moved forward"


def test_acknowledged_ballots_stay_whatever_follows(seen: list[Seen]) -> None:
    voided = [one for one in seen if one.act == "void" and one.why is None]
    assert any(one.before.ballots for one in voided)
    for one in seen:
        assert one.after.ballots[: len(one.before.ballots)] == one.before.ballots, one


def test_a_poll_that_is_over_can_only_be_closed(seen: list[Seen]) -> None:
    over = [one for one in seen if poll_life.is_over(one.before.life, one.before.now)]
    for one in over:
        if one.act in EDGES:
            assert (one.why is None) is one.act.startswith("close"), one
            if not one.act.startswith("close"):
                assert one.why is Why.OVER, one
    for one in seen:
        if one.act == "close when due" and one.why is None:
            assert poll_life.is_over(one.before.life, one.before.now), one


def test_the_time_of_a_suspension_is_given_back(seen: list[Seen]) -> None:
    for one in seen:
        before, after = one.before.life, one.after.life
        if one.act == "resume" and one.why is None and before.closes_at is not None:
            assert before.suspended_at is not None
            assert after.closes_at is not None
            left = before.closes_at - before.suspended_at
            # What was left when it was stopped is left when it goes on.
            assert after.closes_at - one.before.now == left, one


def ballots(seen: list[Seen]) -> Iterator[Seen]:
    return (one for one in seen if "votes" in one.act)


@pytest.mark.parametrize(
    ("standing", "why"),
    [
        (Settled(confirmed=True), Why.CONFIRMED),
        (Settled(second_vote=True), Why.SECOND_VOTE),
        (Settled(ruled_on=True), Why.RULED_ON),
        (Settled(), None),
    ],
)
def test_what_others_stand_on_is_not_voided(standing: Settled, why: Why | None) -> None:
    closed = poll_life.closed(poll_life.opened(Life(), NINE), NINE + MINUTE)
    if why is None:
        assert poll_life.voided(closed, NINE + MINUTE, standing).state is State.VOIDED
        return
    with pytest.raises(NotNow) as refused:
        poll_life.voided(closed, NINE + MINUTE, standing)
    assert refused.value.why is why
    # While a poll runs nothing stands on it.
    running = poll_life.opened(Life(), NINE)
    assert poll_life.voided(running, NINE, standing).state is State.VOIDED


def test_a_clock_set_back_while_a_poll_is_suspended_takes_no_time_away() -> None:
    poll = poll_life.suspended(poll_life.opened(Life(), NINE, ANNOUNCED), NINE + 2 * MINUTE)
    assert poll_life.resumed(poll, NINE + MINUTE).closes_at == ANNOUNCED


def test_a_close_is_announced_within_sixty_days() -> None:
    for closes_at, allowed in (
        (NINE, False),
        (NINE + timedelta(microseconds=1), True),
        (NINE + poll_life.LONGEST, True),
        (NINE + poll_life.LONGEST + timedelta(microseconds=1), False),
    ):
        if allowed:
            assert poll_life.opened(Life(), NINE, closes_at).closes_at == closes_at
            continue
        with pytest.raises(NotNow) as refused:
            poll_life.opened(Life(), NINE, closes_at)
        assert refused.value.why is Why.OUT_OF_RANGE
