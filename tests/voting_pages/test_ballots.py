"""A ballot by POST: the socket's body, the socket's answer, and nothing gets in otherwise."""

import json
from typing import Any

import pytest
from django.test import Client

from tests.support import world
from tests.voting_pages.conftest import House
from voting.models import Ballot


def ballot(house: House, identity: str = "b-1", **data: Any) -> dict[str, Any]:
    values = {"resolution": house.resolution.pk, "choice": "for", **data}
    return {"id": identity, "type": "cast_ballot", "data": values}


def post(client: Client, house: House, body: Any, **headers: str) -> Any:
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    return client.post(
        house.ballots_url, text, content_type="application/json", headers=headers or None
    )


def test_counts_and_gives_the_receipt(committed_house: House) -> None:
    house = committed_house
    answer = post(house.client("甲公司"), house, ballot(house))

    assert answer.status_code == 200
    frame = answer.json()
    assert (frame["type"], frame["id"], frame["ok"]) == ("reply", "b-1", True)
    cast = Ballot.objects.get()
    assert (cast.choice, cast.creditor.name, cast.receipt) == ("for", "甲公司", frame["data"])
    assert cast.address == "127.0.0.1"


def test_same_id_again_is_the_same_ballot(house: House) -> None:
    client = house.client("甲公司")
    first = post(client, house, ballot(house)).json()
    again = post(client, house, ballot(house, choice="against")).json()

    assert again == first
    assert Ballot.objects.count() == 1


def test_another_id_votes_anew_and_both_stay(house: House) -> None:
    client = house.client("甲公司")
    post(client, house, ballot(house))
    post(client, house, ballot(house, "b-2", choice="against"))

    effective = Ballot.objects.order_by("pk").values_list("choice", "effective")
    assert list(effective) == [("for", False), ("against", True)]


def test_proxy_names_the_creditor(house: House) -> None:
    body = ballot(house, creditor=house.creditors["乙公司"].pk)
    assert post(house.client("proxy"), house, body).status_code == 200
    assert Ballot.objects.get().by_proxy


@pytest.mark.parametrize(
    ("who", "change", "status", "code"),
    [
        ("judge", {}, 403, "no_voting_right"),
        ("observer", {}, 403, "no_voting_right"),
        ("甲公司", {"choice": "maybe"}, 400, "bad_request"),
        ("甲公司", {"choice": None}, 400, "bad_request"),
        ("甲公司", {"resolution": "1"}, 400, "bad_request"),
        ("甲公司", {"resolution": 10**30}, 400, "bad_request"),
        ("甲公司", {"resolution": 999_999}, 400, "bad_request"),
        ("甲公司", {"weight": 5}, 400, "bad_request"),
        ("nobody", {}, 404, "not_allowed"),
        ("stranger", {}, 404, "not_allowed"),
    ],
)
def test_refused_with_a_reason(
    house: House, who: str, change: dict[str, Any], status: int, code: str
) -> None:
    answer = post(house.client(who), house, ballot(house, **change))

    assert answer.status_code == status
    frame = answer.json()
    assert (frame["type"], frame["ok"], frame["error"]["code"]) == ("reply", False, code)
    assert frame["error"]["message"]
    assert not Ballot.objects.exists()


def test_nobody_votes_for_another_creditor(house: House) -> None:
    answer = post(
        house.client("甲公司"), house, ballot(house, creditor=house.creditors["乙公司"].pk)
    )
    assert answer.status_code == 403
    assert not Ballot.objects.exists()


def test_closed_poll_takes_nothing(house: House) -> None:
    house.close()
    answer = post(house.client("甲公司"), house, ballot(house))
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "poll_not_open")


def test_resolution_of_another_meeting(house: House) -> None:
    elsewhere = world.make_meeting(house.case)
    answer = house.client("甲公司").post(
        f"/meetings/{elsewhere.slug}/ballots/",
        json.dumps(ballot(house)),
        content_type="application/json",
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")
    assert not Ballot.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        " ",
        "{",
        "[]",
        "null",
        '{"id": "x"}',
        '{"id": "", "type": "cast_ballot"}',
        '{"id": "x", "type": "cast_ballot", "data": []}',
        '{"id": "x", "type": "close_poll", "data": {"resolution": 1}}',
        "[" * 30_000,
        b"\xff\xfe\x00",
    ],
)
def test_what_is_no_ballot(house: House, body: str | bytes) -> None:
    answer = post(house.client("甲公司"), house, body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")


def test_huge_body(house: House) -> None:
    body = json.dumps(ballot(house, choice="for" * 100_000))
    answer = post(house.client("甲公司"), house, body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "bad_request")


def test_json_only(house: House) -> None:
    answer = house.client("甲公司").post(house.ballots_url, {"id": "x"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "bad_request")


def test_get_is_not_allowed(house: House) -> None:
    assert house.client("甲公司").get(house.ballots_url).status_code == 405


def test_needs_the_csrf_token(house: House) -> None:
    client = house.client("甲公司", enforce_csrf_checks=True)
    assert post(client, house, ballot(house)).status_code == 403
    assert not Ballot.objects.exists()

    token = "a" * 32
    client.cookies["csrftoken"] = token
    assert post(client, house, ballot(house), **{"X-CSRFToken": token}).status_code == 200


def test_a_flood_is_slowed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voting.views.POSTS", 2)
    client = house.client("甲公司")
    answers = [post(client, house, ballot(house, f"b-{n}")).status_code for n in range(3)]
    assert answers == [200, 200, 429]


def test_answers_in_the_persons_language(house: House) -> None:
    client = house.client("judge")
    zh = post(client, house, ballot(house)).json()["error"]["message"]
    assert zh == "您不代表任何债权人，没有表决权。"


def test_without_a_token_scripts_and_people_are_told_each_in_their_form(house: House) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(house.people["甲公司"])
    answer = post(client, house, ballot(house))
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/json")
    told = answer.json()
    assert (told["ok"], told["error"]["code"]) == (False, "not_allowed")
    assert "刷新" in told["error"]["message"]

    page = client.post(house.ballots_url, {"choice": "for"})
    assert page.status_code == 403
    assert "<h1>请重新提交</h1>" in page.content.decode()
    assert not Ballot.objects.exists()
