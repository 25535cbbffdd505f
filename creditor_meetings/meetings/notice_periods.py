"""The periods of the law that notices keep or begin, in whole days of the court's place."""

from datetime import datetime, time, timedelta

from django.utils import timezone

AHEAD_DAYS = 15
"""EBL 63: a meeting's notice goes out so many days before it."""
RESULT_DAYS = 3
"""JI-III 11: the result reaches the creditors within so many days."""
WINDOW_DAYS = 15
"""EBL 64(2), 66: to ask for revocation of a resolution, for reconsideration of a ruling."""


def end_of(begins: datetime, days: int) -> datetime:
    """Return the last second of a period of days that begins the day after a moment."""
    last = timezone.localdate(begins) + timedelta(days=days)
    return datetime.combine(last, time(23, 59, 59), tzinfo=timezone.get_default_timezone())


def begin_of(ends: datetime, days: int) -> datetime:
    """Return the last second of the day that lies so many days before a moment's day."""
    return end_of(ends, -days)


def days_between(earlier: datetime, later: datetime) -> int:
    """Count the days from one date to another, negative when the first is the later one."""
    return (timezone.localdate(later) - timezone.localdate(earlier)).days


def missing_days(sent: datetime, starts_at: datetime) -> int:
    """Return by how many days a notice of a meeting is too late (EBL 63), 0 when in time."""
    return max(0, AHEAD_DAYS - days_between(sent, starts_at))
