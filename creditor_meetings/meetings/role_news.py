"""Open rooms follow at once when a person's roles in the case change."""

from creditor_meetings.cases import people
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.meetings.publishing import publish

# The hub ends a connection at this event; the room enters anew with what the person is now.
ACCESS_CHANGED = "access_changed"


def connect() -> None:
    """Hear of every change of roles."""
    people.on_role_change(tell_meetings)


def tell_meetings(case_id: int, person_id: int) -> None:
    """Tell the meetings of the case that the person may see other things now."""
    for meeting in Meeting.objects.filter(case_id=case_id):
        publish(meeting, ACCESS_CHANGED, {}, audience=f"person:{person_id}")
