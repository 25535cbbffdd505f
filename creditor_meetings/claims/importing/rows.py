"""From rows to claims: which row is what, and what its cells say."""

import re
from collections.abc import Callable
from functools import cache
from typing import TypeVar

from django.utils.translation import gettext as _

from creditor_meetings.cases.models import Creditor
from creditor_meetings.claims.importing import cells
from creditor_meetings.claims.importing.cells import Value, WrongCell, folded, is_blank
from creditor_meetings.claims.importing.fields import AMOUNTS, CONFIRMED_PARTS, LABELS
from creditor_meetings.claims.importing.findings import Findings
from creditor_meetings.claims.importing.grid import Sheet
from creditor_meetings.claims.importing.header import Head
from creditor_meetings.claims.importing.table import Entry, Holder, Holders, SumRow, Table
from creditor_meetings.claims.importing.words import NATURES, conclusion_of, nature_of
from creditor_meetings.claims.importing.workbook import PROGRESS_EVERY, Progress
from creditor_meetings.claims.models import Claim

T = TypeVar("T")
NONE: frozenset[str] = frozenset()
FILED_PARTS = ("principal", "interest", "other")

_SUM_WORDS = re.compile(r"(?:小\s*计|合\s*计|总\s*计|共\s*计)[:：]?$")
_TOTAL_WORDS = re.compile(r"(?:合\s*计|总\s*计|共\s*计)[:：]?$")
_NOTE_WORDS = re.compile(
    r"(?:注|备注|说明|附注|制表|填表|编制|审核|复核|日期|[一二三四五六七八九十]+[、.]|\([一二三四五六七八九十\d]+\))"
)


def understand(
    sheet: Sheet,
    head: Head,
    holders: Holders,
    findings: Findings,
    progress: tuple[Progress | None, int, int] = (None, 0, 0),
) -> Table:
    """Read every row below the head; nothing is passed over in silence.

    `progress`: who hears of it, the rows of the sheets before this one, and of all.
    """
    reader = _Rows(sheet, head, holders, findings)
    tell, done, total = progress
    for count, (number, row) in enumerate(sheet.rows, start=done + 1):
        if tell is not None and count % PROGRESS_EVERY == 0:
            tell("checking", count, total)
        if number > head.last_row:
            reader.take(number, row)
    return reader.table


@cache
def _limit(model: type, name: str) -> int:
    return int(model._meta.get_field(name).max_length)  # type: ignore[attr-defined]


class _Rows:
    """Goes through the rows, remembering the creditor above."""

    def __init__(self, sheet: Sheet, head: Head, holders: Holders, findings: Findings) -> None:
        self.table = Table(head)
        self._head = head
        self._holders = holders
        self._findings = findings
        self._given = frozenset(head.columns)
        self._sum_alone = self._given.difference(FILED_PARTS)
        self._joined = sheet.joined_downwards(head.columns.get("name", 1))
        self._knows_merges = sheet.knows_merges
        self._above: Holder | None = None
        self._ended = False
        self._unread: set[str] = set()

    def take(self, number: int, row: list[Value]) -> None:
        """Read one row, whatever it is."""
        if self._head.repeats(row):
            return
        words = self._sum_words(row)
        if words:
            self._take_sum(number, row, words)
        elif self._is_note(row):
            self._above = None
        else:
            self._take_claim(number, row)

    def _has(self, row: list[Value], *names: str) -> bool:
        return any(not is_blank(self._head.value(row, name)) for name in names)

    def _read(
        self, number: int, row: list[Value], name: str, how: Callable[[Value], T], default: T
    ) -> T:
        value = self._head.value(row, name)
        try:
            return how(value)
        except WrongCell as wrong:
            self._findings.problem(self._head.place(number, name), value, str(wrong))
            self._unread.add(name)
            return default

    # --- sums and notes ---------------------------------------------------------------------

    def _sum_words(self, row: list[Value]) -> str:
        # 合计 may stand in whichever column the cells before the amounts are joined to; a row
        # with an identity number or a conclusion is a claim, whatever its creditor is called.
        before = min(
            (self._head.columns[name] for name in AMOUNTS if name in self._head.columns),
            default=len(row),
        )
        words = [
            folded(value)
            for value in row[: before - 1]
            if isinstance(value, str) and _SUM_WORDS.search(folded(value))
        ]
        held = sum(self._has(row, name) for name in ("identity", "nature", "conclusion"))
        return "".join(words[0].split()) if words and held <= 1 else ""

    def _take_sum(self, number: int, row: list[Value], words: str) -> None:
        amounts = {}
        for name in AMOUNTS:
            if self._has(row, name):
                fen = self._read(number, row, name, self._amount_of(name), -1)
                if fen >= 0:
                    amounts[name] = fen
        nature = nature_of(_SUM_WORDS.sub("", words))
        is_total = bool(_TOTAL_WORDS.search(words)) and not nature
        self.table.sums.append(
            SumRow(number, words, is_total, nature, amounts, len(self.table.entries))
        )
        self._above = None
        self._ended = self._ended or is_total

    def _is_note(self, row: list[Value]) -> bool:
        if self._has(row, *AMOUNTS, "nature", "conclusion", "identity"):
            return False
        if self._ended:
            return True
        texts = [folded(value) for value in row if isinstance(value, str) and value.strip()]
        if not texts or (self._has(row, "number") and self._has(row, "name")):
            return False
        return bool(_NOTE_WORDS.match(texts[0])) or any(
            name in texts[0] for name in NATURES if len(name) > 2
        )

    # --- claims -----------------------------------------------------------------------------

    def _take_claim(self, number: int, row: list[Value]) -> None:
        self._unread = set()
        holder = self._holder(number, row)
        parts = {name: self._amount(number, row, name) for name in AMOUNTS}
        for name, made_of in (("filed", FILED_PARTS), ("confirmed", CONFIRMED_PARTS)):
            if name not in self._head.columns:
                parts[name] = sum(parts[one] for one in made_of)
                if self._unread.intersection(made_of):
                    self._unread.add(name)
        divided = self._has(row, *CONFIRMED_PARTS)
        temporary = self._head.value(row, "temporary")
        self.table.entries.append(
            Entry(
                place=self._head.place(number),
                holder=holder,
                nature=self._one_of(number, row, "nature", nature_of),
                conclusion=self._one_of(number, row, "conclusion", conclusion_of),
                collateral=self._text(number, row, "collateral", _limit(Claim, "collateral")),
                reason=self._text(number, row, "reason", _limit(Claim, "reason")),
                note=self._text(number, row, "note", _limit(Claim, "note")),
                waived=self._read(number, row, "waived", cells.yes_or_no, False),
                principal=parts["principal"],
                interest=parts["interest"],
                other=parts["other"],
                filed=parts["filed"],
                confirmed=parts["confirmed"],
                unsecured=parts["unsecured"],
                # Blank or a dash: the court set none.
                temporary=None if is_blank(temporary) else parts["temporary"] or None,
                confirmed_principal=parts["confirmed_principal"] if divided else None,
                confirmed_interest=parts["confirmed_interest"] if divided else None,
                confirmed_other=parts["confirmed_other"] if divided else None,
                late=self._read(number, row, "late", cells.yes_or_no, False),
                unread=frozenset(self._unread) if self._unread else NONE,
                # A row may know the sum alone, though the table has columns for its parts.
                given=self._given if self._has(row, *FILED_PARTS) else self._sum_alone,
            )
        )

    def _amount_of(self, name: str) -> Callable[[Value], int]:
        scale = self._head.scales.get(name, 0)
        return lambda value: cells.amount(value, scale)

    def _amount(self, number: int, row: list[Value], name: str) -> int:
        if name in {"filed", "confirmed"} and name in self._head.columns:
            value = self._head.value(row, name)
            undecided = name == "confirmed" and self._undecided(row)
            if is_blank(value) and not undecided:
                self._findings.problem(
                    self._head.place(number, name),
                    "",
                    _("%(column)s为空，应填写金额，没有的填 0。") % {"column": LABELS[name]},
                )
                self._unread.add(name)
                return 0
        return self._read(number, row, name, self._amount_of(name), 0)

    def _undecided(self, row: list[Value]) -> bool:
        value = self._head.value(row, "conclusion")
        words = value if isinstance(value, str) else ""
        return conclusion_of(words) in {"undetermined", "rejected"}

    def _text(self, number: int, row: list[Value], name: str, limit: int) -> str:
        return self._read(number, row, name, lambda value: cells.text(value, limit), "")

    def _one_of(
        self, number: int, row: list[Value], name: str, meaning: Callable[[str], str]
    ) -> str:
        value = self._head.value(row, name)
        words = self._text(number, row, name, 200)
        found = meaning(words)
        if not found:
            if name not in self._unread:
                self._findings.problem(
                    self._head.place(number, name), value, _unknown_word(name, words)
                )
            self._unread.add(name)
            return ""
        return found

    def _holder(self, number: int, row: list[Value]) -> Holder:
        if not self._has(row, "number", "name", "identity"):
            above = self._above
            if above is not None and (not self._knows_merges or number in self._joined):
                return above
        limits = {name: _limit(Creditor, name) for name in ("contact_name", "phone", "email")}
        met = Holder(
            position=self._read(number, row, "number", cells.position, None) or 0,
            name=self._read(
                number, row, "name", lambda v: cells.name(v, _limit(Creditor, "name")), ""
            ),
            identity_number=self._read(
                number,
                row,
                "identity",
                lambda v: cells.identity_number(v, _limit(Creditor, "identity_number")),
                "",
            ),
            contact_name=self._text(number, row, "contact", limits["contact_name"]),
            phone=self._text(number, row, "phone", limits["phone"]),
            email=self._text(number, row, "email", limits["email"]),
            row=number,
            sheet=self._head.sheet,
        )
        self._require(number, "name", met.name, _name_missing())
        self._require(number, "identity", met.identity_number, _identity_missing())
        self._above = self._holders.meet(met, self._head)
        return self._above

    def _require(self, number: int, name: str, value: str, message: str) -> None:
        if not value and name not in self._unread and name in self._head.columns:
            self._findings.problem(self._head.place(number, name), "", message)


def _unknown_word(name: str, words: str) -> str:
    shown = (
        "普通债权、有财产担保债权、建设工程价款优先受偿权、职工债权、税款债权、社保债权、劣后债权、小额债权、出资人"
        if name == "nature"
        else "确认、部分确认、暂缓确认、不予确认"
    )
    text = _("%(column)s为空，应为：%(known)s。") if not words else _("应为以下之一：%(known)s。")
    return text % {"column": LABELS[name], "known": shown}


def _name_missing() -> str:
    return _("债权人名称为空；与上一行同属一个债权人的，应合并单元格或重复填写名称和证件号码。")


def _identity_missing() -> str:
    return _("证件号码为空，应填写统一社会信用代码或身份证号码。")
