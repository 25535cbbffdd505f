"""What collateral pays (EBL 109, 110), and with what its claims take part besides."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from voting.rules.distribution_records import (
    ARTICLES,
    Debt,
    Lien,
    Pool,
    PoolShare,
    Rank,
    Step,
)
from voting.rules.pro_rata import Stake, share
from voting.rules.records import Nature


@dataclass(frozen=True)
class Base:
    """With what a claim takes part in its rank (fen)."""

    certain_fen: int
    pending_fen: int


class Collateral:
    """What collateral pays (EBL 109): by property, by rank in it, in proportion within a rank."""

    def __init__(self, pools: Iterable[Pool], debts: Mapping[int, Debt]) -> None:
        self._debts = debts
        self._sold: set[int] = set()
        self._unsold: set[int] = set()
        self.got: dict[int, tuple[int, int]] = {}
        self.pools: list[PoolShare] = []
        self.proceeds_fen = 0
        for pool in sorted(pools, key=lambda one: one.number):
            liens = [one for one in pool.liens if debts[one.debt].secured]
            if pool.proceeds_fen is None:
                self._unsold.update(one.debt for one in liens)
                continue
            self._sold.update(one.debt for one in liens)
            self.proceeds_fen += pool.proceeds_fen
            shares = self._pay(pool.proceeds_fen, liens)
            self.pools.append(PoolShare(pool.number, pool.proceeds_fen, shares))
        owed = sum(self._open(debts[number]) for number in self._sold)
        paid = sum(one for one, _kept in self.got.values())
        kept = sum(one for _paid, one in self.got.values())
        owed += paid + kept
        level = Fraction(paid + kept, owed) if owed else Fraction(1)
        article = ARTICLES[Rank.COLLATERAL]
        self.step = Step(Rank.COLLATERAL, article, self.proceeds_fen, owed, paid, kept, level)

    def _open(self, debt: Debt) -> int:
        paid, kept = self.got.get(debt.number, (0, 0))
        whole = debt.certain_fen + debt.pending_fen
        return max(0, whole - debt.from_collateral_fen - debt.received_fen - paid - kept)

    def _pay(self, left: int, liens: Iterable[Lien]) -> dict[int, tuple[int, int]]:
        found: dict[int, tuple[int, int]] = {}
        by_place: dict[tuple[bool, int], list[Lien]] = {}
        for one in liens:
            # The price of building work goes before any mortgage (建设工程价款优先受偿权).
            building = self._debts[one.debt].nature is Nature.CONSTRUCTION
            by_place.setdefault((not building, one.rank), []).append(one)
        for place in sorted(by_place):
            stakes = []
            for one in by_place[place]:
                open_fen = self._open(self._debts[one.debt])
                secured = open_fen if one.limit_fen is None else min(open_fen, one.limit_fen)
                stakes.append(Stake((one.debt, 0), secured))
            shared = share(left, stakes)
            for (number, _part), fen in shared.of.items():
                found[number] = self._take(self._debts[number], fen)
            left = shared.left_fen
        return found

    def _take(self, debt: Debt, fen: int) -> tuple[int, int]:
        paid, kept = self.got.get(debt.number, (0, 0))
        before = debt.from_collateral_fen + debt.received_fen
        now = min(fen, max(0, debt.certain_fen - before - paid))
        self.got[debt.number] = (paid + now, kept + fen - now)
        return now, fen - now

    def waits(self, debt: Debt) -> bool:
        """Whether collateral of the claim is still to be sold."""
        if not debt.secured:
            return False
        return debt.number in self._unsold or debt.number not in self._sold

    def rest(self, debt: Debt) -> Base:
        """What takes part in the claim's rank: what its collateral did not cover (EBL 110)."""
        # With what was paid in its rank before: sharing looks at the whole of it.
        paid, kept = self.got.get(debt.number, (0, 0))
        whole = debt.certain_fen + debt.pending_fen
        rest = max(0, whole - debt.from_collateral_fen - paid - kept)
        if self.waits(debt):
            return Base(0, min(debt.unsecured_fen, rest))
        certain = min(rest, max(0, debt.certain_fen - debt.from_collateral_fen - paid))
        return Base(certain, rest - certain)
