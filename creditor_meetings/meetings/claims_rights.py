"""Which acts of verification are for whom, as the room says it to each."""

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.models import CREDITOR_ROLES, Role

OF_ADMINISTRATOR = (
    "answer_objection",
    "accept_objection",
    "note_suit",
    "set_verification_period",
    "end_verification",
    "accept_waiver",
    "refuse_waiver",
)
OF_JUDGE = (
    "set_temporary_amount",
    "set_temporary_amounts",
    "set_verification_period",
    "end_verification",
)
OF_CREDITORS = ("confirm_claim", "waive_priority", "withdraw_waiver")
OF_OBJECTORS = ("object_to_claim", "withdraw_objection", "maintain_objection", "note_suit")


def allowed(viewer: Viewer) -> set[str]:
    """Return the commands of verification that the viewer's roles carry."""
    named: set[str] = set()
    if viewer.is_administrator:
        named.update(OF_ADMINISTRATOR)
    if viewer.is_judge:
        named.update(OF_JUDGE)
    if viewer.roles & CREDITOR_ROLES:
        named.update(OF_CREDITORS)
    if viewer.roles & (CREDITOR_ROLES | {Role.DEBTOR}):
        named.update(OF_OBJECTORS)
    return named
