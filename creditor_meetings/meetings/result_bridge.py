"""Carries the lists of claims without objection into the meetings of the case.

On the record they come in every meeting that was opened: what was verified there ends with them,
mostly long after its close. Rooms are told in all meetings.
"""

from typing import Any

from creditor_meetings.cases import clock
from creditor_meetings.cases.money import yuan
from creditor_meetings.claims.models import UndisputedList
from creditor_meetings.claims.result import news
from creditor_meetings.meetings import claims_state, record
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.meetings.publishing import News, publish_all

KINDS = {
    news.MADE: "undisputed_list",
    news.CONFIRMED: "undisputed_list_confirmed",
    news.RETURNED: "undisputed_list_returned",
}


def connect() -> None:
    """Listen to what happens to lists."""
    news.before_deciding(_hold)
    news.on_list(carry)


def undisputed(meeting: Meeting, staff: bool) -> dict[str, Any]:
    """Describe the case's lists by number, to the administrator and the court."""
    if not staff:
        return {}
    return {str(one.number): describe(one) for one in _lists(meeting.case_id)}


def describe(found: UndisputedList) -> dict[str, Any]:
    """Describe a list: how it stands, its counts and its sum."""
    return {
        "number": found.number,
        "case": found.case_id,
        "state": found.state,
        "claims": found.claims,
        "creditors": found.creditors,
        "confirmed": yuan(found.confirmed_fen),
        "disputed": found.disputed,
        "made_at": clock.rfc3339(found.made_at),
        "decided_at": clock.rfc3339(found.decided_at) if found.decided_at else None,
        "ruling": found.ruling_number,
        "ruling_date": found.ruling_date.isoformat() if found.ruling_date else None,
        "reason": found.reason,
    }


def _lists(case_id: int) -> list[UndisputedList]:
    return list(UndisputedList.objects.filter(case=case_id).order_by("number"))


def _meetings(case_id: int) -> list[Meeting]:
    return list(Meeting.objects.filter(case=case_id).select_related("case").order_by("pk"))


def _hold(case_id: int) -> None:
    """Hold the meetings and then their ledgers, as whoever verifies does (lock order)."""
    held = Meeting.objects.select_for_update(of=("self",), no_key=True).filter(case=case_id)
    for meeting in held.order_by("pk"):
        if meeting.opened_at is not None:
            record.hold(meeting)


def carry(event: str, found: UndisputedList, address: str) -> None:
    """Write a list, or what the court decided on it, to the records, and tell the rooms."""
    kind, entry, told = KINDS[event], _entry(event, found, address), describe(found)
    notice = {
        "kind": kind,
        "number": found.number,
        "claims": found.claims,
        "confirmed": told["confirmed"],
        "ruling": found.ruling_number,
    }
    for meeting in _meetings(found.case_id):
        if meeting.opened_at is not None:
            record.write(meeting, kind, entry)
        confirmed = event == news.CONFIRMED
        publish_all(
            meeting,
            [
                News(
                    "undisputed_list",
                    {f"undisputed/{found.number}": told},
                    audience="staff",
                    notice=None if confirmed else notice,
                ),
                # Rows of the table say what the court confirmed: open pages fetch it again.
                News(
                    "undisputed_list_confirmed" if confirmed else "claims_changed",
                    {"claims": claims_state.claims(meeting)},
                    notice=notice if confirmed else None,
                ),
            ],
        )


def _entry(event: str, found: UndisputedList, address: str) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "list": found.number,
        "claims": found.claims,
        "creditors": found.creditors,
        "confirmed": yuan(found.confirmed_fen),
        "disputed": found.disputed,
        "content_sha256": found.content_sha256,
        "xlsx_sha256": found.xlsx_sha256,
        "pdf_sha256": found.pdf_sha256,
        "address": address,
    }
    by = found.made_by if event == news.MADE else found.decided_by
    assert by is not None
    entry |= {"by": by.pk, "by_name": str(by)}
    if event == news.CONFIRMED:
        assert found.ruling_date is not None
        entry |= {"ruling": found.ruling_number, "ruling_date": found.ruling_date.isoformat()}
    elif event == news.RETURNED:
        entry["reason"] = found.reason
    return entry
