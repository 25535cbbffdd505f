"""What the law says of each kind of claim and each threshold, counted from files."""

from typing import Any

import pytest

from tests.voting.test_count_cases import count

FOR, AGAINST, ABSTAIN = "for", "against", "abstain"


def claim(amount: str = "100.00", nature: str = "ordinary", **fields: Any) -> dict[str, Any]:
    return {"nature": nature, "amount": amount, "status": "confirmed", **fields}


def creditor(name: str, *claims: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"id": name, "attended": True, "claims": list(claims), **fields}


def file(
    creditors: list[dict[str, Any]],
    ballots: dict[str, str] | list[dict[str, str]],
    rule: str = "prc-ordinary",
    matter: str | None = None,
) -> dict[str, Any]:
    if isinstance(ballots, dict):
        ballots = [{"creditor": who, "choice": what} for who, what in ballots.items()]
    made: dict[str, Any] = {
        "schema": "count/1", "rule": rule, "creditors": creditors, "ballots": ballots,
    }  # fmt: skip
    if matter:
        made["matter"] = matter
    return made


def group(result: dict[str, Any], name: str = "all") -> dict[str, Any]:
    return next(one for one in result["groups"] if one["group"] == name)


def test_contract_example() -> None:
    result = count(
        file(
            [
                creditor("A", claim("1000000.00")),
                creditor(
                    "S",
                    claim("8000000.00", "secured", unsecured_part="0.00", priority_waived=False),
                ),
            ],
            {"A": FOR},
            matter="61-1-9",
        )
    )
    assert result["outcome"] == "not_passed"
    assert result["matter"] == "61-1-9"
    assert group(result) == {
        "group": "all",
        "entitled": 2,
        "attending": 2,
        "for": {"number": 1, "amount": "1000000.00"},
        "against": {"number": 0, "amount": "0.00"},
        "abstain": {"number": 0, "amount": "0.00"},
        "not_voted": {"number": 1, "amount": "0.00"},
        "number_test": {"numerator": 1, "denominator": 2, "share": "50.00%", "met": False},
        "amount_test": {
            "numerator": "1000000.00",
            "denominator": "1000000.00",
            "share": "100.00%",
            "met": True,
        },
        "veto_test": None,
        "passed": False,
    }


def test_composition_asks_for_two_thirds_and_takes_them_exactly() -> None:
    creditors = [
        creditor("A", claim("200.00")),
        creditor("B", claim("0.01")),
        creditor("C", claim("100.00")),
    ]
    creditors[1]["claims"][0]["amount"] = "0.00"
    # 200 of 300 is exactly two thirds; one head of two is no majority.
    result = count(file(creditors, {"A": FOR}, "prc-composition"))
    assert group(result)["amount_test"]["met"] is True
    assert group(result)["number_test"]["met"] is False
    creditors = [
        creditor("A", claim("100.00")),
        creditor("B", claim("100.00")),
        creditor("C", claim("100.00")),
    ]
    assert count(file(creditors, {"A": FOR, "B": FOR}, "prc-composition"))["outcome"] == "passed"
    creditors[2]["claims"][0]["amount"] = "100.01"
    assert (
        count(file(creditors, {"A": FOR, "B": FOR}, "prc-composition"))["outcome"] == "not_passed"
    )


@pytest.mark.parametrize(
    ("rule", "matter", "reason"),
    [
        ("prc-ordinary", "61-1-7", "priority-not-waived"),
        ("prc-ordinary", "61-1-10", "priority-not-waived"),
        ("prc-composition", None, "priority-not-waived"),
        ("prc-composition", "61-1-7", "priority-not-waived"),
        ("prc-ordinary", "61-1-9", None),
        ("prc-ordinary", None, None),
        ("uk-15.34", None, "priority-not-waived"),
    ],
)
@pytest.mark.parametrize("nature", ["secured", "construction"])
def test_who_keeps_priority(rule: str, matter: str | None, reason: str | None, nature: str) -> None:
    creditors = [creditor("S", claim("500.00", nature)), creditor("A", claim())]
    result = count(file(creditors, {"S": FOR, "A": FOR}, rule, matter))
    if reason:
        assert result["rejected_ballots"] == [{"creditor": "S", "reason": reason}]
        assert group(result)["entitled"] == 1
    else:
        assert result["rejected_ballots"] == []
        assert group(result)["for"] == {"number": 2, "amount": "100.00"}
    assert group(result)["amount_test"]["denominator"] == "100.00"


@pytest.mark.parametrize("matter", ["61-1-9", "61-1-10"])
def test_waived_priority_and_unsecured_parts_vote_everywhere(matter: str) -> None:
    creditors = [
        creditor("W", claim("500.00", "secured", priority_waived=True)),
        creditor("P", claim("800.00", "secured", unsecured_part="30.00")),
    ]
    result = count(file(creditors, {"W": FOR, "P": AGAINST}, matter=matter))
    assert group(result)["for"] == {"number": 1, "amount": "500.00"}
    assert group(result)["against"] == {"number": 1, "amount": "30.00"}
    assert group(result)["amount_test"]["denominator"] == "530.00"


def test_one_creditor_is_one_head_however_many_claims() -> None:
    creditors = [
        creditor("A", claim("10.00"), claim("20.00", "tax"), claim("5.00", "secured")),
        creditor("B", claim("1.00")),
        creditor("C", claim("1.00")),
    ]
    result = count(file(creditors, {"A": FOR, "B": AGAINST}))
    assert group(result)["entitled"] == 3
    assert group(result)["for"] == {"number": 1, "amount": "30.00"}
    assert group(result)["not_voted"] == {"number": 1, "amount": "1.00"}


def test_absentees_stay_in_the_amount_but_not_in_the_heads() -> None:
    creditors = [
        creditor("A", claim("60.00")),
        creditor("B", claim("60.00"), attended=False),
        creditor("C", claim("60.00"), attended=False),
    ]
    result = count(file(creditors, {"A": FOR}))
    assert group(result)["number_test"] == {
        "numerator": 1, "denominator": 1, "share": "100.00%", "met": True,
    }  # fmt: skip
    assert group(result)["amount_test"]["share"] == "33.33%"
    assert result["outcome"] == "not_passed"


def test_a_counted_ballot_attends_a_rejected_one_does_not() -> None:
    creditors = [
        creditor("A", claim(), attended=False),
        creditor("B", claim(status="undetermined"), attended=False),
    ]
    result = count(file(creditors, {"A": FOR, "B": FOR}))
    assert group(result)["attending"] == 1
    assert result["outcome"] == "passed"


@pytest.mark.parametrize("nature", ["employee", "subordinated", "investor"])
def test_natures_without_a_vote_in_general_matters(nature: str) -> None:
    creditors = [creditor("N", claim("900.00", nature)), creditor("A", claim())]
    result = count(file(creditors, {"N": AGAINST, "A": FOR}))
    assert result["rejected_ballots"] == [{"creditor": "N", "reason": "no-vote-in-this-matter"}]
    assert group(result)["amount_test"]["denominator"] == "100.00"


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ([claim(status="rejected")], "rejected-claim"),
        ([claim(status="rejected"), claim(nature="employee")], "no-vote-in-this-matter"),
        ([claim(nature="secured"), claim(nature="employee")], "priority-not-waived"),
        ([claim(nature="secured"), claim(status="undetermined")], "undetermined-claim"),
        ([claim("0.00")], "no-vote-in-this-matter"),
        ([claim(status="undetermined", temporary_amount="0.00")], "no-vote-in-this-matter"),
        ([], "no-vote-in-this-matter"),
    ],
)
def test_the_first_reason_is_given(claims: list[dict[str, Any]], reason: str) -> None:
    result = count(file([creditor("X", *claims)], {"X": FOR}, matter="61-1-10"))
    assert result["rejected_ballots"] == [{"creditor": "X", "reason": reason}]
    assert result["groups"] == []
    assert result["outcome"] == "not_passed"


def test_excluded_is_out_of_every_figure_and_said_first() -> None:
    creditors = [
        creditor("X", claim("900.00", status="undetermined"), excluded="designated"),
        creditor("Y", claim("900.00"), excluded="designated"),
        creditor("A", claim()),
    ]
    result = count(file(creditors, {"X": FOR, "Y": AGAINST, "A": FOR}))
    assert [one["reason"] for one in result["rejected_ballots"]] == ["excluded", "excluded"]
    assert group(result)["entitled"] == group(result)["attending"] == 1
    assert group(result)["amount_test"]["denominator"] == "100.00"


def test_nobody_attending_is_a_test_not_met() -> None:
    result = count(file([creditor("A", claim(), attended=False)], {}))
    assert group(result)["number_test"] == {
        "numerator": 0, "denominator": 0, "share": None, "met": False,
    }  # fmt: skip


def test_heads_without_any_amount_decide_nothing() -> None:
    result = count(file([creditor("S", claim("9.00", "secured"))], {"S": FOR}, matter="61-1-8"))
    assert group(result)["number_test"]["met"] is True
    assert group(result)["amount_test"] == {
        "numerator": "0.00", "denominator": "0.00", "share": None, "met": False,
    }  # fmt: skip
    assert result["outcome"] == "not_passed"


def test_reorganisation_splits_and_orders_groups() -> None:
    creditors = [
        creditor("I", claim("1.00", "investor")),
        creditor("M", claim("1.00", "small")),
        creditor("O", claim("1.00")),
        creditor("T", claim("1.00", "tax")),
        creditor("E", claim("1.00", "employee")),
        creditor("S", claim("10.00", "construction", unsecured_part="4.00")),
        creditor("W", claim("10.00", "secured", priority_waived=True)),
        creditor("N", claim("10.00", "social_insurance")),
        creditor("D", claim("10.00", "subordinated")),
    ]
    ballots = [{"creditor": one["id"], "choice": FOR} for one in creditors]
    result = count(file(creditors, ballots, "prc-reorganisation"))
    names = [one["group"] for one in result["groups"]]
    assert names == ["secured", "employee", "tax", "ordinary", "small", "investor"]
    assert group(result, "secured")["for"] == {"number": 1, "amount": "6.00"}
    assert group(result, "ordinary")["for"] == {"number": 3, "amount": "15.00"}
    assert result["outcome"] == "passed"
    assert [one["creditor"] for one in result["rejected_ballots"]] == ["N", "D"]


def test_a_ballot_may_name_its_group() -> None:
    creditors = [
        creditor("S", claim("10.00", "secured", unsecured_part="4.00")),
        creditor("O", claim("1.00")),
    ]
    ballots = [
        {"creditor": "S", "choice": FOR, "group": "secured"},
        {"creditor": "S", "choice": AGAINST, "group": "ordinary"},
        {"creditor": "O", "choice": FOR, "group": "tax"},
    ]
    result = count(file(creditors, ballots, "prc-reorganisation"))
    assert group(result, "secured")["passed"] is True
    assert group(result, "ordinary")["against"] == {"number": 1, "amount": "4.00"}
    assert group(result, "ordinary")["not_voted"] == {"number": 1, "amount": "1.00"}
    assert result["rejected_ballots"] == [{"creditor": "O", "reason": "not-in-group"}]


def test_us_classes() -> None:
    creditors = [
        creditor("A", claim("2.00", **{"class": "Zeta"})),
        creditor("B", claim("1.00", **{"class": "Zeta"})),
        creditor("C", claim("1.00", **{"class": "Alpha"})),
        creditor("I", claim("2.00", "investor")),
        creditor("J", claim("1.00", "investor")),
    ]
    ballots = {"A": FOR, "C": ABSTAIN, "I": FOR, "J": AGAINST}
    result = count(file(creditors, ballots, "us-1126c"))
    assert [one["group"] for one in result["groups"]] == ["investor", "Alpha", "Zeta"]
    # 11 USC 1126(d): interests are asked for two thirds in amount only.
    assert group(result, "investor")["number_test"] is None
    assert group(result, "investor")["passed"] is True
    assert group(result, "Alpha")["passed"] is None
    assert group(result, "Alpha")["amount_test"]["share"] is None
    assert group(result, "Zeta")["amount_test"]["denominator"] == "2.00"
    assert result["outcome"] == "undecided"
    assert count(file(creditors, {**ballots, "A": AGAINST}, "us-1126c"))["outcome"] == "not_passed"


def test_uk_value_alone_and_strictly_more_than_half() -> None:
    creditors = [
        creditor("A", claim("50.00")),
        creditor("B", claim("50.00")),
        creditor("C", claim("50.00", "employee")),
    ]
    result = count(file(creditors, {"A": FOR, "B": AGAINST, "C": ABSTAIN}, "uk-15.34"))
    assert group(result)["number_test"] is None
    assert group(result)["amount_test"]["denominator"] == "100.00"
    assert result["outcome"] == "not_passed"
    creditors[0]["claims"][0]["amount"] = "50.01"
    assert count(file(creditors, {"A": FOR, "B": AGAINST}, "uk-15.34"))["outcome"] == "passed"


def test_uk_cva_veto_of_the_unconnected() -> None:
    creditors = [
        creditor("K", claim("900.00"), connected=True),
        creditor("A", claim("51.00")),
        creditor("B", claim("49.00"), attended=False),
    ]
    result = count(file(creditors, {"K": FOR, "A": AGAINST}, "uk-cva"))
    assert group(result)["amount_test"]["met"] is True
    assert group(result)["veto_test"] == {
        "numerator": "51.00", "denominator": "100.00", "share": "51.00%", "met": True,
    }  # fmt: skip
    assert result["outcome"] == "not_passed"
    creditors[1]["claims"][0]["amount"] = "49.00"
    result = count(file(creditors, {"K": FOR, "A": AGAINST}, "uk-cva"))
    assert group(result)["veto_test"]["met"] is False
    assert result["outcome"] == "passed"


def test_germany_counts_secured_in_full_and_leaves_out_the_subordinated() -> None:
    creditors = [
        creditor("S", claim("30.00", "secured")),
        creditor("D", claim("90.00", "subordinated")),
    ]
    for rule, name in (("de-inso-76", "all"), ("de-inso-244", "secured")):
        result = count(file(creditors, {"S": FOR, "D": AGAINST}, rule))
        assert group(result, name)["for"] == {"number": 1, "amount": "30.00"}
        assert result["outcome"] == "passed"
        assert result["rejected_ballots"][0]["reason"] == "no-vote-in-this-matter"


def test_shares_are_rounded_half_up_for_reading_only() -> None:
    creditors = [creditor("A", claim("0.01")), creditor("B", claim("799.99"))]
    # 1 of 80000 fen is 0.00125 %; 5 of 100000 would be 0.005 %.
    assert group(count(file(creditors, {"A": FOR})))["amount_test"]["share"] == "0.00%"
    creditors = [creditor("A", claim("0.05")), creditor("B", claim("999.95"))]
    assert group(count(file(creditors, {"A": FOR})))["amount_test"]["share"] == "0.01%"
