"""What time brings to verification: its announced end, and the reminders of the fifteen days.

Creditors whose objections stand are told when verification ended, and once more three days
before the fifteen days (JI-III 8) run out. Doing it in several processes at once is doing it
once; a server that was away tells as long as the days run, and nothing afterwards.
"""

import logging
from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from creditor_meetings.cases import clock
from creditor_meetings.claims import verification_clock
from creditor_meetings.claims.models import VerificationPeriod
from creditor_meetings.claims.standing import standing_objections
from creditor_meetings.meetings import (
    notice_texts,
    notices,
    record,
    verification_acts,
    verification_period,
)
from creditor_meetings.meetings.models import Meeting, MeetingState, NoticeKind
from creditor_meetings.meetings.publishing import News, publish_all

log = logging.getLogger(__name__)

AHEAD = timedelta(days=3)
"""How long before the last day for a suit creditors are reminded of it."""
MORNING = time(9)
"""When: nobody is woken by it."""
_RECENT = timedelta(days=verification_clock.SUIT_DAYS + 2)


def due(meeting_id: int) -> float | None:
    """Do what is due in the meeting's case; return the seconds until something is next."""
    case_id = Meeting.objects.values_list("case", flat=True).filter(pk=meeting_id).first()
    return None if case_id is None else due_in_case(case_id)


def look_at_all() -> None:
    """Do what is due in every case, whether or not anybody has a room open."""
    recent = Q(ended_at__gte=clock.now() - _RECENT)
    announced = Q(ended_at__isnull=True, ends_at__isnull=False)
    for case_id in VerificationPeriod.objects.filter(recent | announced).values_list(
        "case", flat=True
    ):
        try:
            due_in_case(case_id)
        except Exception:
            log.exception("verification in case %s was not looked at; trying again", case_id)


def due_in_case(case_id: int) -> float | None:
    """Carry out an announced end and send reminders; return the seconds until the next."""
    period = verification_clock.period_of(case_id)
    end = verification_clock.end_of(period)
    if period is None or end is None:
        return None
    now = clock.now()
    if now < end:
        return (end - now).total_seconds()
    if _is_due(period, now):
        with transaction.atomic():
            _carry_out(case_id, now)
    soon = second_at(end)
    return (soon - now).total_seconds() if now < soon else None


def second_at(end: datetime) -> datetime:
    """Return when creditors are reminded again, of a verification that ended at `end`."""
    day = verification_clock.last_day(end) - AHEAD
    return datetime.combine(day, MORNING, tzinfo=timezone.get_default_timezone())


def _is_due(period: VerificationPeriod, now: datetime) -> bool:
    return period.ended_at is None or _reminder_is_due(period, now)


def _reminder_is_due(period: VerificationPeriod, now: datetime) -> bool:
    end = verification_clock.end_of(period)
    if end is None or not end <= now <= verification_clock.deadline_after(end):
        return False
    soon = second_at(end)
    return period.reminded_at is None or period.reminded_at < soon <= now


def _carry_out(case_id: int, now: datetime) -> None:
    meetings = verification_period.hold_meetings(case_id)
    # Only now under the lock: another process may have done it, or somebody moved the end.
    period = VerificationPeriod.objects.select_for_update().filter(case=case_id).first()
    end = verification_clock.end_of(period)
    if period is None or end is None or now < end or not _is_due(period, now):
        return
    meeting = verification_acts.meeting_on_record(case_id)
    if meeting is None:
        return
    meeting = meetings[meeting.pk]
    reminds = _reminder_is_due(period, now)
    if period.ended_at is None:
        _end(period, meeting, meetings)
    if reminds:
        first = period.reminded_at is None
        period.reminded_at = now
        period.save(update_fields=["reminded_at"])
        remind(meeting, end, first=first)


def _end(period: VerificationPeriod, meeting: Meeting, meetings: dict[int, Meeting]) -> None:
    # However late it is carried out: the announced moment was the end.
    period.ended_at = period.ends_at
    period.save(update_fields=["ended_at"])
    assert period.ended_at is not None
    at = clock.rfc3339(period.ended_at)
    record.write(
        meeting,
        "verification_ended",
        {
            "before": at,
            "ends_at": at,
            "reason": "",
            "by": None,
            "by_name": "",
            "address": "",
        },
    )
    for one in meetings.values():
        told = verification_period.describe(one)
        notice = {
            "kind": "verification_ended",
            "ends_at": told["ends_at"],
            "suit_until": told["suit_until"],
        }
        told_news = News("verification_ended", {"verification_period": told}, notice=notice)
        publish_all(one, [told_news])


def remind(meeting: Meeting, end: datetime, *, first: bool) -> int:
    """Send creditors with standing objections the reminder to sue in time; return how many."""
    found = standing_objections(meeting.case_id).filter(creditor__isnull=False)
    creditors = sorted(set(found.values_list("creditor", flat=True)))
    if not creditors or meeting.state == MeetingState.DRAFT:
        return 0
    subject = "债权核查已经结束，仍有异议的请按期起诉" if first else "债权异议的起诉期限即将届满"
    text = _text(meeting, end, first=first)
    notices.send(meeting, NoticeKind.VERIFICATION, creditors, subject, text, by=None)
    return len(creditors)


def _text(meeting: Meeting, end: datetime, *, first: bool) -> str:
    until = notice_texts.day(verification_clock.deadline_after(end))
    begins = (
        f"{meeting.case.debtor}一案（案号：{meeting.case.number}）的债权核查已于"
        f"{notice_texts.local(end)}结束。您（或者您所代理的债权人）提出的债权异议仍未解决。"
    )
    if not first:
        begins += f"起诉期限将于{until}届满。"
    return "\n\n".join(
        [
            begins,
            (
                "对管理人的解释或者调整仍然不服的，应当在核查结束后十五日内，即"
                f"{until}（含当日）以前，向人民法院提起债权确认的诉讼"
                "（最高人民法院关于适用企业破产法若干问题的规定（三）第八条）。"
                "最后一日是法定休假日的，以休假日结束的次日为最后一日。"
            ),
            (
                "起诉后，请在网络会议室“债权”中写明诉讼案号；已经同意管理人意见的，请撤回异议："
                f"{notice_texts.place_of(meeting)}"
            ),
            "本通知是提醒，不影响您依法享有的权利。",
            notice_texts.signature(meeting),
        ]
    )
