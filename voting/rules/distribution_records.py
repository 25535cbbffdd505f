"""What a distribution is made of: debts, costs, collateral, and what comes out of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from voting.rules.records import SECURED_NATURES, Nature


class Rank(StrEnum):
    """The place in the order of payment (清偿顺序), the first first."""

    COLLATERAL = "collateral"
    EXPENSES = "expenses"
    COMMON_BENEFIT = "common_benefit"
    EMPLOYEE = "employee"
    SOCIAL_AND_TAX = "social_and_tax"
    ORDINARY = "ordinary"
    SUBORDINATED = "subordinated"


ARTICLES: Mapping[Rank, str] = {
    Rank.COLLATERAL: "109, 110",
    Rank.EXPENSES: "41, 43, 113",
    Rank.COMMON_BENEFIT: "42, 43, 113",
    Rank.EMPLOYEE: "113(1)(1)",
    Rank.SOCIAL_AND_TAX: "113(1)(2)",
    Rank.ORDINARY: "113(1)(3)",
    Rank.SUBORDINATED: "[practice]",
}
"""Where in the Enterprise Bankruptcy Law each place stands."""

RANKS: Mapping[Nature, Rank] = {
    Nature.EMPLOYEE: Rank.EMPLOYEE,
    Nature.SOCIAL_INSURANCE: Rank.SOCIAL_AND_TAX,
    Nature.TAX: Rank.SOCIAL_AND_TAX,
    Nature.ORDINARY: Rank.ORDINARY,
    Nature.SMALL: Rank.ORDINARY,
    # What their collateral does not cover; all of it where priority is waived (EBL 110).
    Nature.SECURED: Rank.ORDINARY,
    Nature.CONSTRUCTION: Rank.ORDINARY,
    Nature.SUBORDINATED: Rank.SUBORDINATED,
}
"""The place of each nature; investors are no creditors and have none."""

COST_RANKS = (Rank.EXPENSES, Rank.COMMON_BENEFIT)
CLAIM_RANKS = (Rank.EMPLOYEE, Rank.SOCIAL_AND_TAX, Rank.ORDINARY, Rank.SUBORDINATED)
CERTAIN, PENDING = 0, 1


@dataclass(frozen=True)
class Cost:
    """A bankruptcy expense or common-benefit debt that is still to be paid (fen)."""

    number: int
    rank: Rank
    fen: int


@dataclass(frozen=True)
class Debt:
    """A claim as it takes part; amounts in fen.

    `certain_fen` is paid to the creditor, on `pending_fen` its share is set aside. `received_fen`
    and `from_collateral_fen` were paid in earlier distributions, in its rank and out of
    collateral. `missed` is the level its class had reached in distributions before it was filed.
    `unsecured_fen` is what collateral that is not sold is expected not to cover.
    """

    number: int
    nature: Nature
    certain_fen: int
    pending_fen: int = 0
    waived: bool = False
    unsecured_fen: int = 0
    received_fen: int = 0
    from_collateral_fen: int = 0
    missed: Fraction = Fraction(0)

    @property
    def secured(self) -> bool:
        """Whether collateral pays it first."""
        return self.nature in SECURED_NATURES and not self.waived


@dataclass(frozen=True)
class Lien:
    """That a claim is secured by a property: in which rank, up to which amount (fen) if limited."""

    debt: int
    rank: int = 1
    limit_fen: int | None = None


@dataclass(frozen=True)
class Pool:
    """A property that secures claims, with its net proceeds (fen); None while it is not sold.

    In a further distribution the proceeds are those not distributed yet, with what was set aside
    of them before.
    """

    number: int
    proceeds_fen: int | None
    liens: tuple[Lien, ...]


@dataclass(frozen=True)
class Estate:
    """What is distributed, and to whom; amounts in fen.

    `free_fen` is not bound by collateral; `held_fen` was set aside in earlier distributions (but
    out of collateral) and is decided upon anew.
    """

    free_fen: int
    costs: tuple[Cost, ...] = ()
    pools: tuple[Pool, ...] = ()
    debts: tuple[Debt, ...] = ()
    held_fen: int = 0


@dataclass(frozen=True)
class Step:
    """What happened at one place of the order (fen).

    `level` is the part of its claims that the class has then, earlier distributions included.
    """

    rank: Rank
    article: str
    before_fen: int
    owed_fen: int
    paid_fen: int
    set_aside_fen: int
    level: Fraction

    @property
    def full(self) -> bool:
        """Whether the class is satisfied."""
        return self.paid_fen + self.set_aside_fen == self.owed_fen


@dataclass(frozen=True)
class PoolShare:
    """What one property's proceeds did (fen): by claim what was paid and what was set aside."""

    number: int
    proceeds_fen: int
    shares: Mapping[int, tuple[int, int]]

    @property
    def set_aside_fen(self) -> int:
        """What of the proceeds is set aside: it stays with this property."""
        return sum(kept for _paid, kept in self.shares.values())

    @property
    def surplus_fen(self) -> int:
        """What the claims did not need: it goes to the estate."""
        return self.proceeds_fen - sum(paid + kept for paid, kept in self.shares.values())


@dataclass(frozen=True)
class Line:
    """What one claim gets now (fen): out of collateral, and in its rank.

    `base_fen` is with what it takes part in its rank. `waiting`: its collateral is not sold yet.
    """

    number: int
    rank: Rank
    base_fen: int
    collateral_paid_fen: int = 0
    collateral_set_aside_fen: int = 0
    paid_fen: int = 0
    set_aside_fen: int = 0
    waiting: bool = False

    @property
    def receives_fen(self) -> int:
        """What is paid to the creditor."""
        return self.collateral_paid_fen + self.paid_fen

    @property
    def kept_fen(self) -> int:
        """What is set aside for the creditor."""
        return self.collateral_set_aside_fen + self.set_aside_fen


@dataclass(frozen=True)
class Distribution:
    """The whole of it: steps in their order, a line a claim by number, what each cost gets."""

    total_fen: int
    steps: tuple[Step, ...]
    lines: tuple[Line, ...]
    pools: tuple[PoolShare, ...] = ()
    costs: Mapping[int, int] = field(default_factory=dict)
    left_fen: int = 0

    @property
    def paid_fen(self) -> int:
        """What is paid, to creditors and for costs."""
        return sum(one.paid_fen for one in self.steps)

    @property
    def set_aside_fen(self) -> int:
        """What is set aside."""
        return sum(one.set_aside_fen for one in self.steps)

    @property
    def covers_expenses(self) -> bool:
        """Whether the expenses are covered; if not, the procedure is to be ended (EBL 43(4))."""
        return all(one.full for one in self.steps if one.rank is Rank.EXPENSES)

    def step(self, rank: Rank) -> Step:
        """The step of a rank. Raises KeyError where there is none."""
        for one in self.steps:
            if one.rank is rank:
                return one
        raise KeyError(rank)
