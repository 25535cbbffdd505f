"""What the administrator's review of a filing comes to: back to its author, or into the table."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.contacts import normal_name
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Case, Creditor, Person, Role
from creditor_meetings.cases.money import yuan_grouped
from creditor_meetings.cases.people import add_role
from creditor_meetings.claims import news, review
from creditor_meetings.claims.filing import desk, identity, notices, record
from creditor_meetings.claims.importing.present import INVESTORS_FROM
from creditor_meetings.claims.models import (
    Claim,
    ClaimChange,
    Conclusion,
    Filing,
    FilingState,
    Nature,
)

PRIOR = frozenset({Nature.SECURED, Nature.CONSTRUCTION})


@dataclass(frozen=True)
class Decision:
    """What a reviewer decided; amounts in fen.

    `let_in`: the author takes part in the case for this creditor from now on. `same_creditor`:
    though the table has another name under this identity number, it is the same. `why` is asked
    for where an earlier decision is changed.
    """

    nature: str
    conclusion: str
    principal: int
    interest: int
    other: int
    collateral: str = ""
    unsecured_part: int = 0
    reason: str = ""
    let_in: bool = False
    same_creditor: bool = False
    why: str = ""

    @property
    def confirmed(self) -> int:
        """What is confirmed in all."""
        return self.principal + self.interest + self.other


def creditor_of(filing: Filing) -> Creditor | None:
    """Return the creditor of the table whose identity number the filing has: one head (EBL 64)."""
    number = identity.kept(filing.identity_number)
    if not number:
        return None
    return Creditor.objects.filter(case=filing.case_id, identity_number=number).first()


def alike(filing: Filing) -> QuerySet[Filing]:
    """Return other filings of the case under the same identity number, as a warning."""
    number = identity.kept(filing.identity_number)
    others = Filing.objects.filter(case=filing.case_id, number__isnull=False)
    others = others.exclude(pk=filing.pk).exclude(state=FilingState.WITHDRAWN)
    return others.filter(identity_number=number) if number else others.none()


@transaction.atomic
def return_for_supplement(
    filing: Filing, viewer: Viewer, *, reason: str, version: int, address: str = ""
) -> Filing:
    """Give a filing back to its author, who supplies what is missing and submits again."""
    found = _to_act_on(filing, viewer, version, (FilingState.SUBMITTED,))
    if not reason.strip():
        raise Refused("bad_request", _("请写明需要补正什么。"))
    record.note(
        found,
        record.STATE,
        found.state,
        FilingState.RETURNED,
        viewer.person,
        reason=reason,
        address=address,
    )
    found.state, found.reason = FilingState.RETURNED, reason.strip()[:1000]
    _put_down(found)
    notices.returned(found)
    return found


@transaction.atomic
def decide(
    filing: Filing,
    decision: Decision,
    viewer: Viewer,
    *,
    version: int,
    claim_version: int | None = None,
    address: str = "",
) -> Filing:
    """Decide a filing: it becomes an entry of the claims table, or its entry is adjusted.

    `version` and `claim_version` are what the reviewer saw. Raises `Refused`.
    """
    Case.objects.select_for_update().get(pk=filing.case_id)
    found = _to_act_on(filing, viewer, version, (FilingState.SUBMITTED, FilingState.DECIDED))
    check(found, decision)
    if found.claim is None:
        found.claim = _enter(found, decision, viewer, address)
    else:
        _adjust(found.claim, decision, viewer, claim_version, address)
    found.creditor = found.claim.creditor
    if decision.let_in:
        add_role(found.case, Person.objects.get(pk=found.person_id), Role.CREDITOR, found.creditor)
    _write(found, decision, viewer, address)
    notices.decided(found)
    return found


def _to_act_on(
    filing: Filing, viewer: Viewer, version: int, states: tuple[FilingState, ...]
) -> Filing:
    viewer.require(Role.ADMINISTRATOR)
    found = (
        Filing.objects.select_for_update(of=("self",))
        .select_related("case", "claim__creditor", "taken_by")
        .get(pk=filing.pk)
    )
    desk.require_mine_or_free(found, viewer)
    if found.state not in states or found.version != version:
        raise Refused("bad_request", _("这份申报刚有变化，请查看最新内容后再处理。"))
    return found


def check(filing: Filing, decision: Decision) -> None:
    """Raise `Refused` unless amounts, conclusion and reason agree with each other."""
    for confirmed, filed, name in (
        (decision.principal, filing.principal_fen, _("本金")),
        (decision.interest, filing.interest_fen, _("利息")),
        (decision.other, filing.other_fen, _("其他")),
    ):
        if confirmed > filed:
            raise Refused(
                "bad_request",
                _("确认的%(part)s超过申报的%(part)s，最多应为 %(filed)s。")
                % {"part": name, "filed": yuan_grouped(filed)},
            )
    wrong = review.wrong_amount(filing.filed_fen, decision.confirmed, decision.conclusion)
    if wrong:
        raise Refused("bad_request", wrong)
    if decision.conclusion != Conclusion.CONFIRMED and not decision.reason.strip():
        raise Refused("bad_request", _("结论不是“确认”时，请写明理由。"))
    if filing.claim_id is not None and not decision.why.strip():
        raise Refused("bad_request", _("请写明修改的理由。"))
    _check_creditor(filing, decision)


def _check_creditor(filing: Filing, decision: Decision) -> None:
    if filing.claim_id is not None:
        return
    known = creditor_of(filing)
    if known is None or decision.same_creditor:
        return
    if normal_name(known.name) != normal_name(filing.creditor_name):
        raise Refused(
            "bad_request",
            _(
                "债权表中该证件号码属于“%(known)s”，与申报的名称“%(filed)s”不同；"
                "请核实，确为同一债权人的，请勾选后再保存。"
            )
            % {"known": known.name, "filed": filing.creditor_name},
        )


def _enter(filing: Filing, decision: Decision, viewer: Viewer, address: str) -> Claim:
    creditor = creditor_of(filing) or _new_creditor(filing)
    claims = Claim.objects.filter(case=filing.case_id, position__lte=INVESTORS_FROM)
    last = claims.aggregate(last=Max("position"))["last"] or 0
    claim = Claim(
        case=filing.case,
        creditor=creditor,
        position=last + 1,
        principal_fen=filing.principal_fen,
        interest_fen=filing.interest_fen,
        other_fen=filing.other_fen,
        filed_fen=filing.filed_fen,
        late=filing.late,
        **_reviewed(decision),
    )
    review.check_claim(claim)
    claim.save()
    ClaimChange.objects.create(
        claim=claim,
        field="filing",
        after=filing.number or "",
        reason=decision.reason.strip()[:1000] or _("在线申报经审查列入债权表"),
        by=viewer.person,
        at=clock.now(),
        address=address,
    )
    news.changed(filing.case_id, [creditor.pk])
    return claim


def _reviewed(decision: Decision) -> dict[str, object]:
    return {
        "nature": decision.nature,
        "collateral": decision.collateral,
        "conclusion": decision.conclusion,
        "reason": decision.reason.strip(),
        "confirmed_fen": decision.confirmed,
        "confirmed_principal_fen": decision.principal,
        "confirmed_interest_fen": decision.interest,
        "confirmed_other_fen": decision.other,
        "unsecured_part_fen": decision.unsecured_part if decision.nature in PRIOR else 0,
    }


def _new_creditor(filing: Filing) -> Creditor:
    held = Creditor.objects.filter(case=filing.case_id, position__lte=INVESTORS_FROM)
    return Creditor.objects.create(
        case=filing.case,
        position=(held.aggregate(last=Max("position"))["last"] or 0) + 1,
        name=filing.creditor_name,
        identity_number=identity.kept(filing.identity_number),
        contact_name=filing.contact_name,
        phone=filing.phone,
        email=filing.email,
    )


def _adjust(
    claim: Claim, decision: Decision, viewer: Viewer, version: int | None, address: str
) -> None:
    # What was filed may have been put right on the entry since; the decision is on what it has.
    review.adjust_claim(
        claim, _reviewed(decision), viewer, reason=decision.why, address=address, version=version
    )


def _write(filing: Filing, decision: Decision, viewer: Viewer, address: str) -> None:
    values = {
        "confirmed_principal_fen": decision.principal,
        "confirmed_interest_fen": decision.interest,
        "confirmed_other_fen": decision.other,
        "conclusion": decision.conclusion,
        "reason": decision.reason.strip()[:1000],
        "state": FilingState.DECIDED,
    }
    for name, value in values.items():
        if getattr(filing, name) != value:
            before = getattr(filing, name)
            record.note(
                filing, name, before, value, viewer.person, reason=decision.why, address=address
            )
            setattr(filing, name, value)
    filing.decided_by, filing.decided_at = viewer.person, clock.now()
    _put_down(filing)


def _put_down(filing: Filing) -> None:
    filing.taken_by = filing.taken_until = None
    filing.version += 1
    filing.save()
