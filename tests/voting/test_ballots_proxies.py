"""Proxies vote by an accepted power of attorney in force, and never over their principal."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from creditor_meetings.cases.errors import Refused
from creditor_meetings.meetings.models import Mandate
from tests.support import world
from tests.voting.plan import Plan, tallies
from voting.models import Ballot, LedgerEntry

pytestmark = pytest.mark.django_db


class Represented(Plan):
    """The firm has a proxy too, who brings no power of attorney yet."""

    def __init__(self) -> None:
        super().__init__()
        self.firm = self.creditors["firm"]
        self.proxy = world.make_person(self.case, "proxy", self.firm, mandate=False)
        self.open = self.poll()

    def by_proxy(self, choice: str = "for") -> dict[str, Any]:
        return world.cast(self.proxy, self.open, choice, self.firm)

    def refusal(self) -> str:
        with pytest.raises(Refused) as raised:
            self.by_proxy()
        assert raised.value.code == "not_allowed"
        return raised.value.message


@pytest.fixture
def plan() -> Represented:
    return Represented()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"state": "submitted"}, "尚未"),
        ({"state": "refused"}, "未获"),
        ({"state": "revoked"}, "撤销"),
        ({"valid_until": datetime.now(UTC) - timedelta(minutes=1)}, "有效期"),
        ({"powers": [9, 10]}, "不及于本事项"),
    ],
)
def test_what_a_mandate_lacks_is_said(
    plan: Represented, fields: dict[str, Any], words: str
) -> None:
    assert "没有该债权人的授权委托书" in plan.refusal()
    world.make_mandate(plan.proxy, plan.firm, **fields)
    assert words in plan.refusal()
    assert tallies(plan.open)["ordinary"] == {}


def test_a_mandate_for_another_meeting_person_or_creditor_does_not_reach(
    plan: Represented,
) -> None:
    world.make_mandate(plan.proxy, plan.firm, meeting=world.make_meeting(plan.case))
    assert "不及于本次会议" in plan.refusal()
    Mandate.objects.all().delete()
    world.make_mandate(plan.people["shop"], plan.firm)
    world.make_mandate(plan.proxy, plan.creditors["shop"])
    assert "没有该债权人的授权委托书" in plan.refusal()


def test_one_mandate_in_force_is_enough_and_stands_on_the_ballot(plan: Represented) -> None:
    world.make_mandate(plan.proxy, plan.firm, state="refused")
    good = world.make_mandate(
        plan.proxy, plan.firm, meeting=plan.meeting, powers=[6],
        valid_until=datetime.now(UTC) + timedelta(days=1),
    )  # fmt: skip
    world.make_mandate(plan.proxy, plan.firm, powers=[9])
    receipt = plan.by_proxy()
    assert (receipt["by_proxy"], receipt["mandate"]) == (True, good.pk)
    assert Ballot.objects.get().mandate == good
    assert LedgerEntry.objects.filter(kind="ballot").get().body["mandate"] == good.pk


def test_a_mandate_that_ends_stops_voting_and_earlier_ballots_stay(plan: Represented) -> None:
    mandate = world.make_mandate(plan.proxy, plan.firm)
    first = world.cast(plan.proxy, plan.open, "for", plan.firm, command_id="once")
    mandate.state = "revoked"
    mandate.save()
    assert "撤销" in plan.refusal()
    assert tallies(plan.open)["ordinary"] == {"for": (1, 30000)}
    assert world.cast(plan.proxy, plan.open, "for", plan.firm, command_id="once") == first


def test_the_principal_takes_the_vote_back_and_the_proxy_may_not_overrule_it(
    plan: Represented,
) -> None:
    world.make_mandate(plan.proxy, plan.firm)
    plan.by_proxy("for")
    plan.by_proxy("abstain")
    plan.cast("firm", plan.open, "against")
    assert tallies(plan.open)["ordinary"] == {"against": (1, 30000)}
    assert "亲自" in plan.refusal()
    plan.cast("firm", plan.open, "for")
    assert tallies(plan.open)["ordinary"] == {"for": (1, 30000)}
    assert list(Ballot.objects.order_by("pk").values_list("by_proxy", flat=True)) == [
        True, True, False, False,
    ]  # fmt: skip


def test_who_is_the_creditor_too_needs_no_mandate(plan: Represented) -> None:
    world.give_role(plan.proxy, plan.case, "creditor", plan.firm)
    assert plan.by_proxy()["by_proxy"] is False


def test_many_principals_cost_no_query_more_than_one(plan: Represented) -> None:
    world.make_mandate(plan.proxy, plan.firm)
    for name in ("shop", "bank"):
        world.give_role(plan.proxy, plan.case, "proxy", plan.creditors[name])
    counted = []
    for names in (("firm",), ("firm", "shop", "bank")):
        ballots = [
            {"resolution": plan.open.pk, "choice": "for", "creditor": plan.creditors[one].pk}
            for one in names
        ]
        world.cast_many(world.context(plan.proxy, plan.meeting), {"ballots": ballots})
        with CaptureQueriesContext(connection) as queries:
            world.cast_many(world.context(plan.proxy, plan.meeting), {"ballots": ballots})
        counted.append(len(queries))
    assert counted[0] == counted[1]
