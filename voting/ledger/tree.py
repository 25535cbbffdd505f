"""The Merkle tree over a whole ledger, as in RFC 6962, that grows without hashing anew.

Its frontier is the roots of the full trees that the leaves fall into, the largest first: all
that is needed to add leaves and to know the root. Proofs are made from the leaves.
"""

import hashlib
from collections.abc import Iterable, Sequence

from voting.ledger import merkle

EMPTY = hashlib.sha256(b"").hexdigest()
"""The root of a tree without leaves."""

Frontier = list[str]


def grow(frontier: Sequence[str], size: int, hashes: Iterable[str]) -> Frontier:
    """Return the frontier after the entries with these hashes were added to `size` of them."""
    peaks = [bytes.fromhex(one) for one in frontier]
    if len(peaks) != size.bit_count():
        raise ValueError(f"{len(peaks)} peaks are not those of a tree of {size}")
    for entry_hash in hashes:
        peak, width = merkle.leaf(entry_hash), size
        while width & 1:
            peak = merkle.node(peaks.pop(), peak)
            width >>= 1
        peaks.append(peak)
        size += 1
    return [one.hex() for one in peaks]


def root(frontier: Sequence[str]) -> str:
    """Return the root that a frontier stands for."""
    if not frontier:
        return EMPTY
    at = bytes.fromhex(frontier[-1])
    for peak in reversed(frontier[:-1]):
        at = merkle.node(bytes.fromhex(peak), at)
    return at.hex()


def inclusion(hashes: Sequence[str], index: int) -> list[str]:
    """Return the hashes that lead from entry `index` (from 0) to the root (RFC 6962, 2.1.1)."""
    if not 0 <= index < len(hashes):
        raise ValueError(f"no entry {index} in a ledger of {len(hashes)}")
    level = [merkle.leaf(one) for one in hashes]
    path = []
    while len(level) > 1:
        if index ^ 1 < len(level):
            path.append(level[index ^ 1].hex())
        index, level = index // 2, merkle.above(level)
    return path


def consistency(hashes: Sequence[str], earlier: int) -> list[str]:
    """Return the proof that a tree of the first `earlier` entries grew into this one.

    RFC 6962, 2.1.2; empty for an empty or an equal tree.
    """
    if not 0 <= earlier <= len(hashes):
        raise ValueError(f"no {earlier} entries in a ledger of {len(hashes)}")
    if earlier in (0, len(hashes)):
        return []
    level = [merkle.leaf(one) for one in hashes]
    proof: list[str] = []
    at = earlier - 1
    # The largest full tree that ends where the earlier one ended.
    while at & 1:
        at, level = at >> 1, merkle.above(level)
    if at:
        proof.append(level[at].hex())
    while len(level) > 1:
        if at ^ 1 < len(level):
            proof.append(level[at ^ 1].hex())
        at, level = at >> 1, merkle.above(level)
    return proof


def grew(
    earlier: int, earlier_root: str, later: int, later_root: str, proof: Sequence[str]
) -> bool:
    """Whether the proof shows that the later tree begins with the earlier one (RFC 9162)."""
    if earlier == later:
        return earlier_root == later_root and not proof
    if not 0 <= earlier < later:
        return False
    if earlier == 0:
        return earlier_root == EMPTY and not proof
    steps = [bytes.fromhex(one) for one in proof]
    if not earlier & (earlier - 1):
        steps.insert(0, bytes.fromhex(earlier_root))
    if not steps:
        return False
    at, last = earlier - 1, later - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    first = second = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            first, second = merkle.node(step, first), merkle.node(step, second)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            second = merkle.node(second, step)
        at, last = at >> 1, last >> 1
    return last == 0 and (first.hex(), second.hex()) == (earlier_root, later_root)
