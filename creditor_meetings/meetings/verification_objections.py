"""The life of an objection (异议) at verification (JI-III 8).

Raised with reasons; explained by the administrator in writing, or accepted, which adjusts the
claim in the same act; withdrawn, or maintained after the explanation: in dispute from then on,
with the suit where one is known. Nobody is locked out by the end of verification: what comes
later is taken and marked as late.
"""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import CREDITOR_ROLES, Role
from creditor_meetings.cases.money import yuan
from creditor_meetings.claims import confirmation, review
from creditor_meetings.claims.models import Claim, Conclusion, Objection
from creditor_meetings.meetings import record, verification_acts, verification_period
from creditor_meetings.meetings.models import Meeting

CONCLUSIONS = tuple(Conclusion.values)
"""What an adjusted claim may come to."""
PARTS = ("confirmed_principal_fen", "confirmed_interest_fen", "confirmed_other_fen")


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
    claim = verification_acts.held_claim(meeting, claim_id, viewer)
    objector = _objector(claim, viewer, creditor_id)
    verification_period.require_convened(meeting)
    if verification_acts.standing_of(claim, objector) is not None:
        raise Refused("bad_request", _("已对该笔债权提出过异议；如需修改，请先撤回。"))
    if objector == claim.creditor_id:
        confirmation.take_back(claim, viewer, address=address)
    made = Objection.objects.create(
        claim=claim,
        person=viewer.person,
        creditor_id=objector,
        reasons=reasons,
        legal_basis=legal_basis,
        at=clock.now(),
        late=verification_period.is_over_in(meeting),
        address=address,
    )
    said = {"reasons": reasons, "legal_basis": legal_basis, "late": made.late}
    _write(meeting, "objection", made, viewer, address, **said)
    verification_acts.tell_objection(made, "objection_raised")
    return made


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


@transaction.atomic
def withdraw_objection(
    meeting: Meeting, objection_id: int, viewer: Viewer, *, address: str = ""
) -> None:
    """Withdraw one's objection, at any time; it stays on record as withdrawn."""
    found = verification_acts.held_objection(meeting.case_id, objection_id, viewer)
    verification_acts.require_own(found, viewer)
    if found.withdrawn_at is not None:
        return
    verification_acts.require_standing(found)
    found.withdrawn_at = clock.now()
    found.save(update_fields=["withdrawn_at"])
    _history(found, "standing", "withdrawn", viewer, address=address)
    _write(meeting, "objection_withdrawn", found, viewer, address)
    verification_acts.tell_objection(found, "objection_withdrawn")


@transaction.atomic
def answer_objection(
    meeting: Meeting, objection_id: int, answer: str, viewer: Viewer, *, address: str = ""
) -> None:
    """Answer an objection as administrator, or better an earlier answer (JI-III 8)."""
    viewer.require(Role.ADMINISTRATOR)
    found = verification_acts.held_objection(meeting.case_id, objection_id, viewer)
    verification_acts.require_standing(found)
    _answer(found, answer, viewer, address)
    _write(meeting, "objection_answered", found, viewer, address, answer=answer)
    verification_acts.tell_objection(found, "objection_answered")


def _answer(found: Objection, answer: str, viewer: Viewer, address: str) -> None:
    if found.answer:
        verification_acts.put_on_record(
            found.claim, "answer", found.answer, answer, viewer, address=address
        )
    found.answer, found.answered_by, found.answered_at = answer, viewer.person, clock.now()
    found.save(update_fields=["answer", "answered_by", "answered_at"])


@transaction.atomic
def accept_objection(
    meeting: Meeting,
    objection_id: int,
    values: Mapping[str, Any],
    viewer: Viewer,
    *,
    reason: str,
    version: int | None = None,
    address: str = "",
) -> None:
    """Find an objection right and adjust its claim, in one act, with the reason in writing.

    `values` are `confirmed_fen` and `conclusion`, and optionally the parts of `PARTS` (fen).
    The reason becomes the answer and the entry's reason. The objection stands no longer, and a
    confirmation of the old entry is taken back. With `version` the claim must be as it was seen.
    """
    viewer.require(Role.ADMINISTRATOR)
    found = verification_acts.held_objection(meeting.case_id, objection_id, viewer)
    verification_acts.require_standing(found)
    # Adjusting tells rooms: the ledger is held before the counters of events.
    record.hold(meeting)
    claim = found.claim
    before = {"confirmed": yuan(claim.confirmed_fen), "conclusion": str(claim.conclusion)}
    _answer(found, reason, viewer, address)
    found.accepted_at, found.accepted_by = clock.now(), viewer.person
    found.save(update_fields=["accepted_at", "accepted_by"])
    wanted = {**values, "reason": reason}
    if values["confirmed_fen"] != claim.confirmed_fen:
        # Parts that nobody gave do not outlive the sum that they made.
        wanted = {**dict.fromkeys(PARTS), **wanted}
    changed = review.adjust_claim(
        claim, wanted, viewer, reason=reason, address=address, version=version
    )
    if not confirmation.entry_changed(changed):
        raise Refused(
            "bad_request",
            _("采纳异议即调整债权：请填写与现在不同的金额或结论；不调整的，请答复说明。"),
        )
    _history(found, "standing", "accepted", viewer, reason=reason, address=address)
    _write(
        meeting, "objection_accepted", found, viewer, address,
        before=before["confirmed"], before_conclusion=before["conclusion"],
        amount=yuan(claim.confirmed_fen), conclusion=str(claim.conclusion), reason=reason,
    )  # fmt: skip
    verification_acts.tell_objection(found, "objection_accepted")


@transaction.atomic
def maintain_objection(
    meeting: Meeting, objection_id: int, viewer: Viewer, *, address: str = ""
) -> None:
    """Uphold one's objection after the administrator's explanation: it is in dispute."""
    found = _own(meeting, objection_id, viewer)
    verification_acts.require_standing(found)
    if found.maintained_at is not None:
        return
    if found.answered_at is None:
        raise Refused("bad_request", _("管理人还没有答复；看到答复后仍不同意的，再坚持异议。"))
    found.maintained_at, found.maintained_by = clock.now(), viewer.person
    found.save(update_fields=["maintained_at", "maintained_by"])
    _history(found, "answered", "maintained", viewer, address=address)
    _write(meeting, "objection_maintained", found, viewer, address)
    verification_acts.tell_objection(found, "objection_maintained")


@transaction.atomic
def note_suit(
    meeting: Meeting, objection_id: int, suit: str, viewer: Viewer, *, address: str = ""
) -> None:
    """Note that the objector sued, by the suit's number (案号); an empty one takes it back.

    By the objector or the administrator, at any time: also after the fifteen days of JI-III 8,
    which the software reminds of and never enforces.
    """
    if not viewer.is_administrator:
        found = _own(meeting, objection_id, viewer)
    else:
        found = verification_acts.held_objection(meeting.case_id, objection_id, viewer)
    verification_acts.require_standing(found)
    if found.suit == suit:
        return
    verification_acts.put_on_record(found.claim, "suit", found.suit, suit, viewer, address=address)
    found.suit, found.suit_at = suit, clock.now() if suit else None
    found.save(update_fields=["suit", "suit_at"])
    _write(meeting, "objection_suit", found, viewer, address, suit=suit)
    verification_acts.tell_objection(found, "objection_suit")


def _own(meeting: Meeting, objection_id: int, viewer: Viewer) -> Objection:
    """Return one's own objection; of another's one does not learn whether there is any."""
    try:
        found = verification_acts.held_objection(meeting.case_id, objection_id, viewer)
    except Refused:
        found = None
    if found is None or not verification_acts.is_own(found, viewer):
        raise Refused("not_allowed", _("没有这项异议，或者它不是您提出的。"))
    return found


def _history(
    found: Objection, before: str, after: str, viewer: Viewer, *, reason: str = "", address: str
) -> None:
    verification_acts.put_on_record(
        found.claim, "objection", before, after, viewer, reason=reason, address=address
    )


def _write(
    meeting: Meeting, kind: str, found: Objection, viewer: Viewer, address: str, **said: Any
) -> None:
    entry = verification_acts.entry(found.claim, viewer, address)
    record.write(meeting, kind, {**entry, **verification_acts.by_whom(found), **said})
