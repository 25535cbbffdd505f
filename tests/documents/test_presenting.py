"""Presenting a document: who leads, what everybody's room says, and when it ends."""

import copy
from typing import Any

import pytest

from creditor_meetings.cases.errors import Refused
from creditor_meetings.meetings import verbs as meeting_verbs
from creditor_meetings.realtime.log import events_after
from documents import presenting, verbs, with_items
from documents.models import Document
from tests.documents.conftest import ROLES, STAFF, House, build_house
from tests.support import world
from voting.models import LedgerEntry


def shown(house: House, role: str = "creditor") -> dict[str, Any]:
    """What a role's room says is presented."""
    house.meeting.refresh_from_db()
    return world.take_snapshot(house.people[role], house.meeting)[1]["presentation"]


def attempt(house: House, role: str, name: str, data: dict[str, Any]) -> dict[str, Any]:
    """Send a command as a role does."""
    from creditor_meetings.realtime import commands

    return commands.carry_out(world.context(house.people[role], house.meeting), name, data)


def kinds(house: House) -> list[str]:
    """The kinds of entries in the meeting's ledger."""
    rows = LedgerEntry.objects.filter(meeting=house.meeting).order_by("position")
    return list(rows.values_list("kind", flat=True))


@pytest.mark.parametrize("role", ROLES)
def test_the_team_and_the_court_present(role: str, house: House) -> None:
    document = house.hand_out(house.upload())
    data = {"document": document.pk, "page": 2}
    reply = attempt(house, role, "present_document", data)
    assert reply["ok"] is (role in STAFF)
    _seq, state = world.take_snapshot(house.people[role], house.meeting)
    may = {"present_document", "present_page", "point", "stop_presenting"}
    assert (may <= set(state["me"]["can"])) is (role in STAFF)
    if role not in STAFF:
        assert reply["error"]["code"] == "not_allowed"
        assert shown(house) == {}
        return
    told = shown(house, "observer")
    assert (told["document"], told["page"], told["pointer"]) == (document.pk, 2, None)
    assert (told["person"], told["name"]) == (house.people[role].pk, role)


def test_every_move_is_told_as_it_stands(house: House) -> None:
    document = house.hand_out(house.upload())
    followed = {role: world.take_snapshot(house.people[role], house.meeting) for role in ROLES}

    def told_to_all() -> dict[str, Any]:
        for role, (seq, stale) in followed.items():
            state = world.catch_up(house.people[role], house.meeting, seq, copy.deepcopy(stale))
            assert (state.get("presentation") or {}) == shown(house, role), role
        return shown(house)

    steps: list[tuple[str, dict[str, Any], tuple[Any, ...]]] = [
        ("present_document", {"document": document.pk}, (1, None)),
        ("point", {"x": 250, "y": 700}, (1, {"x": 250, "y": 700})),
        ("point", {"x": 0, "y": 1000}, (1, {"x": 0, "y": 1000})),
        ("present_page", {"page": 3}, (3, None)),
        ("point", {"x": 1, "y": 1}, (3, {"x": 1, "y": 1})),
        ("point", {}, (3, None)),
        ("present_document", {"document": document.pk, "page": 2}, (2, None)),
    ]
    for name, data, wanted in steps:
        assert attempt(house, "clerk", name, data)["ok"], name
        told = told_to_all()
        assert (told["page"], told["pointer"]) == wanted, name
    assert attempt(house, "judge", "stop_presenting", {})["ok"]
    assert told_to_all() == {}


def test_turning_and_pointing_flood_no_record_and_may_be_skipped(house: House) -> None:
    document = house.hand_out(house.upload())
    before = kinds(house)
    presenting.present_document(house.meeting, document.pk, house.viewer("clerk"), page=1)
    first = events_after(house.meeting.pk, 0)[-1]
    assert first.coalesce == ""
    assert first.data["notice"] == {
        "kind": "presentation", "document": document.pk, "title": "工作报告",
    }  # fmt: skip
    for page in (2, 3, 3, 1):
        presenting.present_page(house.meeting, page, house.viewer("clerk"))
    presenting.point(house.meeting, (5, 5), house.viewer("clerk"))
    presenting.point(house.meeting, (5, 5), house.viewer("clerk"))
    moves = events_after(house.meeting.pk, first.seq)
    assert [one.coalesce for one in moves] == ["presentation"] * 4
    presenting.stop_presenting(house.meeting, house.viewer("administrator"), address="192.0.2.1")
    assert kinds(house) == [*before, "document_presented", "presentation_ended"]
    body = LedgerEntry.objects.get(meeting=house.meeting, kind="document_presented").body
    assert (body["sha256"], body["by_name"], body["page"]) == (document.sha256, "clerk", 1)


BAD: list[tuple[str, dict[str, Any]]] = [
    ("present_page", {"page": 0}),
    ("present_page", {"page": 4}),
    ("present_page", {"page": 2**62}),
    ("present_page", {}),
    ("present_page", {"page": "2"}),
    ("present_page", {"page": 2, "more": 1}),
    ("point", {"x": 1001, "y": 0}),
    ("point", {"x": -1, "y": 0}),
    ("point", {"x": 5}),
    ("point", {"y": 5}),
    ("point", {"x": 0.5, "y": 0.5}),
    ("point", {"x": True, "y": True}),
    ("present_document", {"document": 987654}),
    ("present_document", {"page": 1}),
    ("present_document", {"document": None}),
    ("stop_presenting", {"document": 1}),
]


def test_bad_commands_change_nothing(house: House) -> None:
    document = house.hand_out(house.upload())
    presenting.present_document(house.meeting, document.pk, house.viewer("judge"), page=2)
    before = shown(house)
    for name, data in BAD:
        reply = attempt(house, "judge", name, data)
        assert (reply["ok"], reply["error"]["code"]) == (False, "bad_request"), (name, data)
        assert shown(house) == before


def test_only_what_everybody_has_is_presented(house: House) -> None:
    waiting = house.upload()
    with pytest.raises(Refused, match="尚未发放"):
        presenting.present_document(house.meeting, waiting.pk, house.viewer("judge"))
    verbs.remove_document(house.meeting, waiting.pk, house.viewer("administrator"))
    with pytest.raises(Refused, match="没有这个文件"):
        presenting.present_document(house.meeting, waiting.pk, house.viewer("judge"))
    elsewhere = build_house()
    other = elsewhere.hand_out(elsewhere.upload())
    with pytest.raises(Refused, match="没有这个文件"):
        presenting.present_document(house.meeting, other.pk, house.viewer("judge"))


def test_one_leads_until_another_takes_over(house: House) -> None:
    document = house.hand_out(house.upload())
    presenting.present_document(house.meeting, document.pk, house.viewer("administrator"), page=2)
    since = shown(house)["since"]
    for name, data in (("present_page", {"page": 1}), ("point", {"x": 1, "y": 1})):
        reply = attempt(house, "judge", name, data)
        assert reply["error"]["code"] == "not_allowed"
        assert "administrator" in reply["error"]["message"]
    # Taking over is presenting; the page stays where the other left it if one says so.
    presenting.present_document(house.meeting, document.pk, house.viewer("judge"), page=2)
    assert (shown(house)["name"], shown(house)["page"]) == ("judge", 2)
    assert shown(house)["since"] >= since
    with pytest.raises(Refused, match="judge"):
        presenting.present_page(house.meeting, 3, house.viewer("administrator"))
    # Yet a presenter who is lost must not leave the page standing for good.
    presenting.stop_presenting(house.meeting, house.viewer("administrator"))
    assert shown(house) == {}
    for name, data in (
        ("present_page", {"page": 1}), ("point", {}), ("stop_presenting", {}),
    ):  # fmt: skip
        assert attempt(house, "judge", name, data)["error"]["code"] == "bad_request"


def test_the_close_of_the_meeting_ends_it(house: House) -> None:
    document = house.hand_out(house.upload())
    presenting.present_document(house.meeting, document.pk, house.viewer("judge"))
    seq, stale = world.take_snapshot(house.people["creditor"], house.meeting)
    meeting_verbs.change_state(house.meeting, "closed", house.viewer("judge"))
    followed = world.catch_up(house.people["creditor"], house.meeting, seq, stale)
    assert "presentation" not in followed
    assert shown(house) == {}
    with pytest.raises(Refused, match="已闭会"):
        presenting.present_document(house.meeting, document.pk, house.viewer("judge"))


# --- With its agenda item ---------------------------------------------------------------------


def wait_for(house: House, document: Document, role: str = "administrator") -> Document:
    """Let a document wait for its item."""
    return with_items.wait_for_item(house.meeting, document.pk, house.viewer(role), waits=True)


@pytest.mark.parametrize("role", ["administrator", "judge"])
def test_a_document_is_handed_out_with_its_item_by_whoever_moves_the_agenda(
    role: str, house: House
) -> None:
    first, second = house.meeting.items.all()[:2]
    document = wait_for(house, house.upload(item_id=second.pk))
    other = house.upload(name="另一份.pdf", item_id=second.pk)
    seq, stale = world.take_snapshot(house.people["creditor"], house.meeting)
    assert attempt(house, role, "set_agenda_item", {"item": first.pk})["ok"]
    document.refresh_from_db()
    assert document.handed_out_at is None
    assert attempt(house, role, "set_agenda_item", {"item": second.pk})["ok"]
    document.refresh_from_db()
    assert document.handed_out_by == house.people[role]
    assert document.handed_out_from == "192.0.2.7"
    other.refresh_from_db()
    assert other.handed_out_at is None
    followed = world.catch_up(house.people["creditor"], house.meeting, seq, stale)
    house.meeting.refresh_from_db()
    fresh = world.take_snapshot(house.people["creditor"], house.meeting)[1]
    assert followed["documents"] == fresh["documents"]
    assert list(fresh["documents"]) == [str(document.pk)]
    # On record after the turn that brought it, in the same transaction.
    assert kinds(house)[-2:] == ["agenda", "document_handed_out"]
    notices = [
        one.data.get("notice", {}).get("kind") for one in events_after(house.meeting.pk, seq)
    ]
    assert notices == ["agenda", "agenda", "document"]


def test_a_turn_of_the_agenda_that_fails_hands_nothing_out(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = house.meeting.items.get(position=2)
    document = wait_for(house, house.upload(item_id=item.pk))

    def fail(*_args: object, **_more: object) -> None:
        raise Refused("unavailable", "no")

    monkeypatch.setattr(verbs, "hand_out_document", fail)
    assert not attempt(house, "judge", "set_agenda_item", {"item": item.pk})["ok"]
    house.meeting.refresh_from_db()
    document.refresh_from_db()
    assert house.meeting.current_item is None
    assert document.handed_out_at is None


@pytest.mark.django_db
def test_opening_the_meeting_brings_the_first_items_documents() -> None:
    house = build_house("convened")
    item = house.meeting.items.get(position=1)
    early, late = house.upload(), house.upload(name="第一项.pdf", item_id=item.pk)
    wait_for(house, late)
    # Handed out before the meeting, as the administrator's duty to inform asks.
    house.hand_out(early)
    seen = world.take_snapshot(house.people["creditor"], house.meeting)[1]["documents"]
    assert list(seen) == [str(early.pk)]
    meeting_verbs.change_state(house.meeting, "open", house.viewer("judge"), address="192.0.2.3")
    late.refresh_from_db()
    assert (late.handed_out_by, late.handed_out_from) == (house.people["judge"], "192.0.2.3")


def test_what_cannot_wait_is_said(house: House) -> None:
    with pytest.raises(Refused, match="选择一项议程"):
        wait_for(house, house.upload())
    item = house.meeting.items.get(position=1)
    document = house.upload(item_id=item.pk)
    for role in sorted(set(ROLES) - {"administrator", "judge"}):
        with pytest.raises(Refused) as refusal:
            wait_for(house, document, role)
        assert refusal.value.code == "not_allowed"
    assert wait_for(house, document, "judge").with_item
    staff = world.take_snapshot(house.people["clerk"], house.meeting)[1]["documents"]
    assert staff[str(document.pk)]["with_item"] is True
    back = with_items.wait_for_item(
        house.meeting, document.pk, house.viewer("administrator"), waits=False
    )
    assert back.with_item is False
    meeting_verbs.set_agenda_item(house.meeting, item.pk, house.viewer("judge"))
    document.refresh_from_db()
    assert document.handed_out_at is None
    # Its item is there already: nothing would hand it out any more.
    house.meeting.refresh_from_db()
    with pytest.raises(Refused, match="正在进行"):
        wait_for(house, document)
    house.hand_out(document)
    with pytest.raises(Refused, match="已经发放"):
        wait_for(house, document)
