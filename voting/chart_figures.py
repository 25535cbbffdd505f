"""What a chart shows, read from a count result: bars, their parts, the line to be reached.

Plain records without the drawing library, so that a process that only orders charts does not
load it. Amounts are fen.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from creditor_meetings.cases.money import fen

VERSION = 1
"""Raised when the drawing changes, so that charts drawn before are drawn anew."""

CHOICES = ("for", "against", "abstain", "not_voted")


@dataclass(frozen=True)
class Threshold:
    """The line that a test must reach.

    `numerator`/`denominator` of what the bar stands for; `strict` when exactly that much fails.
    `of` names the denominator: attending, entitled, voted or unconnected.
    """

    numerator: int
    denominator: int
    strict: bool
    of: str

    def reach(self, whole: int) -> int:
        """Return the least count (or fen) of `whole` that meets the test."""
        if self.strict:
            return self.numerator * whole // self.denominator + 1
        return -(-self.numerator * whole // self.denominator)


@dataclass(frozen=True)
class Part:
    """A part of a bar: `for`, `against`, `abstain`, `not_voted` or `absent`, and how much."""

    choice: str
    value: int


@dataclass(frozen=True)
class Bar:
    """A test drawn as a bar: `number`, `amount` or `veto`; `whole` is its denominator."""

    test: str
    whole: int
    numerator: int
    share: str | None
    met: bool
    parts: tuple[Part, ...]
    threshold: Threshold


@dataclass(frozen=True)
class Group:
    """A voting group with its bars, and whether it passed (None: undecided)."""

    name: str
    passed: bool | None
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Drawing:
    """All that a chart shows."""

    title: str
    groups: tuple[Group, ...]
    final: bool

    @property
    def digest(self) -> str:
        """Equal for drawings that look the same."""
        text = json.dumps([VERSION, asdict(self)], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


Thresholds = Mapping[str, Threshold]
"""The thresholds of a rule by test."""


def thresholds_of(described: Mapping[str, Mapping[str, Any]]) -> Thresholds:
    """Read thresholds as a resolution's state carries them."""
    return {
        test: Threshold(one["numerator"], one["denominator"], one["comparator"] == ">", one["of"])
        for test, one in described.items()
    }


def drawing_of(
    title: str, groups: Sequence[Mapping[str, Any]], thresholds: Thresholds, *, final: bool
) -> Drawing:
    """Read the groups of a count result (`count-result/1`)."""
    return Drawing(title, tuple(_group(one, thresholds) for one in groups), final)


def _group(group: Mapping[str, Any], thresholds: Thresholds) -> Group:
    bars = []
    for test, threshold in thresholds.items():
        found = group.get(f"{test}_test")
        if found is not None:
            bars.append(_bar(test, found, group, threshold))
    return Group(group["group"], group["passed"], tuple(bars))


def _bar(
    test: str, found: Mapping[str, Any], group: Mapping[str, Any], threshold: Threshold
) -> Bar:
    whole, numerator = _value(found["denominator"]), _value(found["numerator"])
    if test == "veto":
        parts: tuple[Part, ...] = (Part("against", numerator),)
    else:
        kind = "number" if test == "number" else "amount"
        parts = _parts({choice: _value(group[choice][kind]) for choice in CHOICES}, whole)
    return Bar(test, whole, numerator, found["share"], found["met"], parts, threshold)


def _value(figure: int | str) -> int:
    return figure if isinstance(figure, int) else fen(figure)


def _parts(values: Mapping[str, int], whole: int) -> tuple[Part, ...]:
    """Fill the bar: under rules that ignore abstainers or the silent, these have no room in it."""
    parts, room = [], whole
    for choice in CHOICES:
        value = values[choice]
        if 0 < value <= room:
            parts.append(Part(choice, value))
            room -= value
    if room > 0:
        parts.append(Part("absent", room))
    return tuple(parts)


def as_json(drawing: Drawing) -> dict[str, Any]:
    """Write a drawing for the process that draws."""
    return asdict(drawing)


def from_json(data: Mapping[str, Any]) -> Drawing:
    """Read what `as_json` wrote."""
    return Drawing(
        data["title"],
        tuple(
            Group(
                group["name"],
                group["passed"],
                tuple(
                    Bar(
                        **{**bar, "parts": tuple(Part(**part) for part in bar["parts"])}
                        | {"threshold": Threshold(**bar["threshold"])}
                    )
                    for bar in group["bars"]
                ),
            )
            for group in data["groups"]
        ),
        data["final"],
    )
