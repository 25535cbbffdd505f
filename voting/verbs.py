"""What people do with polls: open them, close them, confirm the outcome."""

from django.db import transaction
from django.utils.translation import gettext as _

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Role
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.meetings.publishing import publish
from voting import book, database_clock, describe
from voting.closing import close_due, close_poll, close_polls
from voting.locks import locked
from voting.models import Confirmation, Decision, Outcome, ResolutionState
from voting.opening import LONGEST_POLL, open_poll, open_polls

__all__ = [
    "LONGEST_POLL",
    "close_due",
    "close_poll",
    "close_polls",
    "confirm_outcome",
    "locked",
    "open_poll",
    "open_polls",
]


@transaction.atomic
def confirm_outcome(
    meeting: Meeting,
    resolution_id: int,
    decision: str,
    reasons: str,
    viewer: Viewer,
    *,
    address: str = "",
) -> Confirmation:
    """Record the judge's word on an outcome, once; declining needs reasons."""
    viewer.require(Role.JUDGE)
    resolution = locked(meeting, resolution_id)
    outcome = Outcome.objects.filter(resolution=resolution).first()
    if outcome is None:
        raise Refused("bad_request", _("表决尚未截止，还没有结果可以确认。"))
    if resolution.state == ResolutionState.VOIDED:
        raise Refused("bad_request", _("这项表决已作废，结果不能再确认。"))
    if Confirmation.objects.filter(outcome=outcome).exists():
        raise Refused("bad_request", _("这项结果已经确认或者不予确认，不能更改。"))
    if decision == Decision.DECLINED and not reasons:
        raise Refused("bad_request", _("不予确认时请写明理由。"))
    confirmation = Confirmation.objects.create(
        outcome=outcome,
        decision=decision,
        reasons=reasons,
        judge=viewer.person,
        at=database_clock.now(),
        address=address,
    )
    book.write(meeting, [("outcome_confirmed", book.confirmation_body(confirmation))])
    told = {f"outcomes/{resolution.pk}/confirmation": describe.confirmation(confirmation)}
    if decision == Decision.DECLINED:
        # What the judge declines calls for no second vote.
        told[f"resolutions/{resolution.pk}"] = describe.resolution(resolution)
    publish(
        meeting,
        "outcome_confirmed",
        told,
        notice={"kind": "confirmation", "resolution": resolution.pk, "decision": decision},
    )
    return confirmation
