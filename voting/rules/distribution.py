"""Distribution (破产财产分配): who receives what of a distributable sum, by EBL 43, 109 to 119.

The order: collateral first pays the claims it secures (109, 110) and gives its surplus to the
estate; bankruptcy expenses (破产费用) and common-benefit debts (共益债务) come out of the estate
first (43, 113); then employee claims with what belongs into personal pension and medical
accounts, then other social insurance and taxes, then ordinary claims (113(1)); subordinated
claims after all of them [practice]. A class gets something only when the one before it is paid
in full; where the sum runs out, the class shares in proportion (113(2)), see `pro_rata`.

For what is not certain (disputed, undetermined, conditional) the same share is computed and set
aside (提存, 117 to 119). Whoever filed after an earlier distribution does not share in that one
(56). Amounts are integers of fen; nothing is ever lost: paid, set aside and left together are
the sum that was there.

[practice], where the law is silent: several properties pay a claim in the order of their numbers;
of a claim that is in part disputed, collateral pays the certain part first; while collateral is
not sold, what it is expected not to cover takes part as an ordinary claim and is set aside.
"""

from collections.abc import Iterable, Mapping

from voting.rules.collateral import Base, Collateral
from voting.rules.distribution_records import (
    ARTICLES,
    CERTAIN,
    CLAIM_RANKS,
    COST_RANKS,
    PENDING,
    RANKS,
    Cost,
    Debt,
    Distribution,
    Estate,
    Lien,
    Line,
    Pool,
    PoolShare,
    Rank,
    Step,
)
from voting.rules.pro_rata import Key, Stake, share

__all__ = [
    "ARTICLES",
    "CLAIM_RANKS",
    "COST_RANKS",
    "RANKS",
    "Cost",
    "Debt",
    "Distribution",
    "Estate",
    "Lien",
    "Line",
    "Pool",
    "PoolShare",
    "Rank",
    "Step",
    "distribute",
]


def distribute(estate: Estate) -> Distribution:
    """Distribute an estate. The order in which anything is given does not matter.

    Raises ValueError, naming the place, for what no estate can be.
    """
    _check(estate)
    debts = {one.number: one for one in sorted(estate.debts, key=lambda one: one.number)}
    pledged = Collateral(estate.pools, debts)
    total = estate.free_fen + estate.held_fen + pledged.proceeds_fen
    steps = [pledged.step] if estate.pools else []
    left = total - pledged.step.paid_fen - pledged.step.set_aside_fen
    costs: dict[int, int] = {}
    for rank in COST_RANKS:
        stakes = [Stake((one.number, 0), one.fen) for one in estate.costs if one.rank is rank]
        shared = share(left, stakes)
        costs |= {number: fen for (number, _part), fen in shared.of.items()}
        owed, paid = sum(one.claim_fen for one in stakes), left - shared.left_fen
        steps.append(Step(rank, ARTICLES[rank], left, owed, paid, 0, shared.level))
        left = shared.left_fen
    bases = {number: pledged.rest(debt) for number, debt in debts.items()}
    got: dict[Key, int] = {}
    for rank in CLAIM_RANKS:
        stakes = [
            stake
            for number, debt in debts.items()
            if RANKS[debt.nature] is rank
            for stake in _stakes(debt, bases[number])
        ]
        shared = share(left, stakes)
        got |= shared.of
        kept = sum(fen for (_number, part), fen in shared.of.items() if part == PENDING)
        steps.append(
            Step(
                rank,
                ARTICLES[rank],
                left,
                sum(one.open_fen for one in stakes),
                left - shared.left_fen - kept,
                kept,
                shared.level,
            )
        )
        left = shared.left_fen
    lines = tuple(_line(debt, bases[number], pledged, got) for number, debt in debts.items())
    found = Distribution(total, tuple(steps), lines, tuple(pledged.pools), costs, left)
    assert found.paid_fen + found.set_aside_fen + found.left_fen == total
    return found


def _check(estate: Estate) -> None:
    for kind, numbers in (
        ("cost", [one.number for one in estate.costs]),
        ("pool", [one.number for one in estate.pools]),
        ("debt", [one.number for one in estate.debts]),
    ):
        if len(set(numbers)) != len(numbers):
            raise ValueError(f"{kind}: a number stands twice")
    amounts = [estate.free_fen, estate.held_fen, *(one.fen for one in estate.costs)]
    amounts += [one.proceeds_fen or 0 for one in estate.pools]
    for debt in estate.debts:
        amounts += [
            debt.certain_fen, debt.pending_fen, debt.unsecured_fen, debt.received_fen,
            debt.from_collateral_fen,
        ]  # fmt: skip
        if debt.nature not in RANKS:
            raise ValueError(f"debt {debt.number}: {debt.nature} has no place in the order")
        if not 0 <= debt.missed <= 1:
            raise ValueError(f"debt {debt.number}: missed should be from 0 to 1")
    if any(amount < 0 for amount in amounts):
        raise ValueError("an amount is below zero")
    if any(one.rank not in COST_RANKS for one in estate.costs):
        raise ValueError("cost: neither an expense nor a common-benefit debt")
    known = {one.number for one in estate.debts}
    for pool in estate.pools:
        named = [one.debt for one in pool.liens]
        if not known.issuperset(named) or len(set(named)) != len(named):
            raise ValueError(f"pool {pool.number}: names a claim that is none, or one twice")


def _stakes(debt: Debt, base: Base) -> Iterable[Stake]:
    certain = min(debt.received_fen, base.certain_fen)
    yield Stake((debt.number, CERTAIN), base.certain_fen, certain, debt.missed)
    pending = min(debt.received_fen - certain, base.pending_fen)
    yield Stake((debt.number, PENDING), base.pending_fen, pending, debt.missed)


def _line(debt: Debt, base: Base, pledged: Collateral, got: Mapping[Key, int]) -> Line:
    paid, kept = pledged.got.get(debt.number, (0, 0))
    return Line(
        number=debt.number,
        rank=RANKS[debt.nature],
        base_fen=base.certain_fen + base.pending_fen,
        collateral_paid_fen=paid,
        collateral_set_aside_fen=kept,
        paid_fen=got.get((debt.number, CERTAIN), 0),
        set_aside_fen=got.get((debt.number, PENDING), 0),
        waiting=pledged.waits(debt),
    )
