"""Temporary amounts for many claims at once, and priority waived by a signed statement."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from creditor_meetings.claims.models import Claim, ClaimChange, PriorityWaiver
from creditor_meetings.meetings.models import Mandate
from tests.claims.verifying import House, make_house, object_as
from tests.support import world
from tests.whole.story import paper
from voting.models import RegisterEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> House:
    found = make_house()
    for number in range(3):
        creditor = world.make_creditor(
            found.meeting.case, f"诉讼{number}", filed="90.00", confirmed="0.00",
            conclusion="undetermined",
        )  # fmt: skip
        found.creditors[f"open{number}"] = creditor
    return found


def many(house: House, *amounts: str) -> list[dict]:
    return [
        {"claim": house.claim(f"open{number}"), "amount": amount}
        for number, amount in enumerate(amounts)
    ]


def test_many_amounts_are_set_at_once_and_their_history_is_shown(house: House) -> None:
    seq, stale = world.take_snapshot(house.people["judge"], house.meeting)
    data = {"claims": many(house, "30.00", "0.00", "90.00"), "reason": "按申报额的三分之一"}
    assert house.done("judge", "set_temporary_amounts", **data) == {"changed": 3}
    again = {"claims": many(house, "30.00", "10.00"), "reason": "参照判决"}
    assert house.done("judge", "set_temporary_amounts", **again) == {"changed": 1}
    told = house.state("administrator")["undetermined"]
    assert [told[str(house.claim(f"open{n}"))]["temporary"] for n in range(3)] == [
        "30.00", "10.00", "90.00",
    ]  # fmt: skip
    history = told[str(house.claim("open1"))]["changes"]
    assert [(one["before"], one["after"], one["reason"]) for one in history] == [
        (None, "0.00", "按申报额的三分之一"), ("0.00", "10.00", "参照判决"),
    ]  # fmt: skip
    followed = world.catch_up(house.people["judge"], house.meeting, seq, stale)
    assert followed == house.state("judge")


@pytest.mark.parametrize("who", ["administrator", "supplier", "clerk", "debtor"])
def test_only_the_judge_sets_them(house: House, who: str) -> None:
    data = {"claims": many(house, "30.00"), "reason": "理由"}
    assert house.refused(who, "set_temporary_amounts", **data) == "not_allowed"


def test_one_wrong_amount_sets_none_and_is_named(house: House) -> None:
    supplier = {"claim": house.claim("supplier"), "amount": "1.00"}
    twice = many(house, "30.00")[0]
    for wrong, named in (
        ({"claim": house.claim("open1"), "amount": "90.01"}, "诉讼1"),
        (supplier, "温州供货有限公司"),
        (twice, "诉讼0"),
        ({"claim": 10**9, "amount": "1.00"}, str(10**9)),
        ({"claim": house.claim("open1"), "amount": "1e1"}, str(house.claim("open1"))),
    ):
        data = {"claims": [*many(house, "30.00"), wrong], "reason": "理由"}
        reply = house.do("judge", "set_temporary_amounts", **data)
        assert reply["error"]["code"] == "bad_request"
        assert named in reply["error"]["message"]
    for bad in (None, [], "x", [1], [{"claim": True, "amount": "1"}], [{"x": 1}]):
        data = {"claims": bad, "reason": "理由"}
        assert house.refused("judge", "set_temporary_amounts", **data) == "bad_request"
    assert not ClaimChange.objects.exists()
    assert not Claim.objects.filter(temporary_fen__isnull=False).exists()


# --- waivers ---------------------------------------------------------------------------------


def own(house: House, who: str = "bank") -> dict:
    """The bank's claim as its people see it."""
    held = house.state(who)["my_claims"][str(house.creditors["bank"].pk)]
    return held[str(house.claim("bank"))]


def sign(house: House, who: str = "bank", **more: object) -> dict:
    data = {
        "claim": house.claim("bank"), "statement": own(house)["waiver_statement"],
        "signed_name": "示例银行", **more,
    }  # fmt: skip
    return house.do(who, "waive_priority", **data)


def test_priority_is_waived_when_the_administrator_accepts_the_statement(house: House) -> None:
    poll = world.make_resolution(house.meeting, power=10)
    world.open_poll(poll, house.people["judge"])
    frozen = RegisterEntry.objects.get(resolution=poll, creditor=house.creditors["bank"])
    assert frozen.reason == "priority-not-waived"
    assert "示例银行" in own(house)["waiver_statement"]
    waiver = sign(house)["data"]["waiver"]
    assert own(house)["waiver"]["state"] == "submitted"
    assert own(house)["waiver_statement"] == ""
    assert house.state("judge")["verification"]["waivers"] == 1
    assert str(waiver) in house.state("clerk")["waivers"]
    assert house.state("supplier")["waivers"] == {}
    assert house.refused("judge", "accept_waiver", waiver=waiver) == "not_allowed"
    assert not Claim.objects.get(pk=house.claim("bank")).priority_waived
    house.done("administrator", "accept_waiver", waiver=waiver)
    claim = Claim.objects.get(pk=house.claim("bank"))
    assert claim.priority_waived
    assert claim.changes.get(field="priority_waived").by == house.people["administrator"]
    assert own(house)["waiver"]["state"] == "accepted"
    # A register that is frozen stays; the next one counts the claim.
    frozen.refresh_from_db()
    assert frozen.reason == "priority-not-waived"
    after = world.make_resolution(house.meeting, power=10, title="再次表决")
    world.open_poll(after, house.people["judge"])
    counted = RegisterEntry.objects.get(resolution=after, creditor=house.creditors["bank"])
    assert (counted.reason, counted.amount_fen) == ("", 800000000 // 1000)


def test_a_waiver_is_refused_with_a_reason_or_taken_back_before_that(house: House) -> None:
    first = sign(house)["data"]["waiver"]
    assert sign(house, statement="x")["error"]["code"] == "bad_request"
    assert house.refused("supplier", "withdraw_waiver", waiver=first) == "not_allowed"
    house.done("bank", "withdraw_waiver", waiver=first)
    assert house.refused("administrator", "accept_waiver", waiver=first) == "bad_request"
    second = sign(house)["data"]["waiver"]
    assert house.refused("administrator", "refuse_waiver", waiver=second) == "bad_request"
    house.done("administrator", "refuse_waiver", waiver=second, reason="没有盖章")
    assert house.refused("bank", "withdraw_waiver", waiver=second) == "bad_request"
    assert own(house)["waiver"]["reason"] == "没有盖章"
    assert own(house)["waiver_statement"]
    assert [one.state for one in PriorityWaiver.objects.all()] == ["withdrawn", "refused"]
    assert not Claim.objects.get(pk=house.claim("bank")).priority_waived


def test_nobody_signs_what_is_not_the_claims_statement_of_now(house: House) -> None:
    read = own(house)["waiver_statement"]
    number = object_as(house, "supplier", "bank")
    house.done(
        "administrator", "accept_objection", objection=number, confirmed="7000.00",
        conclusion="partly_confirmed", reason="扣减已还本金",
    )  # fmt: skip
    assert sign(house, statement=read)["error"]["code"] == "bad_request"
    assert sign(house, signed_name="别的银行")["error"]["code"] == "bad_request"
    assert sign(house, "supplier")["error"]["code"] == "not_allowed"
    claim = house.claim("supplier")
    assert sign(house, "supplier", claim=claim, statement="x")["error"]["code"] == "bad_request"
    assert not PriorityWaiver.objects.exists()
    assert sign(house, signed_name=" 示例 银行 ")["ok"]


def test_a_proxy_needs_power_for_all_matters(house: House) -> None:
    bank = house.creditors["bank"]
    proxy = world.make_person(house.meeting.case, "proxy", bank, mandate=False)
    house.people["banks proxy"] = proxy
    name = str(proxy)
    assert sign(house, "banks proxy", signed_name=name)["error"]["code"] == "not_allowed"
    limited = world.make_mandate(proxy, bank, powers=[10])
    assert sign(house, "banks proxy", signed_name=name)["error"]["code"] == "not_allowed"
    Mandate.objects.filter(pk=limited.pk).update(powers=[])
    assert sign(house, "banks proxy", signed_name=name)["ok"]


def test_the_scan_is_for_the_creditor_the_team_and_the_court(house: House) -> None:
    waiver = sign(house)["data"]
    assert waiver["scan_url"] == reverse(
        "meetings:waiver_scan", args=[house.meeting.case_id, waiver["waiver"]]
    )

    def ask(who: str, *, file: SimpleUploadedFile | None = None) -> int:
        client = Client()
        client.force_login(house.people[who])
        if file is None:
            return client.get(waiver["scan_url"]).status_code
        headers = {"accept": "application/json"}
        return client.post(waiver["scan_url"], {"file": file}, headers=headers).status_code

    assert ask("bank") == 404
    assert ask("supplier", file=paper()) == 404
    assert ask("administrator", file=paper()) == 403
    assert ask("bank", file=SimpleUploadedFile("x.pdf", b"no")) == 400
    assert ask("bank", file=paper()) == 201
    assert {who for who in house.everybody if ask(who) == 200} == {
        "bank", "administrator", "judge", "clerk",
    }  # fmt: skip
    house.done("administrator", "accept_waiver", waiver=waiver["waiver"])
    assert ask("bank", file=paper(700)) == 400
