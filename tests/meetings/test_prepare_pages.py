"""The pages on which a meeting is prepared, as forms are sent."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from creditor_meetings.cases.models import Case, Invitation, Person, Role
from creditor_meetings.meetings import listing
from creditor_meetings.meetings.models import Meeting, MeetingState
from tests.support import world

pytestmark = pytest.mark.django_db


def signed_in(person: Person) -> Client:
    """Return a client that is this person."""
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture(autouse=True)
def _without_second_factor(settings) -> None:
    settings.REQUIRE_STAFF_MFA = False


@pytest.fixture
def case() -> Case:
    """Return a case."""
    return world.make_case()


@pytest.fixture
def administrator(case: Case) -> Client:
    """Return a client of the administrator's."""
    return signed_in(world.make_person(case, "administrator"))


RULES = {
    "questions_shown": "moderated",
    "floor_minutes": "2.5",
    "recording_rule": "always",
    "replay_rule": "staff",
}


def test_an_administrator_brings_a_meeting_from_nothing_to_convened(
    case: Case, administrator: Client
) -> None:
    address = f"/cases/{case.pk}/meetings/new/"
    assert administrator.get(address).status_code == 200
    answer = administrator.post(
        address,
        {
            "title": "第一次债权人会议",
            "starts_at": "2026-03-02T09:30",
            "tally_shown": "live",
            "claims_open": "on",
            **RULES,
        },
    )
    meeting = Meeting.objects.get(case=case)
    assert answer.headers["Location"] == f"/meetings/{meeting.slug}/prepare/"
    assert meeting.starts_at == datetime(2026, 3, 2, 1, 30, tzinfo=UTC), "told in Beijing time"
    assert meeting.delegated
    assert (meeting.questions_shown, meeting.floor_seconds) == ("moderated", 150)
    assert (meeting.recording_rule, meeting.replay_rule) == ("always", "staff")

    page = f"/meetings/{meeting.slug}/prepare/"
    for kind, title in (("report", "工作报告"), ("resolution", "变价方案"), ("other", "其他")):
        administrator.post(f"{page}agenda/add/", {"new-kind": kind, "new-title": title})
    items = {item.title: item.pk for item in meeting.items.all()}
    administrator.post(f"{page}agenda/{items['变价方案']}/move/", {"to": "up"})
    administrator.post(f"{page}agenda/{items['其他']}/delete/")
    number = items["工作报告"]
    administrator.post(
        f"{page}agenda/{number}/edit/",
        {f"item-{number}-kind": "report", f"item-{number}-title": "财产状况报告"},
    )
    assert list(meeting.items.values_list("title", flat=True)) == ["变价方案", "财产状况报告"]

    shown = administrator.post(f"{page}convene/", follow=True).content.decode()
    meeting.refresh_from_db()
    assert meeting.state == MeetingState.CONVENED
    assert "已通知召开" in shown


def test_a_wrong_form_comes_back_as_it_was_sent_and_says_what_is_wrong(
    case: Case, administrator: Client
) -> None:
    answer = administrator.post(
        f"/cases/{case.pk}/meetings/new/",
        {"title": "我的会议", "starts_at": "明天", "tally_shown": "live"},
    )
    shown = answer.content.decode()
    assert answer.status_code == 400
    assert "我的会议" in shown
    assert "例如 2026-01-31 09:30" in shown
    assert not Meeting.objects.exists()

    meeting = world.make_meeting(case, state=MeetingState.DRAFT)
    answer = administrator.post(
        f"/meetings/{meeting.slug}/prepare/agenda/add/",
        {"new-kind": "party", "new-title": "", "new-note": "保留的说明"},
    )
    assert answer.status_code == 400
    assert "保留的说明" in answer.content.decode()


def test_the_administrators_form_cannot_change_who_runs_the_meeting(
    case: Case, administrator: Client
) -> None:
    meeting = world.make_meeting(case, state=MeetingState.CONVENED, delegated=False)
    page = f"/meetings/{meeting.slug}/prepare/"
    assert 'name="delegated"' not in administrator.get(page).content.decode()
    administrator.post(
        f"{page}facts/",
        {
            "title": "改名",
            "starts_at": "2026-03-02T09:30",
            "tally_shown": "live",
            "delegated": "on",
            **RULES,
        },
    )
    meeting.refresh_from_db()
    assert (meeting.title, meeting.delegated) == ("改名", False)
    judge = signed_in(world.make_person(case, "judge"))
    assert 'name="delegated"' in judge.get(page).content.decode()


def test_a_refused_step_is_said_on_the_page(case: Case, administrator: Client) -> None:
    meeting = world.make_meeting(case, state=MeetingState.DRAFT)
    meeting.items.all().delete()
    shown = administrator.post(f"/meetings/{meeting.slug}/prepare/convene/", follow=True)
    assert "议程还是空的" in shown.content.decode()


@pytest.mark.parametrize("role", sorted(set(Role.values) - {"administrator", "judge"}))
def test_the_pages_are_the_administrators_and_the_judges(case: Case, role: str) -> None:
    creditor = world.make_creditor(case) if role in ("creditor", "proxy") else None
    client = signed_in(world.make_person(case, role, creditor))
    meeting = world.make_meeting(case, state=MeetingState.CONVENED)
    item = meeting.items.first()
    assert item is not None
    page = f"/meetings/{meeting.slug}/prepare/"
    assert client.get(page).status_code == 403
    assert client.get(f"/cases/{case.pk}/meetings/new/").status_code == 403
    for tail in (
        "facts/", "convene/", "take-back/", "agenda/add/",
        f"agenda/{item.pk}/edit/", f"agenda/{item.pk}/move/", f"agenda/{item.pk}/delete/",
    ):  # fmt: skip
        assert client.post(page + tail).status_code == 403
    stranger = signed_in(world.make_person(world.make_case(), "administrator"))
    assert stranger.get(page).status_code == 404
    assert Client().get(page).status_code == 302


def test_the_checklist_counts_what_is_there(case: Case, administrator: Client) -> None:
    creditor = world.make_creditor(case)
    meeting = world.make_meeting(case, state=MeetingState.DRAFT)
    page = f"/meetings/{meeting.slug}/prepare/"
    shown = administrator.get(page).content.decode()
    assert "1 户债权人，1 笔债权" in shown
    assert "尚未上传会议文件" in shown
    assert "尚无表决事项" in shown
    assert "0 / 1 户债权人已邀请" in shown
    world.make_resolution(meeting)
    Invitation.objects.create(
        case=case, creditor=creditor, role="creditor", token_hash="x", name="李华",
        expires_at=datetime(2030, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    shown = administrator.get(page).content.decode()
    assert "1 项表决事项" in shown
    assert "1 / 1 户债权人已邀请" in shown


def test_home_lists_what_goes_on_first_and_drafts_to_the_team_alone(case: Case) -> None:
    world.make_meeting(case, state=MeetingState.CLOSED, title="已闭会的")
    world.make_meeting(case, state=MeetingState.DRAFT, title="筹备中的")
    world.make_meeting(case, state=MeetingState.OPEN, title="进行中的")
    elsewhere = world.make_case()
    world.make_meeting(elsewhere, title="别的案件的")
    cases = [case.pk, elsewhere.pk]
    judge = world.make_person(case, "judge")
    observer = world.make_person(case, "observer")
    assert [line.title for line in listing.lines(judge, cases)] == [
        "进行中的",
        "筹备中的",
        "已闭会的",
    ]
    assert [line.title for line in listing.lines(observer, cases)] == ["进行中的", "已闭会的"]
    assert [line.enterable for line in listing.lines(observer, cases)] == [True, False]
