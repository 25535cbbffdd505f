"""The demo's estate: what the debtor has, the administrator's account, a distribution plan."""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import viewer_for
from creditor_meetings.cases.models import Case, Role
from creditor_meetings.claims.models import Claim, Nature
from creditor_meetings.config.demo import facts, figures
from creditor_meetings.config.demo.case import lines_of
from creditor_meetings.config.demo.meetings import person_of
from creditor_meetings.config.demo.people import Member
from creditor_meetings.estate import content, plans, rows
from creditor_meetings.estate.liens import Wanted
from creditor_meetings.estate.models import Asset, AssetKind, AssetState, Entry, EntryKind, Plan
from creditor_meetings.estate.record import Author

KINDS = {
    "货币资金": AssetKind.CASH,
    "机器设备": AssetKind.MACHINERY,
    "存货": AssetKind.STOCK,
    "应收账款": AssetKind.RECEIVABLE,
    "运输车辆": AssetKind.VEHICLE,
    "商标及专利": AssetKind.RIGHTS,
    "长期股权投资": AssetKind.EQUITY,
}
# Who built it comes before who lent on it (Civil Code 807, SPC on construction contracts 36).
RANKS = {Nature.CONSTRUCTION: 1, Nature.SECURED: 2}
CASH_FEN = facts.FREE[0].appraised_fen
PAID_SO_FAR = (
    ("公告费用", 26_800_00, date(2022, 7, 20)),
    ("资产评估费用（首期）", 200_000_00, date(2022, 8, 16)),
)


def load_estate(case: Case, members: Sequence[Member]) -> None:
    """Fill the case's estate unless it has one."""
    if Asset.objects.filter(case=case).exists():
        return
    author = Author(viewer_for(person_of(members, Role.ADMINISTRATOR), case), "接管时登记")
    taken_over = datetime(2022, 7, 15, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
    with transaction.atomic(), clock.set_to(taken_over):
        _property(case, author)
        _account(case, author)
    with clock.set_to(taken_over + timedelta(days=60)):
        _plan(case, author)


def _property(case: Case, author: Author) -> None:
    secured = Claim.objects.filter(case=case, nature__in=RANKS, priority_waived=False)
    liens = [Wanted(one.position, RANKS[Nature(one.nature)]) for one in secured]
    for asset in facts.MORTGAGED:
        _asset(case, author, asset, AssetKind.BUILDING, liens)
    for asset in facts.FREE:
        _asset(case, author, asset, KINDS[asset.name], [])


def _asset(
    case: Case, author: Author, asset: facts.Asset, kind: str, liens: Sequence[Wanted]
) -> None:
    values = {
        "kind": kind,
        "name": asset.name,
        "location": asset.place,
        "book_fen": asset.book_fen,
        "appraised_fen": asset.appraised_fen,
        "state": AssetState.HELD,
        "note": f"{asset.detail}；{asset.way}",
        "liens": list(liens),
    }
    rows.add(Asset, case, values, author)


def _account(case: Case, author: Author) -> None:
    spent = sum(amount for _name, amount, _day in PAID_SO_FAR)
    # What the reports call the balance is what is left after these.
    _entry(case, author, EntryKind.TAKEN_OVER, CASH_FEN + spent, "接管银行存款", facts.TAKEN_OVER)
    for name, amount, day in PAID_SO_FAR:
        _entry(case, author, EntryKind.EXPENSES, amount, name, day)


def _entry(case: Case, author: Author, kind: str, fen: int, note: str, day: date) -> None:
    rows.add(Entry, case, {"kind": kind, "amount_fen": fen, "note": note, "day": day}, author)


def _plan(case: Case, author: Author) -> Plan:
    """Publish the plan that the meeting votes on: the same figures as its paper's."""
    found = figures.plan(lines_of(case))
    costs = [("expenses", "案件受理费", facts.COURT_FEE_FEN), ("expenses", "管理人报酬", found.fee)]
    costs += [("expenses", name, fen) for name, fen in facts.OTHER_COSTS]
    costs += [("common_benefit", name, fen) for name, fen in facts.COMMON_BENEFIT_DEBTS]
    draft = plans.draft(
        case,
        {
            "title": "破产财产分配方案（按评估价值测算）",
            "free_fen": found.general,
            "reserve_fen": 0,
            "pending": "filed",
            "disputed": "pay",
            "costs": [{"kind": kind, "name": name, "fen": fen} for kind, name, fen in costs],
            "manner": "以货币分配，变价所得与测算有出入的，比例随之调整。",
            "open_to_all": True,
        },
        author,
    )
    seen = hashlib.sha256(content.encode(plans.computed(draft))).hexdigest()
    return plans.publish(draft, author, seen=seen)
