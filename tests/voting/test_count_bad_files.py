"""A count file that is not right in every line is never counted, and the place is named."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voting.rules import count_file
from voting.rules.count_file import BadCountFile

GOOD: dict[str, Any] = {
    "schema": "count/1",
    "rule": "prc-ordinary",
    "matter": "61-1-9",
    "creditors": [
        {
            "id": "A",
            "attended": True,
            "claims": [
                {
                    "nature": "secured",
                    "amount": "10.00",
                    "status": "confirmed",
                    "unsecured_part": "1.00",
                    "priority_waived": False,
                }
            ],
        },
        {"id": "B", "claims": [{"nature": "ordinary", "amount": "5", "status": "undetermined"}]},
    ],
    "ballots": [{"creditor": "A", "choice": "for"}],
}


def refusal(content: bytes | dict[str, Any]) -> BadCountFile:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    with pytest.raises(BadCountFile) as raised:
        count_file.read(raw)
    assert len(str(raised.value).splitlines()) == 1
    return raised.value


def test_the_good_file_is_read() -> None:
    count_file.read(json.dumps(GOOD).encode())


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe{}", "not UTF-8 at byte 0"),
        (json.dumps(GOOD).encode("utf-16"), "not UTF-8"),
        ('{"schema": "计数"}'.encode("gb18030"), "not UTF-8"),
        (b"[" * 200_000, "nested too deep"),
        (b'{"a":' * 200_000, "nested too deep"),
        (b"[" * 200_000 + b"]" * 200_000, "nested too deep"),
        (b"NaN", "NaN"),
        (b'{"schema": Infinity}', "Infinity"),
        (b'{"schema": "count/1", "schema": "count/1"}', "twice"),
        (b"9" * 5000, "too long"),
        (b"[]", "an object"),
        (b"null", "an object"),
        (b'"count/1"', "an object"),
        (json.dumps(GOOD).encode() + b" {}", "not JSON"),
        (b'{"a\nb": 1}', "not JSON"),
    ],
)
def test_not_a_count_file_at_all(content: bytes, problem: str) -> None:
    assert problem in str(refusal(content))


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    made = copy.deepcopy(GOOD)
    change(made)
    return made


def claim(made: dict[str, Any], number: int = 0) -> dict[str, Any]:
    return made["creditors"][number]["claims"][0]


def put(**values: Any) -> Callable[[dict[str, Any]], object]:
    return lambda made: made.update(values)


def put_claim(number: int = 0, **values: Any) -> Callable[[dict[str, Any]], object]:
    return lambda made: claim(made, number).update(values)


def put_creditor(**values: Any) -> Callable[[dict[str, Any]], object]:
    return lambda made: made["creditors"][0].update(values)


def put_ballots(*ballots: Any, rule: str = "prc-ordinary") -> Callable[[dict[str, Any]], object]:
    return lambda made: made.update(ballots=list(ballots), rule=rule)


BALLOT = {"creditor": "A", "choice": "for"}
SECURED = {"creditor": "A", "choice": "for", "group": "secured"}


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (put(schema="count/2"), "schema"),
        (put(schema=1), "schema"),
        (put(rule="prc-majority"), "rule"),
        (put(rule=["prc-ordinary"]), "rule"),
        (put(rule={}), "rule"),
        (put(matter="61-1-12"), "matter"),
        (put(matter="61-1-0"), "matter"),
        (put(matter=None), "matter"),
        (put(matter=[]), "matter"),
        (put(note="?"), "file"),
        (lambda made: made.pop("ballots"), "file"),
        (lambda made: made.pop("creditors"), "file"),
        (put(creditors={}), "creditors"),
        (put(creditors=None), "creditors"),
        (put(ballots="for"), "ballots"),
        (put(creditors=["A"]), "creditors[0]"),
        (put_creditor(id="B"), "creditors[1].id"),
        (put_creditor(id=""), "creditors[0].id"),
        (put_creditor(id=7), "creditors[0].id"),
        (put_creditor(id=None), "creditors[0].id"),
        (put_creditor(id="\ud800"), "creditors[0].id"),
        (put_creditor(attended="true"), "creditors[0].attended"),
        (put_creditor(attended=1), "creditors[0].attended"),
        (put_creditor(attended=None), "creditors[0].attended"),
        (put_creditor(excluded=True), "creditors[0].excluded"),
        (put_creditor(excluded=""), "creditors[0].excluded"),
        (put_creditor(connected=True), "creditors[0]"),
        (put_creditor(name="A"), "creditors[0]"),
        (put_creditor(claims=None), "creditors[0].claims"),
        (put_creditor(claims=[[]]), "creditors[0].claims[0]"),
        (lambda made: made["creditors"][0].pop("claims"), "creditors[0]"),
        (lambda made: claim(made).pop("amount"), "creditors[0].claims[0]"),
        (lambda made: claim(made).pop("status"), "creditors[0].claims[0]"),
        (put_claim(nature="Secured"), "creditors[0].claims[0].nature"),
        (put_claim(nature=None), "creditors[0].claims[0].nature"),
        (put_claim(nature=["secured"]), "creditors[0].claims[0].nature"),
        (put_claim(status="maybe"), "creditors[0].claims[0].status"),
        (put_claim(**{"class": "x"}), "creditors[0].claims[0]"),
        (put_claim(priority_waived="no"), "creditors[0].claims[0].priority_waived"),
        (put_claim(unsecured_part="10.01"), "creditors[0].claims[0].unsecured_part"),
        (put_claim(1, unsecured_part="0.00"), "creditors[1].claims[0].unsecured_part"),
        (put_claim(temporary_amount="1.00"), "creditors[0].claims[0].temporary_amount"),
        (put_claim(1, temporary_amount="5.01"), "creditors[1].claims[0].temporary_amount"),
        (put_claim(1, temporary_amount=None), "creditors[1].claims[0].temporary_amount"),
        (
            put_claim(status="undetermined", temporary_amount="0.99"),
            "creditors[0].claims[0].unsecured_part",
        ),
        (put_ballots({"creditor": "Z", "choice": "for"}), "ballots[0].creditor"),
        (put_ballots({"creditor": 1, "choice": "for"}), "ballots[0].creditor"),
        (put_ballots({"creditor": "A", "choice": "yes"}), "ballots[0].choice"),
        (put_ballots({"creditor": "A"}), "ballots[0]"),
        (put_ballots(None), "ballots[0]"),
        (put_ballots(BALLOT, {**BALLOT, "choice": "against"}), "ballots[1]"),
        (put_ballots(BALLOT, BALLOT), "ballots[1]"),
        (put_ballots(SECURED), "ballots[0]"),
        (put_ballots(SECURED, SECURED, rule="prc-reorganisation"), "ballots[1]"),
        (put_ballots(SECURED, BALLOT, rule="prc-reorganisation"), "ballots[1]"),
        (put_ballots(BALLOT, SECURED, rule="prc-reorganisation"), "ballots[1]"),
        (put_ballots({**BALLOT, "group": 3}, rule="prc-reorganisation"), "ballots[0].group"),
    ],
)
def test_the_place_is_named(change: Callable[[dict[str, Any]], object], place: str) -> None:
    assert refusal(changed(change)).place == place


@pytest.mark.parametrize(
    "amount",
    [
        "", " ", "-1", "+1", "1e3", "1E3", "1,000.00", "1 000", "1_000", "1.", ".5", "1.234",
        "0x10", "NaN", "Infinity", "１００", "٣", "1.00 ", "1.00\n", "¥1", "1.0.0", 1, 1.5, 0, True,
        None, [], {}, "9" * 2000,
    ],
)  # fmt: skip
def test_amounts_are_plain_yuan(amount: Any) -> None:
    place = refusal(changed(put_claim(amount=amount))).place
    assert place == "creditors[0].claims[0].amount"


@pytest.mark.parametrize("amount", ["10", "10.0", "10.00", "0010.00"])
def test_decimals_may_be_left_out(amount: str) -> None:
    read = count_file.read(json.dumps(changed(put_claim(amount=amount))).encode())
    assert read.creditors[0].claims[0].amount_fen == 1000


def test_a_duplicate_key_deep_down_is_found() -> None:
    text = json.dumps(GOOD).replace('"amount": "5"', '"amount": "5", "amount": "6"')
    assert "amount" in str(refusal(text.encode()))


def test_connected_and_class_stand_only_where_they_mean_something() -> None:
    count_file.read(
        json.dumps(
            changed(lambda made: (put(rule="uk-cva")(made), put_creditor(connected=True)(made)))
        ).encode()
    )
    for rule in ("us-1126c", "de-inso-244"):
        count_file.read(
            json.dumps(
                changed(
                    lambda made, rule=rule: (
                        put(rule=rule)(made),
                        put_claim(**{"class": "1"})(made),
                    )
                )
            ).encode()
        )


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
    | st.sampled_from(["count/1", "prc-ordinary", "A", "for", "1.00", "ordinary", "confirmed"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["schema", "rule", "creditors", "ballots", "id", "claims", "choice", "x"]),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@given(json_values, st.sampled_from(["creditors", "ballots", "rule", "matter", "schema"]))
def test_whatever_stands_there_is_counted_or_refused(value: Any, name: str) -> None:
    content = json.dumps({**GOOD, name: value}).encode()
    try:
        count_file.count(count_file.read(content))
    except BadCountFile as bad:
        assert len(str(bad).splitlines()) == 1  # noqa: PT017


@given(st.binary(max_size=60))
def test_any_bytes_are_refused_in_one_line(content: bytes) -> None:
    try:
        count_file.read(content)
    except BadCountFile as bad:
        assert len(str(bad).splitlines()) == 1  # noqa: PT017
