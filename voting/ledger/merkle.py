"""A Merkle tree over the hashes of a batch, as in RFC 6962: one signature for all of them."""

import hashlib
from collections.abc import Sequence


def leaf(entry_hash: str) -> bytes:
    """Return the leaf of an entry; the prefix keeps leaves and inner nodes apart."""
    return hashlib.sha256(b"\x00" + bytes.fromhex(entry_hash)).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Return the inner node over two others."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def _levels(hashes: Sequence[str]) -> list[list[bytes]]:
    """Return the tree from the leaves up; an odd node out moves up as it is."""
    if not hashes:
        raise ValueError("a batch has at least one entry")
    levels = [[leaf(one) for one in hashes]]
    while len(levels[-1]) > 1:
        levels.append(above(levels[-1]))
    return levels


def above(level: Sequence[bytes]) -> list[bytes]:
    """Return the level of the tree above this one."""
    pairs = [node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
    return [*pairs, level[-1]] if len(level) % 2 else pairs


class Tree:
    """The tree of a batch, hashed once, for its root and the path of each entry."""

    def __init__(self, hashes: Sequence[str]) -> None:
        self.size = len(hashes)
        self._levels = [[one.hex() for one in level] for level in _levels(hashes)]

    @property
    def root(self) -> str:
        """The root."""
        return self._levels[-1][0]

    def path(self, index: int) -> list[str]:
        """Return the hashes that lead from the entry at `index` (from 0) to the root."""
        found = []
        for level in self._levels[:-1]:
            sibling = index ^ 1
            if sibling < len(level):
                found.append(level[sibling])
            index //= 2
        return found

    def paths_written(self) -> list[str]:
        """Return all paths as JSON, each step written once for all entries that share it."""
        tails = [""]
        for level in reversed(self._levels[:-1]):
            tails = [
                f',"{level[at ^ 1]}"{tails[at // 2]}' if at ^ 1 < len(level) else tails[at // 2]
                for at in range(len(level))
            ]
        return [f"[{one[1:]}]" for one in tails]


def root(hashes: Sequence[str]) -> str:
    """Return the root of a batch of entry hashes."""
    return _levels(hashes)[-1][0].hex()


def paths(hashes: Sequence[str]) -> list[list[str]]:
    """Return for each entry the hashes that lead from it to the root."""
    tree = Tree(hashes)
    return [tree.path(index) for index in range(tree.size)]


def root_from(entry_hash: str, index: int, size: int, path: Sequence[str]) -> str:
    """Return the root that a path leads to. Raises ValueError for a path that cannot be."""
    if not 0 <= index < size:
        raise ValueError(f"no entry {index} in a batch of {size}")
    at, width, steps = leaf(entry_hash), size, list(path)
    while width > 1:
        if index ^ 1 < width:
            if not steps:
                raise ValueError("the path is too short")
            sibling = bytes.fromhex(steps.pop(0))
            at = node(sibling, at) if index % 2 else node(at, sibling)
        index, width = index // 2, (width + 1) // 2
    if steps:
        raise ValueError("the path is too long")
    return at.hex()
