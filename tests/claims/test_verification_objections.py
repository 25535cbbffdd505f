"""The life of an objection: accepted with the claim adjusted, maintained, sued over, with files."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from creditor_meetings.cases.files import scans
from creditor_meetings.claims.models import (
    Claim,
    ClaimChange,
    ClaimConfirmation,
    Objection,
    ObjectionFile,
)
from creditor_meetings.claims.standing import disputed, undisputed_claims
from creditor_meetings.meetings import verification_files
from creditor_meetings.realtime.models import Event
from tests.claims.verifying import House, make_house, object_as
from tests.support import world
from tests.whole.story import paper

pytestmark = pytest.mark.django_db

SECRET = "只有相关人员可以读到的异议理由"


@pytest.fixture
def house() -> House:
    return make_house()


def accept(house: House, objection: int, **more: object) -> dict:
    """Accept an objection to the supplier's claim of 1000.00."""
    data = {
        "objection": objection, "confirmed": "900.00", "conclusion": "partly_confirmed",
        "reason": "按对账单扣减", **more,
    }  # fmt: skip
    return house.do("administrator", "accept_objection", **data)


def test_accepting_adjusts_the_claim_and_asks_its_creditor_to_look_again(house: House) -> None:
    house.done("supplier", "confirm_claim", claim=house.claim("supplier"))
    number = object_as(house, "bank", "supplier")
    assert accept(house, number)["ok"]
    claim = Claim.objects.get(pk=house.claim("supplier"))
    assert (claim.confirmed_fen, claim.conclusion) == (90000, "partly_confirmed")
    assert claim.reason == "按对账单扣减"
    assert not ClaimConfirmation.objects.exists()
    changes = dict(claim.changes.values_list("field", "after"))
    assert changes["confirmed_fen"] == "900.00"
    assert changes["objection"] == "accepted"
    assert changes["confirmation"] == ""
    told = house.state("bank")["objections"][str(number)]
    assert (told["state"], told["answer"]) == ("accepted", "按对账单扣减")
    assert told["entry"]["confirmed"] == "900.00"
    own = house.state("supplier")["my_claims"][str(claim.creditor_id)][str(claim.pk)]
    assert (own["confirmed"], own["confirmed_at"], own["objected"]) == ("900.00", None, False)
    house.done("supplier", "confirm_claim", claim=claim.pk)


def test_an_accepted_objection_stands_no_longer_and_another_may_be_raised(house: House) -> None:
    number = object_as(house, "bank", "supplier")
    claim = house.claim("supplier")
    assert list(disputed(house.meeting.case_id)) == [claim]
    assert claim not in undisputed_claims(house.meeting.case_id).values_list("pk", flat=True)
    assert accept(house, number)["ok"]
    assert disputed(house.meeting.case_id) == {}
    assert undisputed_claims(house.meeting.case_id).count() == 3
    for command, data in (
        ("withdraw_objection", {}), ("maintain_objection", {}), ("note_suit", {"suit": "1"}),
    ):  # fmt: skip
        assert house.refused("bank", command, objection=number, **data) == "bad_request"
    assert not accept(house, number, confirmed="800.00")["ok"]
    assert object_as(house, "bank", "supplier") != number


@pytest.mark.parametrize(
    "data",
    [
        {"confirmed": "1000.00", "conclusion": "confirmed"},
        {"confirmed": "1000.01"},
        {"confirmed": "900.00", "conclusion": "confirmed"},
        {"confirmed": "900.00", "principal": "800.00", "interest": "99.99"},
        {"confirmed": "9e2"},
        {"conclusion": "unheard-of"},
        {"reason": "  "},
        {"version": 99},
    ],
)
def test_what_does_not_adjust_a_claim_rightly_leaves_everything_as_it_was(
    house: House, data: dict
) -> None:
    number = object_as(house, "bank", "supplier")
    reply = accept(house, number, **data)
    assert reply["error"]["code"] == "bad_request"
    assert reply["error"]["message"]
    objection = Objection.objects.get(pk=number)
    assert (objection.state, objection.answer) == ("open", "")
    assert Claim.objects.get(pk=house.claim("supplier")).confirmed_fen == 100000
    assert not ClaimChange.objects.exists()


def test_parts_of_the_adjusted_amount_are_kept(house: House) -> None:
    number = object_as(house, "bank", "supplier")
    assert accept(house, number, principal="850.00", interest="50.00")["ok"]
    claim = Claim.objects.get(pk=house.claim("supplier"))
    parts = (claim.confirmed_principal_fen, claim.confirmed_interest_fen)
    assert (*parts, claim.confirmed_other_fen) == (85000, 5000, 0)
    # Another amount without parts: the old ones must not stay beside it.
    again = object_as(house, "bank", "supplier")
    assert accept(house, again, confirmed="700.00")["ok"]
    claim.refresh_from_db()
    assert claim.confirmed_principal_fen is None


def test_accepting_takes_an_undetermined_claim_off_the_list(house: House) -> None:
    number = object_as(house, "litigant", "litigant")
    judge, claim = house.people["judge"], str(house.claim("litigant"))
    seq, stale = world.take_snapshot(judge, house.meeting)
    assert claim in stale["undetermined"]
    assert accept(house, number, confirmed="500.00", conclusion="confirmed")["ok"]
    followed = world.catch_up(judge, house.meeting, seq, stale)
    fresh = house.state("judge")
    assert followed["undetermined"] == fresh["undetermined"] == {}


def test_an_objection_is_maintained_after_the_explanation_and_sued_over(house: House) -> None:
    number = object_as(house, "bank", "supplier")
    assert house.refused("bank", "maintain_objection", objection=number) == "bad_request"
    house.done("administrator", "answer_objection", objection=number, answer="维持原审查意见")
    for who in ("supplier", "litigant", "debtor", "administrator", "judge"):
        assert house.refused(who, "maintain_objection", objection=number) == "not_allowed"
    house.done("bank", "maintain_objection", objection=number)
    house.done("administrator", "answer_objection", objection=number, answer="再次说明")
    assert house.state("bank")["objections"][str(number)]["state"] == "maintained"
    counts = house.state("clerk")["verification"]
    assert (counts["objected"], counts["answered"], counts["maintained"]) == (1, 1, 1)
    for who in ("supplier", "debtor", "judge"):
        assert house.refused(who, "note_suit", objection=number, suit="x") == "not_allowed"
    house.done("bank", "note_suit", objection=number, suit="（2026）沪03民初88号")
    house.done("administrator", "note_suit", objection=number, suit="（2026）沪03民初89号")
    told = house.state("supplier")["objections"][str(number)]
    assert told["suit"] == "（2026）沪03民初89号"
    assert [one.before for one in ClaimChange.objects.filter(field="suit")] == [
        "", "（2026）沪03民初88号",
    ]  # fmt: skip
    house.done("bank", "withdraw_objection", objection=number)
    assert not disputed(house.meeting.case_id)


def test_the_debtor_maintains_its_own(house: House) -> None:
    number = object_as(house, "debtor", "supplier")
    house.done("administrator", "answer_objection", objection=number, answer="维持")
    house.done("debtor", "maintain_objection", objection=number)
    house.done("debtor", "note_suit", objection=number, suit="已立案")
    assert house.state("debtor")["objections"][str(number)]["state"] == "maintained"


# --- files -----------------------------------------------------------------------------------


def send(house: House, who: str, objection: int, *files: SimpleUploadedFile) -> int:
    """Send files to an objection's address; return the status."""
    client = Client()
    client.force_login(house.people[who])
    path = reverse("meetings:objection_files", args=[house.meeting.case_id, objection])
    answer = client.post(path, {"file": list(files)}, headers={"accept": "application/json"})
    if answer.status_code == 400:
        assert answer.json()["error"]["message"]
    return answer.status_code


def status(house: House, who: str, path: str) -> int:
    """Look at an address as somebody."""
    client = Client()
    client.force_login(house.people[who])
    return client.get(path).status_code


def test_files_go_to_exactly_those_who_may_read_the_objection(house: House) -> None:
    number = object_as(house, "bank", "supplier")
    assert send(house, "bank", number, paper(600), paper(601)) == 201
    assert send(house, "administrator", number, paper(602)) == 201
    told = house.state("supplier")["objections"][str(number)]["files"]
    assert sorted(one["with_answer"] for one in told.values()) == [False, False, True]
    for one in told.values():
        allowed = {who for who in house.everybody if status(house, who, one["url"]) == 200}
        assert allowed == {"bank", "supplier", "proxy", "administrator", "judge", "clerk"}
        assert status(house, "litigant", one["url"]) == 404
    answer = Client()
    answer.force_login(house.people["judge"])
    got = answer.get(one["url"])
    assert got["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in got["Content-Security-Policy"]
    assert got["Cache-Control"].startswith("private")


def test_who_may_not_add_files_adds_none(house: House) -> None:
    number = object_as(house, "bank", "supplier")
    statuses = {who: send(house, who, number, paper()) for who in ("supplier", "litigant", "judge")}
    assert statuses == {"supplier": 404, "litigant": 404, "judge": 403}
    house.done("bank", "withdraw_objection", objection=number)
    assert send(house, "bank", number, paper()) == 400
    assert not ObjectionFile.objects.exists()


def test_files_are_taken_all_or_none(house: House) -> None:
    number = object_as(house, "bank", "supplier")
    page = SimpleUploadedFile("借据.pdf", b"<html>not a pdf</html>", "application/pdf")
    assert send(house, "bank", number, paper(), page) == 400
    assert send(house, "bank", number) == 400
    many = [paper(600 + n) for n in range(verification_files.MOST_FILES + 1)]
    assert send(house, "bank", number, *many) == 400
    assert not ObjectionFile.objects.exists()
    # The same file again is the same file.
    assert send(house, "bank", number, paper(700), paper(700)) == 201
    assert send(house, "bank", number, paper(700)) == 201
    kept = ObjectionFile.objects.get()
    assert scans.path_of(verification_files.ROOM, kept.sha256).is_file()


def test_what_others_said_and_sent_never_reaches_another_creditor(house: House) -> None:
    seq = {who: world.take_snapshot(house.people[who], house.meeting) for who in house.everybody}
    data = {"claim": house.claim("supplier"), "reasons": SECRET}
    number = house.done("bank", "object_to_claim", **data)["objection"]
    secret_file = paper(650)
    secret_file.name = "机密借据.pdf"
    assert send(house, "bank", number, secret_file) == 201
    house.done("administrator", "answer_objection", objection=number, answer=f"答复{SECRET}")
    house.done("bank", "maintain_objection", objection=number)
    house.done("bank", "note_suit", objection=number, suit="（2026）机密88号")
    assert accept(house, number)["ok"]
    readers = {"bank", "supplier", "proxy", "administrator", "judge", "clerk"}
    for who in house.everybody:
        audiences = world.viewer(house.people[who], house.meeting).audiences
        heard = Event.objects.filter(
            meeting=house.meeting, seq__gt=seq[who][0], audience__in=audiences
        )
        everything = json.dumps(
            [one.data for one in heard] + [house.state(who)], ensure_ascii=False
        )
        client = Client()
        client.force_login(house.people[who])
        page = reverse("meetings:claims", args=[house.meeting.slug])
        everything += client.get(page).content.decode()
        for secret in (SECRET, "机密借据", "机密88号", "objections/"):
            assert (secret in everything) == (who in readers), (who, secret)
