"""From the case to what a plan distributes: claims, collateral, money, what was paid before.

The outcome is plain data (schema `distribution/1`), all that the law needs: so a published plan
can be computed again by anybody from what was published. Amounts in fen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Case
from creditor_meetings.cases.money import yuan_grouped
from creditor_meetings.claims import standing
from creditor_meetings.claims.listing import claims_of
from creditor_meetings.claims.models import Claim, Conclusion
from creditor_meetings.estate import content
from creditor_meetings.estate.account import account_of
from creditor_meetings.estate.models import Asset
from creditor_meetings.estate.plan_models import Disputed, Pending, Plan, PlanState
from voting.rules.distribution import RANKS
from voting.rules.records import SECURED_NATURES, Nature


@dataclass
class Before:
    """What earlier distributions paid, by claim number and by property."""

    plans: list[int] = field(default_factory=list)
    received: dict[int, int] = field(default_factory=dict)
    from_collateral: dict[int, int] = field(default_factory=dict)
    missed: dict[int, Fraction] = field(default_factory=dict)
    levels: dict[str, Fraction] = field(default_factory=dict)
    known: set[int] = field(default_factory=set)
    held_fen: int = 0
    # By property: what left it, paid or as surplus; and what of that each claim had.
    gone: dict[int, int] = field(default_factory=dict)
    had: dict[tuple[int, int], int] = field(default_factory=dict)

    def take(self, plan: Mapping[str, Any]) -> None:
        """Add what a plan that was carried out paid, the earlier ones first."""
        self.plans.append(plan["number"])
        levels = {one["rank"]: Fraction(one["level"]) for one in plan["steps"]}
        for one in plan["claims"]:
            number = one["number"]
            self.received[number] = self.received.get(number, 0) + one["paid_fen"]
            paid = self.from_collateral.get(number, 0) + one["collateral_paid_fen"]
            self.from_collateral[number] = paid
            self.missed[number] = Fraction(one["missed"])
        self.known = {one["number"] for one in plan["claims"]}
        self.levels = levels
        # Each plan decides anew on what the one before had set aside.
        self.held_fen = sum(one["set_aside_fen"] for one in plan["claims"])
        for pool in plan["pools"]:
            asset = pool["asset"]
            paid = sum(one["paid_fen"] for one in pool["shares"])
            self.gone[asset] = self.gone.get(asset, 0) + paid + pool["surplus_fen"]
            for one in pool["shares"]:
                key = asset, one["claim"]
                self.had[key] = self.had.get(key, 0) + one["paid_fen"]


def before_of(case: Case) -> Before:
    """Return what the plans of a case that were carried out have paid."""
    found = Before()
    done = Plan.objects.filter(case=case, state=PlanState.EXECUTED).order_by("number")
    for plan in done:
        found.take(content.load(plan.content_sha256))
    return found


def gather(plan: Plan) -> dict[str, Any]:
    """Return what a plan distributes, and among whom, as the case stands now.

    Raises `Refused` where the account does not hold what the plan wants to distribute.
    """
    case, before = plan.case, before_of(plan.case)
    pools = _pools(case, before)
    bound = sum(one["proceeds_fen"] or 0 for one in pools)
    balance = account_of(case).balance_fen
    free = plan.free_fen
    if free is None:
        free = balance - bound - before.held_fen - plan.reserve_fen
        if free < 0:
            raise Refused("bad_request", _short(balance, bound, before.held_fen, plan.reserve_fen))
    return {
        "schema": content.SCHEMA,
        "case": {
            "number": case.number,
            "court": case.court,
            "debtor": case.debtor,
            "administrator": case.administrator_firm,
        },
        "number": plan.number,
        "title": plan.title,
        "manner": plan.manner,
        "basis": {
            "from_account": plan.free_fen is None,
            "balance_fen": balance,
            "bound_fen": bound,
            "reserve_fen": plan.reserve_fen,
            "pending": plan.pending,
            "disputed": plan.disputed,
            "previous": before.plans,
        },
        "free_fen": free,
        "held_fen": before.held_fen,
        "costs": [
            {"number": n, "kind": one["kind"], "name": one["name"], "fen": one["fen"]}
            for n, one in enumerate(plan.costs, start=1)
        ],
        "pools": pools,
        "claims": _claims(plan, before),
    }


def _short(balance: int, bound: int, held: int, reserve: int) -> str:
    return _(
        "账户余额 %(balance)s 元，不足以扣除担保财产变价款 %(bound)s 元、已提存 %(held)s 元和"
        "预留 %(reserve)s 元。请先登记收支，减少预留，或直接填写可供分配金额。"
    ) % {
        "balance": yuan_grouped(balance),
        "bound": yuan_grouped(bound),
        "held": yuan_grouped(held),
        "reserve": yuan_grouped(reserve),
    }


def _pools(case: Case, before: Before) -> list[dict[str, Any]]:
    assets = Asset.objects.filter(case=case, removed_at__isnull=True, liens__isnull=False)
    found = []
    for asset in assets.distinct().order_by("number").prefetch_related("liens__claim"):
        net = asset.net_fen
        liens = []
        for lien in asset.liens.all():
            if lien.claim.nature not in SECURED_NATURES:
                continue  # reviewed to be something else since
            limit = lien.limit_fen
            if limit is not None:
                limit = max(0, limit - before.had.get((asset.pk, lien.claim.position), 0))
            liens.append({"claim": lien.claim.position, "rank": lien.rank, "limit_fen": limit})
        if liens:
            left = None if net is None else max(0, net - before.gone.get(asset.pk, 0))
            found.append(
                {
                    "number": asset.number,
                    "asset": asset.pk,
                    "name": asset.name,
                    "proceeds_fen": left,
                    "liens": sorted(liens, key=lambda one: (one["rank"], one["claim"])),
                }
            )
    return found


def _claims(plan: Plan, before: Before) -> list[dict[str, Any]]:
    objected: Mapping[int, list[Any]] = {}
    if plan.disputed == Disputed.SET_ASIDE:
        objected = standing.disputed(plan.case_id)
    rows = claims_of(plan.case_id).select_related("creditor").order_by("position", "pk")
    found = []
    for claim in rows:
        certain, pending = _amounts(claim, plan.pending, objected.get(claim.pk, []))
        rank = RANKS[Nature(claim.nature)]
        missed = before.missed.get(claim.position, Fraction(0))
        if before.plans and claim.late and claim.position not in before.known:
            missed = before.levels.get(rank, Fraction(0))
        found.append(
            {
                "number": claim.position,
                "creditor": claim.creditor_id,
                "name": claim.creditor.name,
                "nature": claim.nature,
                "conclusion": claim.conclusion,
                "certain_fen": certain,
                "pending_fen": pending,
                "waived": claim.priority_waived,
                "unsecured_fen": claim.unsecured_part_fen,
                "received_fen": before.received.get(claim.position, 0),
                "from_collateral_fen": before.from_collateral.get(claim.position, 0),
                "missed": str(missed),
            }
        )
    return found


def _amounts(claim: Claim, pending: str, objections: list[Any]) -> tuple[int, int]:
    """Say what of a claim is paid on, and on what its share is set aside (fen)."""
    if claim.conclusion == Conclusion.UNDETERMINED:
        if pending == Pending.NONE:
            return 0, 0
        if pending == Pending.TEMPORARY and claim.temporary_fen is not None:
            return 0, claim.temporary_fen
        return 0, claim.filed_fen
    certain, open_fen = claim.counting_fen, 0
    if any(one.creditor_id == claim.creditor_id for one in objections):
        # The creditor wants more: what the administrator did not confirm is in dispute.
        open_fen = claim.filed_fen - certain
    if any(one.creditor_id != claim.creditor_id for one in objections):
        certain, open_fen = 0, certain + open_fen
    return certain, open_fen
