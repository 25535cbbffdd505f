"""How claims and their verification look in snapshots and events: one shape for both.

Identity numbers and contacts are never in here: a room's state carries what everybody in its
audience may know.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.models import Role
from creditor_meetings.cases.money import yuan
from creditor_meetings.claims import listing, news
from creditor_meetings.claims.models import ClaimConfirmation, Conclusion, Objection
from creditor_meetings.meetings.models import Meeting


def claims(meeting: Meeting) -> dict[str, Any]:
    """Describe the claims table as a whole; `version` rises when anything of it changes."""
    sums = listing.claims_of(meeting.case_id).aggregate(
        count=Count("pk"),
        creditors=Count("creditor", distinct=True),
        filed=Sum("filed_fen"),
        confirmed=Sum("confirmed_fen"),
    )
    return {
        "count": sums["count"],
        "creditors": sums["creditors"],
        "filed": yuan(sums["filed"] or 0),
        "confirmed": yuan(sums["confirmed"] or 0),
        "open": meeting.claims_open,
        "version": news.revision(meeting.case_id),
    }


def my_claims(meeting: Meeting, viewer: Viewer) -> dict[str, Any]:
    """Describe the claims of the creditors that the viewer acts for, by creditor."""
    return claims_of(meeting.case_id, list(viewer.acts_for))


def claims_of(case_id: int, creditors: Collection[int]) -> dict[str, dict[str, Any]]:
    """Describe the claims of some creditors, by creditor and claim."""
    own_objection = Objection.objects.filter(
        claim=OuterRef("pk"), creditor=OuterRef("creditor"), withdrawn_at__isnull=True
    )
    found = (
        listing.claims_of(case_id)
        .filter(creditor__in=creditors)
        .select_related("confirmation")
        .annotate(objected=Exists(own_objection))
    )
    held: dict[str, dict[str, Any]] = defaultdict(dict)
    for claim in found:
        held[str(claim.creditor_id)][str(claim.pk)] = _own_claim(claim)
    return dict(held)


def _own_claim(claim: Any) -> dict[str, Any]:
    confirmation = getattr(claim, "confirmation", None)
    return {
        "id": claim.pk,
        "number": claim.position,
        "nature": claim.nature,
        "filed": yuan(claim.filed_fen),
        "confirmed": yuan(claim.confirmed_fen),
        "conclusion": claim.conclusion,
        "reason": claim.reason,
        "temporary": _optional(claim.temporary_fen),
        "priority_waived": claim.priority_waived,
        "confirmed_at": clock.rfc3339(confirmation.at) if confirmation else None,
        "objected": claim.objected,
    }


def _optional(fen: int | None) -> str | None:
    return None if fen is None else yuan(fen)


def undetermined(meeting: Meeting, viewer: Viewer) -> dict[str, Any]:
    """Describe the claims that wait for a temporary amount, to the court and administrator."""
    return undetermined_claims(meeting.case_id) if viewer.is_staff else {}


def undetermined_claims(case_id: int, only: Iterable[int] | None = None) -> dict[str, Any]:
    """Describe undetermined claims (暂缓确认) by id, all of them or some."""
    found = listing.claims_of(case_id).filter(conclusion=Conclusion.UNDETERMINED)
    if only is not None:
        found = found.filter(pk__in=only)
    return {
        str(claim.pk): {
            "id": claim.pk,
            "number": claim.position,
            "creditor": claim.creditor.name,
            "filed": yuan(claim.filed_fen),
            "reason": claim.reason,
            "temporary": _optional(claim.temporary_fen),
        }
        for claim in found.select_related("creditor")
    }


def objections_seen_by(viewer: Viewer) -> QuerySet[Objection]:
    """The objections that the viewer may read: the staff all, others theirs and to theirs."""
    found = Objection.objects.filter(claim__case_id=viewer.case_id)
    if viewer.is_staff:
        return found
    own = Q(creditor__in=viewer.acts_for) | Q(claim__creditor__in=viewer.acts_for)
    if Role.DEBTOR in viewer.roles:
        own |= Q(creditor__isnull=True)
    return found.filter(own)


def objections(meeting: Meeting, viewer: Viewer) -> dict[str, Any]:
    """Describe the objections that the viewer may read, by id."""
    found = objections_seen_by(viewer).select_related(
        "claim__creditor", "creditor", "person", "answered_by"
    )
    return {str(one.pk): objection(one) for one in found}


def objection(one: Objection) -> dict[str, Any]:
    """Describe an objection and its answer."""
    return {
        "id": one.pk,
        "claim": one.claim_id,
        "claim_number": one.claim.position,
        "creditor": one.claim.creditor.name,
        "objector": one.creditor.name if one.creditor else str(one.person),
        "objector_id": one.creditor_id,
        "reasons": one.reasons,
        "legal_basis": one.legal_basis,
        "at": clock.rfc3339(one.at),
        "state": one.state,
        "answer": one.answer,
        "answered_by": str(one.answered_by) if one.answered_by else "",
        "answered_at": clock.rfc3339(one.answered_at) if one.answered_at else None,
    }


def objection_audiences(one: Objection) -> list[str]:
    """The audiences that read an objection: see `objections_seen_by`."""
    objector = f"creditor:{one.creditor_id}" if one.creditor_id else f"role:{Role.DEBTOR}"
    return list(dict.fromkeys(["staff", objector, f"creditor:{one.claim.creditor_id}"]))


def verification(meeting: Meeting, viewer: Viewer) -> dict[str, Any]:
    """Count how far verification (核查) has come, for the staff; nothing for others."""
    return verification_counts(meeting.case_id) if viewer.is_staff else {}


def verification_counts(case_id: int) -> dict[str, Any]:
    """Count confirmed claims, standing objections, those answered, and all claims."""
    standing = Objection.objects.filter(claim__case_id=case_id, withdrawn_at__isnull=True)
    return {
        "confirmed": ClaimConfirmation.objects.filter(claim__case_id=case_id).count(),
        "objected": standing.count(),
        "answered": standing.filter(answered_at__isnull=False).count(),
        "total": listing.claims_of(case_id).count(),
    }
