"""What the court confirmed by ruling is not changed by review alone (EBL 58)."""

import re
from collections.abc import Collection

from django.utils.translation import gettext as _

from creditor_meetings.cases.errors import Refused
from creditor_meetings.claims.confirmation import ENTRY
from creditor_meetings.claims.models import Claim, UndisputedList, UndisputedState

FIXED = ENTRY | {"collateral"}
"""The fields that a ruling fixes; a waiver of priority is the creditor's own act, and is not."""
_COURT_PAPER = re.compile(r"[(（〔\[]\s*\d{4}\s*[)）〕\]]\s*\S{2,40}号")


def ruling_on(claim: Claim) -> UndisputedList | None:
    """Return the confirmed list that a claim stands in."""
    return UndisputedList.objects.filter(
        entries__claim=claim.pk, state=UndisputedState.CONFIRMED
    ).first()


def refuse_fixed(claim: Claim, changed: Collection[str], reason: str) -> None:
    """Raise `Refused` when a claim that the court confirmed is changed without the court's word.

    The reason must name the paper by which a court decided otherwise, by its number.
    """
    if FIXED.isdisjoint(changed):
        return
    found = ruling_on(claim)
    if found is None or _COURT_PAPER.search(reason):
        return
    raise Refused(
        "bad_request",
        _(
            "这笔债权已由法院裁定确认（%(ruling)s），不能自行修改。法院另有裁定或判决的，"
            "请在理由中写明文书案号，例如“根据（2026）沪03民初1号民事判决”。"
        )
        % {"ruling": found.ruling_number},
    )
