"""What a join asks of the database does not hang on how large a meeting is, or how many come."""

import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench import hall
from bench.crowd import sessions
from creditor_meetings.cases import clock
from creditor_meetings.cases.devices import SignedOut
from creditor_meetings.cases.errors import NotFound
from creditor_meetings.realtime import log, snapshot
from creditor_meetings.realtime.door import Admitted, Asker, admit
from documents.models import Document
from tests.support import world

pytestmark = pytest.mark.django_db
_numbers = itertools.count(1)


def asker(session: str, slug: str, **more: Any) -> Asker:
    return Asker({"cookies": {settings.SESSION_COOKIE_NAME: session}}, slug, **more)


def queries(work: Callable[[], Any]) -> tuple[int, Any]:
    """Return how many queries it took, and what came of it."""
    with CaptureQueriesContext(connection) as captured:
        found = work()
    return len(captured), found


def meeting_of(size: int, polls: int, papers: int) -> hall.Hall:
    """Make a meeting of so many creditors, with open polls and documents handed out."""
    made = hall.make(size)
    for _ in range(polls):
        made.open_poll()
    for number in range(papers):
        Document.objects.create(
            meeting=made.meeting,
            title=f"文件{number}",
            pages=1,
            size=1,
            sha256=f"{next(_numbers):064d}",
            uploaded_by=made.judge,
            uploaded_at=clock.now(),
            handed_out_at=clock.now(),
        )
    return made


@pytest.fixture(name="small")
def _small() -> hall.Hall:
    return meeting_of(10, 1, 1)


@pytest.fixture(name="large")
def _large() -> hall.Hall:
    return meeting_of(1_000, 4, 25)


def keys_of(made: hall.Hall, number: int) -> list[str]:
    return sessions(person for person, _creditor in made.voters[:number])


def test_a_join_asks_the_same_of_small_and_large_meetings(
    small: hall.Hall, large: hall.Hall
) -> None:
    needed = []
    for made in (small, large):
        (key,) = keys_of(made, 1)
        number, (found,) = queries(
            lambda key=key, made=made: admit([asker(key, made.meeting.slug)])
        )
        assert isinstance(found, Admitted)
        assert found.own is not None
        assert len(found.own.sections["my_rights"]) == made.meeting.resolutions.count()
        needed.append(number)
    assert needed[0] == needed[1] <= 20


def test_many_who_come_at_once_ask_as_much_as_one(large: hall.Hall) -> None:
    slug = large.meeting.slug
    one, *_ = queries(lambda: admit([asker(key, slug) for key in keys_of(large, 1)]))
    keys = keys_of(large, 60)
    many, found = queries(lambda: admit([asker(key, slug) for key in keys]))
    # Two more write the sessions down in the first line.
    assert many <= one
    assert [one.viewer.person for one in found] == [person for person, _c in large.voters[:60]]
    for admitted, (person, creditor) in zip(found, large.voters[:60], strict=True):
        assert admitted.own.sections["me"]["person"]["id"] == person.pk
        assert set(admitted.own.sections["represented"]) == {str(creditor.pk)}
        assert set(admitted.own.sections["my_claims"]) == {str(creditor.pk)}


def test_who_comes_back_is_asked_for_roles_and_nothing_else(large: hall.Hall) -> None:
    slug = large.meeting.slug
    keys, held = keys_of(large, 60), log.last_seq(large.meeting.pk)
    # Sessions, people, the meeting, the number of its last event, roles.
    number, found = queries(lambda: admit([asker(key, slug, after=held) for key in keys]))
    assert number == 5
    assert {one.own for one in found} == {None}
    # What the log holds no more takes a snapshot.
    gone = [asker(keys[0], slug, after=held + 1)]
    (late,) = admit(gone)
    assert isinstance(late, Admitted)
    assert late.own is not None


def test_the_page_asks_the_same_of_small_and_large_meetings(
    small: hall.Hall, large: hall.Hall
) -> None:
    needed = []
    for made in (small, large):
        visitor = Client()
        visitor.force_login(made.voters[0][0])
        address = f"/meetings/{made.meeting.slug}/"
        visitor.get(address)
        number, page = queries(lambda visitor=visitor, address=address: visitor.get(address))
        assert page.status_code == 200
        needed.append(number)
    assert needed[0] == needed[1] <= 5


def test_each_is_refused_alone(small: hall.Hall) -> None:
    slug = small.meeting.slug
    good, other = keys_of(small, 2)
    stranger = world.make_person(world.make_case(), "observer", name="外人")
    (strange,) = sessions([stranger])
    inactive = small.voters[5][0]
    (blocked,) = sessions([inactive])
    inactive.is_active = False
    inactive.save(update_fields=["is_active"])
    askers = [
        asker(strange, slug),
        asker(good, slug),
        asker("x" * 32, slug),
        asker(other, "no-such-meeting"),
        asker(blocked, slug),
        Asker({"cookies": {}}, slug),
    ]
    found = admit(askers)
    assert [type(one) for one in found] == [
        NotFound, Admitted, NotFound, NotFound, NotFound, NotFound,
    ]  # fmt: skip
    # Who was in and is signed out is told so.
    askers[1].scope["cookies"] = {}
    (left,) = admit([Asker(askers[1].scope, slug, anew=True)])
    assert isinstance(left, SignedOut)


def test_a_frame_holds_what_its_person_may_see(small: hall.Hall) -> None:
    meeting = small.meeting
    person = small.voters[0][0]
    clerk = world.make_person(small.case, "clerk")
    parts = {staff: snapshot.shared_part(meeting.pk, staff=staff) for staff in (False, True)}
    for one in (person, clerk, small.judge):
        viewer = world.viewer(one, meeting)
        seq = log.last_seq(meeting.pk)
        (own,) = snapshot.own_parts(meeting.pk, [viewer], seq)
        frame = json.loads(snapshot.frame(parts[viewer.is_staff], own))
        expected = snapshot.take(meeting, viewer)
        assert (frame["seq"], frame["data"]) == (expected[0], json.loads(json.dumps(expected[1])))
        assert frame["pace"] == settings.RETURNS_A_SECOND
    assert parts[False].sections["notices"] == {}
