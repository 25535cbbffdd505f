"""Reading an investors' table (出资人名册) from .xlsx or .csv, each problem at its cell."""

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditor_meetings.cases.models import Creditor
from creditor_meetings.cases.money import yuan_grouped
from creditor_meetings.claims.importing import cells, header
from creditor_meetings.claims.importing.cells import Value, WrongCell, folded, is_blank
from creditor_meetings.claims.importing.findings import Findings, Place, Unreadable
from creditor_meetings.claims.importing.grid import Sheet, read_sheets
from creditor_meetings.claims.importing.header import Head
from creditor_meetings.claims.investors import Investor, Register

T = TypeVar("T")

# "filed" is the amount's name in every head, so that its unit is read as that of claims is.
_PATTERNS = (
    ("share", r"比例"),
    ("filed", r"出资.*额|出资金额|注册资本|持股数额"),
    ("identity", r"证件号|身份证|信用代码|证照号"),
    ("phone", r"电话|手机"),
    ("email", r"邮箱|邮件|(?i:e-?mail)"),
    ("contact", r"联系人|联络人"),
    ("number", r"^(?:序号|编号|序)$"),
    (
        "name",
        r"^(?:出资人|股东)(?:名称|姓名|名称/姓名|姓名/名称)?$|^(?:名称|姓名)(?:[/或和、](?:名称|姓名))?$",
    ),
)
LABELS = {
    "name": gettext_lazy("出资人名称"),
    "identity": gettext_lazy("证件号码"),
    "filed": gettext_lazy("出资额"),
}
# Without one of these words it is some other table of people.
_OWN = re.compile(r"^(?:认缴|实缴)?(?:出资|股东|持股)")
_SUM = re.compile(r"^(?:小计|合计|总计|共计)[:：]?$")
_SHARE = re.compile(r"(\d{1,3}(?:\.\d{1,8})?)%?")


def read(file: Path | bytes, name: str = "") -> Register:
    """Read and check an investors' table; its problems are in the result.

    Raises `Unreadable` when the file is no such table at all.
    """
    register = Register()
    found = False
    for sheet in read_sheets(file, name or (file.name if isinstance(file, Path) else "")):
        head = None if sheet.hidden else _find_head(sheet, register.findings)
        if head is None:
            if sheet.rows:
                register.findings.warn(
                    Place(sheet.name, 0), "", _("没有出资人名册的表头，该工作表未导入。")
                )
            continue
        found = True
        register.title = register.title or head.title
        register.case_number = register.case_number or head.case_number
        register.unit = register.unit or head.unit
        _Rows(sheet, head, register).read()
    if not found:
        raise Unreadable(_("没有找到出资人名册：表头应有“出资人名称”“证件号码”“出资额”三列。"))
    if not register.investors and not register.findings.problems:
        register.findings.problem(Place("", 0), "", _("表头之下没有出资人。"))
    register.findings.sort()
    return register


def _find_head(sheet: Sheet, findings: Findings) -> Head | None:
    rows = sheet.rows[: header.SEARCHED_ROWS]
    for index, (number, row) in enumerate(rows):
        columns = header.columns_of(row, [])
        fields = {column: _field(one.words) for column, one in columns.items()}
        known = set(fields.values()) & set(LABELS)
        if len(known) < 2 or not any(
            one.startswith(("出资", "股东", "持股"))
            for one in (column.words for column in columns.values())
        ):
            continue
        head = Head(sheet.name, number, number, {}, {})
        head.forms = {column: one.forms for column, one in columns.items()}
        header.read_titles(head, rows[:index], findings)
        _assign(head, {column: one.words for column, one in columns.items()}, fields, findings)
        header.read_column_units(head, columns, findings)
        return head
    return None


def _field(words: str) -> str:
    return next((name for name, pattern in _PATTERNS if words and re.search(pattern, words)), "")


def _assign(head: Head, words: dict[int, str], fields: dict[int, str], findings: Findings) -> None:
    for column, name in fields.items():
        place = Place(head.sheet, head.last_row, column)
        if name in head.columns:
            first = words[head.columns[name]]
            findings.problem(
                place,
                words[column],
                _("与“%(first)s”一列含义相同，只能保留一列。") % {"first": first},
            )
        elif name:
            head.columns[name] = column
        elif words[column]:
            findings.warn(place, words[column], _("不认识这一列，导入时不使用。"))
    for name, label in LABELS.items():
        if name not in head.columns:
            findings.problem(
                Place(head.sheet, head.first_row),
                "",
                _("表头缺少“%(column)s”一列。") % {"column": label},
            )


class _Rows:
    """Goes through the rows below a head."""

    def __init__(self, sheet: Sheet, head: Head, register: Register) -> None:
        self._sheet = sheet
        self._head = head
        self._register = register
        self._findings = register.findings
        self._by_identity = {one.identity_number: one for one in register.investors}
        self._first = len(register.investors)

    def read(self) -> None:
        """Read every row; after the sum, only notes follow."""
        for number, row in self._sheet.rows:
            if number <= self._head.last_row or self._head.repeats(row):
                continue
            if self._is_sum(row):
                self._check_sum(number, row)
            elif self._is_entry(row):
                self._take(number, row)

    def _is_sum(self, row: list[Value]) -> bool:
        if not is_blank(self._head.value(row, "identity")):
            return False
        words = ("".join(folded(one).split()) for one in row if isinstance(one, str))
        return any(_SUM.match(one) for one in words)

    def _is_entry(self, row: list[Value]) -> bool:
        """Whether a row is of an investor; one with a name alone is a note below the table."""
        held = [not is_blank(self._head.value(row, name)) for name in ("name", "identity", "filed")]
        return sum(held) >= 2 or held[1] or held[2]

    def _cell(
        self, number: int, row: list[Value], name: str, how: Callable[[Value], T], no: T
    ) -> T:
        value = self._head.value(row, name)
        try:
            return how(value)
        except WrongCell as wrong:
            self._findings.problem(self._head.place(number, name), value, str(wrong))
            return no

    def _text(self, number: int, row: list[Value], name: str, model_field: str) -> str:
        limit = int(Creditor._meta.get_field(model_field).max_length)  # type: ignore[union-attr,arg-type]
        return self._cell(number, row, name, lambda value: cells.text(value, limit), "")

    def _amount(self, number: int, row: list[Value]) -> int:
        scale = self._head.scales.get("filed", 0)
        return self._cell(number, row, "filed", lambda value: cells.amount(value, scale), -1)

    def _take(self, number: int, row: list[Value]) -> None:
        before = len(self._findings.problems)
        amount = self._amount(number, row)
        name = self._cell(number, row, "name", lambda v: cells.name(v, 200), "")
        identity = self._cell(number, row, "identity", lambda v: cells.identity_number(v, 40), "")
        share = self._cell(number, row, "share", _share, "")
        contact = self._text(number, row, "contact", "contact_name")
        phone, email = (self._text(number, row, one, one) for one in ("phone", "email"))
        if len(self._findings.problems) == before:
            self._check(number, name, identity, amount)
        if len(self._findings.problems) > before:
            return
        place = self._head.place(number, "identity")
        one = Investor(place, name, identity, amount, share, contact, phone, email)
        self._by_identity[identity] = one
        self._register.investors.append(one)

    def _check(self, number: int, name: str, identity: str, amount: int) -> None:
        place = self._head.place
        if "name" in self._head.columns and not name:
            self._findings.problem(place(number, "name"), "", _("出资人名称为空。"))
        if "identity" in self._head.columns and not identity:
            self._findings.problem(
                place(number, "identity"),
                "",
                _("证件号码为空，应填写统一社会信用代码或身份证号码。"),
            )
        if "filed" in self._head.columns and amount == 0:
            self._findings.problem(place(number, "filed"), "", _("出资额为空或者为零，应大于 0。"))
        earlier = self._by_identity.get(identity) if identity else None
        if earlier is not None:
            self._findings.problem(
                place(number, "identity"),
                identity,
                _("证件号码与第 %(row)s 行“%(name)s”重复，每名出资人应只有一行。")
                % {"row": earlier.place.row, "name": earlier.name},
            )

    def _check_sum(self, number: int, row: list[Value]) -> None:
        if is_blank(self._head.value(row, "filed")):
            return
        written = self._amount(number, row)
        right = sum(one.amount_fen for one in self._register.investors[self._first :])
        # Where a row was unreadable or refused, its amount is missing from the sum.
        if written < 0 or written == right or self._findings.problems:
            return
        self._findings.problem(
            self._head.place(number, "filed"),
            yuan_grouped(written),
            _("合计与各行不符，按各行相加应为 %(right)s。") % {"right": yuan_grouped(right)},
        )


def _share(value: Value) -> str:
    """Read a share as per cent: "12.5%"; a spreadsheet's own percentages are parts of one."""
    if is_blank(value):
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        percent = Decimal(repr(value)) * (100 if abs(value) <= 1 else 1)
    else:
        match = _SHARE.fullmatch(folded(cells.text(value, 40)))
        if match is None:
            raise WrongCell(_("不是比例，应如 12.5%。"))
        percent = Decimal(match[1])
    if not 0 < percent <= 100:
        raise WrongCell(_("比例应大于 0、不超过 100%。"))
    return f"{percent.quantize(Decimal('0.0001')).normalize():f}%"
