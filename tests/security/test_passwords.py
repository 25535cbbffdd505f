"""Passwords of the team, the court and operators."""

import pytest
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client

from creditor_meetings.cases.models import Person
from tests.support import world

pytestmark = pytest.mark.django_db
GOOD = "vier Zebras am Teich"


@pytest.fixture
def judge() -> Person:
    person = world.make_person(world.make_case(), "judge", name="沈静怡")
    person.email = "shenjingyi@court.example"
    person.set_password(GOOD)
    person.save()
    return person


@pytest.mark.parametrize(
    ("password", "taken"),
    [
        ("kurz 9zei", False), ("password123", False), ("1234567890", False),
        ("qwertyuiop", False), ("iloveyou123", False), ("correct horse battery", True),
        ("这是一句只有我知道的话吧", True), ("x" * 9 + "y" * 60, True), ("ää öö üü ßß ñ", True),
        ("a passphrase of small letters", True), ("langer Satz " * 300, True),
    ],
)  # fmt: skip
def test_what_is_refused_and_what_is_taken(password: str, taken: bool) -> None:
    person = Person(name="沈静怡", email="shen@court.example")
    if taken:
        validate_password(password, person)
    else:
        with pytest.raises(ValidationError):
            validate_password(password, person)


@pytest.mark.parametrize(
    "password",
    ["fayuan2026!!", "PoChan88888", "法院法院2026!!", "zhaiquan_huiyi", "shenjingyi1990",
     "沈静怡沈静怡2026!", "Creditor-Meeting-1", "13800000000!!"],
)  # fmt: skip
def test_words_of_the_field_are_no_password(password: str) -> None:
    person = Person(name="沈静怡", email="shenjingyi@court.example", phone="13800000000")
    with pytest.raises(ValidationError):
        validate_password(password, person)


def test_a_word_of_the_field_within_a_sentence_is_no_harm() -> None:
    validate_password("the court has seven blue windows", Person(name="沈静怡"))


def signed_in(person: Person, password: str = GOOD) -> Client:
    client = Client()
    client.post("/account/login/", {"login": person.email, "password": password})
    return client


def change(client: Client, present: str, new: str) -> int:
    values = {"oldpassword": present, "password1": new, "password2": new}
    return client.post("/account/password/change/", values).status_code


def test_a_change_asks_for_the_present_password(judge: Person) -> None:
    client = signed_in(judge)
    new = "acht Störche überm Dach"
    assert change(client, "not this one", new) == 200
    judge.refresh_from_db()
    assert judge.check_password(GOOD)
    assert change(client, GOOD, new) == 302
    judge.refresh_from_db()
    assert judge.check_password(new)


def test_a_password_is_compared_as_it_was_typed(judge: Person) -> None:
    for typed in (GOOD.upper(), f"{GOOD} ", GOOD[:-1], GOOD.replace("ä", "a")[:18]):
        assert "_auth_user_id" not in signed_in(judge, typed).session, typed
    assert "_auth_user_id" in signed_in(judge).session


def test_fields_hide_and_take_what_is_pasted(judge: Person) -> None:
    pages = [
        Client().get("/account/login/").content.decode(),
        signed_in(judge).get("/account/password/change/").content.decode(),
    ]
    for page in pages:
        assert 'type="password"' in page
        assert 'autocomplete="current-password"' in page
        assert "onpaste" not in page
        assert 'autocomplete="off"' not in page


def test_passwords_are_kept_by_a_slow_function() -> None:
    from creditor_meetings.config import settings as product

    # The product does not choose: Django's present default, raised with each release.
    assert not hasattr(product, "PASSWORD_HASHERS")
    assert PBKDF2PasswordHasher().iterations >= 1_000_000
    assert settings.PASSWORD_HASHERS == ["django.contrib.auth.hashers.MD5PasswordHasher"]
