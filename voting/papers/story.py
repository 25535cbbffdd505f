"""What happened in a meeting, read from its ledger up to a position and from nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from creditor_meetings.meetings.models import Meeting
from voting.models import LedgerEntry

Body = Mapping[str, Any]

CHANGES = (
    "poll_extended",
    "poll_suspended",
    "poll_resumed",
    "poll_voided",
    "outcome_confirmed",
    "ruling",
)
"""What may happen to a poll between its opening and the court's last word."""


@dataclass(frozen=True)
class Line:
    """An entry of the ledger."""

    position: int
    kind: str
    at: str
    body: Body
    entry_hash: str


@dataclass
class Poll:
    """A poll as the ledger tells it."""

    resolution: int
    opened: Line | None = None
    register: Line | None = None
    closed: Line | None = None
    result: Line | None = None
    ballots: list[Line] = field(default_factory=list)
    changes: list[Line] = field(default_factory=list)

    @property
    def title(self) -> str:
        """The matter put to the vote."""
        return str(self.opened.body["title"]) if self.opened else ""

    @property
    def voided(self) -> bool:
        """Whether it was taken back so that nothing of it counts."""
        return any(line.kind == "poll_voided" for line in self.changes)

    @cached_property
    def counted(self) -> dict[int, Line]:
        """The ballot that counts for each creditor: the latest, unless it is marked otherwise."""
        found: dict[int, Line] = {}
        for line in self.ballots:
            if line.body.get("effective", True):
                found[line.body["creditor"]] = line
        return found

    @cached_property
    def creditors(self) -> Sequence[Body]:
        """The register's creditors, each with its lines."""
        return self.register.body["creditors"] if self.register else []

    @cached_property
    def entitled(self) -> dict[int, Body]:
        """The creditors that may vote, by id."""
        return {
            one["creditor"]: one
            for one in self.creditors
            if any(not line["reason"] for line in one["lines"])
        }

    @cached_property
    def attending(self) -> set[int]:
        """The entitled creditors that attended, by sign-in or by ballot."""
        named = self.closed.body.get("attended", []) if self.closed else []
        return {one for one in {*named, *self.counted} if one in self.entitled}


@dataclass(frozen=True)
class Story:
    """A meeting's ledger up to a position, to be asked by kind."""

    meeting: Meeting
    lines: Sequence[Line]

    @property
    def size(self) -> int:
        """How many entries it was read from."""
        return len(self.lines)

    @property
    def last(self) -> Line:
        """The newest entry."""
        return self.lines[-1]

    @cached_property
    def _by_kind(self) -> dict[str, list[Line]]:
        found: dict[str, list[Line]] = {}
        for line in self.lines:
            found.setdefault(line.kind, []).append(line)
        return found

    @cached_property
    def people(self) -> dict[int, str]:
        """The names of those who attended or acted, by their number."""
        found: dict[int, str] = {}
        for line in self.lines:
            for number, name in (("person", "person_name"), ("by", "by_name")):
                if isinstance(line.body.get(number), int) and line.body.get(name):
                    found[line.body[number]] = line.body[name]
        return found

    def of(self, *kinds: str) -> list[Line]:
        """The entries of these kinds, in the order in which they were written."""
        if len(kinds) == 1:
            return self._by_kind.get(kinds[0], [])
        return [line for line in self.lines if line.kind in kinds]

    @cached_property
    def polls(self) -> dict[int, Poll]:
        """The polls that were opened, by resolution, in that order."""
        found: dict[int, Poll] = {}
        for line in self.lines:
            resolution = line.body.get("resolution")
            if not isinstance(resolution, int):
                continue
            if line.kind == "register_frozen":
                found[resolution] = Poll(resolution, register=line)
            elif resolution in found:
                _tell(found[resolution], line)
        return {number: poll for number, poll in found.items() if poll.opened is not None}


def _tell(poll: Poll, line: Line) -> None:
    if line.kind == "poll_opened":
        poll.opened = line
    elif line.kind == "ballot":
        poll.ballots.append(line)
    elif line.kind == "poll_closed":
        poll.closed = line
    elif line.kind == "result":
        poll.result = line
    elif line.kind in CHANGES:
        poll.changes.append(line)


def read(meeting: Meeting, size: int | None = None) -> Story:
    """Read a meeting's ledger: its first `size` entries, or all that it has by now.

    Raises ValueError when it has fewer.
    """
    rows = LedgerEntry.objects.filter(meeting=meeting).order_by("position")
    if size is not None:
        rows = rows.filter(position__lte=size)
    lines = [
        Line(row.position, row.kind, row.at, row.body, row.entry_hash) for row in rows.iterator()
    ]
    if size is not None and len(lines) != size:
        raise ValueError(f"the ledger has {len(lines)} entries, not {size}")
    return Story(meeting, lines)
