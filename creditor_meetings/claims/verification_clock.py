"""When verification of a case's claims ends, and until when one may sue (JI-III 8).

The fifteen days are a reminder: what comes later is marked as late, never refused.
"""

from datetime import date, datetime, time, timedelta

from django.utils import timezone

from creditor_meetings.cases import clock
from creditor_meetings.cases.models import Case
from creditor_meetings.claims.models import VerificationPeriod

SUIT_DAYS = 15
"""JI-III 8: whoever still objects sues within so many days after verification ended."""


def period_of(case: Case | int) -> VerificationPeriod | None:
    """Return what is known of a case's verification; None while nobody set or ended it."""
    case_id = case if isinstance(case, int) else case.pk
    return VerificationPeriod.objects.filter(case=case_id).select_related("set_by").first()


def end_of(period: VerificationPeriod | None) -> datetime | None:
    """Return the moment at which verification ends or ended; None while that is open."""
    if period is None:
        return None
    return period.ended_at or period.ends_at


def ends_at(case: Case | int) -> datetime | None:
    """Return the moment (UTC) at which a case's verification ends or ended.

    None while nobody set one: it then ends when the meeting that verifies is closed.
    """
    return end_of(period_of(case))


def is_over(case: Case | int) -> bool:
    """Whether verification of the case has ended by now."""
    end = ends_at(case)
    return end is not None and end <= clock.now()


def last_day(end: datetime) -> date:
    """Return the last day for a suit: the day of the end itself does not count (Civil Code 201)."""
    return timezone.localdate(end) + timedelta(days=SUIT_DAYS)


def deadline_after(end: datetime) -> datetime:
    """Return the last second of the last day for a suit, at the court's place."""
    return datetime.combine(last_day(end), time(23, 59, 59), tzinfo=timezone.get_default_timezone())


def suit_deadline(case: Case | int) -> datetime | None:
    """Return until when one may sue; None while the end of verification is not known.

    Public holidays are not in the software: should the last day be one, the next working day
    takes its place (Civil Code 203), and pages say so.
    """
    end = ends_at(case)
    return None if end is None else deadline_after(end)
