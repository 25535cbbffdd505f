"""Sessions: a person's own, limited, listed, ended; nothing in the database opens one."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as RawStore
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from creditor_meetings.cases import devices, seen, sessions
from creditor_meetings.cases.models import Act, Person
from creditor_meetings.cases.session_models import SignedIn
from creditor_meetings.realtime.models import Event
from tests.support import world

pytestmark = pytest.mark.django_db

PHONE = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/120.0 Mobile MicroMessenger/8.0"


def signed_in(person: Person, agent: str = PHONE, address: str = "192.0.2.7") -> Client:
    """Sign a person in, on a device of its own."""
    client = Client(headers={"user-agent": agent}, REMOTE_ADDR=address)
    client.force_login(person)
    # The test client signs in with a bare request; the device is noted at the first page.
    client.get("/me/devices/")
    seen.write()
    return client


def key_of(client: Client) -> str:
    return client.cookies[settings.SESSION_COOKIE_NAME].value


@pytest.fixture(autouse=True)
def noted_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen, "EVERY_SECONDS", 0.0)


@pytest.fixture
def person() -> Person:
    case = world.make_case()
    world.make_meeting(case, state="convened")
    return world.make_person(case, "creditor", world.make_creditor(case))


def is_in(client: Client) -> bool:
    return client.get("/me/devices/").status_code == 200


def test_what_the_database_holds_opens_no_session(person: Person) -> None:
    client = signed_in(person)
    kept = Session.objects.get()
    assert key_of(client) not in (kept.session_key, kept.session_data)
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = kept.session_key
    assert not is_in(thief)
    thief.cookies[settings.SESSION_COOKIE_NAME] = kept.session_key[1:]
    assert not is_in(thief)
    assert is_in(client)


def test_a_session_from_before_keys_were_hashed_goes_on_and_can_be_ended(person: Person) -> None:
    session = RawStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    assert is_in(client)
    assert client.post("/language/setlang/", {"language": "en"}).status_code == 302
    assert is_in(client)
    seen.write()
    (held,) = devices.of(person)
    devices.end(person, held.pk)
    assert not is_in(client)


def test_the_key_is_another_one_after_signing_in(client: Client, person: Person) -> None:
    client.get("/signin/")
    session = client.session
    session["before"] = "1"
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    before = session.session_key
    client.force_login(person)
    assert key_of(client) != before
    old = Client()
    old.cookies[settings.SESSION_COOKIE_NAME] = before
    assert not is_in(old)


def test_a_person_sees_where_it_is_signed_in_and_ends_one(person: Person) -> None:
    phone = signed_in(person)
    desk = signed_in(person, "Mozilla/5.0 (Windows NT 10.0) Firefox/120.0", "198.51.100.9")
    page = desk.get("/me/devices/").content.decode()
    assert "微信 · Android" in page
    assert "Firefox · Windows" in page
    assert "192.0.2.7" in page
    assert page.count("本设备") == 1
    lost = SignedIn.objects.get(address="192.0.2.7")
    assert desk.post("/me/devices/", {"device": lost.pk}).status_code == 302
    assert not is_in(phone)
    assert is_in(desk)


def test_nobody_ends_the_session_of_somebody_else(person: Person) -> None:
    mine = signed_in(person)
    other = world.make_person(world.make_case(), "judge")
    theirs = signed_in(other)
    device = SignedIn.objects.get(person=other)
    for asked in (device.pk, 10**15, "x", "", -1, "１"):
        assert mine.post("/me/devices/", {"device": asked}).status_code in (400, 404), asked
    assert is_in(theirs)


def test_all_others_end_at_once_and_open_rooms_are_told(person: Person) -> None:
    here, there, elsewhere = (signed_in(person) for _ in range(3))
    before = Event.objects.count()
    assert here.post("/me/devices/", {"device": "others"}).status_code == 302
    assert is_in(here)
    assert not is_in(there)
    assert not is_in(elsewhere)
    told = Event.objects.order_by("seq").last()
    assert Event.objects.count() == before + 1
    assert told is not None
    assert (told.kind, told.audience) == ("access_changed", f"person:{person.pk}")


def test_the_team_ends_the_sessions_of_its_people_and_none_of_the_court(person: Person) -> None:
    case = person.case_roles.get().case
    judge = world.make_person(case, "judge")
    administrator = world.make_person(case, "administrator")
    voter, court, team = (signed_in(one) for one in (person, judge, administrator))
    role = person.case_roles.get().pk
    assert team.post(f"/cases/{case.pk}/people/{role}/sessions/").status_code == 302
    assert not is_in(voter)
    act = Act.objects.get(verb="end_sessions")
    assert (act.person, act.case, act.subject["role_id"]) == (administrator, case, role)
    of_judge = judge.case_roles.get().pk
    assert team.post(f"/cases/{case.pk}/people/{of_judge}/sessions/").status_code == 403
    assert is_in(court)


@pytest.mark.parametrize("by_password", [False, True])
def test_sessions_end_unused_and_after_so_many_days_all_the_same(
    person: Person, by_password: bool
) -> None:
    if by_password:
        person.set_password("correct horse battery")
        person.save()
    client = signed_in(person)
    held = SignedIn.objects.get()
    assert held.strict == by_password
    longest = settings.STAFF_SESSION_SECONDS if by_password else settings.SESSION_SECONDS
    idle = settings.STAFF_SESSION_IDLE_SECONDS if by_password else settings.SESSION_IDLE_SECONDS
    assert longest <= settings.SESSION_COOKIE_AGE
    now = timezone.now()

    def after(signed: int, used: int) -> bool:
        SignedIn.objects.filter(pk=held.pk).update(
            signed_in_at=now - timedelta(seconds=signed), seen_at=now - timedelta(seconds=used)
        )
        row = Session.objects.select_related("signed_in").get()
        return sessions.stands(row, now)

    assert after(longest - 60, idle - 60)
    assert not after(longest + 60, 0)
    assert not after(idle + 120, idle + 60)
    assert not is_in(client)


def test_using_a_session_keeps_it_alive(person: Person) -> None:
    client = signed_in(person)
    early = timezone.now() - timedelta(hours=2)
    SignedIn.objects.update(seen_at=early)
    client.get("/me/devices/")
    seen.write()
    assert SignedIn.objects.get().seen_at > early + timedelta(hours=1)


def test_a_new_password_or_factor_ends_the_other_sessions(person: Person) -> None:
    from allauth.account.signals import password_changed
    from allauth.mfa.signals import authenticator_added

    for signal in (password_changed, authenticator_added):
        here, there = signed_in(person), signed_in(person)
        request: Any = here.get("/me/devices/").wsgi_request
        signal.send(sender=Person, request=request, user=person)
        assert is_in(here)
        assert not is_in(there)
        SignedIn.objects.all().delete()
        Session.objects.all().delete()


def test_signing_out_ends_the_session_at_the_server(person: Person) -> None:
    client = signed_in(person)
    key = key_of(client)
    client.post("/account/logout/")
    again = Client()
    again.cookies[settings.SESSION_COOKIE_NAME] = key
    assert not is_in(again)
    assert not SignedIn.objects.exists()


def test_the_operator_ends_sessions_and_leaves_a_trace(person: Person) -> None:
    from django.contrib.admin.models import LogEntry

    operator = Person.objects.create_superuser("operator@example.cn", "correct horse")
    phone, desk = signed_in(person), signed_in(operator)
    chosen = {"action": "end_sessions", "_selected_action": [person.pk]}
    assert desk.post("/admin/cases/person/", chosen).status_code == 302
    assert not is_in(phone)
    assert is_in(desk)
    assert LogEntry.objects.filter(user=operator, object_id=str(person.pk)).exists()
