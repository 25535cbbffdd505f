"""Who comes and goes is written down in a few statements, however many they are."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench import hall
from creditor_meetings.cases import clock
from creditor_meetings.meetings.models import Presence
from creditor_meetings.realtime import log, presence
from creditor_meetings.realtime.presence import Arrival

pytestmark = pytest.mark.django_db


def written(changed: set[Arrival], stale: list[Arrival]) -> int:
    """Write, and return in how many statements."""
    with CaptureQueriesContext(connection) as captured:
        presence.write(changed, stale)
    return len(captured)


def test_a_hall_fills_and_empties_in_a_few_statements() -> None:
    made = hall.make(60)
    meeting, began = made.meeting, clock.now()
    people = [
        Arrival(meeting.pk, person.pk, began + timedelta(milliseconds=n), f"b{n}", "192.0.2.7")
        for n, (person, _creditor) in enumerate(made.voters)
    ]
    written(set(people[:1]), [])  # the meeting's first event
    alone = written(set(people[1:2]), [])
    assert written(set(people[2:]), []) == alone
    assert presence.online(meeting.pk) == 60
    for n, one in enumerate(people):
        one.left_at = began + timedelta(seconds=1 + n)
    assert written(set(people[:1]), people[59:]) == written(set(people[1:50]), people[50:])
    kept = Presence.objects.filter(meeting=meeting).order_by("arrived_at")
    assert [one.person_id for one in kept] == [person.pk for person, _creditor in made.voters]
    assert [one.left_at for one in kept[:50]] == [one.left_at for one in people[:50]]
    assert {one.left_at for one in kept[50:]} == {None}
    assert presence.online(meeting.pk) == 10
    (last,) = log.events_after(meeting.pk, log.last_seq(meeting.pk) - 1)
    assert last.data["set"] == {"attendance/online": 10}
