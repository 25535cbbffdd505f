"""Resolutions are prepared while they are drafts, by the administrator and the court alone."""

from typing import Any

import pytest

from creditor_meetings.cases.errors import Refused
from creditor_meetings.meetings import attachments, checklist
from tests.support import world
from tests.voting_pages.conftest import MEMBERS, House
from voting.models import Resolution

PREPARERS = ("administrator", "judge")


def fields(**change: Any) -> dict[str, Any]:
    return {
        "title": "债务人财产管理方案", "text": "同意管理人提交的管理方案。", "power": "8",
        "rule": "prc-ordinary", "agenda_item": "", "document": "", **change,
    }  # fmt: skip


def list_url(house: House) -> str:
    return f"/meetings/{house.meeting.slug}/resolutions/"


@pytest.fixture
def draft(house: House) -> House:
    """The house, turned to a resolution that is a draft yet."""
    house.resolution = world.make_resolution(house.meeting, title="草稿")
    return house


@pytest.mark.parametrize("who", PREPARERS)
def test_added_shown_and_told(house: House, who: str) -> None:
    seq, stale = world.take_snapshot(house.people["甲公司"], house.meeting)
    item = house.meeting.items.first()
    sent = fields(agenda_item=str(item.pk))
    answer = house.client(who).post(f"{list_url(house)}new/", sent)
    assert (answer.status_code, answer["Location"]) == (302, list_url(house))

    made = Resolution.objects.get(title="债务人财产管理方案")
    assert (made.power, made.rule, made.agenda_item, made.state) == (
        8,
        "prc-ordinary",
        item,
        "draft",
    )
    assert "债务人财产管理方案" in house.client(who).get(list_url(house)).content.decode()
    _seq, fresh = world.take_snapshot(house.people["甲公司"], house.meeting)
    assert world.catch_up(house.people["甲公司"], house.meeting, seq, stale) == fresh
    assert str(made.pk) in fresh["resolutions"]


@pytest.mark.parametrize("who", [one for one in MEMBERS if one not in PREPARERS])
def test_others_prepare_nothing(draft: House, who: str) -> None:
    client = draft.client(who)
    assert client.get(list_url(draft)).status_code == 403
    assert client.post(f"{list_url(draft)}new/", fields()).status_code == 403
    assert client.post(draft.url("edit/"), fields()).status_code == 403
    assert client.post(draft.url("delete/")).status_code == 403
    assert client.post(draft.url("move/"), {"to": "up"}).status_code == 403
    assert Resolution.objects.get(pk=draft.resolution.pk).title == "草稿"


@pytest.mark.parametrize(
    "change",
    [
        {"title": " "},
        {"title": "长" * 201},
        {"text": ""},
        {"power": "1"},
        {"power": "99"},
        {"power": ""},
        {"rule": "prc-composition"},
        {"rule": "us-1126c"},
        {"power": "6"},
        {"agenda_item": "999999"},
        {"document": "999999"},
        {"title": "空\x00字符"},
    ],
)
def test_wrong_is_refused_and_what_was_typed_is_kept(house: House, change: dict[str, str]) -> None:
    before = Resolution.objects.count()
    answer = house.client("administrator").post(f"{list_url(house)}new/", fields(**change))
    assert answer.status_code == 400
    assert Resolution.objects.count() == before
    text = answer.content.decode()
    assert 'class="error"' in text or 'role="alert"' in text
    if "text" not in change:
        assert "同意管理人提交的管理方案。" in text


@pytest.mark.parametrize(
    ("power", "rule"),
    [("6", "prc-reorganisation"), ("7", "prc-composition"), ("0", "prc-ordinary")],
)
def test_each_power_has_its_rule(house: House, power: str, rule: str) -> None:
    sent = fields(power=power, rule=rule)
    assert house.client("administrator").post(f"{list_url(house)}new/", sent).status_code == 302
    assert Resolution.objects.latest("pk").rule == rule


def test_edited_and_told(draft: House) -> None:
    seq, stale = world.take_snapshot(draft.people["乙公司"], draft.meeting)
    client = draft.client("administrator")
    assert "草稿" in client.get(draft.url("edit/")).content.decode()
    assert client.post(draft.url("edit/"), fields(title="改过的")).status_code == 302
    _seq, fresh = world.take_snapshot(draft.people["乙公司"], draft.meeting)
    assert world.catch_up(draft.people["乙公司"], draft.meeting, seq, stale) == fresh
    assert fresh["resolutions"][str(draft.resolution.pk)]["title"] == "改过的"


def test_deleted_and_told(draft: House) -> None:
    seq, stale = world.take_snapshot(draft.people["乙公司"], draft.meeting)
    assert draft.client("administrator").post(draft.url("delete/")).status_code == 302
    _seq, fresh = world.take_snapshot(draft.people["乙公司"], draft.meeting)
    assert world.catch_up(draft.people["乙公司"], draft.meeting, seq, stale) == fresh
    assert str(draft.resolution.pk) not in fresh["resolutions"]


def test_moved_and_told(draft: House) -> None:
    seq, stale = world.take_snapshot(draft.people["乙公司"], draft.meeting)
    assert draft.client("judge").post(draft.url("move/"), {"to": "up"}).status_code == 302
    assert draft.meeting.resolutions.first() == draft.resolution
    _seq, fresh = world.take_snapshot(draft.people["乙公司"], draft.meeting)
    assert world.catch_up(draft.people["乙公司"], draft.meeting, seq, stale) == fresh
    assert draft.client("judge").post(draft.url("move/"), {"to": "aside"}).status_code == 400


@pytest.mark.parametrize("page", ["edit/", "delete/"])
def test_an_open_poll_stands(house: House, page: str) -> None:
    answer = house.client("administrator").post(house.url(page), fields(title="偷换"))
    assert answer.status_code == 400
    house.resolution.refresh_from_db()
    assert house.resolution.title == "破产财产变价方案"
    assert house.client("administrator").get(house.url("edit/")).status_code == 400


def test_closed_meeting_stands(draft: House) -> None:
    draft.meeting.state = "closed"
    draft.meeting.save()
    client = draft.client("administrator")
    assert client.post(f"{list_url(draft)}new/", fields()).status_code == 400
    assert client.post(draft.url("delete/")).status_code == 400
    assert Resolution.objects.filter(pk=draft.resolution.pk).exists()


def test_lent_document_is_attached(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    paper = attachments.Attachment(7, "管理方案.pdf", "/somewhere/7/", handed_out=True)
    monkeypatch.setattr(attachments, "_lister", lambda _meeting: [paper])
    client = house.client("administrator")
    assert client.post(f"{list_url(house)}new/", fields(document="7")).status_code == 302
    assert Resolution.objects.latest("pk").document == 7
    assert "管理方案.pdf" in client.get(list_url(house)).content.decode()
    assert client.post(f"{list_url(house)}new/", fields(document="8")).status_code == 400


@pytest.mark.parametrize(("handed_out", "kept"), [(False, True), (True, False)])
def test_a_poll_waits_for_its_document(
    draft: House, monkeypatch: pytest.MonkeyPatch, handed_out: bool, kept: bool
) -> None:
    paper = attachments.Attachment(7, "管理方案.pdf", "/somewhere/7/", handed_out=handed_out)
    lent = [paper] if kept else []
    monkeypatch.setattr(attachments, "_lister", lambda _meeting: lent)
    draft.resolution.document = 7
    draft.resolution.save()

    with pytest.raises(Refused) as refused:
        world.open_poll(draft.resolution, draft.people["judge"])
    assert refused.value.code == "bad_request"
    assert ("管理方案.pdf" if kept else "撤回") in refused.value.message
    assert Resolution.objects.get(pk=draft.resolution.pk).state == "draft"
    page = draft.client("administrator").get(list_url(draft)).content.decode()
    assert ("尚未发放" if kept else "撤回") in page
    line = next(one for one in checklist.of(draft.meeting) if one.title == "表决事项")
    assert not line.done
    assert "尚未发放" in line.text

    lent[:] = [attachments.Attachment(7, "管理方案.pdf", "/somewhere/7/", handed_out=True)]
    line = next(one for one in checklist.of(draft.meeting) if one.title == "表决事项")
    assert line.done
    world.open_poll(draft.resolution, draft.people["judge"])
    assert Resolution.objects.get(pk=draft.resolution.pk).state == "open"
