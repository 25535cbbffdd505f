"""Verification of claims: who may do what, what is told to whom, what stays on record."""

import json

import pytest
from django.db import IntegrityError, transaction

from creditor_meetings.cases import clock
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Creditor
from creditor_meetings.claims.models import Claim, ClaimChange, ClaimConfirmation, Objection
from creditor_meetings.meetings.models import Attendance, Meeting
from creditor_meetings.realtime import commands
from creditor_meetings.realtime.log import events_after
from creditor_meetings.realtime.models import Event
from tests.claims.verifying import House, make_house, object_as
from tests.support import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> House:
    return make_house()


def test_a_creditor_confirms_its_own_claim_once(house: House) -> None:
    house.done("supplier", "confirm_claim", claim=house.claim("supplier"))
    house.done("supplier", "confirm_claim", claim=house.claim("supplier"))
    assert ClaimConfirmation.objects.count() == 1
    own = house.state("supplier")["my_claims"][str(house.creditors["supplier"].pk)]
    assert own[str(house.claim("supplier"))]["confirmed_at"]
    assert house.state("judge")["verification"] == {
        "confirmed": 1, "objected": 0, "answered": 0, "maintained": 0, "accepted": 0,
        "late": 0, "waivers": 0, "total": 3,
    }  # fmt: skip


@pytest.mark.parametrize("who", ["bank", "administrator", "judge", "debtor", "observer"])
def test_nobody_confirms_anothers_claim(house: House, who: str) -> None:
    assert house.refused(who, "confirm_claim", claim=house.claim("supplier")) == "not_allowed"
    assert not ClaimConfirmation.objects.exists()


def test_objecting_to_ones_own_claim_takes_the_confirmation_back(house: House) -> None:
    house.done("supplier", "confirm_claim", claim=house.claim("supplier"))
    objection = object_as(house, "supplier", "supplier", legal_basis="民法典第五百零九条")
    assert not ClaimConfirmation.objects.exists()
    assert ClaimChange.objects.get(field="confirmation").by == house.people["supplier"]
    own = house.state("supplier")["my_claims"][str(house.creditors["supplier"].pk)]
    assert own[str(house.claim("supplier"))]["objected"] is True
    assert house.refused("supplier", "confirm_claim", claim=house.claim("supplier")) == (
        "bad_request"
    )
    house.done("supplier", "withdraw_objection", objection=objection)
    house.done("supplier", "confirm_claim", claim=house.claim("supplier"))


def test_an_objection_is_read_by_staff_objector_and_the_claims_creditor_alone(
    house: House,
) -> None:
    number = str(object_as(house, "bank", "supplier"))
    readers = {who for who in house.everybody if number in house.state(who)["objections"]}
    assert readers == {"bank", "supplier", "proxy", "administrator", "judge", "clerk"}
    told = house.state("administrator")["objections"][number]
    assert told["creditor"] == "温州供货有限公司"
    assert told["objector"] == "示例银行"
    assert told["state"] == "open"


def test_the_debtor_objects_for_no_creditor(house: House) -> None:
    number = object_as(house, "debtor", "bank")
    assert Objection.objects.get().creditor is None
    assert str(number) in house.state("debtor")["objections"]
    assert str(number) not in house.state("supplier")["objections"]
    assert house.refused("bank", "withdraw_objection", objection=number) == "not_allowed"
    house.done("debtor", "withdraw_objection", objection=number)


def test_a_proxy_of_several_says_in_whose_name_it_objects(house: House) -> None:
    data = {"claim": house.claim("bank"), "reasons": "无异议依据"}
    assert house.refused("proxy", "object_to_claim", **data) == "bad_request"
    house.done("proxy", "object_to_claim", **data, creditor=house.creditors["litigant"].pk)
    assert Objection.objects.get().creditor == house.creditors["litigant"]
    stranger = house.creditors["bank"].pk
    assert house.refused("proxy", "object_to_claim", **data, creditor=stranger) == "not_allowed"


def test_one_standing_objection_a_creditor_and_claim(house: House) -> None:
    first = object_as(house, "bank", "supplier")
    data = {"claim": house.claim("supplier"), "reasons": "再次提出"}
    assert house.refused("bank", "object_to_claim", **data) == "bad_request"
    house.done("bank", "withdraw_objection", objection=first)
    house.done("bank", "object_to_claim", **data)
    assert Objection.objects.count() == 2


@pytest.mark.parametrize("of_a_creditor", [True, False])
def test_the_database_keeps_a_second_standing_objection_out(
    house: House, of_a_creditor: bool
) -> None:
    values = {
        "claim_id": house.claim("supplier"),
        "person": house.people["bank" if of_a_creditor else "debtor"],
        "creditor": house.creditors["bank"] if of_a_creditor else None,
        "reasons": "利息有误",
        "at": clock.now(),
    }
    Objection.objects.create(**values, withdrawn_at=clock.now())
    Objection.objects.create(**values)
    with pytest.raises(IntegrityError), transaction.atomic():
        Objection.objects.create(**values)


def test_the_administrator_answers_and_may_better_the_answer(house: House) -> None:
    number = object_as(house, "bank", "supplier")
    assert house.refused("judge", "answer_objection", objection=number, answer="好") == (
        "not_allowed"
    )
    house.done("administrator", "answer_objection", objection=number, answer="已核对")
    house.done("administrator", "answer_objection", objection=number, answer="已核对送货单")
    told = house.state("bank")["objections"][str(number)]
    assert (told["state"], told["answer"]) == ("answered", "已核对送货单")
    assert told["answered_by"] == str(house.people["administrator"])
    change = ClaimChange.objects.get(field="answer")
    assert (change.before, change.after) == ("已核对", "已核对送货单")
    house.done("bank", "withdraw_objection", objection=number)
    assert house.refused("administrator", "answer_objection", objection=number, answer="x") == (
        "bad_request"
    )


def test_the_judge_sets_a_temporary_amount_and_the_creditor_votes_with_it(house: House) -> None:
    litigant = house.creditors["litigant"]
    world.sign_in(house.people["litigant"], house.meeting)
    before = house.state("litigant")["represented"][str(litigant.pk)]
    assert (before["amount"], before["votes"]) == ("0.00", False)
    house.done(
        "judge", "set_temporary_amount",
        claim=house.claim("litigant"), amount="300.00", reason="参照一审判决",
    )  # fmt: skip
    after = house.state("litigant")["represented"][str(litigant.pk)]
    assert (after["amount"], after["votes"]) == ("300.00", True)
    assert Attendance.objects.get(creditor=litigant).amount_fen == 30000
    change = ClaimChange.objects.get(field="temporary_fen")
    assert (change.before, change.after, change.reason) == ("", "300.00", "参照一审判决")
    assert (change.by, change.address) == (house.people["judge"], "192.0.2.7")
    waiting = house.state("administrator")["undetermined"][str(house.claim("litigant"))]
    assert waiting["temporary"] == "300.00"


@pytest.mark.parametrize(
    ("who", "to", "amount", "reason", "code"),
    [
        ("administrator", "litigant", "300.00", "理由", "not_allowed"),
        ("litigant", "litigant", "300.00", "理由", "not_allowed"),
        ("judge", "supplier", "300.00", "理由", "bad_request"),
        ("judge", "litigant", "500.01", "理由", "bad_request"),
        ("judge", "litigant", "300.00", "  ", "bad_request"),
        ("judge", "litigant", "3e2", "理由", "bad_request"),
        ("judge", "litigant", "-1.00", "理由", "bad_request"),
    ],
)
def test_a_temporary_amount_is_refused(
    house: House, who: str, to: str, amount: str, reason: str, code: str
) -> None:
    data = {"claim": house.claim(to), "amount": amount, "reason": reason}
    assert house.refused(who, "set_temporary_amount", **data) == code
    assert not ClaimChange.objects.exists()
    assert Claim.objects.filter(temporary_fen__isnull=False).count() == 0


def test_claims_and_objections_of_another_case_do_not_exist(house: House) -> None:
    other = world.make_case()
    stranger = world.make_creditor(other, "另案债权人", confirmed="5.00")
    world.make_person(other, "creditor", stranger)
    claim = Claim.objects.get(creditor=stranger)
    objection = Objection.objects.create(
        claim=claim, creditor=stranger, person=house.people["judge"], reasons="另案",
        at=house.meeting.starts_at,
    )  # fmt: skip
    for who in ("administrator", "supplier"):
        data = {"claim": claim.pk, "reasons": "x"}
        assert house.refused(who, "object_to_claim", **data) in {"bad_request", "not_allowed"}
    assert house.refused("supplier", "confirm_claim", claim=claim.pk) == "bad_request"
    data = {"objection": objection.pk, "answer": "x"}
    assert house.refused("administrator", "answer_objection", **data) == "bad_request"
    data = {"claim": claim.pk, "amount": "1.00", "reason": "x"}
    assert house.refused("judge", "set_temporary_amount", **data) == "bad_request"


def test_a_table_that_is_not_open_lets_nobody_probe_others_claims(house: House) -> None:
    Meeting.objects.filter(pk=house.meeting.pk).update(claims_open=False)
    house.meeting.refresh_from_db()
    data = {"claim": house.claim("bank"), "reasons": "x"}
    answers = [
        house.do("supplier", "object_to_claim", **data),
        house.do("supplier", "object_to_claim", **{**data, "claim": 10**9}),
    ]
    assert answers[0]["error"] == answers[1]["error"]
    object_as(house, "supplier", "supplier")


def test_after_the_end_objections_are_taken_as_late_and_answered(house: House) -> None:
    number = object_as(house, "bank", "supplier")
    Meeting.objects.filter(pk=house.meeting.pk).update(state="closed")
    house.meeting.refresh_from_db()
    late = object_as(house, "proxy", "bank", creditor=house.creditors["litigant"].pk)
    told = house.state("administrator")["objections"]
    assert (told[str(number)]["late"], told[str(late)]["late"]) == (False, True)
    assert house.state("judge")["verification"]["late"] == 1
    claim = house.claim("supplier")
    assert house.refused("supplier", "confirm_claim", claim=claim) == "not_allowed"
    house.done("administrator", "answer_objection", objection=number, answer="书面答复")


def act(house: House) -> None:
    """Everything that happens in verification, once."""
    world.sign_in(house.people["litigant"], house.meeting)
    house.done("supplier", "confirm_claim", claim=house.claim("supplier"))
    first = object_as(house, "bank", "supplier")
    second = object_as(house, "supplier", "supplier")
    third = object_as(house, "debtor", "bank")
    house.done("administrator", "answer_objection", objection=first, answer="答复一")
    house.done("administrator", "answer_objection", objection=third, answer="答复二")
    house.done("supplier", "withdraw_objection", objection=second)
    for amount in ("300.00", "0.00", "450.00"):
        house.done(
            "judge", "set_temporary_amount",
            claim=house.claim("litigant"), amount=amount, reason="参照判决",
        )  # fmt: skip


def test_stale_state_and_events_are_a_fresh_snapshot_for_everybody(house: House) -> None:
    other_meeting = world.make_meeting(house.meeting.case, "convened")
    stale = {
        (who, meeting): world.take_snapshot(house.people[who], meeting)
        for who in house.everybody
        for meeting in (house.meeting, other_meeting)
    }
    act(house)
    for (who, meeting), (seq, state) in stale.items():
        followed = world.catch_up(house.people[who], meeting, seq, state)
        fresh = world.take_snapshot(house.people[who], meeting)[1]
        assert followed == fresh, (who, meeting.slug)


def test_no_identity_number_or_contact_is_ever_sent(house: House) -> None:
    act(house)
    everything = json.dumps(
        [event.data for event in Event.objects.all()]
        + [house.state(who) for who in house.everybody],
        ensure_ascii=False,
    )
    assert "温州供货有限公司" in everything
    for creditor in house.creditors.values():
        for secret in (creditor.identity_number, creditor.phone, creditor.email):
            assert secret not in everything


def test_verification_is_told_with_a_notice_to_those_it_concerns(house: House) -> None:
    object_as(house, "bank", "supplier")
    noticed = {
        event.audience: event.data["notice"]["kind"]
        for event in events_after(house.meeting.pk, 0)
        if "notice" in event.data
    }
    supplier, bank = house.creditors["supplier"].pk, house.creditors["bank"].pk
    assert noticed == dict.fromkeys(
        ["staff", f"creditor:{bank}", f"creditor:{supplier}"], "objection_raised"
    )


def test_refusals_raise_nothing_but_refused(house: House) -> None:
    for command in ("confirm_claim", "object_to_claim", "withdraw_objection", "answer_objection"):
        for data in ({}, {"claim": "1"}, {"claim": -1}, {"objection": None}, {"x": 1}):
            context = world.context(house.people["supplier"], house.meeting)
            with pytest.raises(Refused):
                commands.handler(command)(context, data)


def test_rooms_follow_an_import_and_the_opening_of_the_table() -> None:
    from creditor_meetings.claims.importing import read
    from creditor_meetings.claims.importing.commit import Source, commit
    from creditor_meetings.meetings import prepare
    from tests.claims import papers

    case = world.make_case()
    meeting = world.make_meeting(case, "convened")
    known = Creditor.objects.create(case=case, name="李华", identity_number="990000198611192183")
    people = [world.make_person(case, role) for role in ("administrator", "judge", "observer")]
    people.append(world.make_person(case, "creditor", known))
    world.sign_in(people[-1], meeting)
    stale = [world.take_snapshot(person, meeting) for person in people]

    content = papers.workbook()
    assert commit(case, read(content, "t.xlsx"), Source.of(content, "t.xlsx"))
    facts = prepare.Facts(
        title=meeting.title, starts_at=meeting.starts_at, tally_shown="live", claims_open=False
    )
    meeting.refresh_from_db()
    prepare.edit_facts(meeting, facts, world.viewer(people[1], meeting))

    for person, (seq, state) in zip(people, stale, strict=True):
        fresh = world.take_snapshot(person, meeting)[1]
        assert world.catch_up(person, meeting, seq, state) == fresh, person.name
    assert fresh["claims"]["count"] == 5
    assert fresh["claims"]["open"] is False
    assert fresh["represented"][str(known.pk)]["amount"] == "900.00"
    assert fresh["attendance"]["amount"] == "900.00"
