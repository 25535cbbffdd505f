"""The figures of the demo's documents, computed to the fen from the claims as imported.

Everything that a document says of claims comes from here, so that documents and claims table
cannot disagree.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from creditor_meetings.cases.money import yuan_grouped
from creditor_meetings.config.demo import facts

NATURES = (
    ("secured", "有财产担保债权"),
    ("construction", "建设工程价款优先受偿权"),
    ("employee", "职工债权"),
    ("social_insurance", "社会保险债权"),
    ("tax", "税款债权"),
    ("ordinary", "普通债权"),
    ("subordinated", "劣后债权"),
)
CONCLUSIONS = (
    ("confirmed", "确认"),
    ("partly_confirmed", "部分确认"),
    ("undetermined", "暂缓确认"),
    ("rejected", "不予确认"),
)


@dataclass(frozen=True)
class Line:
    """A claim as the documents need it; amounts in fen."""

    number: int
    creditor_number: int
    creditor: str
    nature: str
    conclusion: str
    filed: int
    confirmed: int
    waived: bool = False

    @property
    def ranks_as(self) -> str:
        """The class in which it is paid: who waived priority is paid as an ordinary creditor."""
        return "ordinary" if self.waived else self.nature

    @property
    def provided_for(self) -> int:
        """What is set aside (fen): the filed amount while undetermined (EBL 119)."""
        return self.filed if self.conclusion == "undetermined" else self.confirmed


def share_out(total: int, weights: Sequence[int]) -> list[int]:
    """Part `total` fen by weights so that the parts add up to it exactly.

    Each part is cut to the fen; the fen left over go to the largest remainders, the earlier
    of equal ones first.
    """
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: -(total * weights[i] % whole))
    for index in by_remainder[: total - sum(parts)]:
        parts[index] += 1
    return parts


def administrator_fee(unsecured_fen: int) -> int:
    """The administrator's fee (fen) on property that is free of security, by the court's scale."""
    fee, floor = Fraction(0), 0
    for ceiling_yuan, per_mille in facts.FEE_SCALE:
        ceiling = unsecured_fen if ceiling_yuan is None else ceiling_yuan * 100
        fee += Fraction(max(0, min(unsecured_fen, ceiling) - floor) * per_mille, 1000)
        floor = ceiling
    return round(fee)


@dataclass(frozen=True)
class Plan:
    """The distribution (fen): what comes in, what goes out before, what each class gets."""

    collateral: int
    collateral_costs: int
    free: int
    fee: int
    costs: int
    common_benefit: int
    employee: int
    public: int
    ordinary_claims: int
    ordinary_paid: int
    lines: tuple[Line, ...]

    @property
    def collateral_net(self) -> int:
        return self.collateral - self.collateral_costs

    @property
    def priority(self) -> int:
        """What construction and mortgage creditors get, reserves included."""
        return self.owed("construction") + self.owed("secured")

    @property
    def collateral_left(self) -> int:
        return self.collateral_net - self.priority

    @property
    def general(self) -> int:
        """What is there for everybody: free assets and what the collateral leaves."""
        return self.free + self.collateral_left

    @property
    def ratio(self) -> Fraction:
        """What an ordinary creditor gets for its claim."""
        return Fraction(self.ordinary_paid, self.ordinary_claims)

    def owed(self, rank: str) -> int:
        """What is provided for in a class (fen)."""
        return sum(line.provided_for for line in self.lines if line.ranks_as == rank)


def plan(lines: Iterable[Line]) -> Plan:
    """Work the distribution out (EBL 109, 113)."""
    kept = tuple(lines)
    collateral = sum(asset.appraised_fen for asset in facts.MORTGAGED)
    free = sum(asset.appraised_fen for asset in facts.FREE)
    fee = administrator_fee(free)
    costs = facts.COURT_FEE_FEN + fee + sum(amount for _name, amount in facts.OTHER_COSTS)
    draft = Plan(
        collateral=collateral,
        collateral_costs=collateral * facts.COLLATERAL_COST_PER_MILLE // 1000,
        free=free,
        fee=fee,
        costs=costs,
        common_benefit=sum(amount for _name, amount in facts.COMMON_BENEFIT_DEBTS),
        employee=0,
        public=0,
        ordinary_claims=0,
        ordinary_paid=0,
        lines=kept,
    )
    employee = draft.owed("employee")
    public = draft.owed("social_insurance") + draft.owed("tax")
    left = draft.general - costs - draft.common_benefit - employee - public
    ordinary = draft.owed("ordinary")
    if not 0 <= left <= ordinary:
        raise ValueError(f"the demo's assets do not suit its claims: {left} fen for {ordinary}")
    fields = {**draft.__dict__, "employee": employee, "public": public}
    return Plan(**{**fields, "ordinary_claims": ordinary, "ordinary_paid": left})


def percent(share: Fraction, digits: int = 4) -> str:
    """Write a share as a percentage, cut rather than rounded up."""
    scaled = int(share * 10 ** (digits + 2))
    whole, part = divmod(scaled, 10**digits)
    return f"{whole}.{part:0{digits}d}%"


def document_data(lines: Sequence[Line], creditors: int) -> dict[str, Any]:
    """Everything that the documents print, amounts written for people."""
    found = plan(lines)
    return {
        "case": {
            "number": facts.CASE_NUMBER,
            "debtor": facts.DEBTOR,
            "court": facts.COURT,
            "administrator": facts.ADMINISTRATOR,
            "panel": facts.PANEL,
            "clerk": facts.CLERK,
        },
        "dates": {
            "accepted": _day(facts.ACCEPTED),
            "appointed": _day(facts.APPOINTED),
            "taken_over": _day(facts.TAKEN_OVER),
            "filing_deadline": _day(facts.FILING_DEADLINE),
            "meeting": _day(facts.FIRST_MEETING),
        },
        "claims": _claims(lines, creditors),
        "assets": _assets(found),
        "plan": _plan(found),
    }


def _day(day: Any) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _claims(lines: Sequence[Line], creditors: int) -> dict[str, Any]:
    def row(name: str, chosen: list[Line]) -> list[str]:
        return [
            name,
            str(len(chosen)),
            yuan_grouped(sum(line.filed for line in chosen)),
            yuan_grouped(sum(line.confirmed for line in chosen)),
        ]

    undetermined = [line for line in lines if line.conclusion == "undetermined"]
    rejected = [line for line in lines if line.conclusion == "rejected"]
    largest = sorted(lines, key=lambda line: -line.confirmed)[:10]
    return {
        "creditors": creditors,
        "count": len(lines),
        "filed": yuan_grouped(sum(line.filed for line in lines)),
        "confirmed": yuan_grouped(sum(line.confirmed for line in lines)),
        "by_nature": [
            row(name, [one for one in lines if one.nature == key]) for key, name in NATURES
        ],
        "by_conclusion": [
            row(name, [one for one in lines if one.conclusion == key]) for key, name in CONCLUSIONS
        ],
        "undetermined": [
            [str(one.number), one.creditor, dict(NATURES)[one.nature], yuan_grouped(one.filed)]
            for one in undetermined
        ],
        "undetermined_count": len(undetermined),
        "undetermined_filed": yuan_grouped(sum(one.filed for one in undetermined)),
        "rejected_count": len(rejected),
        "rejected_filed": yuan_grouped(sum(one.filed for one in rejected)),
        "waived": [[one.creditor, yuan_grouped(one.confirmed)] for one in lines if one.waived],
        "largest": [
            [one.creditor, dict(NATURES)[one.nature], yuan_grouped(one.confirmed)]
            for one in largest
        ],
    }


def _assets(found: Plan) -> dict[str, Any]:
    def rows(assets: Sequence[facts.Asset]) -> list[dict[str, str]]:
        return [
            {
                "name": one.name,
                "detail": one.detail,
                "place": one.place,
                "way": one.way,
                "book": yuan_grouped(one.book_fen),
                "appraised": yuan_grouped(one.appraised_fen),
                "start": yuan_grouped(one.appraised_fen),
                "second": yuan_grouped(one.appraised_fen * 80 // 100),
                "third": yuan_grouped(one.appraised_fen * 64 // 100),
            }
            for one in assets
        ]

    everything = facts.MORTGAGED + facts.FREE
    return {
        "mortgaged": rows(facts.MORTGAGED),
        "free": rows(facts.FREE),
        "auctioned": rows(
            [one for one in everything if "拍卖" in one.way and "催收" not in one.way]
        ),
        "mortgaged_book": yuan_grouped(sum(one.book_fen for one in facts.MORTGAGED)),
        "mortgaged_appraised": yuan_grouped(found.collateral),
        "free_book": yuan_grouped(sum(one.book_fen for one in facts.FREE)),
        "free_appraised": yuan_grouped(found.free),
        "book": yuan_grouped(sum(one.book_fen for one in everything)),
        "appraised": yuan_grouped(found.collateral + found.free),
    }


def _plan(found: Plan) -> dict[str, Any]:
    ordinary = _by_creditor([one for one in found.lines if one.ranks_as == "ordinary"])
    paid = share_out(found.ordinary_paid, [claim for _number, _name, claim, _open in ordinary])
    priority = [one for one in found.lines if one.ranks_as in ("construction", "secured")]
    kept = {
        name: sum(
            one.provided_for
            for one in found.lines
            if one.ranks_as == name and one.conclusion == "undetermined"
        )
        for name in ("secured", "employee", "ordinary")
    }
    amounts = {
        "collateral": found.collateral,
        "collateral_costs": found.collateral_costs,
        "collateral_net": found.collateral_net,
        "construction": found.owed("construction"),
        "secured": found.owed("secured"),
        "secured_kept": kept["secured"],
        "collateral_left": found.collateral_left,
        "free": found.free,
        "general": found.general,
        "fee": found.fee,
        "costs": found.costs,
        "court_fee": facts.COURT_FEE_FEN,
        "common_benefit": found.common_benefit,
        "employee": found.employee,
        "employee_kept": kept["employee"],
        "social_insurance": found.owed("social_insurance"),
        "tax": found.owed("tax"),
        "public": found.public,
        "ordinary_claims": found.ordinary_claims,
        "ordinary_kept": kept["ordinary"],
        "ordinary_paid": found.ordinary_paid,
        "after_costs": found.general - found.costs - found.common_benefit,
        "after_employee": found.general - found.costs - found.common_benefit - found.employee,
    }
    return {
        **{name: yuan_grouped(amount) for name, amount in amounts.items()},
        "ratio": percent(found.ratio),
        "other_costs": [[name, yuan_grouped(amount)] for name, amount in facts.OTHER_COSTS],
        "common_benefit_debts": [
            [name, yuan_grouped(amount)] for name, amount in facts.COMMON_BENEFIT_DEBTS
        ],
        "priority_rows": [
            [
                str(one.creditor_number),
                one.creditor,
                dict(NATURES)[one.nature],
                yuan_grouped(one.provided_for),
                "提存" if one.conclusion == "undetermined" else "清偿",
            ]
            for one in priority
            if one.provided_for
        ],
        "ordinary_rows": [
            [
                str(number),
                name,
                yuan_grouped(claim),
                yuan_grouped(part),
                "提存" if undetermined else "",
            ]
            for (number, name, claim, undetermined), part in zip(ordinary, paid, strict=True)
        ],
        "ordinary_count": len(ordinary),
    }


def _by_creditor(lines: list[Line]) -> list[tuple[int, str, int, bool]]:
    """One row a creditor, and one more where part of its claims is not determined yet."""
    rows: dict[tuple[int, bool], tuple[int, str, int, bool]] = {}
    for one in lines:
        if not one.provided_for:
            continue
        undetermined = one.conclusion == "undetermined"
        key = (one.creditor_number, undetermined)
        before = rows[key][2] if key in rows else 0
        rows[key] = (one.creditor_number, one.creditor, before + one.provided_for, undetermined)
    return [rows[key] for key in sorted(rows)]
