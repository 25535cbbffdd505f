"""The chain: each entry's hash takes in the hash of the entry before it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from voting.ledger import canonical

SCHEMA = "ledger-entry/1"
GENESIS = ""
"""What stands in place of the hash before the first entry."""


@dataclass(frozen=True)
class Entry:
    """An entry of a meeting's ledger; `at` is RFC 3339 in UTC, positions count from 1."""

    meeting: int
    position: int
    kind: str
    at: str
    body: Mapping[str, Any]
    previous: str
    entry_hash: str

    def hashed(self) -> dict[str, Any]:
        """What the hash is taken of."""
        return {
            "schema": SCHEMA,
            "meeting": self.meeting,
            "position": self.position,
            "kind": self.kind,
            "at": self.at,
            "body": self.body,
            "previous": self.previous,
        }


@dataclass(frozen=True)
class Item:
    """What is to be written: kind, time (RFC 3339) and body."""

    kind: str
    at: str
    body: Mapping[str, Any]


def extend(meeting: int, length: int, head: str, items: Sequence[Item]) -> list[Entry]:
    """Chain items onto a ledger of `length` entries whose last hash is `head`."""
    entries = []
    for position, item in enumerate(items, start=length + 1):
        draft = Entry(meeting, position, item.kind, item.at, item.body, head, "")
        head = canonical.digest(draft.hashed())
        entries.append(
            Entry(meeting, position, item.kind, item.at, item.body, draft.previous, head)
        )
    return entries


def problems(entries: Iterable[Entry]) -> list[str]:
    """Say where a whole ledger, read from its first entry, does not hold; empty when it does."""
    found = []
    head = GENESIS
    for expected, entry in enumerate(entries, start=1):
        place = f"meeting {entry.meeting} entry {entry.position}"
        if entry.position != expected:
            found.append(f"{place}: position {expected} was expected")
        if entry.previous != head:
            found.append(f"{place}: does not follow the entry before it")
        if canonical.digest(entry.hashed()) != entry.entry_hash:
            found.append(f"{place}: the hash does not fit the content")
        head = entry.entry_hash
    return found
