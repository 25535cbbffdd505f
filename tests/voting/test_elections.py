"""Electing the creditors' committee: who passes, who is elected, in which order; and groups."""

from typing import Any

import pytest
from django.test import Client

from creditor_meetings.cases.errors import Refused
from tests.support import world
from voting import candidates, elections, groups, poll_changes, preparing, verbs
from voting.candidates import Candidate, Facts
from voting.models import Election, GroupDecision, LedgerEntry, Resolution, ResolutionState

pytestmark = pytest.mark.django_db


class House:
    """Three creditors of 300, 200 and 100 yuan, and an election with its candidates."""

    def __init__(
        self, seats: int = 2, *, employee_seat: bool = False, names: str = "甲乙丙"
    ) -> None:
        self.case = world.make_case()
        self.creditors = [
            world.make_creditor(self.case, name, confirmed=amount)
            for name, amount in (("张", "300.00"), ("王", "200.00"), ("李", "100.00"))
        ]
        self.voters = [world.make_person(self.case, "creditor", one) for one in self.creditors]
        self.meeting = world.make_meeting(self.case)
        self.administrator = world.make_person(self.case, "administrator")
        self.judge = world.make_person(self.case, "judge")
        self.start = world.take_snapshot(self.voters[0], self.meeting)
        self.seen = world.viewer(self.administrator, self.meeting)
        facts = Facts("选任债权人委员会成员", seats, employee_seat)
        self.election = candidates.create_election(self.meeting, facts, self.seen)
        self.listed = [self.add(name) for name in names]

    def add(self, name: str, seat: str = "creditor") -> Resolution:
        candidate = Candidate(name, seat)
        return candidates.add_candidate(self.meeting, self.election.pk, candidate, self.seen)

    def vote(self, *ballots: str) -> None:
        """Vote on the candidates in turn: "fa-" is for, against, nothing, by voter."""
        ids = [one.pk for one in self.listed]
        verbs.open_polls(self.meeting, ids, self.seen)
        said = {"f": "for", "a": "against"}
        for poll, choices in zip(self.listed, ballots, strict=True):
            for voter, choice in zip(self.voters, choices, strict=True):
                if choice in said:
                    world.cast(voter, poll, said[choice])
        verbs.close_polls(self.meeting, ids, self.seen)

    def told(self) -> dict[str, Any]:
        """The election as a room shows it, alike to who followed and who comes fresh."""
        person = self.voters[0]
        fresh = world.take_snapshot(person, self.meeting)[1]
        assert world.catch_up(person, self.meeting, *self.start) == fresh
        election: dict[str, Any] = fresh["elections"][str(self.election.pk)]
        return election

    def elected(self) -> list[str]:
        names = {one.pk: one.candidate for one in Resolution.objects.all()}
        result = self.told()["result"]
        return [names[one["resolution"]] for one in result if one["elected"]]


def code(verb: Any, *arguments: Any, **more: Any) -> str:
    with pytest.raises(Refused) as raised:
        verb(*arguments, **more)
    return raised.value.code


def test_by_number_then_amount_then_place_on_the_list() -> None:
    house = House(seats=2, names="甲乙丙丁")
    # 甲: 2 heads, 500; 乙: 2 heads, 500; 丙: 3 heads; 丁: 1 head, does not pass.
    house.vote("ffa", "ffa", "fff", "faa")
    assert house.elected() == ["甲", "丙"]
    body = LedgerEntry.objects.get(kind="election_result").body
    assert [one["name"] for one in body["elected"]] == ["丙", "甲"]
    assert body["elected"][0]["amount"] == "600.00"
    house = House(seats=1, names="甲乙")
    house.vote("faf", "ffa")  # 400 against 500
    assert house.elected() == ["乙"]


def test_who_does_not_pass_is_not_elected_though_seats_stay_free() -> None:
    house = House(seats=9)
    house.vote("ff-", "f--", "---")
    assert house.elected() == ["甲"]


def test_the_reserved_seat_is_the_first_passed_employees_candidates() -> None:
    house = House(seats=2, employee_seat=True)
    house.listed += [house.add("工一", "employees"), house.add("工二", "employees")]
    house.vote("fff", "fff", "fff", "ff-", "fff")
    assert house.elected() == ["甲", "工二"]


def test_a_reserved_seat_that_nobody_won_stays_free() -> None:
    house = House(seats=2, employee_seat=True)
    house.listed.append(house.add("工一", "employees"))
    house.vote("fff", "fff", "fff", "aaa")
    assert house.elected() == ["甲"]


def test_there_is_no_result_until_the_last_is_closed() -> None:
    house = House(names="甲乙")
    first, second = house.listed
    for one in (first, second):
        world.open_poll(one, house.judge)
        world.cast(house.voters[0], one, "for")
    world.close_poll(first, house.judge)
    assert house.told()["result"] is None
    assert not LedgerEntry.objects.filter(kind="election_result").exists()
    world.close_poll(second, house.judge)
    assert house.elected() == ["甲", "乙"]


def test_a_voided_candidates_poll_takes_the_result_back() -> None:
    house = House(names="甲乙")
    house.vote("fff", "fff")
    seen = world.viewer(house.judge, house.meeting)
    draft = poll_changes.void_poll(house.meeting, house.listed[0].pk, "登记有误", seen)
    told = house.told()
    assert told["result"] is None
    assert set(told["candidates"]) == {draft.pk, house.listed[1].pk}
    world.open_poll(draft, house.judge)
    world.close_poll(draft, house.judge)
    assert house.elected() == ["乙"]
    assert LedgerEntry.objects.filter(kind="election_result").count() == 2


def test_a_candidate_who_withdraws_leaves_the_others_decided() -> None:
    house = House(names="甲乙")
    world.open_poll(house.listed[0], house.judge)
    world.cast(house.voters[0], house.listed[0], "for")
    world.close_poll(house.listed[0], house.judge)
    remove, election = candidates.remove_candidate, house.election.pk
    assert code(remove, house.meeting, election, house.listed[0].pk, house.seen) == "bad_request"
    remove(house.meeting, election, house.listed[1].pk, house.seen)
    assert house.elected() == ["甲"]


def test_the_list_is_fixed_when_the_first_poll_opens() -> None:
    house = House(names="甲乙")
    election = house.election.pk
    assert code(house.add, "甲") == "bad_request"
    assert code(house.add, "工一", "employees") == "bad_request"
    assert code(house.add, " ") == "bad_request"
    world.open_poll(house.listed[0], house.judge)
    edit, facts = candidates.edit_election, Facts("改", 1, employee_seat=False)
    assert code(house.add, "丙") == "bad_request"
    assert code(edit, house.meeting, election, facts, house.seen) == "bad_request"
    assert code(candidates.delete_election, house.meeting, election, house.seen) == "bad_request"


@pytest.mark.parametrize("seats", [0, 10])
def test_one_to_nine_seats(seats: int) -> None:
    house = House()
    facts = Facts("选任", seats, employee_seat=False)
    assert code(candidates.create_election, house.meeting, facts, house.seen) == "bad_request"


def test_elections_are_prepared_and_taken_off_while_everybody_follows() -> None:
    house = House(names="甲乙", employee_seat=True)
    facts = Facts("选任债委会", 5, employee_seat=True, text="说明")
    candidates.edit_election(house.meeting, house.election.pk, facts, house.seen)
    assert house.told()["seats"] == 5
    # The place on the list decides between equals: moving a candidate moves it there too.
    preparing.move_resolution(house.meeting, house.listed[1].pk, -1, house.seen)
    assert house.told()["candidates"] == [house.listed[1].pk, house.listed[0].pk]
    one = house.listed[0].pk
    assert code(preparing.delete_resolution, house.meeting, one, house.seen) == "bad_request"
    candidates.delete_election(house.meeting, house.election.pk, house.seen)
    fresh = world.take_snapshot(house.voters[0], house.meeting)[1]
    followed = world.catch_up(house.voters[0], house.meeting, *house.start)
    assert followed == fresh
    assert fresh["elections"] == fresh["resolutions"] == {}
    assert not Election.objects.exists()


def test_pages_of_an_election() -> None:
    house = House(names="")
    client = Client()
    client.force_login(house.administrator, "django.contrib.auth.backends.ModelBackend")
    address = f"/meetings/{house.meeting.slug}/elections/{house.election.pk}/"
    data = {"candidate-name": "张三", "candidate-seat": "creditor", "candidate-creditor": "张"}
    page = client.post(f"{address}candidates/", data, follow=True).content.decode()
    assert "张三" in page
    data = {**data, "candidate-name": "赵四", "candidate-creditor": "没有此人"}
    wrong = client.post(f"{address}candidates/", data)
    assert wrong.status_code == 400
    assert "没有此人" in wrong.content.decode()
    house.listed = elections.standing(house.election.pk)
    house.vote("fff")
    page = client.get(address).content.decode()
    assert "当选" in page
    assert "600.00" in page
    assert "添加候选人" not in page


# --- groups formed by the judge ---


def test_the_judge_forms_groups_and_the_room_is_told() -> None:
    house = House(names="")
    seen = world.viewer(house.judge, house.meeting)
    decide = groups.decide_group
    for group, limit, reasons in (
        ("small", None, "理由"), ("small", 0, "理由"), ("small", 5000, " "),
        ("investor", 5000, "理由"), ("secured", None, "理由"),
    ):  # fmt: skip
        assert code(decide, house.meeting, group, limit, reasons, seen) == "bad_request"
    assert code(decide, house.meeting, "small", 5000, "理由", house.seen) == "not_allowed"
    decide(house.meeting, "small", 5000, "户数众多", seen)
    decide(house.meeting, "small", 15000, "重新确定", seen)
    decide(house.meeting, "investor", None, "调整出资人权益", seen)
    house.told()
    state = world.take_snapshot(house.voters[0], house.meeting)[1]["group_decisions"]
    assert state["small"]["limit"] == "150.00"
    assert state["investor"] == {
        "limit": None, "reasons": "调整出资人权益", "judge": str(house.judge),
        "at": state["investor"]["at"],
    }  # fmt: skip
    assert LedgerEntry.objects.filter(kind="group_decided").count() == 3
    plan = world.make_resolution(house.meeting, power=6, rule="prc-reorganisation")
    world.open_poll(plan, house.judge)
    assert set(plan.tallies.values_list("group", flat=True)) == {"ordinary", "small"}
    # While a plan is voted on its groups stand.
    assert code(decide, house.meeting, "small", 1, "理由", seen) == "bad_request"
    plan.refresh_from_db()
    assert plan.state == ResolutionState.OPEN


def test_the_judge_decides_on_the_page() -> None:
    house = House(names="")
    client = Client()
    address = f"/meetings/{house.meeting.slug}/groups/"
    client.force_login(house.judge, "django.contrib.auth.backends.ModelBackend")
    wrong = client.post(address, {"group": "small", "limit": "很多", "reasons": "户数众多"})
    assert wrong.status_code == 400
    assert "户数众多" in wrong.content.decode()
    client.post(address, {"group": "small", "limit": "1000.00", "reasons": "户数众多"})
    assert GroupDecision.objects.get().limit_fen == 100000
    assert "1,000.00" in client.get(address).content.decode()
