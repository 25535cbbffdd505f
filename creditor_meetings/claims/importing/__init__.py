"""Bringing a claims table (债权表) in: read, understand, check, commit all or nothing."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation import gettext as _

from creditor_meetings.claims.importing import checks, rows
from creditor_meetings.claims.importing.findings import Findings, Place, Unreadable
from creditor_meetings.claims.importing.grid import read_sheets
from creditor_meetings.claims.importing.header import find_head
from creditor_meetings.claims.importing.table import Entry, Holder, Holders

__all__ = ["Reading", "Unreadable", "read"]


@dataclass
class Reading:
    """A claims table as understood: creditors, claims, sums in fen, and what is wrong with it."""

    creditors: list[Holder] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)
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


def read(file: Path | bytes, name: str = "") -> Reading:
    """Read and check a claims table; its problems are in the result.

    Raises `Unreadable` when the file is no claims table at all.
    """
    name = name or (file.name if isinstance(file, Path) else "")
    reading = Reading()
    findings = reading.findings
    holders = Holders(findings)
    tables = []
    sheets = read_sheets(file, name)
    for sheet in sheets:
        if sheet.hidden:
            findings.warn(Place(sheet.name, 0), "", _("隐藏的工作表未导入。"))
            continue
        head = find_head(sheet, findings)
        if head is None:
            if sheet.rows and len(sheets) > 1:
                findings.warn(Place(sheet.name, 0), "", _("没有债权表的表头，该工作表未导入。"))
            continue
        tables.append(rows.understand(sheet, head, holders, findings))
    if not tables:
        raise Unreadable(
            _("没有找到债权表：表头应有“债权人名称/姓名”“证件号码”“债权性质”“申报金额”等列。")
        )
    for table in tables:
        checks.check(table, findings)
        reading.entries += table.entries
        reading.title = reading.title or table.head.title
        reading.case_number = reading.case_number or table.head.case_number
        reading.unit = reading.unit or table.head.unit
    reading.creditors = holders.all
    checks.look_at_people(reading.creditors, tables[0].head.sheet, findings)
    findings.sort()
    return reading
