"""How long claims are verified (核查期间): in the meeting, and in the period after it.

The administrator or the judge announces an end, moves it, or ends verification now. Without
any of this it ends when the meeting is closed. The fifteen days to sue (JI-III 8) run from the
end: creditors are told, and reminded once more, and nobody is locked out.

Whoever changes the period holds the rows of all meetings of the case first, as closing a
meeting holds its own: so the two never wait for each other.
"""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Role
from creditor_meetings.claims import verification_clock
from creditor_meetings.claims.models import VerificationPeriod
from creditor_meetings.meetings import record, verbs
from creditor_meetings.meetings.models import AgendaKind, Meeting, MeetingState
from creditor_meetings.meetings.publishing import News, publish_all

log = logging.getLogger(__name__)

LONGEST = timedelta(days=366)
REASON_LENGTH = 500


def connect() -> None:
    """Let the close of a meeting end verification where nobody announced another end."""
    verbs.on_state_change(_follow_state)


# --- What is asked of it ---------------------------------------------------------------------


def end_in(meeting: Meeting, period: VerificationPeriod | None) -> datetime | None:
    """Return when verification ends as this meeting sees it; None while that is open.

    An end that somebody announced binds every meeting but those opened after it, in which
    verification goes on anew; without one the meeting's own close is the end.
    """
    end = verification_clock.end_of(period)
    if end is None or period is None or not is_announced(period):
        return meeting.closed_at
    if meeting.opened_at is not None and end < meeting.opened_at:
        return meeting.closed_at
    return end


def is_announced(period: VerificationPeriod) -> bool:
    """Whether a person set the end, rather than a meeting's close."""
    return period.set_by_id is not None and (
        period.ends_at is not None or period.ended_at is not None
    )


def is_over_in(meeting: Meeting) -> bool:
    """Whether verification has ended as this meeting sees it; never before it was opened."""
    found = Meeting.objects.get(pk=meeting.pk)
    end = end_in(found, verification_clock.period_of(found.case_id))
    if end is None:
        return found.state == MeetingState.CLOSED
    return found.opened_at is not None and end <= clock.now()


def require_convened(meeting: Meeting) -> None:
    """Raise `Refused` while the meeting is not convened."""
    state = Meeting.objects.values_list("state", flat=True).get(pk=meeting.pk)
    if state == MeetingState.DRAFT:
        raise Refused("not_allowed", _("会议尚未召集，还不能核查债权。"))


def require_time_for_it(meeting: Meeting) -> None:
    """Raise `Refused` before and after the time in which claims are confirmed."""
    require_convened(meeting)
    if is_over_in(meeting):
        raise Refused(
            "not_allowed",
            _(
                "核查已经结束，不再需要确认；对债权有异议的，仍可提出，并可在核查结束后十五日内起诉。"
            ),
        )


def describe(meeting: Meeting) -> dict[str, Any]:
    """Describe when verification ends, and until when one may sue; the same for everybody."""
    period = verification_clock.period_of(meeting.case_id)
    end = end_in(meeting, period)
    announced = period is not None and is_announced(period) and end is not None
    return {
        "ends_at": clock.rfc3339(end) if end is not None else None,
        "announced": announced,
        "reason": period.reason if period is not None and announced else "",
        "suit_until": (
            clock.rfc3339(verification_clock.deadline_after(end)) if end is not None else None
        ),
    }


# --- Setting it ------------------------------------------------------------------------------


@transaction.atomic
def set_verification_period(
    meeting: Meeting,
    ends_at: datetime | None,
    viewer: Viewer,
    *,
    reason: str = "",
    address: str = "",
) -> None:
    """Announce when verification ends (UTC), or move that; None: when the meeting is closed.

    Also after it ended: it then goes on. Moving an end that was announced needs a reason.
    """
    viewer.require(Role.ADMINISTRATOR, Role.JUDGE)
    meetings, period = _held(meeting)
    now = clock.now()
    if meetings[meeting.pk].state == MeetingState.DRAFT:
        raise Refused("bad_request", _("会议尚未召集，还不能确定核查期间。"))
    if ends_at is None and meetings[meeting.pk].state == MeetingState.CLOSED:
        raise Refused("bad_request", _("会议已闭会，请写明核查截止时间。"))
    if ends_at is not None and not now < ends_at <= now + LONGEST:
        raise Refused("bad_request", _("核查截止时间应在现在之后、一年以内。"))
    if is_announced(period) and not reason.strip():
        raise Refused("bad_request", _("变更核查截止时间，请写明理由。"))
    before = verification_clock.end_of(period)
    period.ends_at, period.ended_at = ends_at, None
    # The fifteen days run anew, and so do the words that remind of them.
    period.reminded_at = None
    _keep(period, viewer, reason)
    _write(meeting, "verification_period", viewer, address, before, ends_at, reason)
    _tell(list(meetings.values()), "verification_period")


@transaction.atomic
def end_verification(
    meeting: Meeting, viewer: Viewer, *, reason: str = "", address: str = ""
) -> None:
    """Declare that verification has ended, now."""
    viewer.require(Role.ADMINISTRATOR, Role.JUDGE)
    meetings, period = _held(meeting)
    if meetings[meeting.pk].opened_at is None:
        raise Refused("bad_request", _("会议还没有召开，核查没有开始。"))
    now = clock.now()
    before = end_in(meetings[meeting.pk], period)
    if before is not None and before <= now:
        raise Refused("bad_request", _("核查已经结束。"))
    period.ended_at = now
    _keep(period, viewer, reason)
    _write(meeting, "verification_ended", viewer, address, before, now, reason)
    _tell(list(meetings.values()), "verification_ended")


def _held(meeting: Meeting) -> tuple[dict[int, Meeting], VerificationPeriod]:
    """Hold all meetings of the case, then the ledger and the period."""
    meetings = hold_meetings(meeting.case_id)
    record.hold(meetings[meeting.pk])
    period, _new = VerificationPeriod.objects.select_for_update().get_or_create(
        case_id=meeting.case_id, defaults={"set_at": clock.now()}
    )
    return meetings, period


def hold_meetings(case_id: int) -> dict[int, Meeting]:
    """Hold the rows of all meetings of a case in one order; return them by id."""
    found = Meeting.objects.select_for_update(of=("self",), no_key=True).select_related("case")
    return {one.pk: one for one in found.filter(case=case_id).order_by("pk")}


def _keep(period: VerificationPeriod, viewer: Viewer, reason: str) -> None:
    period.reason, period.set_by, period.set_at = reason[:REASON_LENGTH], viewer.person, clock.now()
    period.save()


def _write(
    meeting: Meeting,
    kind: str,
    viewer: Viewer,
    address: str,
    before: datetime | None,
    after: datetime | None,
    reason: str,
) -> None:
    record.write(
        meeting,
        kind,
        {
            "before": clock.rfc3339(before) if before is not None else None,
            "ends_at": clock.rfc3339(after) if after is not None else None,
            "reason": reason,
            "by": viewer.person.pk,
            "by_name": str(viewer.person),
            "address": address,
        },
    )


def _tell(meetings: list[Meeting], kind: str) -> None:
    for one in meetings:
        told = describe(one)
        notice = {"kind": kind, "ends_at": told["ends_at"], "suit_until": told["suit_until"]}
        publish_all(one, [News(kind, {"verification_period": told}, notice=notice)])


# --- What ends it by itself ------------------------------------------------------------------


def _follow_state(meeting: Meeting) -> None:
    """Note that the close of a meeting ended verification, and say how it stands.

    Told is this meeting alone: what a close ends is its own (`end_in`).
    """
    if meeting.state == MeetingState.CLOSED:
        _end_with(meeting)
    if meeting.state in (MeetingState.OPEN, MeetingState.CLOSED):
        told = {"verification_period": describe(meeting)}
        publish_all(meeting, [News("verification_period", told)])


def _end_with(meeting: Meeting) -> None:
    period = verification_clock.period_of(meeting.case_id)
    end = verification_clock.end_of(period)
    assert meeting.closed_at is not None
    if end is not None:
        # A later meeting that verified what was filed late ends what it began; another does not.
        verified = meeting.items.filter(kind=AgendaKind.VERIFICATION).exists()
        if not verified or meeting.opened_at is None or end >= meeting.opened_at:
            return
    VerificationPeriod.objects.update_or_create(
        case_id=meeting.case_id,
        defaults={
            "ends_at": None,
            "ended_at": meeting.closed_at,
            "set_by": None,
            "set_at": clock.now(),
            "reason": "",
            "reminded_at": None,
        },
    )
