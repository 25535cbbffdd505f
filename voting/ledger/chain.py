"""The chain: each entry's hash takes in the hash of the entry before it."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

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


class Item(NamedTuple):
    """What is to be written: kind, time (RFC 3339) and body, as a value or as its encoding."""

    kind: str
    at: str
    body: Mapping[str, Any] | str


class Line(NamedTuple):
    """An entry as it is written: `body`, and `hashed` of which the hash is taken, as encoded."""

    position: int
    kind: str
    at: str
    body: str
    previous: str
    entry_hash: str
    hashed: str


def lines(meeting: int, length: int, head: str, items: Sequence[Item]) -> list[Line]:
    """Chain items onto a ledger of `length` entries whose last hash is `head`."""
    made = []
    quoted = canonical.quoted
    for position, (kind, at, body) in enumerate(items, start=length + 1):
        text = body if isinstance(body, str) else canonical.text(body)
        # `Entry.hashed` encoded, put together from the encoded body: its keys in their order.
        hashed = (
            f'{{"at":{quoted(at)},"body":{text},"kind":{quoted(kind)},"meeting":{meeting},'
            f'"position":{position},"previous":"{head}","schema":"{SCHEMA}"}}'
        )
        previous, head = head, hashlib.sha256(hashed.encode()).hexdigest()
        made.append(Line(position, kind, at, text, previous, head, hashed))
    return made


def extend(meeting: int, length: int, head: str, items: Sequence[Item]) -> list[Entry]:
    """Chain items onto a ledger as `lines` does, and return them as entries."""
    return [
        Entry(
            meeting, one.position, one.kind, one.at,
            json.loads(body) if isinstance(body, str) else body, one.previous, one.entry_hash,
        )
        for one, (_kind, _at, body) in zip(lines(meeting, length, head, items), items, strict=True)
    ]  # fmt: skip


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
