"""The pages of cases, people and invitations: who may see them, and what they do."""

import csv
import io
import re
from typing import Any

import pytest
from django.test import Client

from creditor_meetings.cases.access import viewer_for
from creditor_meetings.cases.invitations import invite_creditors
from creditor_meetings.cases.models import Case, CaseRole, Creditor, Invitation, Person, Role
from creditor_meetings.cases.views_invitations import as_csv, safe_cell
from creditor_meetings.realtime.models import Event
from tests.cases.conftest import Outbox
from tests.support.world import make_case, make_creditor, make_meeting, make_person

STAFF = ("administrator", "judge", "clerk")


def client_of(person: Person | None) -> Client:
    client = Client()
    if person is not None:
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def somebody(case: Case, role: str) -> Person:
    creditor = make_creditor(case) if role in ("creditor", "proxy") else None
    return make_person(case, role, creditor)


@pytest.mark.parametrize("role", [*Role.values, "stranger", "elsewhere"])
def test_who_may_open_what(case: Case, role: str) -> None:
    if role == "stranger":
        person = None
    elif role == "elsewhere":
        person = make_person(make_case(), "administrator")
    else:
        person = somebody(case, role)
    held = CaseRole.objects.get(case=case, person=somebody(case, "observer"))
    link = invite_creditors(
        case, [make_creditor(case)], viewer_for(make_person(case, "clerk"), case)
    )[0].invitation
    base = f"/cases/{case.pk}/"
    pages = [base, f"{base}edit/", f"{base}people/", f"{base}invitations/"]
    actions = [
        f"{base}people/{held.pk}/",
        f"{base}invitations.csv",
        f"{base}invitations/send/",
        f"{base}invitations/{link.pk}/renew/",
        f"{base}invitations/{link.pk}/revoke/",
        f"{base}invitations/",
        f"{base}edit/",
    ]
    client = client_of(person)
    for path in pages:
        expected = 200 if role in STAFF else {"stranger": 302, "elsewhere": 404}.get(role, 403)
        assert client.get(path).status_code == expected, path
    if role in STAFF:
        for path in actions[:5]:
            assert client.get(path).status_code == 405, path
        return
    for path in actions:
        assert client.post(path).status_code in (302, 403, 404), path
        if client.post(path).status_code == 302:
            assert client.post(path)["Location"].startswith("/signin/?next=")
    assert Invitation.objects.get().revoked_at is None
    assert client.get("/cases/new/").status_code in (302, 404)
    assert client.post("/cases/new/").status_code in (302, 404)


def test_ids_of_another_case_are_not_found(case: Case) -> None:
    admin = client_of(make_person(case, "administrator"))
    other = make_case()
    theirs = make_person(other, "administrator")
    held = CaseRole.objects.get(person=theirs)
    link = invite_creditors(other, [make_creditor(other)], viewer_for(theirs, other))[0]
    number = link.invitation.pk
    for path in (
        f"people/{held.pk}/",
        f"invitations/{number}/renew/",
        f"invitations/{number}/revoke/",
    ):
        assert admin.post(f"/cases/{case.pk}/{path}").status_code == 404
    held.refresh_from_db()
    assert held.active
    assert Invitation.objects.get().revoked_at is None


def test_home_shows_ones_own_meetings_with_the_way_in(case: Case) -> None:
    meeting = make_meeting(case, "open")
    elsewhere = make_case(debtor="别处的债务人")
    make_meeting(elsewhere, "open")
    page = client_of(somebody(case, "creditor")).get("/").content.decode()
    assert f"/meetings/{meeting.slug}/" in page
    assert case.number in page
    assert "别处的债务人" not in page
    assert f'href="/cases/{case.pk}/"' not in page
    assert (
        f'href="/cases/{case.pk}/"' in client_of(somebody(case, "judge")).get("/").content.decode()
    )
    assert "/signin/" in Client().get("/").content.decode()


def test_many_creditors_are_invited_by_the_contacts_on_record(case: Case, outbox: Outbox) -> None:
    with_phone, with_email, with_none = (make_creditor(case, name) for name in "甲乙丙")
    Creditor.objects.filter(pk=with_phone.pk).update(phone="138 0000 0001", email="a@b.cn")
    Creditor.objects.filter(pk=with_email.pk).update(email="b@b.cn")
    admin = client_of(make_person(case, "administrator"))
    page = admin.post(
        f"/cases/{case.pk}/invitations/send/", {"days": 10, "whom": "without_link"}, follow=True
    )
    assert [(one.channel, one.to) for one in outbox.sent] == [
        ("sms", "13800000001"),
        ("email", "b@b.cn"),
    ]
    text = page.content.decode()
    assert "正在发送 2 份邀请" in text
    assert "有 1 份邀请没有可用的联系方式" in text
    link = re.search(r"/invite/([\w-]{43})/", outbox.sent[0].text)
    assert link is not None
    assert Client().get(link[0]).status_code == 200
    # Whoever has a link is not written to again, unless the administrator asks for it.
    admin.post(f"/cases/{case.pk}/invitations/send/", {"days": 10, "whom": "without_link"})
    assert len(outbox.sent) == 2
    assert Invitation.objects.count() == 3
    wrong = admin.post(f"/cases/{case.pk}/invitations/send/", {"days": 0, "whom": "all"})
    assert wrong.status_code == 400
    assert with_none.invitations.get().sent_at is None


def test_the_table_of_links_works_and_runs_no_formula(case: Case) -> None:
    names = ['=HYPERLINK("http://evil")', "+1", "-1", "@SUM(A1)", "\t=1", "普通,“引号”\n两行"]
    creditors = [make_creditor(case, name) for name in names]
    admin = client_of(make_person(case, "administrator"))
    response = admin.post(f"/cases/{case.pk}/invitations.csv", {"days": 7, "whom": "not_in"})
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert "no-store" in response["Cache-Control"]
    assert response.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"), newline="")))
    assert len(rows) == 1 + len(creditors)
    for row, name in zip(rows[1:], names, strict=True):
        assert row[1].removeprefix("'") == name
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)
        path = re.search(r"/invite/[\w-]+/", row[6])
        assert path is not None
        assert Client().get(path[0]).status_code == 200
    # Another table makes the links of the first one void.
    admin.post(f"/cases/{case.pk}/invitations.csv", {"days": 7, "whom": "not_in"})
    assert Client().get(path[0]).status_code == 404


def test_cells_are_safe() -> None:
    assert safe_cell("\r=1") == "'\r=1"
    assert safe_cell(5) == "5"
    assert as_csv([]).decode("utf-8-sig").count("\n") == 1


def test_one_person_is_invited_and_the_link_shown_once(case: Case) -> None:
    for name in ("甲公司", "乙公司"):
        make_creditor(case, name)
    admin = client_of(make_person(case, "administrator"))
    address = f"/cases/{case.pk}/invitations/"
    values = {"role": "proxy", "name": "李律师", "creditors": "1，乙公司", "days": 5, "channel": ""}
    page = admin.post(address, values)
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    link = re.search(r"/invite/[\w-]{43}/", page.content.decode())
    assert link is not None
    assert re.search(r"/invite/[\w-]{43}/", admin.get(address).content.decode()) is None
    shown = Client().get(link[0]).content.decode()
    assert "甲公司" in shown
    assert "乙公司" in shown
    for wrong, words in [
        ({"creditors": "99"}, "没有“99”"),
        ({"creditors": ""}, "请填写其代表的债权人"),
        ({"role": "judge", "email": "j@court.cn"}, "只有法官"),
        ({"days": "999"}, "180"),
        ({"role": "king"}, "king"),
    ]:
        page = admin.post(address, {**values, **wrong})
        assert page.status_code in (400, 403)
        assert words in page.content.decode()
    assert Invitation.objects.count() == 1


def test_taking_a_role_away_is_told_to_the_persons_open_rooms(case: Case) -> None:
    meeting = make_meeting(case, "open")
    person = somebody(case, "creditor")
    held = CaseRole.objects.get(person=person)
    admin = client_of(make_person(case, "administrator"))
    path = f"/cases/{case.pk}/people/{held.pk}/"
    room = f"/meetings/{meeting.slug}/"
    assert client_of(person).get(room).status_code == 200
    admin.post(path, {"active": "0"})
    told = Event.objects.filter(meeting=meeting, kind="access_changed")
    assert [event.audience for event in told] == [f"person:{person.pk}"]
    assert client_of(person).get(room).status_code == 404
    admin.post(path, {"active": "0"})
    assert told.all().count() == 1
    admin.post(path, {"active": "1"})
    assert told.all().count() == 2
    assert client_of(person).get(room).status_code == 200


def test_somebody_gets_one_more_role(case: Case) -> None:
    person = somebody(case, "creditor")
    other = make_creditor(case, "乙公司")
    admin = client_of(make_person(case, "administrator"))
    path = f"/cases/{case.pk}/people/"
    values = {"person": person.name, "role": "proxy", "creditors": "乙公司"}
    for wrong, words in [
        ({"person": "无名氏"}, "没有“无名氏”"),
        ({"role": "judge"}, "只有法官"),
        ({"role": "administrator"}, "电子邮箱"),
        ({"creditors": "丙公司"}, "丙公司"),
    ]:
        page = admin.post(path, {**values, **wrong})
        assert page.status_code == 400
        assert words in page.content.decode()
    assert CaseRole.objects.filter(person=person).count() == 1
    assert admin.post(path, values).status_code == 302
    assert viewer_for(person, case).acts_for[other.pk] == "proxy"
    assert client_of(person).post(path, values).status_code == 403


def test_nobody_locks_oneself_out(case: Case) -> None:
    person = make_person(case, "administrator")
    held = CaseRole.objects.get(person=person)
    answer = client_of(person).post(f"/cases/{case.pk}/people/{held.pk}/", {"active": "0"})
    assert answer.status_code == 400
    held.refresh_from_db()
    assert held.active


FACTS = {
    "number": "（2026）沪03破999号",
    "court": "上海市第三中级人民法院",
    "debtor": "示例包装有限公司",
    "procedure": "liquidation",
    "filing_deadline": "2026-12-01",
    "administrator_firm": "示例律师事务所",
    "panel": "陈法官、王法官",
    "clerk": "李书记员",
}


def test_facts_of_a_case_are_changed_and_wrong_ones_named(case: Case) -> None:
    admin = client_of(make_person(case, "administrator"))
    path = f"/cases/{case.pk}/edit/"
    page = admin.post(path, {**FACTS, "filing_deadline": "soon", "procedure": "magic"})
    assert page.status_code == 400
    assert set(page.context["form"].errors) == {"filing_deadline", "procedure"}
    assert "示例律师事务所" in page.content.decode()
    other = make_case()
    page = admin.post(path, {**FACTS, "number": other.number})
    assert page.status_code == 400
    assert admin.post(path, FACTS).status_code == 302
    case.refresh_from_db()
    assert case.debtor == "示例包装有限公司"
    assert str(case.filing_deadline) == "2026-12-01"


def test_an_operator_makes_a_case_with_its_first_people(db: Any, outbox: Outbox) -> None:
    operator = Person.objects.create_superuser("op@example.com", "x" * 12, name="运维")
    client = client_of(operator)
    first = {
        "administrator_name": "周管理",
        "administrator_email": "zhou@firm.cn",
        "judge_name": "陈法官",
        "judge_email": "ZHOU@firm.cn",
    }
    page = client.post("/cases/new/", {**FACTS, **first})
    assert page.status_code == 400
    assert not Case.objects.exists()
    page = client.post("/cases/new/", {**FACTS, **first, "judge_email": "chen@court.cn"})
    assert page.status_code == 200
    assert {message.to for message in outbox.sent} == {"zhou@firm.cn", "chen@court.cn"}
    assert set(Invitation.objects.values_list("role", flat=True)) == {"administrator", "judge"}


@pytest.mark.parametrize("model", ["case", "creditor", "person", "caserole", "invitation"])
def test_admin_lists_finds_and_shows(case: Case, creditor: Creditor, model: str) -> None:
    admin = make_person(case, "administrator")
    invite_creditors(case, [creditor], viewer_for(admin, case))
    operator = Person.objects.create_superuser("op@example.com", "x" * 12, name="运维")
    client = client_of(operator)
    page = client.get(f"/admin/cases/{model}/", {"q": "示例"})
    assert page.status_code == 200
    rows = {
        "case": case,
        "creditor": creditor,
        "person": admin,
        "caserole": CaseRole.objects.get(),
        "invitation": Invitation.objects.get(),
    }
    shown = client.get(f"/admin/cases/{model}/{rows[model].pk}/change/")
    assert shown.status_code == 200
    assert Invitation.objects.get().token_hash not in shown.content.decode()
    if model in ("case", "creditor", "person", "caserole"):
        assert client.get(f"/admin/cases/{model}/add/").status_code == 200


def test_the_operator_issues_a_link_anew(case: Case, creditor: Creditor, outbox: Outbox) -> None:
    admin = make_person(case, "administrator")
    old = invite_creditors(case, [creditor], viewer_for(admin, case))[0]
    operator = Person.objects.create_superuser("op@example.com", "x" * 12, name="运维")
    client_of(operator).post(
        "/admin/cases/invitation/",
        {"action": "send_anew", "_selected_action": [old.invitation.pk]},
    )
    assert Client().get(f"/invite/{old.token}/").status_code == 404
    link = re.search(r"/invite/[\w-]{43}/", outbox.last.text)
    assert link is not None
    assert Client().get(link[0]).status_code == 200


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_error_pages_are_pages(db: None, language: str, settings: Any) -> None:
    client = Client(enforce_csrf_checks=True, headers={"accept-language": language})
    for path, status in [("/nothing/here/", 404), ("/cases/999999/", 302)]:
        assert client.get(path).status_code == status
    refused = client.post("/signin/", {"identifier": "13800000000"})
    assert refused.status_code == 403
    assert "<main" in refused.content.decode()
    settings.ALLOWED_HOSTS = ["only.example"]
    assert client.get("/").status_code == 400
