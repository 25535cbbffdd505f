"""The floor: who may ask, one at a time, a limit that ends it, what everybody is told."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from creditor_meetings.cases import clock, people
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import CaseRole, Creditor, Person
from creditor_meetings.meetings import floor, verbs
from creditor_meetings.meetings.floor_models import FloorRequest
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.realtime import registry
from tests.support import world
from voting import due
from voting.models import LedgerEntry

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 5, 18, 4, 0, tzinfo=UTC)
ROLES = ("administrator", "judge", "clerk", "debtor", "employees", "observer")


@dataclass
class House:
    """A meeting that is open, and its people by name."""

    meeting: Meeting
    creditors: dict[str, Creditor]
    people: dict[str, Person]

    def viewer(self, who: str) -> Any:
        return world.viewer(self.people[who], self.meeting)

    def raise_hand(self, who: str, topic: str = "变价方案", **more: Any) -> FloorRequest:
        return floor.raise_hand(self.meeting, topic, self.viewer(who), **more)

    def grant(self, asked: FloorRequest, who: str = "judge", **more: Any) -> FloorRequest:
        return floor.grant_floor(self.meeting, asked.pk, self.viewer(who), **more)

    def state(self, who: str) -> dict[str, Any]:
        self.meeting.refresh_from_db()
        return world.take_snapshot(self.people[who], self.meeting)[1]

    def may_publish(self, who: str) -> bool:
        return "publish_video" in self.state(who)["me"]["can"]

    def recorded(self, kind: str) -> list[dict[str, Any]]:
        rows = LedgerEntry.objects.filter(meeting=self.meeting, kind=kind).order_by("position")
        return [row.body for row in rows]


@pytest.fixture
def house() -> House:
    case = world.make_case()
    meeting = world.make_meeting(case)
    creditors = {name: world.make_creditor(case, name) for name in ("甲公司", "乙公司", "丙公司")}
    who = {
        "李明": world.make_person(case, "creditor", creditors["甲公司"], "李明"),
        "proxy": world.make_person(case, "proxy", creditors["乙公司"], "周律师"),
        **{role: world.make_person(case, role, name=role) for role in ROLES},
    }
    world.give_role(who["proxy"], case, "proxy", creditors["丙公司"])
    return House(meeting, creditors, who)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let it be so many seconds after noon; at first it is noon."""

    def set_to(seconds: int) -> None:
        monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(seconds=seconds))

    set_to(0)
    return set_to


def test_a_hand_is_raised_once_in_somebodys_name_and_all_see_it(house: House) -> None:
    one = house.raise_hand("李明", "厂房的起拍价")
    assert one.creditor == house.creditors["甲公司"], "who acts for one creditor need not say so"
    for_second = house.raise_hand("proxy", creditor_id=house.creditors["丙公司"].pk)
    house.raise_hand("debtor")
    house.raise_hand("employees")
    seen = house.state("observer")["floor"]
    assert [hand["name"] for hand in seen.values()] == ["李明", "周律师", "debtor", "employees"]
    assert seen[str(for_second.pk)]["creditor_name"] == "丙公司"
    with pytest.raises(Refused, match="您已经举手"):
        house.raise_hand("李明")
    floor.lower_hand(house.meeting, house.viewer("proxy"))
    with pytest.raises(Refused, match="不代表"):
        house.raise_hand("proxy", creditor_id=house.creditors["甲公司"].pk)
    everybody = house.raise_hand("proxy")
    assert everybody.creditor is None, "who acts for several may speak for all of them"
    for role in ("observer", "clerk", "judge", "administrator"):
        with pytest.raises(Refused) as refusal:
            house.raise_hand(role)
        assert refusal.value.code == "not_allowed"
    with pytest.raises(Refused, match="没有举手"):
        floor.lower_hand(house.meeting, house.viewer("judge"))


def test_one_speaks_at_a_time_until_the_limit(house: House, at: Callable[[int], None]) -> None:
    ended: list[int] = []
    floor.on_end(lambda request: ended.append(request.pk))
    first, second = house.raise_hand("李明"), house.raise_hand("debtor")
    assert not house.may_publish("李明")
    house.grant(first)
    assert floor.holder(house.meeting) == first
    assert house.may_publish("李明")
    assert not house.may_publish("debtor")
    with pytest.raises(Refused, match="李明正在发言"):
        house.grant(second)
    at(299)
    assert floor.end_due(house.meeting.pk) == 1.0
    assert floor.holder(house.meeting) == first
    at(300)
    # By the limit alone, before anything has carried it out.
    assert floor.holder(house.meeting) is None
    with pytest.raises(Refused, match="已经结束"):
        floor.extend_floor(house.meeting, first.pk, house.viewer("judge"), 60)
    at(304)
    house.grant(second, "administrator", seconds=60)
    assert ended == [first.pk]
    first.refresh_from_db()
    assert (first.why, first.ended_at) == ("time", NOON + timedelta(seconds=300))
    assert not house.may_publish("李明")
    assert house.may_publish("debtor")
    at(364)
    # Nobody has the room open: the server's own watch ends it, once.
    due.close_all_due()
    due.close_all_due()
    assert floor.end_due(house.meeting.pk) is None
    assert ended == [first.pk, second.pk]
    assert [body["why"] for body in house.recorded("floor_ended")] == ["time", "time"]
    shown = house.state("observer")["floor"]
    assert {one["id"]: one["state"] for one in shown.values()} == {second.pk: "ended"}
    floor._end_listeners.pop()


def test_more_time_and_taking_it_back(house: House, at: Callable[[int], None]) -> None:
    asked = house.raise_hand("李明", "厂房的起拍价")
    house.grant(asked, seconds=60)
    at(50)
    floor.extend_floor(house.meeting, asked.pk, house.viewer("administrator"), 60)
    at(100)
    assert floor.holder(house.meeting) == asked
    with pytest.raises(Refused, match="不能超过 60 分钟"):
        floor.extend_floor(house.meeting, asked.pk, house.viewer("judge"), 3600)
    floor.withdraw_floor(house.meeting, asked.pk, house.viewer("judge"), reason="偏离主题")
    assert floor.holder(house.meeting) is None
    assert not house.may_publish("李明")
    with pytest.raises(Refused, match="已经结束"):
        floor.withdraw_floor(house.meeting, asked.pk, house.viewer("judge"))
    granted, ended = house.recorded("floor_granted"), house.recorded("floor_ended")
    assert (granted[0]["person_name"], granted[0]["creditor_name"]) == ("李明", "甲公司")
    assert (granted[0]["topic"], granted[0]["by_name"]) == ("厂房的起拍价", "judge")
    assert (ended[0]["why"], ended[0]["reason"]) == ("withdrawn", "偏离主题")
    assert ended[0]["ended_at"] == clock.rfc3339(NOON + timedelta(seconds=100))
    for wrong in (9, 3601):
        with pytest.raises(Refused, match="seconds"):
            house.grant(house.raise_hand("debtor"), seconds=wrong)
        floor.lower_hand(house.meeting, house.viewer("debtor"))


def test_whoever_is_refused_alone_learns_why(house: House) -> None:
    asked = house.raise_hand("李明")
    before = world.take_snapshot(house.people["李明"], house.meeting)[0]
    floor.refuse_hand(house.meeting, asked.pk, house.viewer("judge"), reason="与本项无关")
    told = {
        name: [
            event.data.get("notice", {}).get("reason")
            for event in registry_events(house.meeting, before, house.viewer(name).audiences)
        ]
        for name in ("李明", "debtor", "clerk")
    }
    assert told == {"李明": [None, "与本项无关"], "debtor": [None], "clerk": [None]}
    with pytest.raises(Refused, match="处理过"):
        house.grant(asked)
    # Refused, not barred: the hand may go up again.
    assert house.raise_hand("李明").pk != asked.pk


def registry_events(meeting: Meeting, after: int, audiences: Any) -> list[Any]:
    from creditor_meetings.realtime import log

    return [one for one in log.events_after(meeting.pk, after) if one.audience in audiences]


def test_a_pause_ends_the_floor_and_keeps_the_queue_the_close_ends_both(house: House) -> None:
    judge = house.viewer("judge")
    speaking, waits = house.raise_hand("李明"), house.raise_hand("debtor")
    house.grant(speaking)
    verbs.change_state(house.meeting, "adjourned", judge)
    assert not house.may_publish("李明")
    with pytest.raises(Refused, match="会议进行中"):
        house.grant(waits)
    verbs.change_state(house.meeting, "open", judge)
    house.grant(waits)
    late = house.raise_hand("employees")
    verbs.change_state(house.meeting, "closed", judge)
    speaking.refresh_from_db()
    waits.refresh_from_db()
    late.refresh_from_db()
    assert (speaking.why, waits.why, late.state) == ("adjourned", "closed", "lowered")
    assert list(house.state("李明")["floor"]) == [str(waits.pk)]
    with pytest.raises(Refused, match="会议进行中"):
        house.raise_hand("李明")


def test_who_leaves_the_case_loses_the_floor(house: House) -> None:
    speaking = house.raise_hand("李明")
    house.grant(speaking)
    house.raise_hand("debtor")
    case = house.meeting.case_id
    for name in ("李明", "debtor"):
        CaseRole.objects.filter(case=case, person=house.people[name]).update(active=False)
        people.tell_role_change(case, house.people[name].pk)
    assert floor.holder(house.meeting) is None
    assert [body["why"] for body in house.recorded("floor_ended")] == ["left"]
    assert [one["state"] for one in house.state("judge")["floor"].values()] == ["ended"]


def test_an_administrator_with_a_claim_keeps_the_right_to_publish(house: House) -> None:
    world.give_role(
        house.people["administrator"], house.meeting.case, "creditor", house.creditors["丙公司"]
    )
    house.grant(house.raise_hand("administrator"))
    floor.lower_hand(house.meeting, house.viewer("administrator"))
    assert house.may_publish("administrator")
    seq, stale = world.take_snapshot(house.people["administrator"], house.meeting)
    house.grant(house.raise_hand("administrator"))
    floor.lower_hand(house.meeting, house.viewer("administrator"))
    followed = world.catch_up(house.people["administrator"], house.meeting, seq, stale)
    assert followed["me"]["can"]["publish_video"]


def test_the_room_watches_the_limit() -> None:
    assert floor.end_due in registry.watches()
