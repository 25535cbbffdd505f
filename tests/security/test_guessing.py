"""Guessing codes, links and confirmations; flooding; frames that are too much."""

import json
from functools import partial
from types import SimpleNamespace

import pytest
from django.test import Client

from creditor_meetings.cases import acceptance, codes, invitations, tries
from creditor_meetings.cases.errors import Refused
from creditor_meetings.realtime import allowance, commands
from tests.support import world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def one_quarter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries count within quarters of an hour: none ends in the middle of a test."""
    monkeypatch.setattr(tries, "time", SimpleNamespace(time=lambda: 1_800_000_000.0))


def few(monkeypatch: pytest.MonkeyPatch, *, address: int = 1000, everybody: int = 1000) -> None:
    """Set limits that a test reaches."""
    monkeypatch.setattr(tries, "ADDRESS_LIMITS", (tries.Limit(address, 900),))
    monkeypatch.setattr(tries, "GLOBAL_LIMITS", (tries.Limit(everybody, 900),))


def an_invitation() -> invitations.Issued:
    case = world.make_case()
    creditor = world.make_creditor(case, "云江油墨有限公司")
    return invitations.issue(case, "creditor", "池建国", creditors=[creditor], phone="16000000001")


def confirm(issued: invitations.Issued, address: str, tail: str = "000000") -> int:
    """Use a link from an address; the status of the answer."""
    values = {"name": "池建国", "identity_tail": tail}
    client = Client(REMOTE_ADDR=address)
    return client.post(f"/invite/{issued.token}/", values).status_code


def right_tail(issued: invitations.Issued) -> str:
    return acceptance.identity_number_of(issued.invitation)[-6:]


def test_many_links_from_one_address_are_stopped_and_others_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    few(monkeypatch, address=6)
    for _ in range(6):
        assert confirm(an_invitation(), "192.0.2.7") == 400
    last = an_invitation()
    assert confirm(last, "192.0.2.7", right_tail(last)) == 429
    # Nothing was used up: from elsewhere the link is good.
    last.invitation.refresh_from_db()
    assert last.invitation.failed_tries == 0
    assert confirm(last, "192.0.2.8", right_tail(last)) == 302


def test_a_thousand_addresses_are_stopped_too(monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch, everybody=5)
    for number in range(5):
        assert confirm(an_invitation(), f"192.0.2.{number}") == 400
    last = an_invitation()
    assert confirm(last, "198.51.100.1", right_tail(last)) == 429
    page = Client(REMOTE_ADDR="198.51.100.2").get(f"/invite/{last.token}/")
    assert page.status_code == 200  # looking is no guess


def test_links_that_are_none_are_counted_and_tell_the_log_no_token(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    few(monkeypatch, address=4)
    client = Client(REMOTE_ADDR="192.0.2.7")
    for number in range(4):
        assert client.get(f"/invite/guess-{number}/").status_code == 404
    refused = client.get("/invite/guess-again/")
    assert refused.status_code == 429
    assert "一刻钟" in refused.content.decode()
    assert refused["Referrer-Policy"] == "strict-origin"
    assert "guess" not in caplog.text
    assert "192.0.2.7" in caplog.text


def test_codes_of_many_people_from_one_address(monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch, address=8)
    rows = [
        codes.request_code(codes.identifier_from(f"1380000{n:04d}"), "192.0.2.7") for n in range(5)
    ]
    said = []
    for row in rows:
        for _ in range(codes.MAX_TRIES):
            with pytest.raises(Refused) as refusal:
                codes.check_code(row.pk, "000000", "192.0.2.7")
            said.append("网络" in refusal.value.message)
    assert said == [False] * 8 + [True] * 17
    assert refusal.value.code == "too_many_requests"


def test_messages_that_are_asked_for_are_limited_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tries, "SENT_LIMITS", (tries.Limit(3, 900),))
    for number in range(3):
        codes.request_code(codes.identifier_from(f"1390000000{number}"), f"192.0.2.{number}")
    with pytest.raises(Refused) as refusal:
        codes.request_code(codes.identifier_from("13900000009"), "192.0.2.9")
    assert refusal.value.code == "too_many_requests"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.7", "192.0.2.8", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.7", "192.0.2.7", True),
        ("no address", "", True),
    ],
)
def test_an_address_is_its_network(one: str, other: str, same: bool) -> None:
    assert (tries.network_of(one) == tries.network_of(other)) is same


def test_right_answers_count_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch, address=2, everybody=2)
    for _ in range(6):
        issued = an_invitation()
        assert confirm(issued, "192.0.2.7", right_tail(issued)) == 302


# --- Commands ------------------------------------------------------------------------------------


def test_a_person_has_one_allowance_however_many_rooms_are_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # An allowance comes back with time: here none goes by.
    still = partial(allowance.Allowance, now=lambda: 0.0)
    monkeypatch.setattr(allowance, "Allowance", still)
    allowances, most = allowance.Allowances(), int(allowance.AT_ONCE)
    sent = [allowances.within(7, 1) for _ in range(most + 20)]
    assert sent == [True] * most + [False] * 20
    assert allowances.within(8, 1)
    with pytest.raises(Refused):
        allowances.spend(7, 5)


def nested(levels: int) -> str:
    data: object = 1
    for _ in range(levels):
        data = {"x": data}
    return json.dumps({"id": "a", "type": "sign_in", "data": data})


TOO_MUCH = {
    "too deep": nested(40),
    "a key twice": '{"id": "a", "type": "sign_in", "type": "open_meeting", "data": {}}',
    "a key twice within": '{"id": "a", "type": "sign_in", "data": {"creditor": 1, "creditor": 2}}',
    "too many keys": json.dumps(
        {"id": "a", "type": "sign_in", "data": {str(n): 1 for n in range(300)}}
    ),
    "too many things": '{"id": "a", "type": "sign_in", "data": {"x": [' + "[]," * 5000 + "1]}}",
    "NaN": '{"id": "a", "type": "sign_in", "data": {"x": NaN}}',
    "infinity": '{"id": "a", "type": "sign_in", "data": {"x": -Infinity}}',
    "a number of many digits": '{"id": "a", "type": "sign_in", "data": {"x": ' + "9" * 9000 + "}}",
}


@pytest.mark.parametrize("name", TOO_MUCH)
def test_a_frame_that_is_too_much_is_refused_as_a_whole(name: str) -> None:
    with pytest.raises(Refused) as refusal:
        commands.parse(TOO_MUCH[name])
    assert refusal.value.code == "bad_request"


def test_the_largest_honest_frames_are_taken() -> None:
    ballots = [{"resolution": n, "choices": {"secured": "for", "ordinary": "for"}, "creditor": n}
               for n in range(500)]  # fmt: skip
    amounts = [{"claim": n, "amount": "1.00"} for n in range(1000)]
    for kind, data in (("cast_ballots", {"ballots": ballots}),
                       ("set_temporary_amounts", {"claims": amounts, "reason": "x"})):  # fmt: skip
        assert commands.parse(json.dumps({"id": "a", "type": kind, "data": data}))[1] == kind
