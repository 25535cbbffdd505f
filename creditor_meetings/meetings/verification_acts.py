"""What the acts of verification have in common: finding, writing down, telling.

All verification of a case stands in line behind the case's row, so that counts and revisions
are true.
"""

from collections.abc import Collection, Sequence
from typing import Any

from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Case, Role
from creditor_meetings.claims import news as claims_news
from creditor_meetings.claims.listing import claims_of
from creditor_meetings.claims.models import Claim, ClaimChange, Objection
from creditor_meetings.claims.standing import STANDS
from creditor_meetings.meetings import claims_state, objections_state
from creditor_meetings.meetings.claims_bridge import meetings_of, own_claims_news, table_news
from creditor_meetings.meetings.models import Meeting, MeetingState
from creditor_meetings.meetings.publishing import News, publish_all


def held_claim(meeting: Meeting, claim_id: int, viewer: Viewer) -> Claim:
    """Return a claim of the case, held until the transaction ends. Raises `Refused`."""
    Case.objects.select_for_update().get(pk=meeting.case_id)
    found = (
        claims_of(meeting.case_id)
        .select_for_update(of=("self",))
        .select_related("creditor", "case")
        .filter(pk=claim_id)
        .first()
    )
    # Whoever may not see the table does not learn which claims there are.
    if found is None or not (found.creditor_id in viewer.acts_for or _sees_all(meeting, viewer)):
        raise Refused("bad_request", _("债权表中没有这笔债权。"))
    return found


def _sees_all(meeting: Meeting, viewer: Viewer) -> bool:
    return viewer.is_staff or meeting.claims_open


def held_objection(case_id: int, objection_id: int, viewer: Viewer) -> Objection:
    """Return an objection that the viewer may read, held until the transaction ends."""
    Case.objects.select_for_update().get(pk=case_id)
    found = (
        objections_state.objections_seen_by(viewer)
        .select_for_update(of=("self",))
        .select_related(*objections_state.RELATED)
        .filter(pk=objection_id)
        .first()
    )
    if found is None:
        raise Refused("bad_request", _("没有这项异议。"))
    return found


def is_own(objection: Objection, viewer: Viewer) -> bool:
    """Whether the viewer speaks for whoever objected."""
    if objection.creditor_id is not None:
        return objection.creditor_id in viewer.acts_for
    return Role.DEBTOR in viewer.roles


def require_own(objection: Objection, viewer: Viewer) -> None:
    """Raise `Refused` unless the viewer speaks for whoever objected."""
    if objection.creditor_id is not None:
        viewer.require_creditor(objection.creditor_id)
    else:
        viewer.require(Role.DEBTOR)


def require_standing(objection: Objection) -> None:
    """Raise `Refused` for an objection that was withdrawn or accepted."""
    if objection.withdrawn_at is not None:
        raise Refused("bad_request", _("该异议已经撤回。"))
    if objection.accepted_at is not None:
        raise Refused(
            "bad_request", _("该异议已被采纳，债权已经调整；仍不同意的，请重新提出异议。")
        )


def standing_of(claim: Claim, creditor_id: int | None) -> Objection | None:
    """Return the standing objection of a creditor (None: of the debtor) to a claim."""
    standing = Objection.objects.filter(STANDS, claim=claim)
    if creditor_id is None:
        return standing.filter(creditor__isnull=True).first()
    return standing.filter(creditor_id=creditor_id).first()


def meeting_on_record(case_id: int) -> Meeting | None:
    """Return the meeting whose record takes what happens outside any room; None before one is.

    The one that goes on, else the newest that was convened.
    """
    convened = Meeting.objects.filter(case=case_id).exclude(state=MeetingState.DRAFT)
    going = convened.filter(state__in=(MeetingState.OPEN, MeetingState.ADJOURNED))
    return (
        going.order_by("-starts_at", "-pk").first()
        or convened.order_by("-starts_at", "-pk").first()
    )


def entry(claim: Claim, viewer: Viewer, address: str) -> dict[str, Any]:
    """Write down which claim it is about and who acted, for the meeting's record."""
    return {
        "claim": claim.pk,
        "number": claim.position,
        "creditor": claim.creditor_id,
        "creditor_name": claim.creditor.name,
        "by": viewer.person.pk,
        "by_name": str(viewer.person),
        "address": address,
    }


def by_whom(objection: Objection) -> dict[str, Any]:
    """Write down whose objection it is; the debtor's is nobody's among the creditors."""
    of = objection.creditor
    return {
        "objection": objection.pk,
        "objector": objection.creditor_id,
        "objector_name": of.name if of is not None else None,
    }


def put_on_record(
    claim: Claim,
    field: str,
    before: str,
    after: str,
    viewer: Viewer,
    *,
    reason: str = "",
    address: str = "",
) -> None:
    """Write to the claim's own history what was said or changed."""
    ClaimChange.objects.create(
        claim=claim,
        field=field,
        before=before[:1000],
        after=after[:1000],
        reason=reason[:1000],
        by=viewer.person,
        at=clock.now(),
        address=address,
    )


def tell_objection(objection: Objection, kind: str) -> None:
    """Tell every meeting of the case of an objection as it stands now, and of its claim."""
    notice = {
        "kind": kind,
        "objection": objection.pk,
        "claim": objection.claim_id,
        "number": objection.claim.position,
    }
    described = objections_state.objection(objection)
    told = [
        News(kind, {f"objections/{objection.pk}": described}, audience=audience, notice=notice)
        for audience in objections_state.objection_audiences(objection)
    ]
    tell(objection.claim.case_id, [objection.claim.creditor_id], told)


def tell(case_id: int, creditors: Collection[int], news: Sequence[News] = ()) -> None:
    """Tell every meeting of the case how verification stands, and these creditors their claims."""
    claims_news.advance(case_id)
    counts = {"verification": claims_state.verification_counts(case_id)}
    told = [
        *own_claims_news(case_id, creditors),
        News("verification", counts, audience="staff", coalesce="verification"),
        *news,
    ]
    for meeting in meetings_of(case_id):
        publish_all(meeting, [*told, table_news(meeting)])
