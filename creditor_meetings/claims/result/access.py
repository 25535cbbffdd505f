"""The door to lists of claims without objection: the administrator's team and the court."""

from django.contrib.auth.models import AnonymousUser

from creditor_meetings.cases.access import Viewer, access_case
from creditor_meetings.cases.errors import NotFound
from creditor_meetings.cases.models import STAFF_ROLES, Case, Person
from creditor_meetings.claims.models import UndisputedList


def access_list(
    person: Person | AnonymousUser, case_id: int, number: int
) -> tuple[Case, Viewer, UndisputedList]:
    """Give a list to one of the staff, or refuse."""
    case, viewer = access_case(person, case_id, STAFF_ROLES)
    found = (
        UndisputedList.objects.filter(case=case, number=number)
        .select_related("made_by", "decided_by")
        .first()
    )
    if found is None:
        raise NotFound
    return case, viewer, found
