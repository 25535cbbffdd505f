"""Sharing a sum among claims in proportion (按比例清偿), exact to the fen.

Each gets the whole fen of its exact share; the fen that then remain go one each to the largest
remainders, ties to the lower key. So what is shared out is always the sum itself, and nobody is
more than one fen away from its exact share.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor

Key = tuple[int, int]
"""What a stake is known by, and what decides between equal remainders: the lower one first."""


@dataclass(frozen=True)
class Stake:
    """What takes part in sharing: the whole claim, and what it got before (fen).

    `missed` is the level up to which others were paid when this claim was not filed yet: what
    was distributed then is not made up for (EBL 56) while others of its class wait.
    """

    key: Key
    claim_fen: int
    received_fen: int = 0
    missed: Fraction = Fraction(0)

    @property
    def missed_fen(self) -> int:
        """What it would have got had it been filed in time (fen), and did not."""
        return max(0, min(floor(self.missed * self.claim_fen), self.open_fen))

    @property
    def open_fen(self) -> int:
        """What of the claim is not paid (fen)."""
        return max(0, self.claim_fen - self.received_fen)


@dataclass(frozen=True)
class Shares:
    """What each stake gets (fen), what is left of the sum, and the level that was reached.

    The level is the part of its claim that everybody has then who took part from the start: 1
    when the class is paid in full.
    """

    of: dict[Key, int]
    left_fen: int
    level: Fraction


def share(sum_fen: int, stakes: Sequence[Stake]) -> Shares:
    """Share `sum_fen` so that everybody comes to the same part of its whole claim.

    Who got less before gets more now, until all are level; nobody gives anything back.
    """
    asking = [one for one in stakes if one.open_fen > 0]
    offsets = {one.key: one.claim_fen - one.open_fen + one.missed_fen for one in asking}
    full = {one.key: one.claim_fen - offsets[one.key] for one in asking}
    needed = sum(full.values())
    if sum_fen >= needed:
        late = [Stake(one.key, one.missed_fen) for one in asking if one.missed_fen]
        if late:
            more = share(sum_fen - needed, late)
            of = {key: fen + more.of.get(key, 0) for key, fen in full.items()}
            return Shares(of, more.left_fen, Fraction(1))
        return Shares(full, sum_fen - needed, Fraction(1))
    level = _level(sum_fen, asking, offsets)
    p, q = level.numerator, level.denominator
    of, remainders = dict.fromkeys(full, 0), []
    for one in asking:
        exact = p * one.claim_fen - q * offsets[one.key]
        if exact > 0:
            of[one.key], remainder = divmod(exact, q)
            remainders.append((-remainder, one.key))
    remainders.sort()
    for _remainder, key in remainders[: sum_fen - sum(of.values())]:
        of[key] += 1
    return Shares(of, 0, level)


def _level(sum_fen: int, asking: Sequence[Stake], offsets: dict[Key, int]) -> Fraction:
    """The level to which the sum lifts all below it; who is above is let go, step by step."""
    below = list(asking)
    while True:
        whole = sum(one.claim_fen for one in below)
        level = Fraction(sum_fen + sum(offsets[one.key] for one in below), whole)
        p, q = level.numerator, level.denominator
        still = [one for one in below if p * one.claim_fen >= q * offsets[one.key]]
        if len(still) == len(below):
            return level
        below = still
