"""Bringing a claims table (债权表) in: read, understand, check, commit all or nothing."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation import gettext as _

from creditor_meetings.claims.importing import checks, rows
from creditor_meetings.claims.importing.cells import is_blank
from creditor_meetings.claims.importing.findings import Findings, Place, Unreadable, shown
from creditor_meetings.claims.importing.grid import Sheet, read_sheets
from creditor_meetings.claims.importing.header import Head, find_head
from creditor_meetings.claims.importing.meanings import Meanings
from creditor_meetings.claims.importing.table import Entry, Holder, Holders
from creditor_meetings.claims.importing.workbook import Progress

__all__ = ["NoTable", "Reading", "Unreadable", "read"]


class NoTable(Unreadable):
    """The file can be read, but no sheet has the head of a claims table; people may say where."""

    def __init__(self, tops: list[Sheet]) -> None:
        super().__init__(
            _("没有找到债权表：表头应有“债权人名称/姓名”“证件号码”“债权性质”“申报金额”等列。")
        )
        self.tops = tops


@dataclass
class Reading:
    """A claims table as understood: creditors, claims, sums in fen, and what is wrong with it."""

    creditors: list[Holder] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)
    # The heads that were found, and the first rows of each sheet that is not hidden.
    heads: list[Head] = field(default_factory=list)
    tops: list[Sheet] = field(default_factory=list)
    title: str = ""
    case_number: str = ""
    unit: str = ""

    @property
    def filed_fen(self) -> int:
        """The sum of what was filed."""
        return sum(entry.filed for entry in self.entries)

    @property
    def confirmed_fen(self) -> int:
        """The sum of what the administrator's review confirmed."""
        return sum(entry.confirmed for entry in self.entries)

    @property
    def content(self) -> str:
        """The hash of what the table says, wherever in whichever file it stands."""
        facts = [
            (one.position, one.name, one.identity_number, one.contact_name, one.phone, one.email)
            for one in self.creditors
        ]
        claims = [(entry.holder.identity_number, *entry.facts()) for entry in self.entries]
        return hashlib.sha256(repr((facts, claims)).encode()).hexdigest()


def read(
    file: Path | bytes,
    name: str = "",
    *,
    meanings: Meanings | None = None,
    progress: Progress | None = None,
) -> Reading:
    """Read and check a claims table; its problems are in the result.

    `meanings` are what people said of its columns, `progress` hears how far it has come.
    Raises `Unreadable` when the file is no claims table at all, `NoTable` when it is readable
    but no sheet has a head.
    """
    name = name or (file.name if isinstance(file, Path) else "")
    reading = Reading()
    findings = reading.findings
    holders = Holders(findings)
    parts = []
    sheets = read_sheets(file, name, progress)
    reading.tops = [top_of(sheet) for sheet in sheets if not sheet.hidden and sheet.rows]
    for sheet in sheets:
        for remark in sheet.remarks:
            findings.warn(Place("", 0), "", remark)
        if sheet.hidden:
            findings.warn(Place(sheet.name, 0), "", _("隐藏的工作表未导入。"))
            continue
        head = find_head(sheet, findings, meanings)
        if head is None:
            if sheet.rows and len(sheets) > 1:
                findings.warn(Place(sheet.name, 0), "", _("没有债权表的表头，该工作表未导入。"))
            continue
        parts.append((sheet, head))
    if not parts:
        raise NoTable(reading.tops)
    reading.heads = [head for _sheet, head in parts]
    total = sum(len(sheet.rows) for sheet, _head in parts)
    done = 0
    tables = []
    for sheet, head in parts:
        tables.append(rows.understand(sheet, head, holders, findings, (progress, done, total)))
        done += len(sheet.rows)
        sheet.rows.clear()  # understood: what it said is in the table
    for table in tables:
        checks.check(table, findings)
        reading.entries += table.entries
        reading.title = reading.title or table.head.title
        reading.case_number = reading.case_number or table.head.case_number
        reading.unit = reading.unit or table.head.unit
    reading.creditors = holders.all
    checks.look_for_doubles(reading.entries, findings)
    checks.look_at_people(reading.creditors, tables[0].head.sheet, findings)
    findings.sort()
    return reading


TOP_ROWS = 45


def top_of(sheet: Sheet) -> Sheet:
    """Return the first rows of a sheet as text, which is what people are shown of it."""
    return Sheet(
        sheet.name,
        [
            (number, [None if is_blank(one) else shown(one) for one in row])
            for number, row in sheet.rows[:TOP_ROWS]
        ],
    )
