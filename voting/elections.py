"""Elections of the creditors' committee (债权人委员会选举), EBL 67: who is elected, and how told.

Each candidate is voted on by the ordinary rule as a resolution of its own; the election is
decided when all of them are closed.
"""

from collections.abc import Sequence
from typing import Any

from creditor_meetings.cases.money import fen
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.meetings.publishing import News, publish_all
from voting import book
from voting.models import Election, Resolution, ResolutionState, Seat

MOST_SEATS = 9
"""EBL 67: the creditors' committee has at most nine members."""


def standing(election_id: int) -> list[Resolution]:
    """Return the candidates of an election as their list has them; voided polls are not on it."""
    found = Resolution.objects.filter(election=election_id).exclude(state=ResolutionState.VOIDED)
    return list(found.select_related("outcome").order_by("position", "pk"))


def elected(election: Election, candidates: Sequence[Resolution]) -> list[Resolution] | None:
    """Return who is elected, best first; None until every candidate's poll is closed.

    Of those passed by the ordinary rule, more than there are seats: by the number for, then
    the amount for, then the place on the list. The reserved seat is that of the first of the
    employees' candidates, and stays free where none passed; no second one is elected, since
    the committee has one.
    """
    if not candidates or any(one.state != ResolutionState.CLOSED for one in candidates):
        return None
    passed = [one for one in candidates if one.outcome.outcome == "passed"]
    ranked = sorted(passed, key=_rank)
    reserved = [one for one in ranked if one.seat == Seat.EMPLOYEES][: int(election.employee_seat)]
    free = election.seats - int(election.employee_seat)
    chosen = reserved + [one for one in ranked if one.seat != Seat.EMPLOYEES][:free]
    return [one for one in ranked if one in chosen]


def _rank(candidate: Resolution) -> tuple[int, int]:
    number, amount = consents(candidate)
    return -number, -fen(amount)


def consents(candidate: Resolution) -> tuple[int, str]:
    """Return the number and the amount (yuan) that were for a candidate."""
    groups = candidate.outcome.result["groups"]
    number = sum(one["for"]["number"] for one in groups)
    return number, groups[0]["for"]["amount"] if groups else "0.00"


def describe(election: Election) -> dict[str, Any]:
    """Describe an election, its candidates by resolution, and its result once it is decided."""
    candidates = standing(election.pk)
    chosen = elected(election, candidates)
    result = None
    if chosen is not None:
        result = [{"resolution": one.pk, "elected": one in chosen} for one in candidates]
    return {
        "id": election.pk,
        "title": election.title,
        "text": election.text,
        "seats": election.seats,
        "employee_seat": election.employee_seat,
        "candidates": [one.pk for one in candidates],
        "result": result,
    }


def told(election_id: int) -> dict[str, Any]:
    """Return the election as an event sets it."""
    return {f"elections/{election_id}": describe(Election.objects.get(pk=election_id))}


def section(meeting: Meeting, _staff: bool) -> dict[str, Any]:
    """Describe the meeting's elections by id."""
    return {str(one.pk): describe(one) for one in meeting.elections.all()}


def settle(election_id: int) -> None:
    """Record and tell who is elected, if every candidate's poll is closed.

    Call it after the close was written to the ledger, whose lock makes of two closes at once
    two in a row: the later one sees both.
    """
    election = Election.objects.select_related("meeting").get(pk=election_id)
    chosen = elected(election, standing(election_id))
    if chosen is None:
        return
    body = {"election": election.pk, "title": election.title, "seats": election.seats}
    body["employee_seat"] = election.employee_seat
    body["elected"] = [_elected_body(one) for one in chosen]
    book.write(election.meeting, [("election_result", body)])
    notice = {"kind": "election_result", "election": election.pk, "title": election.title}
    publish_all(election.meeting, [News("election_result", told(election.pk), notice=notice)])


def _elected_body(candidate: Resolution) -> dict[str, Any]:
    number, amount = consents(candidate)
    return {
        "resolution": candidate.pk,
        "name": candidate.candidate,
        "seat": candidate.seat,
        "number": number,
        "amount": amount,
    }
