"""A person's own data: gathered from every room for its owner, erased when the law allows.

Each room registers what it holds of a person, and what it can forget of a case that is over.
PIPL (个人信息保护法) art 45 gives people a copy; art 47 has data deleted when its purpose is
reached, unless a law asks for it to be kept, as it does for the record of the meetings.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from creditor_meetings.cases.models import Case, Person


@dataclass(frozen=True)
class OwnFile:
    """A file that a person handed in: what it is called in the copy, and where it lies."""

    name: str
    path: Path


Part = Callable[[Person], Any]
Files = Callable[[Person], Sequence[OwnFile]]
Forget = Callable[[Case], int]
Hindrance = Callable[[Case], str]

_parts: dict[str, Part] = {}
_files: list[Files] = []
_forgets: dict[str, Forget] = {}
_hindrances: list[Hindrance] = []


def part(name: str, provider: Part) -> None:
    """Let `provider` bring what a room holds of a person, as JSON data, under `name`."""
    _parts[name] = provider


def files(provider: Files) -> None:
    """Let `provider` bring the files that a person handed in."""
    _files.append(provider)


def forget(name: str, forgetter: Forget) -> None:
    """Let `forgetter` erase ways to reach people from a case that is over; it says how many."""
    _forgets[name] = forgetter


def hindrance(look: Hindrance) -> None:
    """Let `look` say why a case is not over, "" when it is as far as the room knows."""
    _hindrances.append(look)


def parts_of(person: Person) -> dict[str, Any]:
    """Gather what all rooms hold of a person."""
    return {name: provider(person) for name, provider in _parts.items()}


def files_of(person: Person) -> list[OwnFile]:
    """Gather the files that a person handed in."""
    return [one for provider in _files for one in provider(person)]


def hindrances_of(case: Case) -> list[str]:
    """Say why the data of a case cannot be erased yet."""
    return [words for look in _hindrances if (words := look(case))]


def forgotten_in(case: Case) -> Mapping[str, int]:
    """Erase what rooms can forget of a case; say how much of what."""
    return {name: forgetter(case) for name, forgetter in _forgets.items()}
