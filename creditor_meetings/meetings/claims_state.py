"""How claims and their verification look in snapshots and events: one shape for both.

Identity numbers and contacts are never in here: a room's state carries what everybody in its
audience may know.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, Sum

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer, acted_for
from creditor_meetings.cases.money import yuan
from creditor_meetings.claims import listing, news
from creditor_meetings.claims.models import (
    ClaimChange,
    ClaimConfirmation,
    Conclusion,
    Objection,
    PriorityWaiver,
)
from creditor_meetings.claims.standing import STANDS
from creditor_meetings.meetings import waivers_state
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


def my_claims(meeting: Meeting, viewers: Sequence[Viewer]) -> list[dict[str, Any]]:
    """Describe to each viewer the claims of the creditors that he acts for, by creditor."""
    creditors = acted_for(viewers)
    held = claims_of(meeting.case_id, creditors) if creditors else {}
    return [
        {str(creditor): held[str(creditor)] for creditor in one.acts_for if str(creditor) in held}
        for one in viewers
    ]


def claims_of(case_id: int, creditors: Collection[int]) -> dict[str, dict[str, Any]]:
    """Describe the claims of some creditors, by creditor and claim."""
    own_objection = Objection.objects.filter(
        STANDS, claim=OuterRef("pk"), creditor=OuterRef("creditor")
    )
    found = list(
        listing.claims_of(case_id)
        .filter(creditor__in=creditors)
        .select_related("confirmation", "case", "creditor")
        .annotate(objected=Exists(own_objection))
    )
    waivers = waivers_state.of_claims(found)
    held: dict[str, dict[str, Any]] = defaultdict(dict)
    for claim in found:
        held[str(claim.creditor_id)][str(claim.pk)] = {
            **_own_claim(claim),
            **waivers_state.own(claim, waivers.get(claim.pk)),
        }
    return dict(held)


def _own_claim(claim: Any) -> dict[str, Any]:
    confirmation = getattr(claim, "confirmation", None)
    return {
        "id": claim.pk,
        "number": claim.position,
        "nature": claim.nature,
        "filed": yuan(claim.filed_fen),
        "confirmed": yuan(claim.confirmed_fen),
        "confirmed_principal": _optional(claim.confirmed_principal_fen),
        "confirmed_interest": _optional(claim.confirmed_interest_fen),
        "confirmed_other": _optional(claim.confirmed_other_fen),
        "conclusion": claim.conclusion,
        "reason": claim.reason,
        "temporary": _optional(claim.temporary_fen),
        "priority_waived": claim.priority_waived,
        "confirmed_at": clock.rfc3339(confirmation.at) if confirmation else None,
        "objected": claim.objected,
    }


def _optional(fen: int | None) -> str | None:
    return None if fen is None else yuan(fen)


def undetermined(meeting: Meeting, staff: bool) -> dict[str, Any]:
    """Describe the claims that wait for a temporary amount, to the court and administrator."""
    return undetermined_claims(meeting.case_id) if staff else {}


def undetermined_claims(case_id: int, only: Iterable[int] | None = None) -> dict[str, Any]:
    """Describe undetermined claims (暂缓确认) by id, all of them or some."""
    found = listing.claims_of(case_id).filter(conclusion=Conclusion.UNDETERMINED)
    if only is not None:
        found = found.filter(pk__in=only)
    changes = _temporary_changes(case_id, only)
    return {
        str(claim.pk): {
            "id": claim.pk,
            "number": claim.position,
            "creditor": claim.creditor.name,
            "filed": yuan(claim.filed_fen),
            "reason": claim.reason,
            "temporary": _optional(claim.temporary_fen),
            "changes": changes.get(claim.pk, []),
        }
        for claim in found.select_related("creditor")
    }


def _temporary_changes(
    case_id: int, only: Iterable[int] | None = None
) -> dict[int, list[dict[str, Any]]]:
    """Return every setting of a temporary amount by claim, the oldest first."""
    found = ClaimChange.objects.filter(claim__case=case_id, field="temporary_fen")
    if only is not None:
        found = found.filter(claim__in=only)
    by_claim: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for one in found.select_related("by").order_by("at", "pk"):
        by_claim[one.claim_id].append(
            {
                "at": clock.rfc3339(one.at),
                "by": str(one.by) if one.by else "",
                "before": one.before or None,
                "after": one.after or None,
                "reason": one.reason,
            }
        )
    return by_claim


def verification(meeting: Meeting, staff: bool) -> dict[str, Any]:
    """Count how far verification (核查) has come, for the staff; nothing for others."""
    return verification_counts(meeting.case_id) if staff else {}


def verification_counts(case_id: int) -> dict[str, Any]:
    """Count confirmed claims, objections by where they stand, waiting waivers, all claims."""
    objections = Objection.objects.filter(claim__case_id=case_id).aggregate(
        objected=Count("pk", filter=STANDS),
        answered=Count("pk", filter=STANDS & Q(answered_at__isnull=False)),
        maintained=Count("pk", filter=STANDS & Q(maintained_at__isnull=False)),
        accepted=Count("pk", filter=Q(accepted_at__isnull=False)),
        late=Count("pk", filter=STANDS & Q(late=True)),
    )
    waiting = PriorityWaiver.objects.filter(claim__case_id=case_id, state="submitted")
    return {
        "confirmed": ClaimConfirmation.objects.filter(claim__case_id=case_id).count(),
        **objections,
        "waivers": waiting.count(),
        "total": listing.claims_of(case_id).count(),
    }
