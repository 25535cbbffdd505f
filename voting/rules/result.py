"""A count written down as `count-result/1`, the form that users and other systems read."""

from collections.abc import Collection, Iterable
from typing import Any

from voting.rules.records import Choice, Sum
from voting.rules.tally import GroupResult, TestResult, outcome

SCHEMA = "count-result/1"


def write(
    rule_id: str,
    matter: str | None,
    groups: Collection[GroupResult],
    rejected: Iterable[tuple[str, str]] = (),
) -> dict[str, Any]:
    """Write a result; `rejected` are creditor and reason of ballots that count nowhere."""
    return {
        "schema": SCHEMA,
        "rule": rule_id,
        "matter": matter,
        "outcome": outcome(groups),
        "groups": [group(one) for one in groups],
        "rejected_ballots": [{"creditor": who, "reason": str(why)} for who, why in rejected],
    }


def group(one: GroupResult) -> dict[str, Any]:
    """Write one group's figures and tests."""
    tally = one.tally
    return {
        "group": tally.group,
        "entitled": tally.entitled.number,
        "attending": tally.attending.number,
        "for": _sum(tally.of(Choice.FOR)),
        "against": _sum(tally.of(Choice.AGAINST)),
        "abstain": _sum(tally.of(Choice.ABSTAIN)),
        "not_voted": _sum(tally.not_voted),
        "number_test": _number_test(one.number),
        "amount_test": _amount_test(one.amount),
        "veto_test": _amount_test(one.veto),
        "passed": one.passed,
    }


def _sum(one: Sum) -> dict[str, Any]:
    return {"number": one.number, "amount": yuan(one.fen)}


def _number_test(test: TestResult | None) -> dict[str, Any] | None:
    return None if test is None else _test(test, test.numerator, test.denominator)


def _amount_test(test: TestResult | None) -> dict[str, Any] | None:
    return None if test is None else _test(test, yuan(test.numerator), yuan(test.denominator))


def _test(test: TestResult, numerator: int | str, denominator: int | str) -> dict[str, Any]:
    return {
        "numerator": numerator,
        "denominator": denominator,
        "share": share(test.numerator, test.denominator),
        "met": test.met,
    }


def share(part: int, whole: int) -> str | None:
    """Write a share in percent, rounded half up to two decimals: for reading, never to decide."""
    if whole <= 0:
        return None
    hundredths = (2 * part * 10_000 + whole) // (2 * whole)
    return f"{hundredths // 100}.{hundredths % 100:02d}%"


def yuan(fen: int) -> str:
    """Write fen as yuan with two decimals."""
    return f"{fen // 100}.{fen % 100:02d}"
