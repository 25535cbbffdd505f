"""What must hold of every distribution, whatever is owed and however little is there."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from voting.rules.distribution import (
    CLAIM_RANKS,
    COST_RANKS,
    RANKS,
    Cost,
    Debt,
    Distribution,
    Estate,
    Lien,
    Pool,
    distribute,
)
from voting.rules.pro_rata import Stake, share

AMOUNTS = st.integers(0, 40) | st.integers(0, 10**13)
NATURES = st.sampled_from(sorted(RANKS))


@st.composite
def debts(draw: st.DrawFn, number: int) -> Debt:
    certain, pending = draw(AMOUNTS), draw(st.just(0) | AMOUNTS)
    return Debt(
        number,
        draw(NATURES),
        certain,
        pending,
        waived=draw(st.booleans()),
        unsecured_fen=draw(AMOUNTS),
        received_fen=draw(st.just(0) | st.integers(0, certain)),
        from_collateral_fen=draw(st.just(0) | st.integers(0, certain)),
        missed=draw(st.just(Fraction(0)) | st.fractions(0, 1, max_denominator=50)),
    )


@st.composite
def estates(draw: st.DrawFn) -> Estate:
    held = tuple(draw(debts(n)) for n in range(1, draw(st.integers(0, 7)) + 1))
    numbers = [one.number for one in held]
    pools = tuple(
        Pool(
            number,
            draw(st.none() | AMOUNTS),
            tuple(
                Lien(one, draw(st.integers(1, 2)), draw(st.none() | AMOUNTS))
                for one in draw(st.lists(st.sampled_from(numbers), unique=True))
            )
            if numbers
            else (),
        )
        for number in range(draw(st.integers(0, 3)))
    )
    costs = tuple(
        Cost(number, draw(st.sampled_from(COST_RANKS)), draw(AMOUNTS))
        for number in range(draw(st.integers(0, 4)))
    )
    return Estate(draw(AMOUNTS), costs, pools, held, draw(st.just(0) | AMOUNTS))


def got(found: Distribution) -> dict[int, int]:
    return {one.number: one.receives_fen + one.kept_fen for one in found.lines}


@given(estates())
def test_nothing_is_lost_and_nothing_is_made(estate: Estate) -> None:
    found = distribute(estate)
    proceeds = sum(one.proceeds_fen or 0 for one in estate.pools)
    assert found.total_fen == estate.free_fen + estate.held_fen + proceeds
    costs = sum(found.costs.values())
    assert costs + sum(got(found).values()) + found.left_fen == found.total_fen
    assert found.left_fen >= 0
    pledged = [pair for one in found.pools for pair in one.shares.values()]
    assert sum(paid for paid, _kept in pledged) == sum(
        one.collateral_paid_fen for one in found.lines
    )
    assert all(one.surplus_fen >= 0 for one in found.pools)
    steps = sum(one.paid_fen + one.set_aside_fen for one in found.steps)
    assert steps + found.left_fen == found.total_fen


@given(estates())
def test_nobody_gives_back_and_nobody_gets_more_than_is_owed(estate: Estate) -> None:
    found = distribute(estate)
    for line, debt in zip(found.lines, sorted(estate.debts, key=lambda d: d.number), strict=True):
        assert min(
            line.collateral_paid_fen, line.collateral_set_aside_fen,
            line.paid_fen, line.set_aside_fen,
        ) >= 0  # fmt: skip
        now = line.receives_fen + line.kept_fen
        before = debt.received_fen + debt.from_collateral_fen
        whole = debt.certain_fen + debt.pending_fen
        assert now == 0 or now + before <= whole
        assert line.receives_fen <= debt.certain_fen
        assert line.collateral_paid_fen + line.collateral_set_aside_fen <= whole
    for cost in estate.costs:
        assert 0 <= found.costs.get(cost.number, 0) <= cost.fen


@given(estates())
def test_a_junior_class_gets_nothing_before_the_senior_is_full(estate: Estate) -> None:
    found = distribute(estate)
    order = [found.step(rank) for rank in (*COST_RANKS, *CLAIM_RANKS)]
    for senior, junior in pairwise(order):
        assert senior.full or junior.paid_fen + junior.set_aside_fen == 0
    assert found.left_fen == 0 or all(one.full for one in order)


@given(estates(), st.randoms())
def test_the_order_of_what_is_given_does_not_matter(estate: Estate, random) -> None:
    def mixed(rows):
        rows = list(rows)
        random.shuffle(rows)
        return tuple(rows)

    other = replace(
        estate,
        costs=mixed(estate.costs),
        debts=mixed(estate.debts),
        pools=mixed(replace(one, liens=mixed(one.liens)) for one in estate.pools),
    )
    assert distribute(other) == distribute(estate)


@given(estates(), AMOUNTS)
def test_more_money_gives_nobody_less(estate: Estate, more: int) -> None:
    """Exactly so for classes; a single fen that remained may go to another creditor."""
    poor, rich = distribute(estate), distribute(replace(estate, free_fen=estate.free_fen + more))
    for one, other in zip(poor.steps, rich.steps, strict=True):
        assert other.paid_fen + other.set_aside_fen >= one.paid_fen + one.set_aside_fen
        assert other.level >= one.level
    for one, other in zip(poor.lines, rich.lines, strict=True):
        assert other.paid_fen >= one.paid_fen - 1
        assert other.set_aside_fen >= one.set_aside_fen - 1
        assert other.collateral_paid_fen == one.collateral_paid_fen


STAKES = st.lists(
    st.tuples(st.integers(1, 50) | st.integers(1, 10**13), st.fractions(0, 1), st.fractions(0, 1)),
    min_size=1,
    max_size=8,
)


@given(AMOUNTS, STAKES)
def test_in_proportion_within_one_fen(pot: int, rows) -> None:
    stakes = [
        Stake((n, 0), whole, int(whole * before), missed)
        for n, (whole, before, missed) in enumerate(rows)
    ]
    found = share(pot, stakes)
    assert sum(found.of.values()) + found.left_fen == pot
    if found.level == 1:
        return
    for one in stakes:
        held = one.received_fen + one.missed_fen
        exact = max(Fraction(0), found.level * one.claim_fen - held)
        assert abs(found.of.get(one.key, 0) - exact) < 1
