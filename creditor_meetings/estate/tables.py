"""Property and account as spreadsheets: a template, an export, and an import, all or nothing.

What is exported can be imported unchanged: nothing changes then. A row with a number that the
case has changes that row; a row with a new number, or with none, is added; rows that the table
lacks stay as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import override

from creditor_meetings.cases.models import Case
from creditor_meetings.estate import liens
from creditor_meetings.estate.forms import AssetForm, EntryForm, RowForm
from creditor_meetings.estate.models import Asset, AssetKind, AssetState, Entry, EntryKind
from creditor_meetings.estate.sheets import Book, Yuan


@dataclass(frozen=True)
class Column:
    """A column: its field, its heading in the language of the case, its width, its choices."""

    name: str
    heading: str
    width: int
    choices: type[models.TextChoices] | None = None


NUMBER = Column("number", "编号", 8)


@dataclass(frozen=True)
class Table:
    """What is kept in a table of its own."""

    kind: str
    title: str
    model: type[Asset] | type[Entry]
    form: type[RowForm]
    columns: tuple[Column, ...]

    @property
    def needed(self) -> tuple[str, ...]:
        """The fields without whose columns it is some other table."""
        return tuple(one.name for one in self.columns if self.form.base_fields[one.name].required)


# Headings and words are those of the case's papers, whatever language its people read.
ASSETS = Table(
    "assets", "财产清单", Asset, AssetForm,
    (
        Column("kind", "类别", 16, AssetKind),
        Column("name", "名称", 36),
        Column("location", "所在地", 30),
        Column("book_fen", "账面价值（元）", 18),
        Column("appraised_fen", "评估价值（元）", 18),
        Column("state", "状态", 12, AssetState),
        Column("liens", "担保的债权", 24),
        Column("realised_fen", "变价所得（元）", 18),
        Column("costs_fen", "变价费用（元）", 18),
        Column("realised_on", "变价日期", 14),
        Column("note", "备注", 40),
    ),
)  # fmt: skip
MONEY = Table(
    "money", "收支明细", Entry, EntryForm,
    (
        Column("day", "日期", 14),
        Column("kind", "类别", 16, EntryKind),
        Column("amount_fen", "金额（元）", 18),
        Column("counterparty", "对方", 30),
        Column("note", "摘要", 40),
        Column("voucher", "凭证号", 16),
    ),
)  # fmt: skip
TABLES: Mapping[str, Table] = {one.kind: one for one in (ASSETS, MONEY)}


def template(table: Table) -> bytes:
    """Return an empty table to fill in, with what may stand in the columns of choices."""
    with override("zh-hans"):
        book = Book()
        _sheet(book, table, ())
        words = book.sheet("填写说明", [20, 100])
        words.row(["编号", "新增的行可以留空；填写已有的编号即修改该项。"])
        for column in table.columns:
            if column.choices is not None:
                words.row([column.heading, "、".join(str(one) for one in column.choices.labels)])
            elif help_text := table.form.base_fields[column.name].help_text:
                words.row([column.heading, str(help_text)])
        return book.save()


def export(table: Table, case: Case) -> bytes:
    """Return the table of a case, which can be imported as it is."""
    with override("zh-hans"):
        book = Book()
        _sheet(book, table, live(table, case).iterator(chunk_size=2000))
        return book.save()


def live(table: Table, case: Case) -> Any:
    """Return what of a case stands in the table."""
    if table.model is Entry:
        return Entry.objects.filter(case=case, removed_at__isnull=True).order_by("number")
    found = Asset.objects.filter(case=case, removed_at__isnull=True)
    return found.prefetch_related("liens__claim").order_by("number")


def _sheet(book: Book, table: Table, held: Any) -> None:
    columns = (NUMBER, *table.columns)
    sheet = book.sheet(table.title, [one.width for one in columns], frozen="C2")
    sheet.head(one.heading for one in columns)
    for row in held:
        sheet.row(_value(row, column) for column in columns)


def _value(row: Asset | Entry, column: Column) -> Any:
    if column.name == "liens":
        assert isinstance(row, Asset)
        return liens.written(
            liens.Wanted(one.claim.position, one.rank, one.limit_fen) for one in row.liens.all()
        )
    value = getattr(row, column.name)
    if column.choices is not None:
        return str(column.choices(value).label)
    return Yuan(value) if column.name.endswith("_fen") and value is not None else value
