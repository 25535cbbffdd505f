"""The time that decides whether a poll is open: the database's, the same for every process."""

from datetime import datetime

from django.db import connection

from creditor_meetings.cases import clock


def now() -> datetime:
    """Return the present moment (UTC): PostgreSQL's own; with SQLite, which has no other, ours.

    A clock that is held stands for both.
    """
    if connection.vendor != "postgresql" or clock.is_held():
        return clock.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment
