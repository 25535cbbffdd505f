"""A creditor's word that its claim stands as entered, and when that word is taken back."""

from collections.abc import Collection

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.claims.models import Claim, ClaimChange, ClaimConfirmation

ENTRY = frozenset(
    {
        "nature",
        "conclusion",
        "principal_fen",
        "interest_fen",
        "other_fen",
        "filed_fen",
        "confirmed_fen",
        "confirmed_principal_fen",
        "confirmed_interest_fen",
        "confirmed_other_fen",
        "unsecured_part_fen",
    }
)
"""What a creditor agreed with: when any of it changes it must look again. Not the temporary
amount, which says nothing of the claim, nor a waiver, which is the creditor's own act."""


def entry_changed(changed: Collection[str]) -> bool:
    """Whether one of these changed fields is of what a creditor confirms."""
    return not ENTRY.isdisjoint(changed)


def take_back(claim: Claim, viewer: Viewer, *, reason: str = "", address: str = "") -> bool:
    """Take a claim's confirmation back, which stays on record; return whether there was one."""
    found = ClaimConfirmation.objects.filter(claim=claim).first()
    if found is None:
        return False
    at = clock.rfc3339(found.at)
    found.delete()
    ClaimChange.objects.create(
        claim=claim,
        field="confirmation",
        before=at,
        reason=reason,
        by=viewer.person,
        at=clock.now(),
        address=address,
    )
    return True
