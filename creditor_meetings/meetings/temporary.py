"""Temporary amounts (临时确定债权额, EBL 59(2)): set by the judge, singly or for many at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Case, Role
from creditor_meetings.cases.money import yuan, yuan_grouped
from creditor_meetings.claims import news as claims_news
from creditor_meetings.claims.listing import claims_of
from creditor_meetings.claims.models import Claim, Conclusion
from creditor_meetings.meetings import record, verification_acts
from creditor_meetings.meetings.claims_bridge import meetings_of
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.meetings.publishing import News, publish_all

MOST_AT_ONCE = 1000


@dataclass(frozen=True)
class Wanted:
    """A claim and the amount (fen) with which it is to vote."""

    claim: int
    amount_fen: int


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
    wanted = [Wanted(claim_id, amount_fen)]
    set_temporary_amounts(meeting, wanted, viewer, reason=reason, address=address)


@transaction.atomic
def set_temporary_amounts(
    meeting: Meeting,
    wanted: Sequence[Wanted],
    viewer: Viewer,
    *,
    reason: str,
    address: str = "",
) -> int:
    """Set the amounts of many undetermined claims, all or none; return how many changed.

    What is wrong with one names that claim.
    """
    viewer.require(Role.JUDGE)
    if not reason.strip():
        raise Refused("bad_request", _("请写明临时确定债权额的理由。"))
    claims = _held(meeting, wanted)
    changed = [
        (claims[one.claim], one.amount_fen)
        for one in wanted
        if claims[one.claim].temporary_fen != one.amount_fen
    ]
    if not changed:
        return 0
    entries = [_set(claim, amount, viewer, reason, address) for claim, amount in changed]
    record.write_all(meeting, [("temporary_amount", one) for one in entries])
    creditors = sorted({claim.creditor_id for claim, _amount in changed})
    claims_news.changed(meeting.case_id, creditors)
    _tell(meeting.case_id, [claim for claim, _amount in changed])
    return len(changed)


def _held(meeting: Meeting, wanted: Sequence[Wanted]) -> dict[int, Claim]:
    """Return the claims by id, locked and each found to be right for its amount."""
    if not 1 <= len(wanted) <= MOST_AT_ONCE:
        raise Refused("bad_request", _("一次可以为 1 至 %(n)s 笔债权确定。") % {"n": MOST_AT_ONCE})
    ids = [one.claim for one in wanted]
    Case.objects.select_for_update().get(pk=meeting.case_id)
    found = {
        one.pk: one
        for one in claims_of(meeting.case_id)
        .select_for_update(of=("self",))
        .select_related("creditor")
        .filter(pk__in=ids)
        .order_by("pk")
    }
    seen: set[int] = set()
    for one in wanted:
        if one.claim not in found:
            raise Refused("bad_request", _("债权表中没有这笔债权。") + f"（{one.claim}）")
        _check(found[one.claim], one.amount_fen, again=one.claim in seen)
        seen.add(one.claim)
    return found


def _check(claim: Claim, amount_fen: int, *, again: bool) -> None:
    about = _("第 %(n)s 号 %(who)s：") % {"n": claim.position, "who": claim.creditor.name}
    if again:
        raise Refused("bad_request", about + _("同一笔债权出现了两次。"))
    if claim.conclusion != Conclusion.UNDETERMINED:
        raise Refused("bad_request", about + _("只有“暂缓确认”的债权才能临时确定债权额。"))
    if not 0 <= amount_fen <= claim.filed_fen:
        raise Refused(
            "bad_request",
            about
            + _("临时确定的债权额不能超过申报金额 %(filed)s 元。")
            % {"filed": yuan_grouped(claim.filed_fen)},
        )


def _set(
    claim: Claim, amount_fen: int, viewer: Viewer, reason: str, address: str
) -> dict[str, object]:
    before = "" if claim.temporary_fen is None else yuan(claim.temporary_fen)
    after = yuan(amount_fen)
    claim.temporary_fen = amount_fen
    claim.save(update_fields=["temporary_fen"])
    verification_acts.put_on_record(
        claim, "temporary_fen", before, after, viewer, reason=reason, address=address
    )
    return {
        **verification_acts.entry(claim, viewer, address),
        "amount": after,
        "before": before,
        "reason": reason,
    }


def _tell(case_id: int, claims: Sequence[Claim]) -> None:
    told = []
    for claim in claims:
        notice = {
            "kind": "temporary_amount",
            "claim": claim.pk,
            "amount": yuan(claim.temporary_fen or 0),
        }
        told.append(
            News(
                "temporary_amount_set", {}, audience=f"creditor:{claim.creditor_id}", notice=notice
            )
        )
        if len(claims) == 1:
            told.append(News("temporary_amount_set", {}, audience="staff", notice=notice))
    if len(claims) > 1:
        many = {"kind": "temporary_amounts", "count": len(claims)}
        told.append(News("temporary_amount_set", {}, audience="staff", notice=many))
    for meeting in meetings_of(case_id):
        publish_all(meeting, told)
