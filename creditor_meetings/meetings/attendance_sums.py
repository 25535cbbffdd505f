"""How many attend a meeting and with what, without reading everybody who attends.

Whoever adds holds the meeting's counter of events (has published), so that no two add at once
and what is told next holds what was added before.
"""

from typing import Any

from django.db.models import Count, F, Sum

from creditor_meetings.cases.money import yuan
from creditor_meetings.claims.listing import creditors_of
from creditor_meetings.claims.models import Claim, Nature
from creditor_meetings.meetings.models import Attendance, AttendanceSum, Meeting


def totals(meeting: Meeting) -> dict[str, Any]:
    """Count the creditors who attend, and the amount they represent.

    An investor of the debtor is no creditor, and not among them.
    """
    number, fen = _kept(meeting)
    # Told with every batch of ballots: most cases have no investors to leave out.
    if Claim.objects.filter(case=meeting.case_id, nature=Nature.INVESTOR).exists():
        others = Attendance.objects.filter(
            meeting=meeting, creditor__claims__nature=Nature.INVESTOR
        )
        investors = others.exclude(creditor__in=creditors_of(meeting.case_id)).values("creditor")
        less = _sum(Attendance.objects.filter(meeting=meeting, creditor__in=investors))
        number, fen = number - less[0], fen - less[1]
    return {"creditors": number, "amount": yuan(fen)}


def add(meeting: Meeting, number: int, fen: int) -> None:
    """Add creditors who attend from now on, whose rows are written, and their amount (fen)."""
    kept = AttendanceSum.objects.filter(pk=meeting.pk)
    if not kept.update(number=F("number") + number, amount_fen=F("amount_fen") + fen):
        keep(meeting)


def keep(meeting: Meeting) -> None:
    """Count anew and keep it, as after amounts changed."""
    number, fen = _sum(Attendance.objects.filter(meeting=meeting))
    AttendanceSum.objects.update_or_create(
        meeting=meeting, defaults={"number": number, "amount_fen": fen}
    )


def _kept(meeting: Meeting) -> tuple[int, int]:
    kept = AttendanceSum.objects.filter(pk=meeting.pk).values_list("number", "amount_fen").first()
    return kept or _sum(Attendance.objects.filter(meeting=meeting))


def _sum(present: Any) -> tuple[int, int]:
    sums = present.aggregate(number=Count("pk"), fen=Sum("amount_fen"))
    return sums["number"], sums["fen"] or 0
