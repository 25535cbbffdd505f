"""How waivers of priority (放弃优先受偿权声明) look in snapshots and events.

The statement is the procedure's own, in Chinese for every reader, and stored as it was signed.
"""

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import override

from creditor_meetings.cases import clock
from creditor_meetings.cases.money import yuan, yuan_grouped
from creditor_meetings.claims.models import Claim, Conclusion, Nature, PriorityWaiver, WaiverState
from creditor_meetings.meetings.models import Meeting

PREFERRED = frozenset({Nature.SECURED, Nature.CONSTRUCTION})
"""Natures whose claims are paid before others: there is something to waive."""


def can_be_waived(claim: Claim) -> bool:
    """Whether a claim has a priority that its creditor could still give up (EBL 59(3))."""
    return (
        claim.nature in PREFERRED
        and not claim.priority_waived
        and claim.conclusion != Conclusion.REJECTED
    )


def statement_for(claim: Claim) -> str:
    """Write the statement that a creditor signs, of the claim as it stands now."""
    with override("zh-hans"):
        nature = Nature(claim.nature).label
        conclusion = Conclusion(claim.conclusion).label
    basis = f"，担保物或优先权依据为{claim.collateral}" if claim.collateral else ""
    amount = (
        f"申报金额{yuan_grouped(claim.filed_fen)}元"
        if claim.conclusion == Conclusion.UNDETERMINED
        else f"审查确认金额{yuan_grouped(claim.confirmed_fen)}元"
    )
    case = claim.case
    return (
        f"本债权人系{case.debtor}一案（案号：{case.number}）的债权人{claim.creditor.name}，"
        f"对债权表第{claim.position}号债权（{nature}，审查结论为{conclusion}，{amount}{basis}）"
        "享有优先受偿权。现自愿放弃该笔债权的优先受偿权。"
        "本债权人知悉：声明经管理人认可后，该笔债权作为普通债权行使表决权并按普通债权受偿；"
        "自认可后的下一次表决登记起生效，此前已经固定的表决权和已经作出的表决结果不变；"
        "认可后不能撤回。"
    )


def of_claims(claims: Collection[Any]) -> dict[int, PriorityWaiver]:
    """Return the newest waiver of each of these claims that has one."""
    found = PriorityWaiver.objects.filter(claim__in=[one.pk for one in claims])
    return {one.claim_id: one for one in related(found).order_by("pk")}


def related(found: QuerySet[PriorityWaiver]) -> QuerySet[PriorityWaiver]:
    """Fetch with waivers what describing them needs."""
    return found.select_related("claim__creditor", "person", "decided_by")


def waiver(one: PriorityWaiver) -> dict[str, Any]:
    """Describe a waiver: what was signed, by whom, and what became of it."""
    return {
        "id": one.pk,
        "claim": one.claim_id,
        "claim_number": one.claim.position,
        "creditor": one.claim.creditor.name,
        "state": one.state,
        "statement": one.statement,
        "signed_name": one.signed_name,
        "person": str(one.person),
        "at": clock.rfc3339(one.at),
        "scan": one.name if one.sha256 else "",
        "scan_url": scan_url(one),
        "decided_by": str(one.decided_by) if one.decided_by else "",
        "decided_at": clock.rfc3339(one.decided_at) if one.decided_at else None,
        "reason": one.reason,
    }


def scan_url(one: PriorityWaiver) -> str:
    """Return the address that takes and gives the scan of a waiver signed on paper."""
    return reverse("meetings:waiver_scan", args=[one.claim.case_id, one.pk])


def waivers(meeting: Meeting, staff: bool) -> dict[str, Any]:
    """Describe all waivers of the case to the team and the court, by id."""
    if not staff:
        return {}
    found = related(PriorityWaiver.objects.filter(claim__case=meeting.case_id))
    return {str(one.pk): waiver(one) for one in found}


def own(claim: Claim, newest: PriorityWaiver | None) -> dict[str, Any]:
    """Describe to a claim's creditor what it could sign, and what it signed last."""
    waits = newest is not None and newest.state == WaiverState.SUBMITTED
    return {
        "collateral": claim.collateral,
        "unsecured_part": yuan(claim.unsecured_part_fen),
        "waiver": waiver(newest) if newest is not None else None,
        "waiver_statement": statement_for(claim) if can_be_waived(claim) and not waits else "",
    }
