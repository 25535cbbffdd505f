"""The voting register before the poll opens: lines, totals, what is to be settled, its tables."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from creditor_meetings.cases import clock
from creditor_meetings.claims.models import Claim
from creditor_meetings.meetings.models import Mandate, Meeting
from tests.support import world
from voting import preview
from voting.models import Resolution

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _without_second_factor(settings: Any) -> None:
    settings.REQUIRE_STAFF_MFA = False


@pytest.fixture
def meeting() -> Meeting:
    """A meeting with creditors of every kind that a register must tell apart."""
    case = world.make_case()
    for name, fields in {
        "甲公司": {"confirmed": "600.00"},
        "=乙公司": {"confirmed": "300.00"},
        "工商银行": {"nature": "secured", "confirmed": "8000.00"},
        "暂缓公司": {"confirmed": "50.00", "conclusion": "undetermined"},
        "职工": {"nature": "employee", "confirmed": "10.00"},
    }.items():
        creditor = world.make_creditor(case, name, **fields)
        if name != "甲公司":
            world.make_person(case, "creditor", creditor)
    return world.make_meeting(case)


def draft(meeting: Meeting, power: int = 9) -> Resolution:
    return world.make_resolution(meeting, power=power)


def concerns(resolution: Resolution) -> dict[str, set[str]]:
    drawn = preview.preview(resolution)
    names = {row.creditor_id: row.name for row in drawn.rows}
    return {one.key: {names[who] for who in one.creditors} for one in drawn.warnings}


def client_of(meeting: Meeting, role: str) -> Client:
    client = Client()
    client.force_login(
        world.make_person(meeting.case, role),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    return client


def url(resolution: Resolution, page: str = "register/") -> str:
    return f"/meetings/{resolution.meeting.slug}/resolutions/{resolution.pk}/{page}"


def test_each_creditor_stands_there_with_its_right_or_why_it_has_none(meeting: Meeting) -> None:
    rows = {row.name: row for row in preview.preview(draft(meeting)).rows}
    assert (rows["甲公司"].heads, rows["甲公司"].amount_fen, rows["甲公司"].reason) == (
        1,
        60000,
        "",
    )
    assert (rows["工商银行"].heads, rows["工商银行"].amount_fen) == (1, 0)
    assert "临时确定债权额" in rows["暂缓公司"].reason
    assert rows["职工"].heads == 0
    assert rows["职工"].reason
    barred = {row.name: row for row in preview.preview(draft(meeting, power=10)).rows}
    assert "未放弃优先受偿权" in barred["工商银行"].reason


def test_totals_say_what_would_pass(meeting: Meeting) -> None:
    one = draft(meeting)
    (total,) = preview.preview(one).totals
    assert (total.entitled.number, total.amount) == (3, "900.00")
    assert total.needs == [
        "人数：现有 0 户出席，须 1 户同意；3 户都出席时须 2 户同意",
        "债权额：无财产担保债权总额 900.00 元的二分之一以上，即同意票须达 450.00 元",
    ]
    plan = world.make_resolution(meeting, power=6, rule="prc-reorganisation")
    groups = {total.group: total for total in preview.preview(plan).totals}
    assert groups["担保债权组"].needs[1].endswith("即同意票须达 5,333.34 元")


def test_what_must_be_settled_is_named_with_the_creditors(meeting: Meeting) -> None:
    found = concerns(draft(meeting))
    assert found == {
        "undetermined": {"暂缓公司"},
        "priority": {"工商银行"},
        "nobody": {"甲公司"},
    }
    plain, barred = (preview.preview(draft(meeting, power=power)).warnings for power in (9, 10))
    assert [one.serious for one in plain if one.key == "priority"] == [False]
    assert [one.serious for one in barred if one.key == "priority"] == [True]
    # A temporary amount, a waiver, somebody who acts: nothing is left to settle.
    Claim.objects.filter(conclusion="undetermined").update(temporary_fen=100)
    Claim.objects.filter(nature="secured").update(priority_waived=True)
    alone = meeting.case.creditors.get(name="甲公司")
    world.make_person(meeting.case, "creditor", alone)
    assert concerns(draft(meeting)) == {}


@pytest.mark.parametrize(
    ("mandate", "good"),
    [
        ({}, True),
        ({"powers": [9, 10]}, True),
        ({"powers": [8]}, False),
        ({"state": "submitted"}, False),
        ({"state": "revoked"}, False),
        ({"valid_until": clock.now() - timedelta(days=1)}, False),
        (None, False),
    ],
)
def test_a_creditor_with_proxies_alone_needs_a_good_power_of_attorney(
    meeting: Meeting, mandate: dict[str, Any] | None, good: bool
) -> None:
    alone = meeting.case.creditors.get(name="甲公司")
    proxy = world.make_person(meeting.case, "proxy", alone, mandate=False)
    if mandate is not None:
        world.make_mandate(proxy, alone, **mandate)
    found = concerns(draft(meeting))
    assert "nobody" not in found
    assert found.get("mandate", set()) == (set() if good else {"甲公司"})
    # Whoever attends itself needs none.
    world.make_person(meeting.case, "creditor", alone)
    assert "mandate" not in concerns(draft(meeting))


def test_a_mandate_for_another_meeting_does_not_do(meeting: Meeting) -> None:
    alone = meeting.case.creditors.get(name="甲公司")
    proxy = world.make_person(meeting.case, "proxy", alone, mandate=False)
    world.make_mandate(proxy, alone, meeting=world.make_meeting(meeting.case))
    assert concerns(draft(meeting))["mandate"] == {"甲公司"}
    Mandate.objects.update(meeting=meeting)
    assert "mandate" not in concerns(draft(meeting))


def test_the_page_finds_a_creditor_and_lists_whom_a_warning_concerns(meeting: Meeting) -> None:
    client, one = client_of(meeting, "administrator"), draft(meeting)
    page = client.get(url(one)).content.decode()
    for name in ("甲公司", "工商银行", "暂缓公司", "职工"):
        assert name in page
    found = client.get(url(one), {"q": "甲"}).content.decode()
    assert "甲公司" in found
    assert "工商银行" not in found
    shown = client.get(url(one), {"show": "undetermined"}).content.decode()
    assert "暂缓公司" in shown
    assert "工商银行" not in shown
    assert client.get(url(one), {"show": "nothing", "page": "99"}).status_code == 200


def test_its_tables_run_nothing_and_round_nothing(meeting: Meeting) -> None:
    client, one = client_of(meeting, "judge"), draft(meeting)
    answer = client.get(url(one, "register.csv"))
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row[1] for row in rows[1:]] == ["甲公司", "'=乙公司", "工商银行", "暂缓公司", "职工"]
    assert rows[1][3:5] == ["1", "600.00"]
    sheet = load_workbook(io.BytesIO(client.get(url(one, "register.xlsx")).content)).active
    assert [[cell or "" for cell in row] for row in sheet.values] == rows
    assert client.get(url(one, "register.exe")).status_code == 404


def test_an_open_poll_shows_what_was_frozen(meeting: Meeting) -> None:
    judge = world.make_person(meeting.case, "judge")
    one = world.open_poll(draft(meeting), judge)
    Claim.objects.update(confirmed_fen=1)
    one.refresh_from_db()
    drawn = preview.preview(one)
    assert drawn.frozen
    assert drawn.warnings == []
    assert {row.name: row.amount for row in drawn.rows}["甲公司"] == "600.00"
    page = client_of(meeting, "judge").get(url(one)).content.decode()
    assert "已固定" in page
