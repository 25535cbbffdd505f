"""Who has the floor (发言), who waits for it, and how that looks in snapshots and events."""

from datetime import datetime
from typing import Any

from creditor_meetings.cases import clock
from creditor_meetings.cases.models import Role
from creditor_meetings.meetings.floor_models import FloorRequest, FloorState
from creditor_meetings.meetings.models import Meeting

SPEAKERS = (Role.CREDITOR, Role.PROXY, Role.DEBTOR, Role.EMPLOYEES)
"""Who may ask for the floor; EBL 59 lets the employees' representatives speak on the matters."""

GIVERS = (Role.ADMINISTRATOR, Role.JUDGE)
"""Who gives the floor and takes it back."""

SHORTEST_SECONDS, LONGEST_SECONDS = 10, 3600
"""How long somebody may be given the floor, and by how much it may be extended at once."""


def holder(meeting: Meeting | int) -> FloorRequest | None:
    """Return the request that has the floor at this moment, by its limit."""
    found = granted(meeting)
    if found is None or (found.ends_at is not None and found.ends_at <= clock.now()):
        return None
    return found


def granted(meeting: Meeting | int) -> FloorRequest | None:
    """Return the request that was granted and has not been ended, though its time may be up."""
    number = meeting if isinstance(meeting, int) else meeting.pk
    going_on = FloorRequest.objects.filter(meeting_id=number, state=FloorState.GRANTED)
    return going_on.select_related("person", "creditor").first()


def speaking(meeting: Meeting) -> set[int]:
    """Return the person who was given the floor and still has it, as a set of one or none."""
    going_on = FloorRequest.objects.filter(meeting=meeting, state=FloorState.GRANTED)
    return set(going_on.values_list("person_id", flat=True))


def last_ended(meeting: Meeting) -> FloorRequest | None:
    """Return the request whose floor ended last."""
    over = FloorRequest.objects.filter(meeting=meeting, state=FloorState.ENDED)
    return over.select_related("person", "creditor").order_by("-ended_at", "-pk").first()


def floor(meeting: Meeting) -> dict[str, Any]:
    """Describe by id who waits, who has the floor, and who had it last."""
    open_ones = FloorRequest.objects.filter(
        meeting=meeting, state__in=(FloorState.WAITING, FloorState.GRANTED)
    )
    found = [*open_ones.select_related("person", "creditor"), last_ended(meeting)]
    return {str(one.pk): request(one) for one in found if one is not None}


def request(one: FloorRequest) -> dict[str, Any]:
    """Describe a request for the floor."""
    return {
        "id": one.pk,
        "person": one.person_id,
        "name": str(one.person),
        "creditor": one.creditor_id,
        "creditor_name": one.creditor.name if one.creditor is not None else None,
        "topic": one.topic,
        "state": one.state,
        "asked_at": clock.rfc3339(one.asked_at),
        "granted_at": _moment(one.granted_at),
        "ends_at": _moment(one.ends_at),
        "ended_at": _moment(one.ended_at),
        "why": one.why,
        "reason": one.reason,
    }


def _moment(at: datetime | None) -> str | None:
    return clock.rfc3339(at) if at is not None else None
