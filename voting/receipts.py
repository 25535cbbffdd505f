"""Receipts (回执) as the ledger gives them: no ballot keeps a copy.

A receipt is the ballot's entry, its path in the tree of its batch, and the batch's signature;
all three stand in rows that nobody changes, so it is the same whenever it is made.
"""

from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from creditor_meetings.cases import rows
from creditor_meetings.cases.errors import Refused
from voting.ledger import canonical, chain, merkle, receipts, signing
from voting.models import Ballot, LedgerEntry, LedgerSeal

Receipts = dict[int, dict[str, Any]]
"""Receipts by position in a meeting's ledger."""


class NotInLedger(Refused):
    """Somebody took a ballot's entry, or the seal of its batch, out of the ledger."""

    def __init__(self) -> None:
        super().__init__(
            "unavailable",
            _("账本中缺少这张票的记录。请保存好回执，并立即告知管理人和人民法院。"),
        )


def of(ballot: Ballot) -> dict[str, Any]:
    """Return the receipt of a ballot that was written; raises `NotInLedger`."""
    if ballot.kept_receipt is not None:
        return dict(ballot.kept_receipt)
    found = of_positions(ballot.resolution.meeting_id, [ballot.position])
    if ballot.position not in found:
        raise NotInLedger
    return found[ballot.position]


def of_positions(meeting_id: int, positions: Collection[int]) -> Receipts:
    """Return the whole receipts of entries of a ledger, in queries that depend on batches alone."""
    found: Receipts = {}
    entries = {one.position: entry(one) for one in _entries(meeting_id, positions)}
    for seal in _seals(meeting_id, entries):
        statement = signing.batch_statement(meeting_id, seal.first, seal.size, seal.root, seal.head)
        seal_ = receipts.sealed(statement, seal.signature, seal.key)
        for position in range(seal.first, seal.first + seal.size):
            if position in entries:
                tree = _tree_of(seal)
                found[position] = receipts.one_of(
                    entries[position], seal_, position - seal.first, tree
                )
    return found


def written(meeting_id: int, positions: Collection[int]) -> list[tuple[int, str]]:
    """Return whole receipts as JSON, each with its position."""
    found = of_positions(meeting_id, positions)
    return [(position, canonical.text(receipt)) for position, receipt in found.items()]


def faces(meeting_id: int, ballots: Iterable[Ballot]) -> Receipts:
    """Return what is read of receipts, without their proofs, in one query."""
    found = _entries(meeting_id, {one.position for one in ballots})
    return {one.position: receipts.face(entry(one)) for one in found}


def _entries(meeting_id: int, positions: Collection[int]) -> Iterable[LedgerEntry]:
    return LedgerEntry.objects.filter(meeting=meeting_id, position__in=positions)


def _seals(meeting_id: int, positions: Collection[int]) -> Iterable[LedgerSeal]:
    """Return the seals of a ledger from that of the first of the positions to that of the last."""
    if not positions:
        return []
    before = LedgerSeal.objects.filter(meeting=meeting_id, first__lte=min(positions))
    first = before.order_by("-first").values_list("first", flat=True)[:1]
    return LedgerSeal.objects.filter(
        meeting=meeting_id, first__gte=first, first__lte=max(positions)
    )


class _NotAsSealed(Exception):
    """The entries of a batch are not those that were sealed; whoever checks its receipts sees."""

    def __init__(self, tree: merkle.Tree) -> None:
        super().__init__("the batch is not what was sealed")
        self.tree = tree


def _tree_of(seal: LedgerSeal) -> merkle.Tree:
    try:
        return _tree(seal.meeting_id, seal.first, seal.size, seal.root)
    except _NotAsSealed as broken:
        return broken.tree


@lru_cache(maxsize=64)
def _tree(meeting_id: int, first: int, size: int, root: str) -> merkle.Tree:
    # A root has one tree, whatever becomes of the numbers beside it.
    hashes = rows.select(
        "SELECT entry_hash FROM voting_ledgerentry"
        " WHERE meeting_id = %s AND position >= %s AND position < %s ORDER BY position",
        [meeting_id, first, first + size],
    )
    tree = merkle.Tree([one for (one,) in hashes])
    if tree.root != root:
        raise _NotAsSealed(tree)
    return tree


def entry(row: LedgerEntry) -> chain.Entry:
    """Return an entry of the ledger as the ledger's functions take it."""
    return chain.Entry(
        row.meeting_id, row.position, row.kind, row.at, row.body, row.previous, row.entry_hash
    )
