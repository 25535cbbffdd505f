"""A plan as a spreadsheet: the table, the steps, the collateral, the costs.

It shows names and amounts, no identity numbers and no contacts: creditors may inspect it.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from django.utils.translation import override

from creditor_meetings.claims.models import Nature
from creditor_meetings.estate import wording
from creditor_meetings.estate.sheets import Book, Yuan

MONEY = (
    "certain_fen",
    "pending_fen",
    "collateral_paid_fen",
    "collateral_set_aside_fen",
    "base_fen",
    "paid_fen",
    "set_aside_fen",
)


def as_xlsx(data: Mapping[str, Any]) -> bytes:
    """Return the spreadsheet of a computed plan, in the language of the case."""
    with override("zh-hans"):
        return _made(data)


def _made(data: Mapping[str, Any]) -> bytes:
    book = Book()
    _lines(book, data)
    _steps(book, data)
    if data["pools"]:
        _pools(book, data)
    if data["costs"]:
        _costs(book, data)
    rules = book.sheet("计算规则", [110])
    for text in wording.rule_in_words():
        rules.row([text])
    if data["manner"]:
        rules.row([data["manner"]])
    return book.save()


def _lines(book: Book, data: Mapping[str, Any]) -> None:
    widths = [8, 36, 14, 18, 18, 18, 18, 18, 18, 18, 18, 18, 12]
    sheet = book.sheet("分配表", widths, frozen="C4")
    sheet.title(f"{data['case']['debtor']} {data['title']}")
    sheet.row([f"{data['case']['number']}　单位：元"])
    sheet.head(
        [
            "编号",
            "债权人",
            "债权性质",
            "确认金额",
            "未决金额",
            "担保财产清偿",
            "担保财产提存",
            "参与分配金额",
            "按顺序分配",
            "提存",
            "本次实得合计",
            "本次提存合计",
            "清偿率",
        ]
    )
    sums = dict.fromkeys(MONEY, 0)
    for one in data["claims"]:
        for name in MONEY:
            sums[name] += one[name]
        sheet.row(
            [one["number"], one["name"], str(Nature(one["nature"]).label), *_money(one), rate(one)]
        )
    sheet.row(["合计", "", "", *_money(sums), ""], bold=True)


def _money(one: Mapping[str, int]) -> list[Yuan]:
    receives = one["collateral_paid_fen"] + one["paid_fen"]
    kept = one["collateral_set_aside_fen"] + one["set_aside_fen"]
    return [*(Yuan(one[name]) for name in MONEY), Yuan(receives), Yuan(kept)]


def rate(one: Mapping[str, Any]) -> str:
    """Write which part of a claim is paid or set aside after this plan, earlier ones included."""
    whole = one["certain_fen"] + one["pending_fen"]
    got = sum(
        one[name]
        for name in (
            "collateral_paid_fen",
            "collateral_set_aside_fen",
            "paid_fen",
            "set_aside_fen",
            "received_fen",
            "from_collateral_fen",
        )
    )
    return wording.percent(Fraction(min(got, whole), whole)) if whole else "—"


def _steps(book: Book, data: Mapping[str, Any]) -> None:
    sheet = book.sheet("分配顺序", [40, 44, 20, 20, 20, 20, 14])
    sheet.head(
        [
            "顺序",
            "依据",
            "可用金额（元）",
            "应清偿（元）",
            "清偿（元）",
            "提存（元）",
            "累计清偿率",
        ]
    )
    for one in data["steps"]:
        sheet.row(
            [
                wording.rank(one["rank"]),
                wording.article(one["rank"]),
                *(Yuan(one[n]) for n in ("before_fen", "owed_fen", "paid_fen", "set_aside_fen")),
                wording.percent(Fraction(one["level"])),
            ]
        )
    sheet.row(
        [
            "合计",
            "",
            Yuan(data["total_fen"]),
            "",
            Yuan(data["paid_fen"]),
            Yuan(data["set_aside_fen"]),
            "",
        ],
        bold=True,
    )
    sheet.row(["分配后剩余", "", Yuan(data["left_fen"])])


def _pools(book: Book, data: Mapping[str, Any]) -> None:
    sheet = book.sheet("担保财产", [8, 36, 20, 12, 20, 20])
    sheet.head(["编号", "财产", "变价净额（元）", "债权编号", "清偿（元）", "提存（元）"])
    for one in data["pools"]:
        proceeds = one["proceeds_fen"]
        words = "尚未变价" if proceeds is None else Yuan(proceeds)
        sheet.row([one["number"], one["name"], words])
        for part in one["shares"]:
            sheet.row(
                ["", "", "", part["claim"], Yuan(part["paid_fen"]), Yuan(part["set_aside_fen"])]
            )
        if one["surplus_fen"]:
            sheet.row(["", "余额归入破产财产", Yuan(one["surplus_fen"])])


def _costs(book: Book, data: Mapping[str, Any]) -> None:
    sheet = book.sheet("破产费用和共益债务", [16, 60, 20, 20])
    sheet.head(["类别", "项目", "应付（元）", "清偿（元）"])
    for one in data["costs"]:
        sheet.row([wording.rank(one["kind"]), one["name"], Yuan(one["fen"]), Yuan(one["paid_fen"])])
