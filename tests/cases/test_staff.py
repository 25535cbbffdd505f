"""Staff: a password, a second factor, and nothing before it."""

import re
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.core.management import call_command
from django.test import Client

from creditor_meetings.cases.access import viewer_for
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.invitations import invite_person
from creditor_meetings.cases.models import Case, Person
from tests.cases.conftest import Outbox
from tests.support.world import give_role, make_creditor, make_person

PASSWORD = "a long enough secret"


def totp_now(secret: str) -> str:
    counter = int(time.time()) // 30
    return format_hotp_value(hotp_value(secret, counter))


def staff(case: Case, role: str = "administrator") -> Person:
    person = Person.objects.create_user("staff@example.com", PASSWORD, name="周管理")
    give_role(person, case, role)
    return person


@pytest.fixture
def strict(settings: Any) -> None:
    """The second factor is asked for, as in production."""
    settings.REQUIRE_STAFF_MFA = True


@pytest.mark.usefixtures("strict")
def test_an_invited_administrator_sets_password_and_factor_and_signs_in_with_both(
    case: Case, outbox: Outbox
) -> None:
    judge = make_person(case, "judge")
    Authenticator.objects.create(user=judge, type="totp", data={"secret": "x"})
    issued = invite_person(
        case, viewer_for(judge, case), "administrator", "周管理", email="zhou@firm.cn"
    )
    client = Client()
    assert client.post(f"/invite/{issued.token}/", {"name": "周管理"}).status_code == 302
    code = re.search(r"\d{6}", outbox.last.text)
    assert code is not None
    client.post("/signin/code/", {"code": code[0]})
    # Whatever is asked for, setting up comes first.
    way = client.get(f"/cases/{case.pk}/")
    assert way["Location"] == "/account/password/set/?next=%2Faccount%2F2fa%2F"
    assert client.post(f"/cases/{case.pk}/invitations.csv").status_code == 403
    client.post(way["Location"], {"password1": PASSWORD, "password2": PASSWORD})
    assert client.get("/")["Location"] == "/account/2fa/"
    page = client.get("/account/2fa/totp/activate/")
    assert page.status_code == 200
    secret = page.context["form"].secret
    done = client.post("/account/2fa/totp/activate/", {"code": totp_now(secret)})
    assert done.status_code == 302, done.context["form"].errors
    assert client.get(f"/cases/{case.pk}/").status_code == 200
    kept = Authenticator.objects.get(type="totp", user__email="zhou@firm.cn")
    assert secret not in str(kept.data)

    fresh = Client()
    reply = fresh.post("/account/login/", {"login": "Zhou@Firm.cn", "password": PASSWORD})
    assert reply["Location"] == "/account/2fa/authenticate/"
    assert fresh.get(f"/cases/{case.pk}/").status_code == 302
    wrong = fresh.post("/account/2fa/authenticate/", {"code": "000000"})
    assert wrong.status_code == 200
    TOTP(kept)  # the kept secret opens
    from django.core.cache import cache

    cache.clear()  # a code is good once; the one just used stands in the cache
    fresh.post("/account/2fa/authenticate/", {"code": totp_now(secret)})
    assert fresh.get(f"/cases/{case.pk}/").status_code == 200


@pytest.mark.usefixtures("strict")
def test_without_a_second_factor_no_door_opens(case: Case) -> None:
    person = staff(case)
    client = Client()
    client.post("/account/login/", {"login": "staff@example.com", "password": PASSWORD})
    assert client.get(f"/cases/{case.pk}/people/")["Location"] == "/account/2fa/"
    asked = client.get(f"/cases/{case.pk}/", headers={"accept": "application/json"})
    assert asked.status_code == 403
    assert asked.json()["error"]["code"] == "not_allowed"
    # Sockets come to the door without passing the pages' middleware.
    with pytest.raises(Refused, match="登录安全"):
        viewer_for(person, case)
    Authenticator.objects.create(user=person, type="recovery_codes", data={})
    with pytest.raises(Refused):
        viewer_for(person, case)
    Authenticator.objects.create(user=person, type="webauthn", data={})
    assert viewer_for(person, case).is_administrator


@pytest.mark.usefixtures("strict")
def test_creditors_need_none(case: Case) -> None:
    creditor = make_creditor(case)
    person = make_person(case, "creditor", creditor)
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/").status_code == 200
    assert viewer_for(person, case).acts_for == {creditor.pk: "creditor"}


def test_who_came_by_link_alone_leaves_no_password_behind(case: Case) -> None:
    person = make_person(case, "observer")
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    for path in ("/account/password/set/", "/account/2fa/", "/account/2fa/totp/activate/"):
        assert client.get(path).status_code == 404
    answer = client.post("/account/password/set/", {"password1": PASSWORD, "password2": PASSWORD})
    assert answer.status_code == 404
    person.refresh_from_db()
    assert not person.has_usable_password()


def test_nobody_signs_up_or_takes_an_address(case: Case) -> None:
    client = Client()
    for path in ("/account/signup/", "/account/email/"):
        assert client.get(path).status_code == 404
        assert client.post(path, {"email": "a@b.cn", "password1": PASSWORD}).status_code == 404
    assert not Person.objects.filter(email="a@b.cn").exists()


def test_a_wrong_password_tells_nothing_and_is_limited(case: Case) -> None:
    from django.core.cache import cache

    cache.clear()
    staff(case)
    pages = []
    for login in ("staff@example.com", "nobody@example.com"):
        reply = Client().post("/account/login/", {"login": login, "password": "wrong wrong"})
        text = re.sub(r'value="[^"]*"', "", reply.content.decode())
        pages.append((reply.status_code, text))
    assert pages[0] == pages[1]
    for _ in range(8):
        Client().post("/account/login/", {"login": "staff@example.com", "password": "no"})
    client = Client()
    client.post("/account/login/", {"login": "staff@example.com", "password": PASSWORD})
    assert "_auth_user_id" not in client.session
    cache.clear()


def test_the_reset_of_a_password_answers_all_alike(case: Case, outbox: Outbox) -> None:
    staff(case)
    answers = [
        Client().post("/account/password/reset/", {"email": email})["Location"]
        for email in ("staff@example.com", "nobody@example.com")
    ]
    assert answers[0] == answers[1]
    assert [message.to for message in outbox.sent] == ["staff@example.com"]
    link = re.search(r"/account/password/reset/key/\S+", outbox.last.text)
    assert link is not None
    client = Client()
    form = client.get(link[0], follow=True)
    fresh = "another fine secret"
    client.post(form.request["PATH_INFO"], {"password1": fresh, "password2": fresh})
    assert Person.objects.get(email="staff@example.com").check_password(fresh)


def test_the_operator_signs_in_to_admin_by_e_mail(db: None, monkeypatch: Any) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", email="Op@Example.com", name="运维", interactive=False)
    client = Client()
    assert "/signin/" in client.get("/admin/login/?next=/admin/")["Location"]
    client.post("/account/login/?next=/admin/", {"login": "op@example.com", "password": PASSWORD})
    assert client.get("/admin/").status_code == 200


@pytest.mark.usefixtures("strict")
def test_the_last_factor_cannot_be_given_up(case: Case) -> None:
    person = staff(case)
    from creditor_meetings.cases.adapters import SecondFactorAdapter

    one = Authenticator.objects.create(user=person, type="webauthn", data={})
    assert not SecondFactorAdapter().can_delete_authenticator(one)
    Authenticator.objects.create(user=person, type="totp", data={})
    assert SecondFactorAdapter().can_delete_authenticator(one)
