"""Verification of claims (核查债权, EBL 58): the acts that people carry out; no vote.

Each verb checks, changes, and tells, in one transaction. What creditors say stays on record
when it is withdrawn or superseded. Objections have a file of their own.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.claims.models import ClaimConfirmation
from creditor_meetings.meetings import record, verification_acts, verification_period
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.meetings.temporary import set_temporary_amount, set_temporary_amounts
from creditor_meetings.meetings.verification_objections import (
    accept_objection,
    answer_objection,
    maintain_objection,
    note_suit,
    object_to_claim,
    withdraw_objection,
)

__all__ = [
    "accept_objection",
    "answer_objection",
    "confirm_claim",
    "maintain_objection",
    "note_suit",
    "object_to_claim",
    "set_temporary_amount",
    "set_temporary_amounts",
    "withdraw_objection",
]


@transaction.atomic
def confirm_claim(meeting: Meeting, claim_id: int, viewer: Viewer, *, address: str = "") -> None:
    """Confirm the entry of one's own claim (确认无异议).

    The word holds for the entry as it stands: when the administrator adjusts it, it is taken
    back, and the creditor looks again (`claims.confirmation`).
    """
    claim = verification_acts.held_claim(meeting, claim_id, viewer)
    viewer.require_creditor(claim.creditor_id)
    verification_period.require_time_for_it(meeting)
    if verification_acts.standing_of(claim, claim.creditor_id) is not None:
        raise Refused("bad_request", _("您已对该笔债权提出异议，撤回异议后才能确认。"))
    _confirmation, new = ClaimConfirmation.objects.get_or_create(
        claim=claim, defaults={"person": viewer.person, "at": clock.now(), "address": address}
    )
    if new:
        record.write(meeting, "claim_confirmed", verification_acts.entry(claim, viewer, address))
        verification_acts.tell(claim.case_id, [claim.creditor_id])
