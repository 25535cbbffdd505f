"""Waivers of priority (放弃优先受偿权, EBL 59(3)): signed by the creditor, then decided.

An accepted one makes the claim vote and be paid as an ordinary one, from the next voting
register on: registers that are frozen, and results, stay as they are.
"""

import unicodedata

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.files import scans
from creditor_meetings.cases.models import Case, Role
from creditor_meetings.claims import review
from creditor_meetings.claims.models import Claim, PriorityWaiver, WaiverState
from creditor_meetings.meetings import record, verification_acts, waivers_state
from creditor_meetings.meetings.models import Mandate, MandateState, Meeting, MeetingState
from creditor_meetings.meetings.publishing import News

ROOM = "waivers"
"""The folder below DATA_DIR in which the scans lie."""
REASON_LENGTH = 500


@transaction.atomic
def waive_priority(
    meeting: Meeting,
    claim_id: int,
    viewer: Viewer,
    *,
    statement: str,
    signed_name: str,
    address: str = "",
) -> PriorityWaiver:
    """Sign the statement that gives up a claim's priority, as its creditor or with its power.

    `statement` is what the person read: another one than the claim's of now is refused, since
    nobody signs what changed meanwhile.
    """
    claim = verification_acts.held_claim(meeting, claim_id, viewer)
    viewer.require_creditor(claim.creditor_id)
    _require_power(claim, viewer)
    if meeting.state == MeetingState.DRAFT:
        raise Refused("not_allowed", _("会议尚未召集，还不能提交声明。"))
    if not waivers_state.can_be_waived(claim):
        raise Refused("bad_request", _("这笔债权没有可以放弃的优先受偿权，或者已经放弃。"))
    if PriorityWaiver.objects.filter(claim=claim, state=WaiverState.SUBMITTED).exists():
        raise Refused("bad_request", _("您已提交声明，正在等待管理人审核。"))
    if statement != waivers_state.statement_for(claim):
        raise Refused("bad_request", _("债权内容刚有变更，请重新阅读声明后再签名。"))
    _require_signature(claim, viewer, signed_name)
    made = PriorityWaiver.objects.create(
        claim=claim,
        statement=statement,
        signed_name=signed_name,
        person=viewer.person,
        at=clock.now(),
        address=address,
    )
    _write(meeting, "waiver_submitted", made, viewer, address, statement=statement)
    _tell(made, "waiver_submitted")
    return made


def _require_power(claim: Claim, viewer: Viewer) -> None:
    """Refuse a proxy whose accepted power of attorney does not cover all matters.

    Giving up priority is no vote, hence a power for single matters of EBL 61(1) is none for it.
    """
    if viewer.acts_for[claim.creditor_id] == Role.CREDITOR:
        return
    now = clock.now()
    held = Mandate.objects.filter(
        creditor=claim.creditor_id, person=viewer.person, state=MandateState.ACCEPTED
    )
    if not any(
        not one.powers and (one.valid_until is None or one.valid_until > now) for one in held
    ):
        raise Refused(
            "not_allowed",
            _(
                "代理人放弃优先受偿权，须有管理人已认可的、不限事项的授权委托书；也可以由债权人本人提交。"
            ),
        )


def _require_signature(claim: Claim, viewer: Viewer, signed_name: str) -> None:
    names = {_plain(claim.creditor.name), _plain(str(viewer.person))}
    if _plain(signed_name) not in names:
        raise Refused(
            "bad_request",
            _("签名应为您的姓名“%(person)s”，或者债权人名称“%(creditor)s”。")
            % {"person": str(viewer.person), "creditor": claim.creditor.name},
        )


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()


@transaction.atomic
def accept_waiver(
    meeting: Meeting, waiver_id: int, viewer: Viewer, *, reason: str = "", address: str = ""
) -> None:
    """Accept a waiver as administrator: the claim's priority is waived from now on."""
    viewer.require(Role.ADMINISTRATOR)
    found = _waiting(meeting.case_id, waiver_id)
    if not waivers_state.can_be_waived(found.claim):
        raise Refused("bad_request", _("这笔债权没有可以放弃的优先受偿权，或者已经放弃。"))
    # Adjusting tells rooms: the ledger is held before the counters of events.
    record.hold(meeting)
    _decide(found, WaiverState.ACCEPTED, viewer, reason)
    why = reason or _("债权人书面声明放弃优先受偿权")
    review.adjust_claim(found.claim, {"priority_waived": True}, viewer, reason=why, address=address)
    _write(meeting, "waiver_accepted", found, viewer, address, reason=reason)
    _tell(found, "waiver_accepted")


@transaction.atomic
def refuse_waiver(
    meeting: Meeting, waiver_id: int, viewer: Viewer, *, reason: str, address: str = ""
) -> None:
    """Refuse a waiver as administrator, with the reason; the creditor may sign another."""
    viewer.require(Role.ADMINISTRATOR)
    found = _waiting(meeting.case_id, waiver_id)
    _decide(found, WaiverState.REFUSED, viewer, reason)
    _write(meeting, "waiver_refused", found, viewer, address, reason=reason)
    _tell(found, "waiver_refused")


@transaction.atomic
def withdraw_waiver(meeting: Meeting, waiver_id: int, viewer: Viewer, *, address: str = "") -> None:
    """Take back a waiver that nobody has decided yet, as the creditor that it is of."""
    Case.objects.select_for_update().get(pk=meeting.case_id)
    found = _of_case(meeting.case_id, waiver_id)
    if found is None or found.claim.creditor_id not in viewer.acts_for:
        raise Refused("not_allowed", _("没有这份声明，或者它不是您提交的。"))
    if found.state != WaiverState.SUBMITTED:
        raise Refused(
            "bad_request", _("这份声明%(state)s，不能撤回。") % {"state": found.get_state_display()}
        )
    _decide(found, WaiverState.WITHDRAWN, viewer, "")
    _write(meeting, "waiver_withdrawn", found, viewer, address)
    _tell(found, "waiver_withdrawn")


def attach_scan(
    case_id: int, waiver_id: int, upload: File, viewer: Viewer, *, address: str = ""
) -> PriorityWaiver:
    """Add the scan of the paper that was signed by hand, while the waiver waits.

    Raises `content.BadFile`, `Refused`, and `NotFound` for whoever does not act for the creditor.
    """
    seen = accessible(case_id, waiver_id, viewer)
    viewer.require_creditor(seen.claim.creditor_id)
    # Opening the file may take seconds, and no lock is held meanwhile.
    scan = scans.take(ROOM, upload)
    with transaction.atomic():
        found = _waiting(case_id, waiver_id)
        meeting = verification_acts.meeting_on_record(case_id)
        found.name, found.content_type = scan.name, scan.content_type
        found.size, found.sha256 = scan.size, scan.sha256
        found.save(update_fields=["name", "content_type", "size", "sha256"])
        if meeting is not None:
            _write(meeting, "waiver_scan", found, viewer, address, sha256=scan.sha256)
        _tell(found, "waiver_submitted")
    return found


def accessible(case_id: int, waiver_id: int, viewer: Viewer) -> PriorityWaiver:
    """Give a waiver to the team, the court and its creditor's people. Raises `NotFound`."""
    found = _of_case(case_id, waiver_id)
    if found is None or not (viewer.is_staff or found.claim.creditor_id in viewer.acts_for):
        raise NotFound
    return found


def _of_case(case_id: int, waiver_id: int) -> PriorityWaiver | None:
    found = waivers_state.related(PriorityWaiver.objects.filter(claim__case=case_id))
    return found.filter(pk=waiver_id).first()


def _waiting(case_id: int, waiver_id: int) -> PriorityWaiver:
    Case.objects.select_for_update().get(pk=case_id)
    found = _of_case(case_id, waiver_id)
    if found is None:
        raise Refused("bad_request", _("本案没有这份声明。"))
    if found.state != WaiverState.SUBMITTED:
        raise Refused(
            "bad_request",
            _("这份声明%(state)s，不能再审核。") % {"state": found.get_state_display()},
        )
    return found


def _decide(found: PriorityWaiver, state: str, viewer: Viewer, reason: str) -> None:
    found.state, found.reason = state, reason[:REASON_LENGTH]
    found.decided_by, found.decided_at = viewer.person, clock.now()
    found.save(update_fields=["state", "reason", "decided_by", "decided_at"])


def _write(
    meeting: Meeting,
    kind: str,
    one: PriorityWaiver,
    viewer: Viewer,
    address: str,
    **said: object,
) -> None:
    entry = verification_acts.entry(one.claim, viewer, address)
    body = {**entry, "waiver": one.pk, "signed_name": one.signed_name, **said}
    record.write(meeting, kind, body)


def _tell(one: PriorityWaiver, kind: str) -> None:
    """Tell the team and the court of the waiver; its creditor learns it with its claims."""
    notice = {"kind": kind, "waiver": one.pk, "claim": one.claim_id, "number": one.claim.position}
    told = {f"waivers/{one.pk}": waivers_state.waiver(one)}
    verification_acts.tell(
        one.claim.case_id,
        [one.claim.creditor_id],
        [
            News("waiver", told, audience="staff", notice=notice),
            News("waiver", {}, audience=f"creditor:{one.claim.creditor_id}", notice=notice),
        ],
    )
