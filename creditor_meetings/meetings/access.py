"""The guarded door to meetings and what hangs on them."""

from django.contrib.auth.models import AnonymousUser

from creditor_meetings.cases.access import Viewer, viewer_for
from creditor_meetings.cases.errors import NotFound
from creditor_meetings.cases.models import Person
from creditor_meetings.meetings.models import Meeting, MeetingState


def find_meeting(name: str | int) -> Meeting:
    """Return the meeting with this slug or number, for nobody in particular.

    Raises `NotFound`. Whoever answers a person's request goes through `access_meeting`.
    """
    text = str(name)
    found = Meeting.objects.select_related("case", "current_item")
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
    viewer = viewer_for(person, meeting.case_id)
    if meeting.state == MeetingState.DRAFT and not viewer.is_staff:
        raise NotFound
    return meeting, viewer
