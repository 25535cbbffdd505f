"""A list as spreadsheet and as paper, drawn from its content alone."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from creditor_meetings.cases.files.typesetting import typeset
from creditor_meetings.cases.money import fen, yuan_grouped
from creditor_meetings.claims.exporting.columns import (
    AMOUNT,
    CONCLUSIONS,
    NATURES,
    NO,
    NUMBER,
    TEXT,
    WORD,
    YES,
    Column,
    written,
)
from creditor_meetings.claims.exporting.files import Table, xlsx_pieces
from creditor_meetings.claims.result.content import Body

SOURCE = Path(__file__).resolve().parent / "sources" / "undisputed.typ"
# Words of a paper for the court, which is Chinese in every language.
STATES = {
    "open": "异议待答复",
    "answered": "管理人已解释",
    "maintained": "维持异议，存在争议",
}
DEBTOR = "债务人"

_CLAIM = (
    Column("claim", "债权编号", NUMBER, 10),
    Column("creditor", "债权人名称/姓名", TEXT, 32),
    Column("nature", "债权性质", WORD, 22),
)
_LISTED = (
    Column("place", "序号", NUMBER, 7),
    *_CLAIM,
    Column("collateral", "担保物/优先权依据", TEXT, 26),
    Column("filed", "申报金额（元）", AMOUNT, 18),
    Column("confirmed", "确认金额（元）", AMOUNT, 18),
    Column("confirmed_principal", "其中本金（元）", AMOUNT, 16),
    Column("confirmed_interest", "其中利息（元）", AMOUNT, 16),
    Column("confirmed_other", "其中其他（元）", AMOUNT, 16),
    Column("conclusion", "审查结论", WORD, 12),
    Column("unsecured_part", "担保物不足清偿部分（元）", AMOUNT, 18),
    Column("priority_waived", "是否放弃优先受偿权", WORD, 12),
    Column("late", "是否补充申报", WORD, 10),
)
_DISPUTED = (
    *_CLAIM,
    Column("filed", "申报金额（元）", AMOUNT, 18),
    Column("confirmed", "审查确认金额（元）", AMOUNT, 18),
    Column("conclusion", "审查结论", WORD, 12),
    Column("objector", "异议人", TEXT, 30),
    Column("state", "异议状态", WORD, 20),
    Column("suit", "诉讼案号", TEXT, 26),
)
_UNDETERMINED = (
    *_CLAIM,
    Column("filed", "申报金额（元）", AMOUNT, 18),
    Column("temporary", "法院临时确定债权额（元）", AMOUNT, 18),
    Column("reason", "理由", TEXT, 40),
)
_REJECTED = (
    *_CLAIM,
    Column("filed", "申报金额（元）", AMOUNT, 18),
    Column("reason", "理由", TEXT, 40),
)


def spreadsheet(body: Body) -> bytes:
    """Return a list as .xlsx: the claims without objection, and a sheet for each of the others."""
    listed = [{**one, "place": place} for place, one in enumerate(body["entries"], start=1)]
    disputed = [
        {**one, **said, "objector": said["objector"] or DEBTOR, "state": STATES[said["state"]]}
        for one in body["disputed"]
        for said in one["objections"]
    ]
    return b"".join(
        xlsx_pieces(
            _sheet("无异议债权", _LISTED, listed),
            _sheet("有异议债权", _DISPUTED, disputed),
            _sheet("暂缓确认", _UNDETERMINED, body["undetermined"]),
            _sheet("不予确认", _REJECTED, body["rejected"]),
        )
    )


def _sheet(name: str, columns: Sequence[Column], rows: Sequence[Mapping[str, Any]]) -> Table:
    return Table(name, columns, ([_cell(one, row[one.field]) for one in columns] for row in rows))


def _cell(column: Column, value: Any) -> Any:
    if value is None or column.kind == NUMBER:
        return value
    if column.kind == AMOUNT:
        return fen(value)
    if isinstance(value, bool):
        return YES if value else NO
    words = {"nature": NATURES, "conclusion": CONCLUSIONS}.get(column.field, {})
    return words.get(value) or written(value)


def paper(body: Body) -> bytes:
    """Return a list as PDF/A; the same bytes for the same content."""
    case = body["case"]
    made_at = parse_datetime(body["made_at"])
    assert made_at is not None
    sums = body["sums"]
    facts = [
        ["案号", case["number"]],
        ["债务人", case["debtor"]],
        ["管理人", case["administrator"]],
        ["编制时间", _when(made_at)],
        ["无异议债权", f"{sums['claims']} 笔，债权人 {sums['creditors']} 人"],
        ["确认总额", f"{_grouped(sums['confirmed'])} 元"],
    ]
    ended = parse_datetime(body["verification_ended_at"] or "")
    facts.insert(3, ["核查结束", _when(ended) if ended else "尚未结束"])
    data = {
        "head": {
            "court": case["court"],
            "number": case["number"],
            "debtor": case["debtor"],
            "author": case["administrator"],
        },
        "footer": {"left": f"第 {body['list']} 号", "right": case["administrator"]},
        "subtitle": f"第 {body['list']} 号　（提请人民法院裁定确认）",
        "facts": facts,
        "natures": [
            [NATURES[one["nature"]], str(one["claims"]), _grouped(one["filed"]),
             _grouped(one["confirmed"])]
            for one in sums["natures"]
        ],
        "total": ["合计", str(sums["claims"]), _grouped(sums["filed"]),
                  _grouped(sums["confirmed"])],
        "entries": [
            [str(place), str(one["claim"]), one["creditor"], _nature(one), _grouped(one["filed"]),
             _grouped(one["confirmed"])]
            for place, one in enumerate(body["entries"], start=1)
        ],
        "disputed": [
            [str(one["claim"]), one["creditor"], _grouped(one["filed"]),
             _grouped(one["confirmed"]), CONCLUSIONS[one["conclusion"]], "；".join(_said(one))]
            for one in body["disputed"]
        ],
        "undetermined": [
            [str(one["claim"]), one["creditor"], _grouped(one["filed"]),
             _grouped(one["temporary"]) if one["temporary"] is not None else "未确定",
             one["reason"]]
            for one in body["undetermined"]
        ],
        "rejected": [
            [str(one["claim"]), one["creditor"], _grouped(one["filed"]), one["reason"]]
            for one in body["rejected"]
        ],
        "earlier": [
            [f"第 {one['list']} 号", one["ruling"], str(one["claims"]), _grouped(one["confirmed"])]
            for one in body["earlier"]
        ],
    }  # fmt: skip
    return typeset(SOURCE, data, made_at)


def _nature(entry: Mapping[str, Any]) -> str:
    words = [NATURES[entry["nature"]]]
    if entry["priority_waived"]:
        words.append("已放弃优先受偿权")
    elif fen(entry["unsecured_part"]):
        words.append(f"其中不足清偿部分 {_grouped(entry['unsecured_part'])}")
    if entry["late"]:
        words.append("补充申报")
    return "，".join(words)


def _said(entry: Mapping[str, Any]) -> list[str]:
    return [
        f"{one['objector'] or DEBTOR}：{STATES[one['state']]}"
        + (f"，诉讼案号 {one['suit']}" if one["suit"] else "")
        for one in entry["objections"]
    ]


def _when(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y年%m月%d日 %H:%M}"


def _grouped(amount: str) -> str:
    return yuan_grouped(fen(amount))
