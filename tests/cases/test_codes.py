"""Sign-in by a one-time code: it works for its owner, and tells strangers nothing."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from creditor_meetings.cases import clock, codes, people
from creditor_meetings.cases.models import Case, Person, SignInCode
from tests.cases.conftest import Outbox
from tests.support.world import give_role, make_creditor

PHONE = "13800000000"


@pytest.fixture
def person(case: Case) -> Person:
    """A creditor who was in once."""
    person = people.create_person("李华", phone=PHONE, email="lihua@example.com")
    give_role(person, case, "creditor", make_creditor(case, "李华"))
    return person


def ask(client: Client, identifier: str = PHONE, **more: str) -> Any:
    return client.post("/signin/", {"identifier": identifier, **more})


def code_in(outbox: Outbox) -> str:
    found = re.search(r"\d{6}", outbox.last.text)
    assert found is not None
    return found[0]


def who(client: Client) -> str | None:
    key = client.session.get("_auth_user_id")
    return Person.objects.get(pk=key).name if key else None


@pytest.mark.parametrize(
    ("typed", "channel", "to"),
    [
        ("+86 138-0000-0000", "sms", PHONE),
        ("１３８００００００００", "sms", PHONE),
        (" LiHua@Example.com ", "email", "lihua@example.com"),
    ],
)
def test_a_code_signs_its_owner_in(
    person: Person, outbox: Outbox, typed: str, channel: str, to: str
) -> None:
    client = Client()
    assert ask(client, typed, next="/cases/1/")["Location"] == "/signin/code/"
    assert (outbox.last.channel, outbox.last.to) == (channel, to)
    code = code_in(outbox)
    assert code not in str(SignInCode.objects.values().get())
    before = client.session.session_key
    response = client.post("/signin/code/", {"code": f"{code[:3]} {code[3:]}"})
    assert response["Location"] == "/cases/1/"
    assert who(client) == "李华"
    assert client.session.session_key != before


def test_strangers_get_the_same_answers_as_people(person: Person, outbox: Outbox) -> None:
    pages = []
    for phone in (PHONE, "13999999999"):
        client = Client()
        first = ask(client, phone)
        answers = [(first.status_code, first["Location"])]
        for reply in [client.get("/signin/code/")] + [
            client.post("/signin/code/", {"code": "not it"}) for _ in range(6)
        ]:
            text = re.sub(r'value="\w{64}"|1\d\d\*{4}\d{4}', "", reply.content.decode())
            answers.append((reply.status_code, re.sub(r"\d+ 秒", "", text)))
        pages.append(answers)
    assert pages[0] == pages[1]
    assert len(outbox.sent) == 1
    assert SignInCode.objects.count() == 2


def test_five_tries_end_a_code(person: Person, outbox: Outbox) -> None:
    client = Client()
    ask(client)
    code = code_in(outbox)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for left in (4, 3, 2, 1):
        reply = client.post("/signin/code/", {"code": wrong})
        assert f"还可以尝试 {left} 次" in reply.content.decode()
    client.post("/signin/code/", {"code": wrong})
    reply = client.post("/signin/code/", {"code": code})
    assert reply.status_code == 429
    assert who(client) is None


def test_a_code_expires_and_is_used_once(person: Person, outbox: Outbox) -> None:
    client = Client()
    ask(client)
    session = client.session
    code = code_in(outbox)
    with clock.set_to(clock.now() + timedelta(minutes=10, seconds=1)):
        assert client.post("/signin/code/", {"code": code}).status_code == 429
    row = SignInCode.objects.get()
    client.post("/signin/code/", {"code": code})
    assert who(client) == "李华"
    other = Client()
    other.cookies["sessionid"] = session.session_key or ""
    assert who(other) is None
    with pytest.raises(codes.Refused):
        codes.check_code(row.pk, code)


def test_a_code_opens_nothing_in_another_browser(person: Person, outbox: Outbox) -> None:
    ask(Client())
    thief = Client()
    assert thief.post("/signin/code/", {"code": code_in(outbox)})["Location"] == "/signin/"
    ask(thief, "13999999999")
    thief.post("/signin/code/", {"code": code_in(outbox)})
    assert who(thief) is None


def test_another_code_makes_people_wait_and_is_limited(person: Person, outbox: Outbox) -> None:
    client = Client()
    ask(client)
    assert client.post("/signin/again/").status_code == 429
    with clock.set_to(clock.now() + timedelta(seconds=61)):
        assert client.post("/signin/again/")["Location"] == "/signin/code/"
    assert len(outbox.sent) == 2
    for _ in range(3):
        ask(Client())
    refused = ask(Client())
    assert refused.status_code == 429
    assert len(outbox.sent) == 5
    # The limit follows the address that is asked for, whoever asks; others are not concerned.
    assert ask(Client(REMOTE_ADDR="192.0.2.7")).status_code == 429
    assert ask(Client(), "lihua@example.com").status_code == 302
    with clock.set_to(clock.now() + timedelta(minutes=16)):
        assert ask(Client()).status_code == 302


def test_one_address_cannot_ask_for_everybody(person: Person) -> None:
    most = codes.ADDRESS_LIMITS[0].most
    for number in range(most):
        assert ask(Client(), f"139{number:08d}").status_code == 302
    assert ask(Client()).status_code == 429
    assert ask(Client(REMOTE_ADDR="192.0.2.7")).status_code == 302


@pytest.mark.parametrize("typed", ["", "abc", "12", "a@b", "@", "1380000000013800000000", "<b>"])
def test_what_is_no_address_is_said(db: None, typed: str) -> None:
    reply = ask(Client(), typed)
    assert reply.status_code in (200, 400)
    assert 'class="error"' in reply.content.decode()
    assert not SignInCode.objects.exists()


def test_next_leads_to_our_own_pages_only(person: Person, outbox: Outbox) -> None:
    for target in ("https://evil.example/", "//evil.example", "javascript:alert(1)"):
        client = Client()
        ask(client, next=target)
        reply = client.post("/signin/code/", {"code": code_in(outbox)})
        assert reply["Location"] == "/"


def test_whoever_has_a_password_is_sent_there_instead(person: Person, outbox: Outbox) -> None:
    person.set_password("correct horse battery")
    person.save()
    client = Client()
    assert ask(client)["Location"] == "/signin/code/"
    assert re.search(r"\d{6}", outbox.last.text) is None
    assert "/account/login/" in outbox.last.text


def test_a_provider_that_fails_shows_nobody_anything(person: Person, outbox: Outbox) -> None:
    outbox.broken = True
    assert ask(Client())["Location"] == "/signin/code/"


def test_a_person_put_out_of_action_is_not_let_in(person: Person, outbox: Outbox) -> None:
    client = Client()
    ask(client)
    Person.objects.update(is_active=False)
    client.post("/signin/code/", {"code": code_in(outbox)})
    assert who(client) is None


def test_signing_out_ends_the_session(person: Person, outbox: Outbox) -> None:
    client = Client()
    ask(client)
    client.post("/signin/code/", {"code": code_in(outbox)})
    key = client.session.session_key
    client.post("/account/logout/")
    assert who(client) is None
    again = Client()
    again.cookies["sessionid"] = key or ""
    assert who(again) is None


def test_the_language_is_remembered_for_the_person(person: Person, outbox: Outbox) -> None:
    client = Client(headers={"accept-language": "zh-CN"})
    ask(client)
    client.post("/signin/code/", {"code": code_in(outbox)})
    client.post("/language/setlang/", {"language": "en", "next": "/"})
    person.refresh_from_db()
    assert person.language == "en"
    other = Client(headers={"accept-language": "zh-CN"})
    ask(other)
    reply = other.post("/signin/code/", {"code": code_in(outbox)})
    assert reply.cookies["django_language"].value == "en"
