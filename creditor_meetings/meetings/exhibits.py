"""Files that the record of a meeting names, as the rooms that keep them lend them.

The bundle of evidence is made in the voting room, which knows neither documents nor recordings;
both know the meeting, which passes the question on.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Finder = Callable[[Mapping[str, Any]], Path | None]
_finders: dict[str, Finder] = {}


def lend(kind: str, finder: Finder) -> None:
    """Take what finds the file that an entry of this kind names, from the entry's body."""
    _finders[kind] = finder


def file_of(kind: str, body: Mapping[str, Any]) -> Path | None:
    """Return the file that an entry names; None where it names none or the file is not here."""
    finder = _finders.get(kind)
    found = finder(body) if finder is not None else None
    return found if found is not None and found.is_file() else None
