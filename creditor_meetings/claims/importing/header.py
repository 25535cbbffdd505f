"""Understanding the head of a claims table: title rows, unit, and which column is which."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from creditor_meetings.claims.importing.cells import Value, folded, is_blank
from creditor_meetings.claims.importing.fields import AMOUNTS, LABELS, missing_fields
from creditor_meetings.claims.importing.findings import Findings, Place
from creditor_meetings.claims.importing.grid import Sheet
from creditor_meetings.claims.importing.meanings import Meanings, SheetMeaning

SEARCHED_ROWS = 40
"""How many rows from the top the head is looked for in."""

_REVIEWED = r"^.*(?:确认|审定|认定|审核|审查|核定|核准).*"
# Field by field, the first pattern that a column's words match. Of a head in two rows the words
# of both are joined: 申报金额本金.
_PATTERNS: tuple[tuple[str, str], ...] = (
    ("reason", r"理由|原因"),
    ("waived", r"放弃优先"),
    ("late", r"(?:补充|逾期|迟延)申报$"),
    ("temporary", r"临时"),
    ("unsecured", r"不足清偿|不足受偿|未足额担保|无担保部分"),
    ("collateral", r"担保物|抵押物|质押物|优先权依据|担保情况"),
    ("conclusion", r"结论|审查意见|审核意见"),
    ("note", r"^备注|^说明"),
    ("confirmed_principal", rf"{_REVIEWED}本金(?:金额|数额)?$"),
    ("confirmed_interest", rf"{_REVIEWED}利息(?:金额|数额)?$"),
    ("confirmed_other", rf"{_REVIEWED}其他(?:费用|款项|金额)?$"),
    ("confirmed", rf"{_REVIEWED}(?:金额|数额|总额|额|合计|总计|小计|数)$"),
    ("principal", r"本金$"),
    ("interest", r"利息$"),
    ("other", r"其他(?:费用|款项|金额)?$"),
    ("filed", r"^(?:债权)?申报.*(?:额|合计|总计|小计)$|^合计$|^总额$|^债权金额$"),
    ("nature", r"性质|债权类型|债权类别|债权种类"),
    ("identity", r"证件号|身份证|信用代码|证照号"),
    ("phone", r"电话|手机"),
    ("email", r"邮箱|邮件|(?i:e-?mail)"),
    ("contact", r"联系人|联络人"),
    ("number", r"^(?:序号|编号|债权编号|序)$"),
    ("name", r"债权人(?:名称|姓名)|^债权人$|^(?:名称|姓名)(?:[/或和、](?:名称|姓名))?$"),
)
_SUBHEAD = re.compile(r"本金|利息|其他|合计|总计|小计|金额")
_UNIT_ROW = re.compile(r"单位[:：]?(?P<unit>[^\s,，;；)）]+)")
_UNIT_IN_WORDS = re.compile(r"[(（\[【](?:单位[:：]?)?(?P<unit>[^()（）]*元)[)）\]】]")
_UNITS = {"元": 0, "千元": 3, "万元": 4, "百万元": 6, "亿元": 8}
_CASE_NUMBER = re.compile(r"\(\d{4}\)[^\s()]{1,40}?号(?:之[一二三四五六七八九十\d]+)?")


@dataclass
class Head:
    """Where the table begins, what its columns (from 1) hold, in which unit (power of ten)."""

    sheet: str
    first_row: int
    last_row: int
    columns: dict[str, int]
    scales: dict[str, int]
    forms: Mapping[int, frozenset[str]] = field(default_factory=dict)
    words: Mapping[int, str] = field(default_factory=dict)
    # Columns whose words nobody knows, and the fields that no column holds but every table has.
    unknown: list[int] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    title: str = ""
    case_number: str = ""
    unit: str = ""

    def value(self, row: list[Value], name: str) -> Value:
        """Return what a row holds for a field, None where the table has no such column."""
        column = self.columns.get(name)
        return row[column - 1] if column is not None and column <= len(row) else None

    def place(self, row: int, name: str = "") -> Place:
        """Return the cell of a field in a row."""
        return Place(self.sheet, row, self.columns.get(name, 0))

    def repeats(self, row: list[Value]) -> bool:
        """Whether a row is the head again, as printed on each page."""
        held = {column: value for column, value in enumerate(row, start=1) if not is_blank(value)}
        same = sum(_words(value) in self.forms.get(column, ()) for column, value in held.items())
        return same >= max(2, 0.8 * len(held))


@dataclass(frozen=True)
class Column:
    """A column's words, those of both rows joined, and the unit that one of them names."""

    words: str
    forms: frozenset[str]
    unit: str = ""


def find_head(sheet: Sheet, findings: Findings, meanings: Meanings | None = None) -> Head | None:
    """Find the head of the table in a sheet; None where the sheet holds no claims table.

    What people said of the sheet and its headings comes before what the words say.
    """
    said = (meanings or Meanings()).of(sheet.name)
    if said.is_left_out:
        return None
    rows = sheet.rows[:SEARCHED_ROWS]
    for index, (number, row) in enumerate(rows):
        if said.head is not None and number != said.head:
            continue
        last, below = rows[index + 1] if index + 1 < len(rows) else (number, [])
        if not _is_subhead(below):
            last, below = number, []
        columns = columns_of(row, below)
        fields = {column: _meaning(column, one, said) for column, one in columns.items()}
        known = {one for one, _is_said in fields.values()} - {""}
        if said.head is not None or len(known) >= (4 if "name" in known else 5):
            head = Head(sheet.name, number, last, {}, {})
            head.forms = {column: one.forms for column, one in columns.items()}
            head.words = {column: one.words for column, one in columns.items() if one.words}
            read_titles(head, rows[:index], findings)
            _assign(head, columns, fields, findings)
            read_column_units(head, columns, findings)
            return head
    return None


def _meaning(column: int, one: "Column", said: SheetMeaning) -> tuple[str, bool]:
    """Return the field of a column, and whether people said so."""
    if column in said.columns:
        return said.columns[column], True
    for words in (one.words, *sorted(one.forms)):
        if words and words in said.words:
            return said.words[words], True
    return guess(one.words), False


def _at(row: list[Value], column: int) -> Value:
    return row[column - 1] if column <= len(row) else None


def _is_subhead(row: list[Value]) -> bool:
    """Whether a row only divides the columns of the head above it."""
    held = [_words(value) if isinstance(value, str) else "" for value in row if not is_blank(value)]
    return bool(held) and all(_SUBHEAD.search(words) for words in held)


def columns_of(row: list[Value], below: list[Value]) -> dict[int, Column]:
    """Join the words of a head in two rows; a group's words hold until the next column's."""
    columns = {}
    group = unit = ""
    for column in range(1, max(len(row), len(below)) + 1):
        above, under = _words(_at(row, column)), _words(_at(below, column))
        if above or not under:
            group, unit = above, _unit(_at(row, column))
        columns[column] = Column(
            f"{group}{under}",
            frozenset({above, under} - {""}),
            _unit(_at(below, column)) or unit,
        )
    return columns


def _words(value: Value) -> str:
    """Return a head cell's words without blanks and without the unit in brackets."""
    if not isinstance(value, str):
        return ""
    return "".join(_UNIT_IN_WORDS.sub("", folded(value)).split())


def _unit(value: Value) -> str:
    match = _UNIT_IN_WORDS.search(folded(value)) if isinstance(value, str) else None
    return match["unit"].strip() if match else ""


def guess(words: str) -> str:
    """Return the field that a column's words mean; empty where they are not known."""
    for name, pattern in _PATTERNS:
        if words and re.search(pattern, words):
            return name
    return ""


def _assign(
    head: Head,
    columns: Mapping[int, Column],
    fields: Mapping[int, tuple[str, bool]],
    findings: Findings,
) -> None:
    # What was said first: a column whose words mean the same is then not used.
    for column, (name, is_said) in sorted(fields.items(), key=lambda one: not one[1][1]):
        place = Place(head.sheet, head.last_row, column)
        words = columns[column].words
        first = columns[head.columns[name]].words if name in head.columns else ""
        if name in head.columns and (is_said or not fields[head.columns[name]][1]):
            findings.problem(
                place, words, _("与“%(first)s”一列含义相同，只能保留一列。") % {"first": first}
            )
        elif name in head.columns:
            findings.warn(
                place, words, _("已指定“%(first)s”一列，本列导入时不使用。") % {"first": first}
            )
        elif name:
            head.columns[name] = column
        elif words and not is_said:
            head.unknown.append(column)
            findings.warn(place, words, _("不认识这一列，导入时不使用。"))
    head.missing = missing_fields(head.columns)
    for name in head.missing:
        findings.problem(
            Place(head.sheet, head.first_row),
            "",
            _("表头缺少“%(column)s”一列。") % {"column": LABELS[name]},
        )


def read_titles(head: Head, rows: list[tuple[int, list[Value]]], findings: Findings) -> None:
    scale = 0
    for number, row in rows:
        for column, value in enumerate(row, start=1):
            if not isinstance(value, str) or is_blank(value):
                continue
            head.title = head.title or " ".join(value.split())
            case_number = _CASE_NUMBER.search(folded(value).replace(" ", ""))
            if case_number and not head.case_number:
                head.case_number = case_number[0]
            unit = _UNIT_ROW.search(folded(value))
            if unit:
                head.unit = unit["unit"]
                scale = _scale(head.unit, Place(head.sheet, number, column), value, findings)
    head.scales = dict.fromkeys(AMOUNTS, scale)


def read_column_units(head: Head, columns: Mapping[int, Column], findings: Findings) -> None:
    """Units that columns name in brackets, such as 申报金额(万元), hold for them."""
    for name, column in head.columns.items():
        unit = columns[column].unit
        if name in AMOUNTS and unit:
            place = Place(head.sheet, head.last_row, column)
            head.scales[name] = _scale(unit, place, unit, findings)


def _scale(unit: str, place: Place, value: Value, findings: Findings) -> int:
    plain = unit.removeprefix("人民币").removeprefix("RMB") or "元"
    if plain not in _UNITS:
        findings.problem(
            place,
            value,
            _("不认识的金额单位“%(unit)s”，应为元或万元。") % {"unit": unit},
        )
        return 0
    return _UNITS[plain]
