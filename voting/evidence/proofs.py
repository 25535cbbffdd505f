"""Proofs for single entries: that they stand in the tree whose root the installation signed."""

from functools import lru_cache
from typing import Any

from voting.ledger import merkle, signing, tree
from voting.models import LedgerEntry, SignedHead

SCHEMA = "inclusion/1"


def head_json(head: SignedHead) -> dict[str, Any]:
    """Write a signed head down: the statement, its signature and the key."""
    return {
        "statement": signing.head_statement(
            head.meeting_id, head.size, head.root, head.head, head.at
        ),
        "signature": head.signature,
        "key": head.key,
        "occasion": head.occasion,
    }


def latest_head(meeting_id: int) -> SignedHead | None:
    """Return the signed head of a meeting's ledger that covers most of it."""
    return SignedHead.objects.filter(meeting=meeting_id).order_by("-size").first()


def hashes(meeting_id: int, size: int) -> list[str]:
    """Return the hashes of a ledger's first `size` entries."""
    rows = LedgerEntry.objects.filter(meeting=meeting_id, position__lte=size).order_by("position")
    found = list(rows.values_list("entry_hash", flat=True))
    if len(found) != size:
        raise RuntimeError(f"the ledger of meeting {meeting_id} lacks {size - len(found)} entries")
    return found


def inclusion(entry: LedgerEntry) -> dict[str, Any]:
    """Prove that an entry stands in its meeting's ledger as it was last signed.

    `path` leads from the entry's leaf to the root of `head` (RFC 6962, 2.1.1); both are null
    while no head that covers the entry was signed. `index` counts from 0.
    """
    head = latest_head(entry.meeting_id)
    covered = head is not None and entry.position <= head.size
    return {
        "schema": SCHEMA,
        "meeting": entry.meeting_id,
        "position": entry.position,
        "entry_hash": entry.entry_hash,
        "index": entry.position - 1,
        "path": _path(entry, head) if head is not None and covered else None,
        "head": head_json(head) if head is not None and covered else None,
    }


def _path(entry: LedgerEntry, head: SignedHead) -> list[str]:
    return tree.inclusion(_hashes_of(head.meeting_id, head.size, head.head), entry.position - 1)


@lru_cache(maxsize=4)
def _hashes_of(meeting_id: int, size: int, _head: str) -> list[str]:
    # What a signed head covers never changes, and many people check at once after a close.
    return hashes(meeting_id, size)


def leads_to_head(proof: dict[str, Any], public: str) -> bool:
    """Whether a proof leads to a head that the key signed."""
    if proof["head"] is None or proof["path"] is None:
        return False
    statement = proof["head"]["statement"]
    try:
        root = merkle.root_from(
            proof["entry_hash"], proof["index"], statement["size"], proof["path"]
        )
    except ValueError:
        return False
    return root == statement["root"] and signing.holds(
        public, statement, proof["head"]["signature"]
    )


def consistency(earlier: SignedHead, later: SignedHead) -> list[str]:
    """Prove that the ledger of the later head begins with that of the earlier one."""
    return tree.consistency(hashes(later.meeting_id, later.size), earlier.size)
