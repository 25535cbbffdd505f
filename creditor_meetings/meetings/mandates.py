"""What people do with powers of attorney (授权委托书): hand in, accept, refuse, revoke.

Each verb checks, changes, writes to the record of every meeting concerned, and tells.
"""

from collections.abc import Collection
from datetime import datetime

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.files import scans
from creditor_meetings.cases.models import Case, CaseRole, Creditor, Role
from creditor_meetings.meetings import mandates_state, record
from creditor_meetings.meetings.mandate_votes import votes
from creditor_meetings.meetings.models import Mandate, MandateState, Meeting, MeetingState
from creditor_meetings.meetings.powers import Power
from creditor_meetings.meetings.publishing import publish_all

ROOM = "mandates"
"""The folder below DATA_DIR in which the scans lie."""
REASON_LENGTH = 500
POWERS = [power for power in Power if power != Power.OTHER]


def submit_mandate(
    case: Case,
    upload: File,
    viewer: Viewer,
    *,
    creditor_id: int,
    person_id: int,
    powers: Collection[int] = (),
    meeting_id: int | None = None,
    valid_until: datetime | None = None,
) -> Mandate:
    """Hand in a creditor's power of attorney for one of its proxies, with the scan.

    `powers` are numbers of EBL 61(1), none for all matters; `valid_until` is UTC. By the
    proxy, by the creditor itself, or by the administrator for who brought it on paper.
    """
    creditor = _creditor(case, creditor_id)
    _require_may_submit(viewer, creditor, person_id)
    _require_proxy(creditor, person_id)
    meeting = _meeting(case, meeting_id)
    chosen = _powers(powers)
    if valid_until is not None and valid_until <= clock.now():
        raise Refused("bad_request", _("有效期应在今天或以后。"))
    # Opening the file may take seconds, and no lock is held meanwhile.
    scan = scans.take(ROOM, upload)
    with transaction.atomic():
        # The creditor's row stands for the question whether one is waiting already.
        Creditor.objects.select_for_update(no_key=True).get(pk=creditor.pk)
        _require_none_waiting(creditor, person_id, meeting)
        made = Mandate.objects.create(
            case=case,
            creditor=creditor,
            person_id=person_id,
            meeting=meeting,
            powers=chosen,
            valid_until=valid_until,
            name=scan.name,
            content_type=scan.content_type,
            size=scan.size,
            sha256=scan.sha256,
            submitted_by=viewer.person,
            submitted_at=clock.now(),
        )
        _tell(made, "mandate_submitted")
    return made


def _creditor(case: Case, creditor_id: int) -> Creditor:
    creditor = Creditor.objects.filter(case=case, pk=creditor_id).first()
    if creditor is None:
        raise Refused("bad_request", _("该债权人不属于本案，不能为其提交授权委托书。"))
    return creditor


def _require_may_submit(viewer: Viewer, creditor: Creditor, person_id: int) -> None:
    if viewer.is_administrator:
        return
    role = viewer.acts_for.get(creditor.pk)
    if role == Role.CREDITOR or (role == Role.PROXY and person_id == viewer.person.pk):
        return
    raise Refused("not_allowed", _("授权委托书由债权人本人、其代理人或者管理人提交。"))


def _require_proxy(creditor: Creditor, person_id: int) -> None:
    """Refuse a proxy for a stranger: only whom the creditor's invitation let in may be one."""
    held = CaseRole.objects.filter(
        creditor=creditor, person=person_id, role=Role.PROXY, active=True, person__is_active=True
    )
    if not held.exists():
        raise Refused(
            "bad_request",
            _("该人员不是债权人“%(creditor)s”登记的代理人；请先由管理人为其发送代理人邀请。")
            % {"creditor": creditor.name},
        )


def _meeting(case: Case, meeting_id: int | None) -> Meeting | None:
    if meeting_id is None:
        return None
    meeting = Meeting.objects.filter(case=case, pk=meeting_id).first()
    if meeting is None:
        raise Refused("bad_request", _("本案没有这次会议。"))
    return meeting


def _powers(powers: Collection[int]) -> list[int]:
    known = {power.value for power in POWERS}
    for power in powers:
        if power not in known:
            raise Refused(
                "bad_request",
                _("授权事项“%(power)s”不正确：应为企业破产法第六十一条第一款的 1 至 11 项。")
                % {"power": power},
            )
    return sorted(set(powers))


def _require_none_waiting(creditor: Creditor, person_id: int, meeting: Meeting | None) -> None:
    waiting = Mandate.objects.filter(
        creditor=creditor, person=person_id, meeting=meeting, state=MandateState.SUBMITTED
    )
    if waiting.exists():
        raise Refused(
            "bad_request", _("同一代理人已有一份授权委托书待审核；如需更换，请先撤销那一份。")
        )


@transaction.atomic
def accept_mandate(case: Case, mandate_id: int, viewer: Viewer) -> Mandate:
    """Accept a power of attorney as administrator: from now on the proxy votes under it."""
    viewer.require(Role.ADMINISTRATOR)
    found = _waiting(case, mandate_id)
    _require_proxy(found.creditor, found.person_id)
    if found.valid_until is not None and found.valid_until <= clock.now():
        raise Refused("bad_request", _("这份授权委托书已过有效期，不能认可。"))
    return _decide(found, MandateState.ACCEPTED, viewer, "")


@transaction.atomic
def refuse_mandate(case: Case, mandate_id: int, viewer: Viewer, reason: str) -> Mandate:
    """Refuse a power of attorney as administrator, with the reason."""
    viewer.require(Role.ADMINISTRATOR)
    found = _waiting(case, mandate_id)
    if not reason:
        raise Refused("bad_request", _("不予认可时请写明理由。"))
    return _decide(found, MandateState.REFUSED, viewer, reason)


def _locked(case: Case, mandate_id: int) -> Mandate:
    found = (
        Mandate.objects.select_for_update(of=("self",), no_key=True)
        .select_related("creditor", "person", "submitted_by", "decided_by", "revoked_by")
        .filter(case=case, pk=mandate_id)
        .first()
    )
    if found is None:
        raise Refused("bad_request", _("本案没有这份授权委托书。"))
    return found


def _waiting(case: Case, mandate_id: int) -> Mandate:
    found = _locked(case, mandate_id)
    if found.state != MandateState.SUBMITTED:
        raise Refused(
            "bad_request",
            _("这份授权委托书%(state)s，不能再审核。") % {"state": found.get_state_display()},
        )
    return found


def _decide(found: Mandate, state: str, viewer: Viewer, reason: str) -> Mandate:
    found.state, found.reason = state, reason[:REASON_LENGTH]
    found.decided_by, found.decided_at = viewer.person, clock.now()
    found.save(update_fields=["state", "reason", "decided_by", "decided_at"])
    _tell(found, f"mandate_{state}")
    return found


@transaction.atomic
def revoke_mandate(case: Case, mandate_id: int, viewer: Viewer, reason: str = "") -> Mandate:
    """Revoke a power of attorney: by the creditor itself, or the administrator with a reason.

    What a proxy voted while it had authority binds the creditor (Civil Code 162), so ballots
    stand. While such a ballot counts in a poll that goes on, taking the authority away would
    leave it open whose will counts: the creditor says so itself by voting in person, and then
    may revoke. Afterwards revoking ends the authority for what is still to come.
    """
    found = _locked(case, mandate_id)
    _require_may_revoke(found, viewer, reason)
    if found.state not in (MandateState.SUBMITTED, MandateState.ACCEPTED):
        raise Refused(
            "bad_request",
            _("这份授权委托书%(state)s，不需要撤销。") % {"state": found.get_state_display()},
        )
    counted = votes().running(found.pk)
    if counted:
        raise Refused(
            "not_allowed",
            _(
                "代理人已依这份授权委托书在“%(polls)s”中投票，表决尚未截止，暂不能撤销；"
                "债权人可以本人投票取代该票，之后即可撤销。"
            )
            % {"polls": "”、“".join(counted)},
        )
    found.state, found.reason = MandateState.REVOKED, reason[:REASON_LENGTH]
    found.revoked_by, found.revoked_at = viewer.person, clock.now()
    found.save(update_fields=["state", "reason", "revoked_by", "revoked_at"])
    _tell(found, "mandate_revoked")
    return found


def _require_may_revoke(found: Mandate, viewer: Viewer, reason: str) -> None:
    if viewer.acts_for.get(found.creditor_id) == Role.CREDITOR:
        return
    if viewer.is_administrator:
        if not reason:
            raise Refused("bad_request", _("管理人撤销授权委托书时请写明理由。"))
        return
    # Who handed in the wrong paper may take it back as long as nobody has looked at it.
    waiting = found.state == MandateState.SUBMITTED
    if waiting and found.submitted_by_id == viewer.person.pk:
        return
    raise Refused("not_allowed", _("授权委托书只能由债权人本人或者管理人撤销。"))


def _tell(one: Mandate, kind: str) -> None:
    """Write to the ledgers, then tell the rooms: both in the order of meetings."""
    rooms = list(_rooms(one))
    recorded = _on_record(rooms)
    for meeting in rooms:
        if meeting.pk in recorded:
            record.write(meeting, kind, mandates_state.body(one))
    for meeting in rooms:
        publish_all(meeting, mandates_state.news(meeting, one))


def _rooms(one: Mandate) -> Collection[Meeting]:
    found = Meeting.objects.filter(case=one.case_id).select_related("case").order_by("pk")
    return found if one.meeting_id is None else found.filter(pk=one.meeting_id)


def _on_record(rooms: Collection[Meeting]) -> set[int]:
    """The meetings whose record a change belongs to: from convening until nobody votes.

    What stands before is written at the convening (`write_standing`); after the close a mandate
    changes nothing there, unless a poll still goes on.
    """
    closed = [one.pk for one in rooms if one.state == MeetingState.CLOSED]
    silent = (MeetingState.DRAFT, MeetingState.CLOSED)
    going = {one.pk for one in rooms if one.state not in silent}
    return going | (votes().meetings_with_polls(closed) if closed else set())


def write_standing(meeting: Meeting) -> None:
    """Write the mandates that stand or wait when a meeting is convened to its record."""
    standing = mandates_state.of_meeting(meeting).filter(
        state__in=(MandateState.SUBMITTED, MandateState.ACCEPTED)
    )
    record.write_all(
        meeting,
        [
            (f"mandate_{one.state}", mandates_state.body(one))
            for one in standing.select_related("submitted_by", "decided_by")
        ],
    )
