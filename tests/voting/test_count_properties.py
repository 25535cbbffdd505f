"""What must hold of every count, whoever the creditors are and however they vote."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from voting.rules import count_file
from voting.rules.records import Nature, Status
from voting.rules.registry import MATTERS, RULES

CHOICES = ("for", "against", "abstain")
BIG = 10**15


def yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def fen(text: str) -> int:
    return int(text.replace(".", ""))


@st.composite
def claims(draw: st.DrawFn) -> dict[str, Any]:
    nature = draw(st.sampled_from(list(Nature)))
    amount = draw(st.integers(0, 1000) | st.integers(BIG - 5, BIG + 5))
    status = draw(st.sampled_from(list(Status)))
    made: dict[str, Any] = {"nature": nature, "amount": yuan(amount), "status": status}
    counts = amount
    if status == "undetermined" and draw(st.booleans()):
        counts = draw(st.integers(0, amount))
        made["temporary_amount"] = yuan(counts)
    if nature in ("secured", "construction"):
        made["priority_waived"] = draw(st.booleans())
        made["unsecured_part"] = yuan(draw(st.integers(0, counts)))
    return made


@st.composite
def files(draw: st.DrawFn) -> dict[str, Any]:
    size = draw(st.integers(1, 8))
    creditors = []
    for number in range(size):
        one: dict[str, Any] = {
            "id": f"C{number}",
            "attended": draw(st.booleans()),
            "claims": draw(st.lists(claims(), max_size=3)),
        }
        if draw(st.integers(0, 9)) == 0:
            one["excluded"] = "barred"
        creditors.append(one)
    voters = draw(st.lists(st.sampled_from([c["id"] for c in creditors]), unique=True))
    made: dict[str, Any] = {
        "schema": "count/1",
        "rule": draw(st.sampled_from([rule.id for rule in RULES])),
        "creditors": creditors,
        "ballots": [{"creditor": who, "choice": draw(st.sampled_from(CHOICES))} for who in voters],
    }
    if draw(st.booleans()):
        made["matter"] = draw(st.sampled_from(MATTERS))
    return made


def count(content: dict[str, Any]) -> dict[str, Any]:
    return count_file.count(count_file.read(json.dumps(content).encode()))


@given(files(), st.randoms(use_true_random=False))
def test_order_changes_nothing(content: dict[str, Any], random: Any) -> None:
    first = count(content)
    shuffled = {
        **content,
        "ballots": list(content["ballots"]),
        "creditors": list(content["creditors"]),
    }
    random.shuffle(shuffled["ballots"])
    random.shuffle(shuffled["creditors"])
    second = count(shuffled)
    for result in (first, second):
        result["rejected_ballots"].sort(key=lambda one: one["creditor"])
    assert first == second


@given(files())
def test_parts_add_to_wholes(content: dict[str, Any]) -> None:
    result = count(content)
    ballots = len(content["ballots"])
    assert len(result["rejected_ballots"]) <= ballots
    for group in result["groups"]:
        parts = [group[name] for name in (*CHOICES, "not_voted")]
        assert sum(part["number"] for part in parts) == group["attending"] <= group["entitled"]
        assert all(part["number"] >= 0 and fen(part["amount"]) >= 0 for part in parts)
        for name in ("number_test", "amount_test"):
            test = group[name]
            if test is None:
                continue
            numerator, denominator = (
                fen(value) if isinstance(value, str) else value
                for value in (test["numerator"], test["denominator"])
            )
            assert 0 <= numerator <= denominator
            assert (test["share"] is None) == (denominator == 0)
            if denominator == 0:
                assert test["met"] is False
        cast = sum(group[choice]["number"] for choice in CHOICES)
        assert cast <= ballots
    if len(result["groups"]) == 1 and len(content["creditors"]) == 1 and ballots:
        assert result["rejected_ballots"] == []


@given(files(), st.data())
def test_a_vote_turned_in_favour_never_loses_what_was_won(
    content: dict[str, Any], data: st.DataObject
) -> None:
    before = {group["group"]: group["passed"] for group in count(content)["groups"]}
    if not content["ballots"]:
        return
    number = data.draw(st.integers(0, len(content["ballots"]) - 1))
    content["ballots"][number]["choice"] = "for"
    for group in count(content)["groups"]:
        if before[group["group"]]:
            assert group["passed"] is True


@given(files(), st.data())
def test_one_more_fen_in_favour_never_loses_what_was_won(
    content: dict[str, Any], data: st.DataObject
) -> None:
    favour = {one["creditor"] for one in content["ballots"] if one["choice"] == "for"}
    held = [
        claim
        for one in content["creditors"]
        if one["id"] in favour
        for claim in one["claims"]
        if claim["nature"] == "ordinary"
        and claim["status"] == "confirmed"
        and claim["amount"] != "0.00"
    ]
    if not held:
        return
    before = {group["group"]: group["passed"] for group in count(content)["groups"]}
    claim = data.draw(st.sampled_from(held))
    claim["amount"] = yuan(fen(claim["amount"]) + 1)
    for group in count(content)["groups"]:
        if before[group["group"]]:
            assert group["passed"] is True


@given(
    st.integers(1, 10**15),
    st.sampled_from(
        [
            ("prc-ordinary", 1, 2, False),
            ("prc-composition", 2, 3, False),
            ("uk-15.34", 1, 2, True),
            ("uk-cva", 3, 4, False),
            ("de-inso-76", 1, 2, True),
        ]
    ),
    st.integers(-1, 1),
)
def test_the_threshold_is_exact_to_the_fen(
    unit: int, law: tuple[str, int, int, bool], off: int
) -> None:
    rule, numerator, denominator, strict = law
    favour, rest = unit * numerator + off, unit * (denominator - numerator) - off
    if favour <= 0 or rest <= 0:
        return
    creditors = [
        {"id": name, "attended": True,
         "claims": [{"nature": "ordinary", "amount": yuan(amount), "status": "confirmed"}]}
        for name, amount in (("for", favour), ("against", rest))
    ]  # fmt: skip
    content = {
        "schema": "count/1", "rule": rule, "creditors": creditors,
        "ballots": [{"creditor": name, "choice": name} for name in ("for", "against")],
    }  # fmt: skip
    (group,) = count(content)["groups"]
    expected = off > 0 or (off == 0 and not strict)
    assert group["amount_test"]["met"] is expected


@given(st.integers(1, 60), st.integers(0, 60))
def test_half_of_the_heads_is_no_majority(favour: int, against: int) -> None:
    creditors = [
        {"id": f"C{number}",
         "claims": [{"nature": "ordinary", "amount": "1.00", "status": "confirmed"}]}
        for number in range(favour + against)
    ]  # fmt: skip
    ballots = [
        {"creditor": one["id"], "choice": "for" if number < favour else "against"}
        for number, one in enumerate(creditors)
    ]
    content = {
        "schema": "count/1",
        "rule": "prc-ordinary",
        "creditors": creditors,
        "ballots": ballots,
    }
    (group,) = count(content)["groups"]
    assert group["number_test"]["met"] is (favour > against)
    assert group["amount_test"]["met"] is (favour >= against)
