"""Changing a claim by review (审查): the one way in which an entry of the table is altered.

Whoever reviews, answers an objection or decides a filing comes through here, so that each change
is on record with who and why, and rooms are told.
"""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Case, Role
from creditor_meetings.cases.money import yuan, yuan_grouped
from creditor_meetings.claims import confirmation, news
from creditor_meetings.claims.models import Claim, ClaimChange, Conclusion, Nature
from creditor_meetings.claims.result import guard

AMOUNTS = (
    "principal_fen",
    "interest_fen",
    "other_fen",
    "filed_fen",
    "confirmed_fen",
    "confirmed_principal_fen",
    "confirmed_interest_fen",
    "confirmed_other_fen",
    "unsecured_part_fen",
    "temporary_fen",
)
ADJUSTABLE = frozenset(
    {*AMOUNTS, "nature", "collateral", "conclusion", "reason", "note", "priority_waived", "late"}
)


@transaction.atomic
def adjust_claim(
    claim: Claim,
    values: Mapping[str, Any],
    viewer: Viewer,
    *,
    reason: str,
    address: str = "",
    version: int | None = None,
) -> list[str]:
    """Change fields of a claim as administrator; return the names of those that changed.

    `values` are fields of `ADJUSTABLE` (amounts in fen). With `version` the claim must be as the
    reviewer saw it. Raises `Refused`; stored results of votes never change.
    """
    viewer.require(Role.ADMINISTRATOR)
    Case.objects.select_for_update().get(pk=claim.case_id)
    found = Claim.objects.select_for_update().get(pk=claim.pk)
    if version is not None and version != found.version:
        raise Refused("bad_request", _("这笔债权刚被他人修改，请查看最新内容后再保存。"))
    if not reason.strip():
        raise Refused("bad_request", _("请写明修改的理由。"))
    unknown = set(values) - ADJUSTABLE
    if unknown:
        raise ValueError(f"not adjustable: {sorted(unknown)}")
    before = {name: getattr(found, name) for name in values}
    for name, value in values.items():
        setattr(found, name, value)
    # What the court set for an undetermined claim ends with being undetermined.
    if found.conclusion != Conclusion.UNDETERMINED and found.temporary_fen is not None:
        before.setdefault("temporary_fen", found.temporary_fen)
        found.temporary_fen = None
    check_claim(found)
    changed = [name for name, value in before.items() if getattr(found, name) != value]
    if changed:
        guard.refuse_fixed(found, changed, reason)
        found.version += 1
        found.save(update_fields=[*changed, "version"])
        put_on_record(found, before, changed, viewer, reason=reason, address=address)
        # Whoever confirmed the entry confirmed another one: its creditor looks again.
        if confirmation.entry_changed(changed):
            confirmation.take_back(found, viewer, reason=reason, address=address)
        news.changed(found.case_id, [found.creditor_id])
    claim.refresh_from_db()
    return changed


def put_on_record(
    claim: Claim,
    before: Mapping[str, Any],
    changed: list[str],
    viewer: Viewer,
    *,
    reason: str,
    address: str = "",
) -> None:
    """Write down what changed in a claim, from what, by whom and why."""
    ClaimChange.objects.bulk_create(
        ClaimChange(
            claim=claim,
            field=name,
            before=_written(name, before[name])[:1000],
            after=_written(name, getattr(claim, name))[:1000],
            reason=reason,
            by=viewer.person,
            at=clock.now(),
            address=address,
        )
        for name in changed
    )


def _written(name: str, value: Any) -> str:
    if value is None:
        return ""
    return yuan(value) if name in AMOUNTS else str(value)


def check_claim(claim: Claim) -> None:
    """Raise `Refused` unless the claim's amounts and conclusion agree."""
    if claim.filed_fen != claim.principal_fen + claim.interest_fen + claim.other_fen and any(
        (claim.principal_fen, claim.interest_fen, claim.other_fen)
    ):
        raise Refused("bad_request", _("申报合计应等于本金、利息、其他之和。"))
    parts = (
        claim.confirmed_principal_fen,
        claim.confirmed_interest_fen,
        claim.confirmed_other_fen,
    )
    if any(part is not None for part in parts) and claim.confirmed_fen != sum(
        part or 0 for part in parts
    ):
        raise Refused("bad_request", _("确认金额应等于确认的本金、利息、其他之和。"))
    message = wrong_amount(claim.filed_fen, claim.confirmed_fen, claim.conclusion)
    if message:
        raise Refused("bad_request", message)
    _check_unsecured_part(claim)


def _check_unsecured_part(claim: Claim) -> None:
    if not claim.unsecured_part_fen:
        return
    if claim.nature not in {Nature.SECURED, Nature.CONSTRUCTION}:
        raise Refused(
            "bad_request",
            _("只有有财产担保债权和建设工程价款优先受偿权才有担保物不足清偿部分，此处应为 0。"),
        )
    if not 0 < claim.unsecured_part_fen <= claim.filed_fen:
        raise Refused(
            "bad_request",
            _("担保物不足清偿部分超过申报金额，最多应为 %(filed)s。")
            % {"filed": yuan_grouped(claim.filed_fen)},
        )


def wrong_amount(filed: int, confirmed: int, conclusion: str) -> str:
    """Say what is wrong with a confirmed amount (fen) for this conclusion; empty if nothing is."""
    most = {"filed": yuan_grouped(filed)}
    if confirmed > filed:
        return _("审查确认金额超过申报金额，最多应为 %(filed)s。") % most
    if conclusion == Conclusion.CONFIRMED and confirmed != filed:
        return _("结论为“确认”，金额应等于申报金额 %(filed)s，否则结论应为“部分确认”。") % most
    if conclusion == Conclusion.PARTLY_CONFIRMED and not 0 < confirmed < filed:
        return _("结论为“部分确认”，金额应大于 0 且小于申报金额 %(filed)s。") % most
    if conclusion in {Conclusion.UNDETERMINED, Conclusion.REJECTED} and confirmed:
        return _("结论为“%(conclusion)s”，审查确认金额应为 0。") % {
            "conclusion": Conclusion(conclusion).label
        }
    return ""
