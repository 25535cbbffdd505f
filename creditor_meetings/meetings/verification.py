"""Verification of claims (核查债权, EBL 58): confirming, objecting, answering; no vote.

Each verb checks, changes, and tells, in one transaction. What creditors say stays on record
when it is withdrawn or superseded.
"""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import CREDITOR_ROLES, Case, Role
from creditor_meetings.cases.money import yuan, yuan_grouped
from creditor_meetings.claims import news as claims_news
from creditor_meetings.claims.listing import claims_of
from creditor_meetings.claims.models import (
    Claim,
    ClaimChange,
    ClaimConfirmation,
    Conclusion,
    Objection,
)
from creditor_meetings.meetings import claims_state, record
from creditor_meetings.meetings.claims_bridge import meetings_of, own_claims_news, table_news
from creditor_meetings.meetings.models import Meeting, MeetingState
from creditor_meetings.meetings.publishing import News, publish_all


@transaction.atomic
def confirm_claim(meeting: Meeting, claim_id: int, viewer: Viewer, *, address: str = "") -> None:
    """Confirm the entry of one's own claim (确认无异议)."""
    claim = _claim(meeting, claim_id, viewer)
    viewer.require_creditor(claim.creditor_id)
    _require_time_for_it(meeting)
    if _standing(claim, claim.creditor_id) is not None:
        raise Refused("bad_request", _("您已对该笔债权提出异议，撤回异议后才能确认。"))
    _confirmation, new = ClaimConfirmation.objects.get_or_create(
        claim=claim, defaults={"person": viewer.person, "at": clock.now(), "address": address}
    )
    if new:
        record.write(meeting, "claim_confirmed", _entry(claim, viewer, address))
        _tell(claim)


@transaction.atomic
def object_to_claim(
    meeting: Meeting,
    claim_id: int,
    viewer: Viewer,
    *,
    reasons: str,
    legal_basis: str = "",
    creditor_id: int | None = None,
    address: str = "",
) -> Objection:
    """Object to the entry of one's own claim or another's, with reasons (JI-III 8)."""
    claim = _claim(meeting, claim_id, viewer)
    objector = _objector(claim, viewer, creditor_id)
    _require_time_for_it(meeting)
    if _standing(claim, objector) is not None:
        raise Refused("bad_request", _("已对该笔债权提出过异议；如需修改，请先撤回。"))
    if objector == claim.creditor_id:
        _take_back_confirmation(claim, viewer, address)
    made = Objection.objects.create(
        claim=claim,
        person=viewer.person,
        creditor_id=objector,
        reasons=reasons,
        legal_basis=legal_basis,
        at=clock.now(),
        address=address,
    )
    said = {"objection": made.pk, "reasons": reasons, "legal_basis": legal_basis}
    record.write(meeting, "objection", {**_entry(claim, viewer, address), **said, **_by_whom(made)})
    _tell(claim, made, kind="objection_raised")
    return made


@transaction.atomic
def withdraw_objection(
    meeting: Meeting, objection_id: int, viewer: Viewer, *, address: str = ""
) -> None:
    """Withdraw one's objection; it stays on record as withdrawn."""
    found = _objection(meeting, objection_id, viewer)
    _require_own(found, viewer)
    _require_time_for_it(meeting)
    if found.withdrawn_at is not None:
        return
    found.withdrawn_at = clock.now()
    found.save(update_fields=["withdrawn_at"])
    _record(found.claim, "objection", "standing", "withdrawn", viewer, address=address)
    record.write(
        meeting,
        "objection_withdrawn",
        {"objection": found.pk, **_entry(found.claim, viewer, address), **_by_whom(found)},
    )
    _tell(found.claim, found, kind="objection_withdrawn")


@transaction.atomic
def answer_objection(
    meeting: Meeting, objection_id: int, answer: str, viewer: Viewer, *, address: str = ""
) -> None:
    """Answer an objection as administrator, or better an earlier answer (JI-III 8)."""
    viewer.require(Role.ADMINISTRATOR)
    found = _objection(meeting, objection_id, viewer)
    if found.withdrawn_at is not None:
        raise Refused("bad_request", _("该异议已撤回，无需答复。"))
    if found.answer:
        before = found.answer[:1000]
        _record(found.claim, "answer", before, answer[:1000], viewer, address=address)
    found.answer, found.answered_by, found.answered_at = answer, viewer.person, clock.now()
    found.save(update_fields=["answer", "answered_by", "answered_at"])
    record.write(
        meeting,
        "objection_answered",
        {"objection": found.pk, **_entry(found.claim, viewer, address), "answer": answer},
    )
    _tell(found.claim, found, kind="objection_answered")


@transaction.atomic
def set_temporary_amount(
    meeting: Meeting,
    claim_id: int,
    amount_fen: int,
    viewer: Viewer,
    *,
    reason: str,
    address: str = "",
) -> None:
    """Set the amount with which an undetermined claim votes meanwhile (EBL 59(2)); in fen.

    A poll that is open keeps its frozen register; the amount counts from the next one on.
    """
    viewer.require(Role.JUDGE)
    claim = _claim(meeting, claim_id, viewer)
    if claim.conclusion != Conclusion.UNDETERMINED:
        raise Refused("bad_request", _("只有“暂缓确认”的债权才能临时确定债权额。"))
    if not 0 <= amount_fen <= claim.filed_fen:
        raise Refused(
            "bad_request",
            _("临时确定的债权额不能超过申报金额 %(filed)s 元。")
            % {"filed": yuan_grouped(claim.filed_fen)},
        )
    if not reason.strip():
        raise Refused("bad_request", _("请写明临时确定债权额的理由。"))
    before = "" if claim.temporary_fen is None else yuan(claim.temporary_fen)
    after = yuan(amount_fen)
    if before == after:
        return
    claim.temporary_fen = amount_fen
    claim.save(update_fields=["temporary_fen"])
    _record(claim, "temporary_fen", before, after, viewer, reason=reason, address=address)
    record.write(
        meeting,
        "temporary_amount",
        {**_entry(claim, viewer, address), "amount": after, "before": before, "reason": reason},
    )
    claims_news.changed(claim.case_id, [claim.creditor_id])
    notice = {"kind": "temporary_amount", "claim": claim.pk, "amount": after}
    for one in meetings_of(claim.case_id):
        publish_all(
            one,
            [
                News("temporary_amount_set", {}, audience=audience, notice=notice)
                for audience in ("staff", f"creditor:{claim.creditor_id}")
            ],
        )


# --- what the verbs have in common ----------------------------------------------------------


def _claim(meeting: Meeting, claim_id: int, viewer: Viewer) -> Claim:
    """Return a claim of the case, held until the transaction ends."""
    # All verification of a case stands in line, so that counts and revisions are true.
    Case.objects.select_for_update().get(pk=meeting.case_id)
    found = (
        claims_of(meeting.case_id)
        .select_for_update(of=("self",))
        .select_related("creditor")
        .filter(pk=claim_id)
        .first()
    )
    # Whoever may not see the table does not learn which claims there are.
    if found is None or not (found.creditor_id in viewer.acts_for or _sees_all(meeting, viewer)):
        raise Refused("bad_request", _("债权表中没有这笔债权。"))
    return found


def _sees_all(meeting: Meeting, viewer: Viewer) -> bool:
    return viewer.is_staff or meeting.claims_open


def _objection(meeting: Meeting, objection_id: int, viewer: Viewer) -> Objection:
    Case.objects.select_for_update().get(pk=meeting.case_id)
    found = (
        claims_state.objections_seen_by(viewer)
        .select_for_update(of=("self",))
        .select_related("claim__creditor", "creditor", "person", "answered_by")
        .filter(pk=objection_id)
        .first()
    )
    if found is None:
        raise Refused("bad_request", _("没有这项异议。"))
    return found


def _objector(claim: Claim, viewer: Viewer, creditor_id: int | None) -> int | None:
    """Say whose objection it is: a creditor's, or None for the debtor's."""
    if creditor_id is not None:
        viewer.require_creditor(creditor_id)
        return creditor_id
    if claim.creditor_id in viewer.acts_for:
        return claim.creditor_id
    if Role.DEBTOR in viewer.roles:
        return None
    viewer.require(*sorted(CREDITOR_ROLES), Role.DEBTOR)
    if len(viewer.acts_for) != 1:
        raise Refused("bad_request", _("您代表多个债权人，请选择以谁的名义提出异议。"))
    return next(iter(viewer.acts_for))


def _require_own(found: Objection, viewer: Viewer) -> None:
    if found.creditor_id is not None:
        viewer.require_creditor(found.creditor_id)
    else:
        viewer.require(Role.DEBTOR)


def _require_time_for_it(meeting: Meeting) -> None:
    state = Meeting.objects.values_list("state", flat=True).get(pk=meeting.pk)
    if state == MeetingState.CLOSED:
        raise Refused(
            "not_allowed",
            _("会议已闭会，核查已经结束；对债权有异议的，可在核查结束后十五日内向人民法院起诉。"),
        )
    if state == MeetingState.DRAFT:
        raise Refused("not_allowed", _("会议尚未召集，还不能核查债权。"))


def _standing(claim: Claim, creditor_id: int | None) -> Objection | None:
    standing = Objection.objects.filter(claim=claim, withdrawn_at__isnull=True)
    if creditor_id is None:
        return standing.filter(creditor__isnull=True).first()
    return standing.filter(creditor_id=creditor_id).first()


def _take_back_confirmation(claim: Claim, viewer: Viewer, address: str) -> None:
    confirmation = ClaimConfirmation.objects.filter(claim=claim).first()
    if confirmation is not None:
        at = clock.rfc3339(confirmation.at)
        confirmation.delete()
        _record(claim, "confirmation", at, "", viewer, address=address)


def _entry(claim: Claim, viewer: Viewer, address: str) -> dict[str, Any]:
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


def _by_whom(objection: Objection) -> dict[str, Any]:
    """Write down whose objection it is; the debtor's is nobody's among the creditors."""
    of = objection.creditor
    return {
        "objector": objection.creditor_id,
        "objector_name": of.name if of is not None else None,
    }


def _record(
    claim: Claim,
    field: str,
    before: str,
    after: str,
    viewer: Viewer,
    *,
    reason: str = "",
    address: str = "",
) -> None:
    ClaimChange.objects.create(
        claim=claim,
        field=field,
        before=before,
        after=after,
        reason=reason,
        by=viewer.person,
        at=clock.now(),
        address=address,
    )


def _tell(claim: Claim, objection: Objection | None = None, kind: str = "claim_confirmed") -> None:
    """Tell every meeting of the case how verification of a claim stands."""
    claims_news.advance(claim.case_id)
    counts = {"verification": claims_state.verification_counts(claim.case_id)}
    told = own_claims_news(claim.case_id, [claim.creditor_id])
    told.append(News("verification", counts, audience="staff", coalesce="verification"))
    if objection is not None:
        described = {f"objections/{objection.pk}": claims_state.objection(objection)}
        notice = {
            "kind": kind,
            "objection": objection.pk,
            "claim": claim.pk,
            "number": claim.position,
        }
        told += [
            News(kind, described, audience=audience, notice=notice)
            for audience in claims_state.objection_audiences(objection)
        ]
    for meeting in meetings_of(claim.case_id):
        publish_all(meeting, [*told, table_news(meeting)])
