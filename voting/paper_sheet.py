"""The bulk sheet of paper ballots: one row a creditor who may vote, one column an open poll."""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from creditor_meetings.claims.importing.cells import (
    ErrorCell,
    Uncalculated,
    Value,
    folded,
    is_blank,
)
from creditor_meetings.claims.importing.findings import Findings, Place, Unreadable
from creditor_meetings.claims.importing.grid import Sheet, read_sheets
from creditor_meetings.meetings.models import Meeting
from voting import paper, wording
from voting.models import Choice, RegisterEntry, Resolution

NUMBER, NAME = "债权人编号", "债权人"
NO_VOTE = "—"
WORDS = {
    "同意": Choice.FOR, "赞成": Choice.FOR,
    "反对": Choice.AGAINST, "不同意": Choice.AGAINST,
    "弃权": Choice.ABSTAIN,
    "for": Choice.FOR, "against": Choice.AGAINST, "abstain": Choice.ABSTAIN,
}  # fmt: skip
_DASHES = frozenset("-‐‑‒–—―−─━ー_/")
_COLUMN = re.compile(r"(\d{1,18})(?:/([a-z0-9_-]{1,60}))?(?=\s|$)", re.ASCII)

Column = tuple[int, str | None]
"""A resolution by id, and its group where the vote has several."""


def _columns(
    polls: Sequence[Resolution], lines: Mapping[tuple[int, int], Sequence[RegisterEntry]]
) -> dict[Column, str]:
    """Name the columns: a poll's, or one for each group of it."""
    found: dict[Column, str] = {}
    for poll in polls:
        groups = list(
            dict.fromkeys(
                line.group
                for (resolution, _creditor), held in lines.items()
                if resolution == poll.pk
                for line in _voting(held)
            )
        )
        if len(groups) < 2:
            found[poll.pk, None] = f"{poll.pk} {poll.title}"
            continue
        for group in groups:
            name = f"{poll.pk}/{group} {poll.title}（{wording.group_name(group)}）"
            found[poll.pk, group] = name
    return found


def _voting(lines: Sequence[RegisterEntry]) -> list[RegisterEntry]:
    return [line for line in lines if not line.reason and not line.carried]


def _groups(lines: Sequence[RegisterEntry], column: Column) -> list[str]:
    """The groups in which a creditor's word in a column counts."""
    own = [line.group for line in _voting(lines)]
    return own if column[1] is None else [group for group in own if group == column[1]]


# --- Giving it out --------------------------------------------------------------------------


def build(meeting: Meeting) -> bytes:
    """Make the sheet (.xlsx) of the polls that go on, as its bytes."""
    polls = paper.open_polls(meeting)
    lines = paper.register_lines([poll.pk for poll in polls])
    columns = _columns(polls, lines)
    book = Workbook()
    sheet: Any = book.active
    sheet.title = "书面表决票"
    sheet.append([_("书面表决票录入表：%(title)s") % {"title": meeting.title}])
    sheet.append([_("在各列填写 同意、反对 或 弃权；没有收到表决票的留空；“—”表示无表决权。")])
    sheet.append([NUMBER, NAME, *columns.values()])
    for creditor, name in _voters(lines):
        sheet.append([creditor, _plain(name), *_blanks(creditor, columns, lines)])
    _dress(sheet, len(columns))
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _plain(name: str) -> str:
    # A name that begins like a formula must not become one on somebody's machine.
    return f"'{name}" if name[:1] in "=+-@" else name


def _voters(lines: Mapping[tuple[int, int], Sequence[RegisterEntry]]) -> list[tuple[int, str]]:
    voters = {creditor: held[0].name for (_poll, creditor), held in lines.items() if _voting(held)}
    return sorted(voters.items())


def _blanks(
    creditor: int,
    columns: Mapping[Column, str],
    lines: Mapping[tuple[int, int], Sequence[RegisterEntry]],
) -> Iterator[str | None]:
    for column in columns:
        held = lines.get((column[0], creditor), [])
        yield None if _groups(held, column) else NO_VOTE


def _dress(sheet: Any, columns: int) -> None:
    sheet["A1"].font = Font(bold=True, size=14)
    for cell in sheet[3]:
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="E8EEF6")
        cell.alignment = Alignment(wrap_text=True, vertical="center")
    sheet.freeze_panes = "C4"
    sheet.column_dimensions["A"].width = 12
    sheet.column_dimensions["B"].width = 40
    for number in range(columns):
        sheet.column_dimensions[get_column_letter(3 + number)].width = 24
    if columns and sheet.max_row > 3:
        offered = DataValidation(type="list", formula1='"同意,反对,弃权"', allow_blank=True)
        offered.add(f"C4:{get_column_letter(2 + columns)}{sheet.max_row}")
        sheet.add_data_validation(offered)


# --- Taking it back -------------------------------------------------------------------------


@dataclass
class Reading:
    """A sheet as understood: its ballots, each with the cell it begins at, and what is wrong."""

    entries: list[paper.Entry] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)


def read(meeting: Meeting, content: bytes, name: str) -> Reading:
    """Read a filled sheet. Raises `Unreadable` when it is none of the meeting's at all."""
    reading = Reading()
    found = [(sheet, at) for sheet in read_sheets(content, name) for at in _heads(sheet)]
    if len(found) != 1:
        raise Unreadable(
            _("没有找到录入表：表头应以“%(number)s”“%(name)s”开始，请使用本页下载的录入表。")
            % {"number": NUMBER, "name": NAME}
        )
    sheet, at = found[0]
    polls = paper.open_polls(meeting)
    lines = paper.register_lines([poll.pk for poll in polls])
    known = _columns(polls, lines)
    columns = _read_head(sheet, at, known, reading.findings)
    names = dict(_voters(lines))
    seen: dict[int, int] = {}
    for number, row in sheet.rows[at + 1 :]:
        creditor = _read_creditor(sheet, number, row, names, reading.findings)
        if creditor is None:
            continue
        if creditor in seen:
            reading.findings.problem(
                Place(sheet.name, number, 1), row[0],
                _("与第 %(row)s 行重复，每位债权人只能有一行。") % {"row": seen[creditor]},
            )  # fmt: skip
            continue
        seen[creditor] = number
        _read_row(sheet, number, row, creditor, columns, lines, reading)
    for index, refusal in paper.faults(meeting, reading.entries).items():
        reading.findings.problem(reading.places[index], reading.values[index], refusal.message)
    if not reading.entries and not reading.findings.problems:
        reading.findings.problem(Place(sheet.name, 0), "", _("没有填写任何表决意见。"))
    reading.findings.sort()
    return reading


def _heads(sheet: Sheet) -> Iterator[int]:
    if sheet.hidden:
        return
    for at, (_number, row) in enumerate(sheet.rows):
        if len(row) > 1 and [_text(cell) for cell in row[:2]] == [NUMBER, NAME]:
            yield at


def _text(value: Value) -> str:
    return "" if value is None else folded(str(value))


def _read_head(
    sheet: Sheet, at: int, known: Mapping[Column, str], findings: Findings
) -> dict[int, Column]:
    """Tell which poll each column is of, by its place from 0."""
    number, row = sheet.rows[at]
    columns: dict[int, Column] = {}
    for index, cell in enumerate(row[2:], start=2):
        if is_blank(cell):
            continue
        place = Place(sheet.name, number, index + 1)
        match = _COLUMN.match(_text(cell))
        column = (int(match[1]), match[2]) if match is not None else None
        if column is None or column not in known:
            findings.problem(
                place, cell,
                _("不是正在进行的表决事项；可填的列：%(columns)s。")
                % {"columns": _("、").join(known.values()) or _("（无）")},
            )  # fmt: skip
        elif column in columns.values():
            findings.problem(place, cell, _("这项表决有两列，应只有一列。"))
        else:
            columns[index] = column
    return columns


def _read_creditor(
    sheet: Sheet, number: int, row: Sequence[Value], names: Mapping[int, str], findings: Findings
) -> int | None:
    place = Place(sheet.name, number, 1)
    written = _text(row[0]).removesuffix(".0")
    if not (written.isascii() and written.isdigit() and len(written) < 19):
        findings.problem(place, row[0], _("应为债权人编号，请不要改动录入表的第一列。"))
        return None
    creditor = int(written)
    if creditor not in names:
        findings.problem(place, row[0], _("没有这个编号的有表决权的债权人。"))
        return None
    given = _text(row[1] if len(row) > 1 else None).removeprefix("'")
    if given != folded(names[creditor]):
        findings.problem(
            Place(sheet.name, number, 2), row[1] if len(row) > 1 else "",
            _("与编号不符，该编号的债权人是“%(name)s”。") % {"name": names[creditor]},
        )  # fmt: skip
        return None
    return creditor


def _read_row(
    sheet: Sheet,
    number: int,
    row: Sequence[Value],
    creditor: int,
    columns: Mapping[int, Column],
    lines: Mapping[tuple[int, int], Sequence[RegisterEntry]],
    reading: Reading,
) -> None:
    """Gather what a creditor's row says, poll by poll."""
    said: dict[int, dict[str, str]] = {}
    first: dict[int, tuple[Place, Value]] = {}
    for index, cell in enumerate(row):
        if index < 2 or _says_nothing(cell):
            continue
        place = Place(sheet.name, number, index + 1)
        if index not in columns:
            reading.findings.problem(place, cell, _("这一列没有表决事项，应留空。"))
            continue
        column = columns[index]
        choice = (
            None if isinstance(cell, ErrorCell | Uncalculated) else WORDS.get(_text(cell).lower())
        )
        if choice is None:
            reading.findings.problem(place, cell, _("应为 同意、反对 或 弃权，或者留空。"))
            continue
        groups = _groups(lines.get((column[0], creditor), []), column)
        if not groups:
            reading.findings.problem(place, cell, _("该债权人对此没有表决权，应留空。"))
            continue
        said.setdefault(column[0], {}).update(dict.fromkeys(groups, choice.value))
        first.setdefault(column[0], (place, cell))
    for poll, choices in said.items():
        reading.entries.append(paper.Entry(poll, creditor, choices))
        reading.places.append(first[poll][0])
        reading.values.append(first[poll][1])


def _says_nothing(cell: Value) -> bool:
    if is_blank(cell):
        return True
    return isinstance(cell, str) and all(one in _DASHES for one in cell.strip())
