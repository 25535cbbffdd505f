"""What is found wrong in a claims table, each at its cell."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from openpyxl.utils import get_column_letter

MAX_SHOWN_VALUE = 80


class Unreadable(Exception):
    """The file is no claims table at all; the message is one line for people."""


@dataclass(frozen=True)
class Finding:
    """Something wrong or doubtful: where, what stands there, and what would be right."""

    sheet: str
    row: int
    column: str
    value: str
    message: str

    @property
    def line(self) -> str:
        """The finding as one line of text."""
        place = f"{self.sheet} {self.column}{self.row}" if self.row else self.sheet
        value = f" “{self.value}”" if self.value else ""
        return f"{place}{value} {self.message}".strip()

    def as_dict(self) -> dict[str, object]:
        """The finding as `import_claims --json` writes it."""
        return {
            "sheet": self.sheet,
            "row": self.row,
            "column": self.column,
            "value": self.value,
            "message": self.message,
        }


@dataclass
class Findings:
    """Problems, which forbid the import, and warnings, which do not."""

    problems: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)

    def problem(self, place: "Place", value: object, message: str) -> None:
        """Note what forbids the import."""
        self.problems.append(place.finding(value, message))

    def warn(self, place: "Place", value: object, message: str) -> None:
        """Note what people should look at."""
        self.warnings.append(place.finding(value, message))

    def sort(self) -> None:
        """Put findings in the order of the table."""
        for found in (self.problems, self.warnings):
            found.sort(key=lambda one: (one.sheet, one.row, len(one.column), one.column))

    def __iter__(self) -> Iterator[Finding]:
        yield from self.problems
        yield from self.warnings


@dataclass(frozen=True, slots=True)
class Place:
    """A cell: the sheet's name, the row from 1, the column from 1 (0: the row as a whole)."""

    sheet: str
    row: int
    column: int = 0

    def finding(self, value: object, message: str) -> Finding:
        """Write a finding at this place."""
        letter = get_column_letter(self.column) if self.column else ""
        return Finding(self.sheet, self.row, letter, shown(value), message)


def shown(value: object) -> str:
    """Write a cell's value as people know it, cut to what a line can hold."""
    text = "" if value is None else " ".join(str(value).split())
    return text if len(text) <= MAX_SHOWN_VALUE else f"{text[: MAX_SHOWN_VALUE - 1]}…"
