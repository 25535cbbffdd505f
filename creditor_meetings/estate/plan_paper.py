"""A plan as PDF, to be handed out and voted on (EBL 61(1)(10), 115)."""

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from django.utils import timezone
from django.utils.translation import override

from creditor_meetings.cases.files.typesetting import typeset
from creditor_meetings.cases.money import yuan_grouped
from creditor_meetings.claims.models import Nature
from creditor_meetings.estate import wording
from creditor_meetings.estate.plan_table import MONEY, rate

SOURCE = Path(__file__).resolve().parent / "sources" / "plan.typ"
SHOWN = ("certain_fen", "pending_fen", "collateral_paid_fen", "paid_fen", "set_aside_fen")


def as_pdf(data: Mapping[str, Any], at: datetime) -> bytes:
    """Return the PDF of a computed plan, in the language of the case; `at` is its date."""
    with override("zh-hans"):
        return typeset(SOURCE, _said(data, at), at)


def chinese_day(at: datetime) -> str:
    """Write a day as papers in China do: 2026年3月1日."""
    local = timezone.localtime(at)
    return f"{local.year}年{local.month}月{local.day}日"


def _said(data: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    case = data["case"]
    return {
        "head": {
            "court": case["administrator"] or case["debtor"],
            "number": case["number"],
            "debtor": case["debtor"],
            "author": case["administrator"],
        },
        "footer": {"left": case["number"], "right": chinese_day(at)},
        "title": data["title"],
        "subtitle": f"{case['debtor']}　{case['number']}　单位：人民币元",
        "sections": {
            "sum": "可供分配的财产",
            "steps": "分配顺序、比例和数额",
            "pools": "担保财产",
            "costs": "破产费用和共益债务",
            "claims": "债权分配表",
            "rules": "计算规则",
            "manner": "分配的方式、时间和说明",
        },
        "facts": _facts(data),
        "steps": {
            "head": ["顺序", "依据", "应清偿", "清偿", "提存", "累计清偿率"],
            "rows": [_step(one) for one in data["steps"]],
        },
        "pools": {
            "head": ["编号", "财产", "变价净额", "优先清偿", "归入破产财产"],
            "rows": [_pool(one) for one in data["pools"]],
        },
        "costs": {
            "head": ["类别", "项目", "应付", "清偿"],
            "rows": [
                [
                    wording.rank(one["kind"]),
                    one["name"],
                    yuan_grouped(one["fen"]),
                    yuan_grouped(one["paid_fen"]),
                ]
                for one in data["costs"]
            ],
        },
        "claims": {
            "head": [
                "编号",
                "债权人",
                "性质",
                "确认金额",
                "未决金额",
                "担保财产清偿",
                "按顺序分配",
                "提存",
                "清偿率",
            ],
            "rows": [_claim(one) for one in data["claims"]],
            "total": _total(data),
        },
        "rules": wording.rule_in_words(),
        "manner": [line for line in data["manner"].splitlines() if line.strip()],
    }


def _facts(data: Mapping[str, Any]) -> list[list[str]]:
    bound = sum(one["proceeds_fen"] or 0 for one in data["pools"])
    rows = [("可供分配", data["free_fen"]), ("担保财产变价", bound)]
    if data["held_fen"]:
        rows.append(("此前已提存", data["held_fen"]))
    rows += [
        ("合计", data["total_fen"]),
        ("本次清偿", data["paid_fen"]),
        ("本次提存", data["set_aside_fen"]),
        ("分配后剩余", data["left_fen"]),
    ]
    return [[name, yuan_grouped(fen)] for name, fen in rows]


def _step(one: Mapping[str, Any]) -> list[str]:
    amounts = [yuan_grouped(one[name]) for name in ("owed_fen", "paid_fen", "set_aside_fen")]
    percent = wording.percent(Fraction(one["level"])) if one["owed_fen"] else "—"
    return [wording.rank(one["rank"]), wording.article(one["rank"]), *amounts, percent]


def _pool(one: Mapping[str, Any]) -> list[str]:
    if one["proceeds_fen"] is None:
        return [str(one["number"]), one["name"], "尚未变价", "", ""]
    paid = one["proceeds_fen"] - one["surplus_fen"]
    amounts = (one["proceeds_fen"], paid, one["surplus_fen"])
    return [str(one["number"]), one["name"], *(yuan_grouped(fen) for fen in amounts)]


def _claim(one: Mapping[str, Any]) -> list[str]:
    kept = one["collateral_set_aside_fen"] + one["set_aside_fen"]
    amounts = [yuan_grouped(one[name]) for name in SHOWN[:-1]]
    nature = str(Nature(one["nature"]).label)
    return [str(one["number"]), one["name"], nature, *amounts, yuan_grouped(kept), rate(one)]


def _total(data: Mapping[str, Any]) -> list[str]:
    sums = {name: sum(one[name] for one in data["claims"]) for name in MONEY}
    kept = sums["collateral_set_aside_fen"] + sums["set_aside_fen"]
    amounts = [yuan_grouped(sums[name]) for name in SHOWN[:-1]]
    return ["合计", "", "", *amounts, yuan_grouped(kept), ""]
