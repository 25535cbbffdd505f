"""The columns of an exported claims table, by the words that the import knows them by.

The words are data, Chinese in every language: the table goes back in, and to the court.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from creditor_meetings.claims.models import Claim

TEXT, AMOUNT, NUMBER, WORD = "text", "amount", "number", "word"
"""How a column is written: text as it is, fen as yuan, a whole number, a word of a few."""
YES, NO = "是", "否"
HIDDEN = "不公开"
"""What stands where a reader may not see another creditor's number or contact."""


@dataclass(frozen=True)
class Column:
    """A column: the field that the import reads it as, its heading, its kind, its width."""

    field: str
    heading: str
    kind: str = TEXT
    width: int = 14


COLUMNS = (
    Column("number", "序号", NUMBER, 7),
    Column("name", "债权人名称/姓名", TEXT, 30),
    Column("identity", "证件号码", TEXT, 22),
    Column("contact", "联系人", TEXT, 12),
    Column("phone", "联系电话", TEXT, 16),
    Column("email", "电子邮箱", TEXT, 24),
    Column("nature", "债权性质", WORD, 16),
    Column("collateral", "担保物/优先权依据", TEXT, 24),
    Column("principal", "申报本金（元）", AMOUNT, 18),
    Column("interest", "申报利息（元）", AMOUNT, 16),
    Column("other", "申报其他（元）", AMOUNT, 16),
    Column("filed", "申报金额合计（元）", AMOUNT, 18),
    Column("confirmed_principal", "确认本金（元）", AMOUNT, 18),
    Column("confirmed_interest", "确认利息（元）", AMOUNT, 16),
    Column("confirmed_other", "确认其他（元）", AMOUNT, 16),
    Column("confirmed", "审查确认金额合计（元）", AMOUNT, 20),
    Column("conclusion", "审查结论", WORD, 12),
    Column("reason", "暂缓/不予确认理由", TEXT, 30),
    Column("waived", "是否放弃优先受偿权", WORD, 12),
    Column("unsecured", "担保物不足清偿部分（元）", AMOUNT, 18),
    Column("temporary", "法院临时确定债权额（元）", AMOUNT, 18),
    Column("late", "是否补充申报", WORD, 10),
    Column("note", "备注", TEXT, 24),
)
FILED_PARTS = frozenset({"principal", "interest", "other"})
CONFIRMED_PARTS = frozenset({"confirmed_principal", "confirmed_interest", "confirmed_other"})
# The words of the import's own list, whatever language somebody exports in.
NATURES = {
    "ordinary": "普通债权",
    "secured": "有财产担保债权",
    "construction": "建设工程价款优先受偿权",
    "employee": "职工债权",
    "tax": "税款债权",
    "social_insurance": "社会保险债权",
    "subordinated": "劣后债权",
    "small": "小额债权",
    "investor": "出资人",
}
CONCLUSIONS = {
    "confirmed": "确认",
    "partly_confirmed": "部分确认",
    "undetermined": "暂缓确认",
    "rejected": "不予确认",
}

_READ = (
    "creditor_id",
    "creditor__position",
    "creditor__name",
    "creditor__identity_number",
    "creditor__contact_name",
    "creditor__phone",
    "creditor__email",
    "nature",
    "collateral",
    "principal_fen",
    "interest_fen",
    "other_fen",
    "filed_fen",
    "confirmed_principal_fen",
    "confirmed_interest_fen",
    "confirmed_other_fen",
    "confirmed_fen",
    "conclusion",
    "reason",
    "priority_waived",
    "unsecured_part_fen",
    "temporary_fen",
    "late",
    "note",
)
_PRIVATE, _NOTE = slice(3, 7), len(_READ) - 1
# Control characters that are no whitespace: no file holds them.
_UNWRITABLE = dict.fromkeys((*range(32), 0x7F, *range(0xD800, 0xE000), 0xFFFE, 0xFFFF), " ")

Values = list[Any]
"""A row: for each of `COLUMNS` its text, fen, or whole number; None where nothing stands."""


def columns_for(claims: QuerySet[Claim]) -> tuple[Column, ...]:
    """Return the columns that a table needs: no parts of sums where none are known."""
    left_out: set[str] = set()
    if not claims.exclude(principal_fen=0, interest_fen=0, other_fen=0).exists():
        left_out |= FILED_PARTS
    if not claims.filter(confirmed_principal_fen__isnull=False).exists():
        left_out |= CONFIRMED_PARTS
    return tuple(one for one in COLUMNS if one.field not in left_out)


def rows(claims: QuerySet[Claim], whole: bool, own: Collection[int] = ()) -> Iterator[Values]:
    """Go through claims in their order, a row each for all of `COLUMNS`.

    Unless `whole`, numbers and contacts stand there for the creditors of `own` alone.
    """
    for found in claims.order_by("position", "pk").values_list(*_READ).iterator(2000):
        values = list(found)
        if not whole and values[0] not in own:
            values[_PRIVATE] = [HIDDEN] * 4
            # The administrator's own remarks stand in no page for creditors either.
            values[_NOTE] = ""
        yield _row(values[1:])


def _row(values: Values) -> Values:
    row: Values = [written(one) if isinstance(one, str) else one for one in values]
    row[6] = NATURES[row[6]]
    if not any(row[8:11]) and row[11]:
        # Only the sum is known.
        row[8:11] = [None] * 3
    row[16] = CONCLUSIONS[row[16]]
    row[18] = YES if row[18] else NO
    row[19] = row[19] or None
    row[20] = row[20] or None
    row[21] = YES if row[21] else NO
    return row


def written(text: str) -> str:
    """Return a text as tables hold it: in one line, with nothing that no file can hold."""
    return " ".join(text.translate(_UNWRITABLE).split())
