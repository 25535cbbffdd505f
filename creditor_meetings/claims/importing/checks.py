"""What must hold within a claims table, and what people should look at."""

from django.utils.translation import gettext as _
from stdnum.cn import ric, uscc

from creditor_meetings.cases.money import yuan_grouped
from creditor_meetings.claims.importing.fields import CONFIRMED_PARTS
from creditor_meetings.claims.importing.findings import Findings, Place
from creditor_meetings.claims.importing.table import Entry, Holder, SumRow, Table
from creditor_meetings.claims.models import Conclusion, Nature
from creditor_meetings.claims.review import wrong_amount

WITH_PRIORITY = frozenset({Nature.SECURED, Nature.CONSTRUCTION})
MAX_NAMED = 20
"""How many creditors a summarised warning names."""


def check(table: Table, findings: Findings) -> None:
    """Check every claim of a sheet, and the sheet's own sums."""
    for entry in table.entries:
        _check_filed(table, entry, findings)
        _check_confirmed_parts(table, entry, findings)
        _check_conclusion(table, entry, findings)
        _check_temporary(table, entry, findings)
        _check_priority(table, entry, findings)
    by_nature = _sums_up_by_nature(table)
    for index, one in enumerate(table.sums):
        _check_sum(table, index, one, by_nature, findings)
    if not table.entries:
        findings.problem(table.head.place(table.head.last_row), "", _("表头之下没有债权。"))


def _check_filed(table: Table, entry: Entry, findings: Findings) -> None:
    parts = {"principal", "interest", "other"}
    if entry.unread & (parts | {"filed"}) or not parts & entry.given:
        return
    total = entry.principal + entry.interest + entry.other
    if total != entry.filed:
        findings.problem(
            table.head.place(entry.place.row, "filed"),
            yuan_grouped(entry.filed),
            _("申报合计与本金、利息、其他之和不符，按三项之和应为 %(right)s。")
            % {"right": yuan_grouped(total)},
        )


def _check_conclusion(table: Table, entry: Entry, findings: Findings) -> None:
    if entry.unread & {"filed", "confirmed"}:
        return
    message = wrong_amount(entry.filed, entry.confirmed, entry.conclusion)
    if message:
        findings.problem(
            table.head.place(entry.place.row, "confirmed"), yuan_grouped(entry.confirmed), message
        )


def _check_confirmed_parts(table: Table, entry: Entry, findings: Findings) -> None:
    parts = [getattr(entry, name) for name in CONFIRMED_PARTS]
    if entry.confirmed_principal is None or entry.unread & {*CONFIRMED_PARTS, "confirmed"}:
        return
    if sum(parts) != entry.confirmed:
        findings.problem(
            table.head.place(entry.place.row, "confirmed"),
            yuan_grouped(entry.confirmed),
            _("确认合计与确认的本金、利息、其他之和不符，按三项之和应为 %(right)s。")
            % {"right": yuan_grouped(sum(parts))},
        )


def _check_temporary(table: Table, entry: Entry, findings: Findings) -> None:
    if entry.temporary is None or entry.unread & {"temporary", "conclusion", "filed"}:
        return
    place = table.head.place(entry.place.row, "temporary")
    value = yuan_grouped(entry.temporary)
    if entry.conclusion != Conclusion.UNDETERMINED:
        findings.problem(
            place, value, _("只有“暂缓确认”的债权才有法院临时确定债权额，此处应为空。")
        )
    elif entry.temporary > entry.filed:
        findings.problem(
            place,
            value,
            _("法院临时确定债权额超过申报金额，最多应为 %(filed)s。")
            % {"filed": yuan_grouped(entry.filed)},
        )


def _check_priority(table: Table, entry: Entry, findings: Findings) -> None:
    if "nature" in entry.unread or entry.nature in WITH_PRIORITY:
        if entry.unsecured > entry.filed and "filed" not in entry.unread:
            findings.problem(
                table.head.place(entry.place.row, "unsecured"),
                yuan_grouped(entry.unsecured),
                _("担保物不足清偿部分超过申报金额，最多应为 %(filed)s。")
                % {"filed": yuan_grouped(entry.filed)},
            )
        return
    message = _("只有有财产担保债权和建设工程价款优先受偿权才有此项，此处应为空或“否”。")
    if entry.waived:
        findings.problem(table.head.place(entry.place.row, "waived"), _("是"), message)
    if entry.unsecured:
        findings.problem(
            table.head.place(entry.place.row, "unsecured"), yuan_grouped(entry.unsecured), message
        )


# --- sums -----------------------------------------------------------------------------------


def _sums_up_by_nature(table: Table) -> bool:
    """Whether subtotals that name a nature sum up all its claims, wherever they stand.

    A creditor's ordinary claim may stand below its secured one: most tables then sum up each
    section as it stands, some each nature. What more of the subtotals agree with is meant.
    """
    named = [(index, one) for index, one in enumerate(table.sums) if one.nature]

    def agreeing(by_nature: bool) -> int:
        return sum(
            written in _sums(table, index, one, name, by_nature)
            for index, one in named
            for name, written in one.amounts.items()
        )

    return agreeing(True) > agreeing(False)


def _check_sum(table: Table, index: int, one: SumRow, by_nature: bool, findings: Findings) -> None:
    for name, written in one.amounts.items():
        sums = _sums(table, index, one, name, by_nature)
        if not sums or written in sums:
            continue
        findings.problem(
            table.head.place(one.row, name),
            yuan_grouped(written),
            _("“%(words)s”与各行不符：表中为 %(written)s，按各行相加应为 %(right)s。")
            % {
                "words": one.words,
                "written": yuan_grouped(written),
                "right": yuan_grouped(sums[0]),
            },
        )


def _sums(table: Table, index: int, one: SumRow, name: str, by_nature: bool) -> list[int]:
    """Return what a sum may come to; nothing where a row that belongs to it was unreadable."""
    parts = _parts(table, index, one, by_nature)
    unread = any(name in entry.unread for part in parts for entry in part)
    nameless = by_nature and any("nature" in entry.unread for entry in table.entries)
    if unread or (one.nature and nameless):
        return []
    return [sum(getattr(entry, name) or 0 for entry in part) for part in parts]


def _parts(table: Table, index: int, one: SumRow, by_nature: bool) -> list[list[Entry]]:
    above = table.entries[: one.after]
    if one.is_total:
        # Of several tables one below the other each has a total, or there is one of all.
        totals = [other.after for other in table.sums[:index] if other.is_total]
        return [table.entries[totals[-1] : one.after], above] if totals else [above]
    if one.nature and by_nature:
        return [[entry for entry in table.entries if entry.nature == one.nature]]
    earlier = [other.after for other in table.sums[:index]]
    return [table.entries[earlier[-1] if earlier else 0 : one.after]]


# --- warnings -------------------------------------------------------------------------------


def look_for_doubles(entries: list[Entry], findings: Findings) -> None:
    """Warn of claims that stand twice: the same creditor, nature and filed amount."""
    seen: dict[tuple[int, str, int], Entry] = {}
    for entry in entries:
        if entry.unread & {"nature", "filed"} or not entry.filed:
            continue
        first = seen.setdefault((id(entry.holder), entry.nature, entry.filed), entry)
        if first is not entry:
            findings.warn(
                entry.place,
                entry.holder.name,
                _(
                    "与%(sheet)s第 %(row)s 行的债权人、债权性质、申报金额都相同，"
                    "请确认没有重复登记。"
                )
                % {
                    "sheet": "" if first.place.sheet == entry.place.sheet else first.place.sheet,
                    "row": first.place.row,
                },
            )


def look_at_people(holders: list[Holder], sheet: str, findings: Findings) -> None:
    """Warn of identity numbers that fail their check digit, and of missing contacts, in brief."""
    doubtful = [one for one in holders if _is_doubtful(one.identity_number)]
    silent = [one for one in holders if not one.phone and not one.email]
    for found, message in (
        (doubtful, _("%(n)s 个证件号码未通过校验位检查，请核对：%(who)s。")),
        (silent, _("%(n)s 个债权人没有联系电话和电子邮箱，无法发送邀请：%(who)s。")),
    ):
        if found:
            names = _("、").join(_("第 %(row)s 行") % {"row": one.row} for one in found[:MAX_NAMED])
            who = names if len(found) <= MAX_NAMED else _("%(names)s等") % {"names": names}
            place = Place(found[0].sheet or sheet, found[0].row)
            findings.warn(place, "", message % {"n": len(found), "who": who})


def _is_doubtful(number: str) -> bool:
    if len(number) != 18:
        return False
    if number[:17].isdigit():
        return not (_ric_digit_holds(number) or uscc.is_valid(number))
    return not uscc.is_valid(number)


def _ric_digit_holds(number: str) -> bool:
    return bool(ric.calc_check_digit(number) == number[-1])
