"""The life of a link: issued, opened, used once, expired, locked, renewed, revoked."""

import hashlib
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client

from creditor_meetings.cases import acceptance, case_page, clock, invitations, people
from creditor_meetings.cases.access import viewer_for
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Case, CaseRole, Creditor, Invitation, Person, Role
from tests.cases.conftest import Outbox
from tests.support.world import make_case, make_creditor, make_meeting, make_person

RIGHT = {"name": "池建国", "identity_tail": "1X5051"}


def path(issued: invitations.Issued) -> str:
    return f"/invite/{issued.token}/"


def without_tokens(page: str) -> str:
    return re.sub(r'/invite/[^"]+|value="\w{64}"', "", page)


def signed_in(client: Client) -> Person | None:
    key = client.session.get("_auth_user_id")
    return Person.objects.get(pk=key) if key else None


def test_only_the_hash_of_a_token_is_kept(creditor: Creditor) -> None:
    issued = invitations.issue_for_creditor(creditor)
    assert len(issued.token) >= 43
    kept = Invitation.objects.values().get()
    assert kept["token_hash"] == hashlib.sha256(issued.token.encode()).hexdigest()
    assert issued.token not in str(kept)


def test_opening_a_link_shows_who_is_invited_and_burns_nothing(creditor: Creditor) -> None:
    issued = invitations.issue_for_creditor(creditor)
    client = Client()
    for method in (client.get, client.head, client.get):
        response = method(path(issued))
        assert response.status_code == 200
        assert response["Referrer-Policy"] == "strict-origin"
        assert "no-store" in response["Cache-Control"]
    text = client.get(path(issued)).content.decode()
    assert creditor.case.debtor in text
    assert creditor.case.number in text
    assert creditor.name in text
    assert "160****0001" in text
    assert "i***@example.com" in text
    assert "16000000001" not in text
    assert "91990000MAT11X5051" not in text
    invitation = Invitation.objects.get()
    assert invitation.used_at is None
    assert invitation.failed_tries == 0
    assert signed_in(client) is None


def test_the_right_confirmation_signs_in_once_and_leads_into_the_meeting(
    creditor: Creditor,
) -> None:
    meeting = make_meeting(creditor.case, "convened")
    issued = invitations.issue_for_creditor(creditor)
    client = Client()
    client.get(path(issued))
    before = client.session.session_key
    response = client.post(path(issued), {"name": " 池 建国 ", "identity_tail": "１x5051"})
    assert response.status_code == 302
    assert response["Location"] == f"/meetings/{meeting.slug}/"
    person = signed_in(client)
    assert person is not None
    assert client.session.session_key != before
    assert (person.phone, person.email) == ("16000000001", "ink@example.com")
    assert viewer_for(person, creditor.case).acts_for == {creditor.pk: "creditor"}
    invitation = Invitation.objects.get()
    assert invitation.used_by == person
    # The very person is led on; anybody else is told how to sign in.
    assert client.get(path(issued))["Location"] == f"/meetings/{meeting.slug}/"
    other = Client().get(path(issued))
    assert other.status_code == 410
    assert "/signin/" in other.content.decode()
    again = Client()
    assert again.post(path(issued), RIGHT).status_code == 410
    assert signed_in(again) is None


def test_the_creditors_own_name_confirms_too(creditor: Creditor) -> None:
    issued = invitations.issue_for_creditor(creditor)
    client = Client()
    client.post(path(issued), {"name": creditor.name, "identity_tail": "1X5051"})
    assert signed_in(client) is not None


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "池建国", "identity_tail": "000000"},
        {"name": "张三", "identity_tail": "1X5051"},
        {"name": "池建国", "identity_tail": "051"},
        {"name": "", "identity_tail": "1X5051"},
        {"name": "池建国", "identity_tail": ""},
        {},
    ],
)
def test_a_wrong_confirmation_lets_nobody_in_and_keeps_the_link(
    creditor: Creditor, wrong: dict[str, str]
) -> None:
    issued = invitations.issue_for_creditor(creditor)
    client = Client()
    response = client.post(path(issued), wrong)
    assert response.status_code in (200, 400)
    assert signed_in(client) is None
    assert not CaseRole.objects.exists()
    client.post(path(issued), RIGHT)
    assert signed_in(client) is not None


def test_five_wrong_confirmations_lock_the_link_until_it_is_renewed(creditor: Creditor) -> None:
    issued = invitations.issue_for_creditor(creditor)
    client = Client()
    for left in (4, 3, 2, 1):
        response = client.post(path(issued), {"name": "池建国", "identity_tail": "999999"})
        assert f"还可以尝试 {left} 次" in response.content.decode()
    last = client.post(path(issued), {"name": "池建国", "identity_tail": "999999"})
    assert last.status_code == 403
    assert client.post(path(issued), RIGHT).status_code == 403
    assert client.get(path(issued)).status_code == 403
    assert signed_in(client) is None
    admin = viewer_for(make_person(creditor.case, "administrator"), creditor.case)
    fresh = invitations.renew(issued.invitation, admin)
    assert client.get(path(issued)).status_code == 404
    client.post(path(fresh), RIGHT)
    assert signed_in(client) is not None


def test_a_link_expires(creditor: Creditor) -> None:
    issued = invitations.issue_for_creditor(creditor, days=2)
    client = Client()
    with clock.set_to(clock.now() + timedelta(days=2, seconds=1)):
        assert client.get(path(issued)).status_code == 410
        response = client.post(path(issued), RIGHT)
        assert response.status_code == 410
        assert "有效期" in response.content.decode()
    assert signed_in(client) is None


def test_a_renewed_link_kills_the_old_one_and_a_revoked_one_looks_unknown(
    creditor: Creditor,
) -> None:
    admin = viewer_for(make_person(creditor.case, "administrator"), creditor.case)
    old = invitations.issue_for_creditor(creditor)
    fresh = invitations.renew(old.invitation, admin)
    client = Client()
    unknown = client.get("/invite/" + "A" * 43 + "/")
    for response in (client.get(path(old)), client.post(path(old), RIGHT)):
        assert response.status_code == unknown.status_code == 404
    invitations.revoke(fresh.invitation, admin)
    assert client.get(path(fresh)).status_code == 404


def test_one_link_a_creditor_works_at_a_time(creditor: Creditor) -> None:
    first = invitations.issue_for_creditor(creditor)
    second = invitations.issue_for_creditor(creditor)
    assert Client().get(path(first)).status_code == 404
    assert Client().get(path(second)).status_code == 200


def test_unknown_links_tell_nothing_of_people(creditor: Creditor) -> None:
    issued = invitations.issue_for_creditor(creditor)
    Client().post(path(issued), RIGHT)
    pages = [
        without_tokens(Client().get(f"/invite/{name}/").content.decode())
        for name in ("x", "A" * 43, "%00", issued.token[:-1])
    ]
    assert len(set(pages)) == 1
    assert creditor.name not in pages[0]


def test_a_post_without_the_csrf_token_uses_nothing(creditor: Creditor) -> None:
    issued = invitations.issue_for_creditor(creditor)
    client = Client(enforce_csrf_checks=True)
    client.get(path(issued))
    assert client.post(path(issued), RIGHT).status_code == 403
    assert Invitation.objects.get().used_at is None
    token = client.cookies["csrftoken"].value
    client.post(path(issued), {**RIGHT, "csrfmiddlewaretoken": token})
    assert signed_in(client) is not None


@pytest.mark.django_db(transaction=True)
def test_of_many_who_use_a_link_at_once_one_gets_in() -> None:
    creditor = make_creditor(make_case(), "王小明")
    issued = invitations.issue_for_creditor(creditor)
    together = Barrier(4)
    tail = creditor.identity_number[-6:]

    def use(_number: int) -> str:
        try:
            invitation = invitations.find(issued.token)
            together.wait(timeout=30)
            acceptance.accept(invitation, "王小明", tail)
            return "in"
        except Refused as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        results = list(threads.map(use, range(4)))
    assert sorted(results) == ["in", "not_allowed", "not_allowed", "not_allowed"]
    assert CaseRole.objects.count() == Person.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_guesses_sent_at_once_get_no_more_tries_than_others() -> None:
    creditor = make_creditor(make_case(), "王小明")
    issued = invitations.issue_for_creditor(creditor)
    invitation = invitations.find(issued.token)
    together = Barrier(8)

    def guess(number: int) -> str:
        try:
            mine = Invitation.objects.get(pk=invitation.pk)
            together.wait(timeout=30)
            acceptance.accept(mine, "王小明", f"{number:06d}")
            return "in"
        except Refused as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(guess, range(900000, 900008)))
    assert results.count("bad_request") == invitations.MAX_FAILED_TRIES
    assert results.count("not_allowed") == 8 - invitations.MAX_FAILED_TRIES


def test_a_demo_link_signs_in_at_one_press_and_switches_whoever_is_signed_in(
    creditor: Creditor,
) -> None:
    judge = make_person(creditor.case, "judge", name="陈法官")
    demo = invitations.issue(
        creditor.case, Role.JUDGE, "陈法官", person=judge, requires_identity=False
    )
    issued = invitations.issue_for_creditor(creditor)
    client = Client()
    client.post(path(issued), RIGHT)
    assert "陈法官" in client.get(path(demo)).content.decode()
    response = client.post(path(demo))
    assert response.status_code == 302
    assert signed_in(client) == judge


def test_a_proxy_of_several_creditors_acts_for_each(case: Case) -> None:
    creditors = [make_creditor(case, name) for name in ("甲", "乙")]
    admin = viewer_for(make_person(case, "administrator"), case)
    issued = invitations.invite_person(
        case, admin, "proxy", "李律师", creditors=creditors, identity_number="31010119800101123x"
    )
    client = Client()
    client.post(path(issued), {"name": "李律师", "identity_tail": "01123X"})
    person = signed_in(client)
    assert person is not None
    assert viewer_for(person, case).acts_for == {one.pk: "proxy" for one in creditors}


def test_one_contact_of_two_creditors_is_one_person(case: Case, creditor: Creditor) -> None:
    second = make_creditor(case, "乙公司")
    second.phone, second.contact_name = creditor.phone, "池建国"
    second.save()
    client = Client()
    client.post(path(invitations.issue_for_creditor(creditor)), RIGHT)
    tail = second.identity_number[-6:]
    issued = invitations.issue_for_creditor(second)
    client.post(path(issued), {"name": "池建国", "identity_tail": tail})
    person = Person.objects.get(phone="16000000001")
    assert set(viewer_for(person, case).acts_for) == {creditor.pk, second.pk}


def test_a_link_seen_by_an_administrator_does_not_open_somebodys_other_cases(
    creditor: Creditor, outbox: Outbox
) -> None:
    elsewhere = make_case()
    known = people.create_person("池建国", phone="16000000001")
    people.add_role(elsewhere, known, Role.CREDITOR, make_creditor(elsewhere, "别处的债权"))
    issued = invitations.issue_for_creditor(creditor)
    client = Client()
    response = client.post(path(issued), RIGHT)
    assert response["Location"] == "/signin/code/"
    assert signed_in(client) is None
    assert outbox.last.to == "16000000001"
    code = re.search(r"\d{6}", outbox.last.text)
    assert code is not None
    client.post("/signin/code/", {"code": code[0]})
    assert signed_in(client) == known
    assert viewer_for(known, creditor.case).acts_for == {creditor.pk: "creditor"}


def test_sessions_that_a_link_opened_end_when_the_person_becomes_more(
    case: Case, outbox: Outbox
) -> None:
    """Whoever used a link in another's name loses the person when a judge is made of it."""
    admin = viewer_for(make_person(case, "administrator"), case)
    clerk = viewer_for(make_person(case, "clerk"), case)
    link = invitations.invite_person(case, admin, "observer", "陈法官", email="chen@court.cn")
    thief = Client()
    thief.post(path(link), {"name": "陈法官"})
    assert signed_in(thief) is not None
    invite = invitations.invite_person(case, clerk, "judge", "陈法官", email="chen@court.cn")
    judge = Client()
    judge.post(path(invite), {"name": "陈法官"})
    assert thief.get("/account/password/set/").status_code == 302
    assert "/signin/" in thief.get(f"/cases/{case.pk}/")["Location"]
    code = re.search(r"\d{6}", outbox.last.text)
    assert code is not None
    assert outbox.last.to == "chen@court.cn"
    judge.post("/signin/code/", {"code": code[0]})
    assert judge.get(f"/cases/{case.pk}/").status_code == 200


def test_an_administrator_makes_no_judge(case: Case) -> None:
    admin = viewer_for(make_person(case, "administrator"), case)
    judge = make_person(case, "judge")
    with pytest.raises(Refused, match="法官"):
        invitations.invite_person(case, admin, "judge", "假法官", email="a@b.cn")
    with pytest.raises(Refused):
        people.set_role_active(CaseRole.objects.get(person=judge), False, admin)
    assert invitations.invite_person(
        case, viewer_for(judge, case), "clerk", "书记员", email="a@b.cn"
    )


def test_a_wrong_invitation_names_what_is_wrong(case: Case) -> None:
    admin = viewer_for(make_person(case, "administrator"), case)
    for values, word in [
        ({"role": "administrator", "name": "甲", "email": ""}, "电子邮箱"),
        ({"role": "observer", "name": "甲", "email": "not-an-address"}, "not-an-address"),
        ({"role": "observer", "name": "甲", "phone": "12ab"}, "12ab"),
        ({"role": "observer", "name": " "}, "姓名"),
        ({"role": "creditor", "name": "甲"}, "债权人"),
        ({"role": "observer", "name": "甲", "days": 0}, "有效期"),
    ]:
        with pytest.raises(Refused, match=word):
            invitations.invite_person(case, admin, **values)  # type: ignore[arg-type]
    stranger = make_creditor(make_case(), "外人")
    with pytest.raises(Refused, match="不属于本案"):
        invitations.invite_person(case, admin, "proxy", "甲", creditors=[stranger])
    assert not Invitation.objects.exists()


def test_a_token_never_reaches_the_log(
    creditor: Creditor, caplog: pytest.LogCaptureFixture
) -> None:
    issued = invitations.issue_for_creditor(creditor)
    Client().post(path(issued), {"name": "池建国", "identity_tail": "999999"})
    Client().get(path(issued))
    assert issued.token not in caplog.text


def test_a_link_alone_does_not_open_what_its_person_filed(
    case: Case, creditor: Creditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.create_person("池建国", phone="16000000001")
    line = case_page.ErrandLine(case.pk, "债权申报", "", "draft", "填写中", "/")
    monkeypatch.setattr(case_page, "_errands", [lambda _person: [line]])
    issued = invitations.issue_for_creditor(creditor)
    way = acceptance.accept(issued.invitation, "池建国", "1X5051").way
    assert way == "code"
