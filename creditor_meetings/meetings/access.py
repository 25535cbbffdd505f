"""The guarded door to meetings and what hangs on them."""

from collections.abc import Sequence

from django.contrib.auth.models import AnonymousUser

from creditor_meetings.cases.access import Viewer, viewers_for
from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.models import Person
from creditor_meetings.meetings.models import Meeting, MeetingState


def find_meeting(name: str | int) -> Meeting:
    """Return the meeting with this slug or number, for nobody in particular.

    Raises `NotFound`. Whoever answers a person's request goes through `access_meeting`.
    """
    text = str(name)
    found = Meeting.objects.select_related("case")
    meeting = found.filter(slug=text).first()
    if meeting is None and text.isascii() and text.isdigit() and len(text) < 18:
        meeting = found.filter(pk=int(text)).first()
    if meeting is None:
        raise NotFound
    return meeting


def access_meeting(person: Person | AnonymousUser, name: str | int) -> tuple[Meeting, Viewer]:
    """Give a meeting to one of its people.

    Raises `NotFound` for strangers, and for members outside the team while it is a draft.
    """
    meeting = find_meeting(name)
    (viewer,) = admitted_to(meeting, [person])
    if isinstance(viewer, Refused):
        raise viewer
    return meeting, viewer


def admitted_to(
    meeting: Meeting, people: Sequence[Person | AnonymousUser | None]
) -> list[Viewer | Refused]:
    """Say what each of some people is in a meeting, or why it is not given to him."""
    hidden = meeting.state == MeetingState.DRAFT
    return [
        NotFound() if hidden and isinstance(one, Viewer) and not one.is_staff else one
        for one in viewers_for(people, meeting.case_id)
    ]
