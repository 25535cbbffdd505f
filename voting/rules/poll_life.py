"""The life of a poll (表决的进程): what may be done to it when, and what it is afterwards.

    draft --open--> open --close--> closed
                    open <--suspend, resume--> suspended
                    open, suspended --extend--> the same, closing later
                    open, suspended, closed --void--> voided

Each step takes a poll's life and the moment (UTC) and returns the life that follows, or raises
`NotNow` with the reason. Two things are the same everywhere and hence stand here alone: an
announced close ends the poll at its time, whether or not anybody carried it out, and a ballot
counts exactly while the poll is open (EBL 64(1): who did not consent before the close did not).
Who may do what is not decided here.

>>> from datetime import UTC, datetime, timedelta
>>> nine, hour = datetime(2026, 3, 2, 9, tzinfo=UTC), timedelta(hours=1)
>>> poll = opened(Life(), nine, nine + hour)
>>> takes_ballots(poll, nine), takes_ballots(poll, nine + hour)
(True, False)
>>> closed(poll, nine + 3 * hour).closed_at == nine + hour
True
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

LONGEST = timedelta(days=60)
"""How far away (from now) an announced close may be."""


class State(StrEnum):
    """What a poll is; the values are those of the stored resolution."""

    DRAFT = "draft"
    OPEN = "open"
    SUSPENDED = "suspended"
    CLOSED = "closed"
    VOIDED = "voided"


RUNNING = frozenset({State.OPEN, State.SUSPENDED})


class Why(StrEnum):
    """Why something cannot be done to a poll now."""

    NOT_DRAFT = "not-draft"
    NOT_RUNNING = "not-running"
    OVER = "over"
    SUSPENDED = "suspended"
    NOT_SUSPENDED = "not-suspended"
    OUT_OF_RANGE = "out-of-range"
    NOT_LATER = "not-later"
    NOT_VOIDABLE = "not-voidable"
    CONFIRMED = "confirmed"
    SECOND_VOTE = "second-vote"
    RULED_ON = "ruled-on"


class NotNow(Exception):
    """A step that the poll's life does not allow."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.value)
        self.why = why


@dataclass(frozen=True)
class Life:
    """Where a poll stands. `closes_at` is the announced close, None where by hand."""

    state: State = State.DRAFT
    closes_at: datetime | None = None
    suspended_at: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True)
class Settled:
    """What stands on a closed poll's result, and keeps it from being voided."""

    confirmed: bool = False
    second_vote: bool = False
    ruled_on: bool = False


def is_past(life: Life, now: datetime) -> bool:
    """Whether the announced time of closing has come."""
    return life.closes_at is not None and now >= life.closes_at


def is_over(life: Life, now: datetime) -> bool:
    """Whether an open poll's announced time has come, though nobody carried the close out.

    A suspended poll is not over: the time is given back to its voters.
    """
    return life.state is State.OPEN and is_past(life, now)


def state_at(life: Life, now: datetime) -> State:
    """Return what the poll is in law at a moment: closed once it is over."""
    return State.CLOSED if is_over(life, now) else life.state


def takes_ballots(life: Life, now: datetime) -> bool:
    """Whether a ballot that is recorded now counts."""
    return state_at(life, now) is State.OPEN


def check_close(closes_at: datetime, now: datetime) -> None:
    """Refuse an announced close that is past, or further away than any poll runs."""
    if not now < closes_at <= now + LONGEST:
        raise NotNow(Why.OUT_OF_RANGE)


def check_draft(life: Life) -> None:
    """Refuse to open what was opened before."""
    if life.state is not State.DRAFT:
        raise NotNow(Why.NOT_DRAFT)


def opened(life: Life, now: datetime, closes_at: datetime | None = None) -> Life:
    """Open a draft's poll, with an announced close or without."""
    check_draft(life)
    if closes_at is not None:
        check_close(closes_at, now)
    return replace(life, state=State.OPEN, closes_at=closes_at)


def check_running(life: Life, now: datetime) -> None:
    """Refuse to change a poll that does not run, or whose time has come."""
    if life.state not in RUNNING:
        raise NotNow(Why.NOT_RUNNING)
    if is_over(life, now):
        raise NotNow(Why.OVER)


def extended(life: Life, now: datetime, closes_at: datetime) -> Life:
    """Let a poll run to a later close, or announce one where there was none."""
    check_running(life, now)
    check_close(closes_at, now)
    if life.closes_at is not None and closes_at <= life.closes_at:
        raise NotNow(Why.NOT_LATER)
    return replace(life, closes_at=closes_at)


def suspended(life: Life, now: datetime) -> Life:
    """Stop a poll for a while: nobody votes until it is resumed."""
    check_running(life, now)
    if life.state is State.SUSPENDED:
        raise NotNow(Why.SUSPENDED)
    return replace(life, state=State.SUSPENDED, suspended_at=now)


def resumed(life: Life, now: datetime) -> Life:
    """Let a suspended poll go on, its announced close later by the time that was lost."""
    check_running(life, now)
    if life.suspended_at is None:
        raise NotNow(Why.NOT_SUSPENDED)
    closes_at = life.closes_at
    if closes_at is not None:
        # A clock that was set back meanwhile takes nobody's time away.
        closes_at += max(now - life.suspended_at, timedelta(0))
    return replace(life, state=State.OPEN, suspended_at=None, closes_at=closes_at)


def check_closable(life: Life) -> None:
    """Refuse to close what is not open; one that is over can be, by whoever comes first."""
    if life.state is State.SUSPENDED:
        raise NotNow(Why.SUSPENDED)
    if life.state is not State.OPEN:
        raise NotNow(Why.NOT_RUNNING)


def closed(life: Life, now: datetime) -> Life:
    """Close an open poll: now, or at its announced time where that has come.

    Whoever carries it out, and however late: the announced time was the end.
    """
    check_closable(life)
    return replace(
        life, state=State.CLOSED, closed_at=life.closes_at if is_past(life, now) else now
    )


def check_voidable(life: Life, now: datetime, settled: Settled | None = None) -> None:
    """Refuse to void what never ran, what is over but uncounted, or what others stand on."""
    if is_over(life, now):
        raise NotNow(Why.OVER)
    if life.state in RUNNING:
        return
    if life.state is not State.CLOSED:
        raise NotNow(Why.NOT_VOIDABLE)
    standing = settled or Settled()
    if standing.confirmed:
        raise NotNow(Why.CONFIRMED)
    if standing.second_vote:
        raise NotNow(Why.SECOND_VOTE)
    if standing.ruled_on:
        raise NotNow(Why.RULED_ON)


def voided(life: Life, now: datetime, settled: Settled | None = None) -> Life:
    """Void a poll; when it was closed and what was announced stay on record."""
    check_voidable(life, now, settled)
    return replace(life, state=State.VOIDED, suspended_at=None)
