"""What a report is made of, and how it writes days and what people must fill in."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone


@dataclass(frozen=True)
class Table:
    """A table: its heading, rows of text, which columns hold figures, which row is a total."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    figures: tuple[int, ...] = ()
    total: bool = False


@dataclass(frozen=True)
class Heading:
    """The heading of a section."""

    text: str


Block = str | Heading | Table


@dataclass(frozen=True)
class Report:
    """A report: who reports on which case, what, and when."""

    title: str
    case_number: str
    debtor: str
    to: str
    body: tuple[Block, ...]
    signature: tuple[str, ...]
    author: str


def day(moment: date | datetime | None) -> str:
    """Write a day as papers do, a blank where there is none: 2026年3月1日."""
    if moment is None:
        return blank("日期")
    if isinstance(moment, datetime):
        moment = timezone.localtime(moment).date()
    return f"{moment.year}年{moment.month}月{moment.day}日"


def blank(what: str) -> str:
    """Mark what people must write."""
    return f"【{what}】"
