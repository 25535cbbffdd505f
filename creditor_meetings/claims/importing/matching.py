"""Which claim of the case is which row of a newer table.

Creditors are the same by identity number (EBL 64). A creditor's claims are told apart by what
they say, never by where they stand, since rows get inserted in the middle: first by nature and
filed amount together with the review, then by nature and filed amount, by the filed amount alone
(the nature was corrected), by the nature alone where the creditor has one claim of it on either
side, and last what is left over where that is one claim on either side. What none of this settles
is a new row and a missing claim, and people decide. Equal claims pair in the order in which they
stand, so the same two tables always pair in the same way.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence

from creditor_meetings.cases.models import Creditor
from creditor_meetings.claims.importing.cells import folded
from creditor_meetings.claims.importing.table import Entry, Holder
from creditor_meetings.claims.models import Claim

Pairs = list[tuple[Claim, Entry]]


def plain_identity(number: str) -> str:
    """Write an identity number as tables are read: folded, without blanks, upper case."""
    return "".join(folded(number).split()).upper()


def pair_claims(
    claims: Sequence[Claim], entries: Sequence[Entry]
) -> tuple[Pairs, list[Claim], list[Entry]]:
    """Pair one creditor's claims with its rows; return what is missing and what is new too."""
    pairs: Pairs = []
    left = sorted(claims, key=lambda one: (one.position, one.pk))
    new = list(entries)
    for of_claim, of_entry, alone in _KEYS:
        if not left or not new:
            break
        found = _pair(left, new, of_claim, of_entry, alone=alone)
        pairs += found
        taken = {id(one) for pair in found for one in pair}
        left = [one for one in left if id(one) not in taken]
        new = [one for one in new if id(one) not in taken]
    return pairs, left, new


_KEYS: Sequence[tuple[Callable[[Claim], Hashable], Callable[[Entry], Hashable], bool]] = (
    (
        lambda one: (one.nature, one.filed_fen, one.confirmed_fen, one.conclusion, one.collateral),
        lambda one: (one.nature, one.filed, one.confirmed, one.conclusion, one.collateral),
        False,
    ),
    (lambda one: (one.nature, one.filed_fen), lambda one: (one.nature, one.filed), False),
    (lambda one: one.filed_fen, lambda one: one.filed, False),
    (lambda one: one.nature, lambda one: one.nature, True),
    (lambda _one: 0, lambda _one: 0, True),
)


def _pair(
    claims: Sequence[Claim],
    entries: Sequence[Entry],
    of_claim: Callable[[Claim], Hashable],
    of_entry: Callable[[Entry], Hashable],
    *,
    alone: bool,
) -> Pairs:
    """Pair by a key; `alone`: only where one claim and one row have it."""
    by_key: dict[Hashable, tuple[list[Claim], list[Entry]]] = defaultdict(lambda: ([], []))
    for claim in claims:
        by_key[of_claim(claim)][0].append(claim)
    for entry in entries:
        by_key[of_entry(entry)][1].append(entry)
    return [
        pair
        for ours, theirs in by_key.values()
        if not alone or len(ours) == len(theirs) == 1
        for pair in zip(ours, theirs, strict=False)
    ]


def pair_creditors(
    creditors: Sequence[Creditor],
    claims: dict[int, list[Claim]],
    holders: Sequence[Holder],
    entries: dict[int, list[Entry]],
) -> dict[int, Creditor]:
    """Return the case's creditor by `id()` of the table's holder; new holders have none.

    A corrected identity number must not make a second head of a creditor: where a name stands
    once among those left over on either side, and a claim agrees in nature and filed amount, it
    is the same creditor.
    """
    by_number = {plain_identity(one.identity_number): one for one in creditors}
    found = {
        id(holder): by_number[holder.identity_number]
        for holder in holders
        if holder.identity_number in by_number
    }
    taken = {one.pk for one in found.values()}
    ours: dict[str, list[Creditor]] = defaultdict(list)
    theirs: dict[str, list[Holder]] = defaultdict(list)
    for creditor in creditors:
        if creditor.pk not in taken and claims.get(creditor.pk):
            ours[folded(creditor.name)].append(creditor)
    for holder in holders:
        if id(holder) not in found:
            theirs[folded(holder.name)].append(holder)
    for name in ours.keys() & theirs.keys():
        if len(ours[name]) == len(theirs[name]) == 1:
            (creditor,), (holder,) = ours[name], theirs[name]
            said = {(one.nature, one.filed) for one in entries.get(id(holder), ())}
            if any((one.nature, one.filed_fen) in said for one in claims[creditor.pk]):
                found[id(holder)] = creditor
    return found
