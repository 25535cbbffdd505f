"""Importing property and account from a spreadsheet: all or nothing, each problem at its cell."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from creditor_meetings.cases.models import Case, Role
from creditor_meetings.cases.money import yuan
from creditor_meetings.claims.importing import cells
from creditor_meetings.claims.importing.cells import Value, WrongCell, folded, is_blank
from creditor_meetings.claims.importing.findings import Findings, Place, Unreadable
from creditor_meetings.claims.importing.grid import Sheet, read_sheets
from creditor_meetings.estate import liens, rows
from creditor_meetings.estate.models import Asset, Entry
from creditor_meetings.estate.record import Author
from creditor_meetings.estate.tables import NUMBER, Column, Table, live

MAX_ROWS = 20_000
HEAD_ROWS = 20
"""How far down the heading of a table is looked for."""


@dataclass
class Reading:
    """A table as understood: the rows to add and to change, and what is wrong."""

    added: list[tuple[int | None, dict[str, Any]]] = field(default_factory=list)
    changed: list[tuple[Asset | Entry, dict[str, Any]]] = field(default_factory=list)
    same: int = 0
    findings: Findings = field(default_factory=Findings)


def read(table: Table, case: Case, content: bytes, name: str) -> Reading:
    """Read and check a table; its problems are in the result, each at its cell.

    Raises `Unreadable` where the file is no such table at all.
    """
    found = Reading()
    with override("zh-hans"):
        choices = {
            one.name: {str(label): value for value, label in one.choices.choices}
            for one in table.columns
            if one.choices is not None
        }
    for sheet in read_sheets(content, name):
        head = None if sheet.hidden else _head(table, sheet)
        if head is not None:
            _Reader(table, case, sheet, head, choices, found).read()
            break
    else:
        needed = "、".join(one.heading for one in table.columns if one.name in table.needed)
        raise Unreadable(
            _("没有找到表头：应有“%(columns)s”各列。请使用模板。") % {"columns": needed}
        )
    if not (found.added or found.changed or found.same or found.findings.problems):
        found.findings.problem(Place("", 0), "", _("表头之下没有内容。"))
    found.findings.sort()
    return found


def _plain(value: Value) -> str:
    return "".join(folded(str(value)).split()) if isinstance(value, str) else ""


def _head(table: Table, sheet: Sheet) -> tuple[int, dict[str, int]] | None:
    """Find the heading: its row, and the column (from 1) of each field."""
    words = {_plain(one.heading): one.name for one in (NUMBER, *table.columns)}
    for number, row in sheet.rows[:HEAD_ROWS]:
        columns: dict[str, int] = {}
        for column, value in enumerate(row, start=1):
            name = words.get(_plain(value))
            if name is not None and name not in columns:
                columns[name] = column
        if columns.keys() >= set(table.needed):
            return number, columns
    return None


class _Reader:
    """Goes through the rows below a heading."""

    def __init__(
        self, table: Table, case: Case, sheet: Sheet, head: tuple[int, dict[str, int]],
        choices: Mapping[str, Mapping[str, str]], reading: Reading,
    ) -> None:  # fmt: skip
        self._table, self._case, self._sheet = table, case, sheet
        self._first, self._columns = head
        self._choices, self._reading = choices, reading
        self._held = {one.number: one for one in live(table, case)}
        self._facts = {self._facts_of(one): one.number for one in self._held.values()}
        self._seen: dict[int, int] = {}

    def read(self) -> None:
        """Read every row."""
        entries = [
            (number, row)
            for number, row in self._sheet.rows
            if number > self._first and any(not is_blank(one) for one in row)
        ]
        if len(entries) > MAX_ROWS:
            raise Unreadable(_("表格过长，最多 %(n)s 行。") % {"n": MAX_ROWS})
        for number, row in entries:
            if _plain(row[0]) not in {"合计", "总计", "小计"}:
                self._take(number, row)

    def _place(self, row: int, name: str) -> Place:
        return Place(self._sheet.name, row, self._columns.get(name, 0))

    def _cell(self, row: Sequence[Value], name: str) -> Value:
        column = self._columns.get(name)
        return row[column - 1] if column is not None and column <= len(row) else None

    def _take(self, number: int, row: Sequence[Value]) -> None:
        before = len(self._reading.findings.problems)
        key = self._tried(number, row, "number", cells.position)
        if key is not None and key in self._seen:
            self._wrong(
                number, "number", key, _("编号与第 %(n)s 行重复。") % {"n": self._seen[key]}
            )
        elif key is not None:
            self._seen[key] = number
        present = self._held.get(key) if key is not None else None
        given = {
            column.name: self._tried(number, row, column.name, self._text_of(column)) or ""
            for column in self._table.columns
            if column.name in self._columns
        }
        if len(self._reading.findings.problems) > before:
            return
        # Columns that the table lacks stay as they are.
        kept = self._form_data(present) if present is not None else {}
        form = self._table.form(self._case, {**kept, **given})
        if not form.is_valid():
            for name, errors in form.errors.items():
                shown = self._cell(row, name) if name in self._columns else ""
                self._wrong(number, name, shown, " ".join(str(one) for one in errors))
            return
        self._sort_in(number, key, present, form.values())

    def _text_of(self, column: Column) -> Callable[[Value], str]:
        if column.choices is not None:
            return lambda value: self._choice(column, value)
        if column.name.endswith("_fen"):
            return lambda value: "" if is_blank(value) else yuan(cells.amount(value))
        if column.name in {"day", "realised_on"}:
            return _day
        return lambda value: cells.text(value, 2000)

    def _choice(self, column: Column, value: Value) -> str:
        if is_blank(value):
            return ""
        known = self._choices[column.name]
        written = _plain(value) or str(value)
        if written not in known:
            raise WrongCell(_("应为以下之一：%(choices)s。") % {"choices": "、".join(known)})
        return known[written]

    def _tried(
        self, number: int, row: Sequence[Value], name: str, how: Callable[[Value], Any]
    ) -> Any:
        value = self._cell(row, name)
        try:
            return how(value)
        except WrongCell as wrong:
            self._wrong(number, name, value, str(wrong))
            return None

    def _wrong(self, row: int, name: str, value: object, message: str) -> None:
        self._reading.findings.problem(self._place(row, name), value, message)

    def _form_data(self, row: Asset | Entry) -> dict[str, str]:
        form = self._table.form.of(row)  # type: ignore[attr-defined]
        data = {}
        for column in self._table.columns:
            value = form.initial.get(column.name)
            money = column.name.endswith("_fen") and value is not None
            data[column.name] = yuan(value) if money else "" if value is None else str(value)
        return data

    def _facts_of(self, row: Asset | Entry) -> tuple[str, ...]:
        return tuple(self._form_data(row).values())

    def _sort_in(
        self, number: int, key: int | None, present: Asset | Entry | None, values: dict[str, Any]
    ) -> None:
        facts = tuple(_fact(values[one.name]) for one in self._table.columns)
        if present is not None:
            if facts == self._facts_of(present):
                self._reading.same += 1
            else:
                self._reading.changed.append((present, values))
        elif key is None and facts in self._facts:
            self._wrong(
                number,
                "number",
                "",
                _("与编号 %(n)s 的内容完全相同。如为同一项请填写编号，否则请在备注中注明。")
                % {"n": self._facts[facts]},
            )
        else:
            self._reading.added.append((key, values))


def _fact(value: Any) -> str:
    if isinstance(value, int):
        return yuan(value)
    if isinstance(value, list):
        return liens.written(value)
    return "" if value is None else str(value)


def _day(value: Value) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if is_blank(value):
        return ""
    written = folded(cells.text(value, 40))
    for form in ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日"):
        try:
            return datetime.strptime(written, form).date().isoformat()  # noqa: DTZ007
        except ValueError:
            continue
    raise WrongCell(_("应为日期，例如 2026-01-31。"))


@transaction.atomic
def commit(table: Table, case: Case, reading: Reading, author: Author) -> None:
    """Take in what was read, all of it."""
    author.viewer.require(Role.ADMINISTRATOR)
    assert not reading.findings.problems
    Case.objects.select_for_update().get(pk=case.pk)
    for row, values in reading.changed:
        rows.change(row, values, author, version=row.version)
    for number, values in _numbered_first(reading):
        rows.add(table.model, case, values, author, number=number, how="imported")


def _numbered_first(reading: Reading) -> Iterator[tuple[int | None, dict[str, Any]]]:
    # What has a number takes it before the others are given theirs.
    yield from (one for one in reading.added if one[0] is not None)
    yield from (one for one in reading.added if one[0] is None)
