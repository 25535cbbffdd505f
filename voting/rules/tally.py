"""Counting: from register, attendance and ballots to each group's figures and the outcome."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from voting.rules.records import (
    Ballot,
    Base,
    Choice,
    GroupTally,
    Right,
    Rule,
    Sum,
    Threshold,
)
from voting.rules.registry import group_place

PASSED, NOT_PASSED, UNDECIDED = "passed", "not_passed", "undecided"


@dataclass(frozen=True)
class TestResult:
    """A test with its exact fraction (heads or fen), and whether it is met."""

    numerator: int
    denominator: int
    met: bool


@dataclass(frozen=True)
class GroupResult:
    """A group's figures and what they come to; `passed` is None where nobody decided."""

    tally: GroupTally
    number: TestResult | None
    amount: TestResult | None
    veto: TestResult | None
    passed: bool | None


def count(
    rule: Rule,
    rights: Iterable[Right],
    attended: Collection[str],
    ballots: Iterable[Ballot],
) -> list[GroupResult]:
    """Count ballots of creditors who have a right; a ballot elsewhere counts nowhere.

    Whoever has a counted ballot attends, whatever `attended` says.
    """
    members: dict[str, dict[str, Right]] = {}
    for right in rights:
        members.setdefault(right.group, {})[right.creditor] = right
    choices: dict[str, dict[str, Choice]] = {group: {} for group in members}
    present = set(attended)
    for ballot in ballots:
        for group in [ballot.group] if ballot.group is not None else members:
            if ballot.creditor in members.get(group, {}):
                choices[group][ballot.creditor] = ballot.choice
                present.add(ballot.creditor)
    return [
        decide(rule, _tally(group, members[group], choices[group], present))
        for group in sorted(members, key=lambda name: group_place(rule, name))
    ]


def _tally(
    group: str, members: Mapping[str, Right], choices: Mapping[str, Choice], present: set[str]
) -> GroupTally:
    by_choice = {
        choice: _sum(right for one, right in members.items() if choices.get(one) is choice)
        for choice in Choice
    }
    unconnected = [right for right in members.values() if not right.connected]
    return GroupTally(
        group=group,
        entitled=_sum(members.values()),
        attending=_sum(right for one, right in members.items() if one in present),
        choices=by_choice,
        unconnected_fen=sum(right.amount_fen for right in unconnected),
        unconnected_against_fen=sum(
            right.amount_fen
            for right in unconnected
            if choices.get(right.creditor) is Choice.AGAINST
        ),
        investors=all(right.investor for right in members.values()),
    )


def _sum(rights: Iterable[Right]) -> Sum:
    amounts = [right.amount_fen for right in rights]
    return Sum(len(amounts), sum(amounts))


def decide(rule: Rule, tally: GroupTally) -> GroupResult:
    """Put the rule's tests to a group's figures."""
    favour = tally.of(Choice.FOR)
    decided = favour + tally.of(Choice.AGAINST)
    by_number = not (rule.investors_by_amount_only and tally.investors)
    number = _test(rule.number, favour.number, _heads(rule.number, tally)) if by_number else None
    amount = _test(rule.amount, favour.fen, _fen(rule.amount, tally))
    veto = _test(rule.veto, tally.unconnected_against_fen, tally.unconnected_fen)
    passed: bool | None = all(test.met for test in (number, amount) if test is not None)
    if veto is not None and veto.met:
        passed = False
    if rule.undecided_without_votes and decided.number == 0:
        passed = None
    return GroupResult(tally, number, amount, veto, passed)


def _heads(threshold: Threshold | None, tally: GroupTally) -> int:
    return _base(threshold, tally).number


def _fen(threshold: Threshold | None, tally: GroupTally) -> int:
    return _base(threshold, tally).fen


def _base(threshold: Threshold | None, tally: GroupTally) -> Sum:
    if threshold is None or threshold.base is Base.ENTITLED:
        return tally.entitled
    if threshold.base is Base.ATTENDING:
        return tally.attending
    return tally.of(Choice.FOR) + tally.of(Choice.AGAINST)


def _test(threshold: Threshold | None, part: int, whole: int) -> TestResult | None:
    if threshold is None:
        return None
    return TestResult(part, whole, threshold.met(part, whole))


def outcome(groups: Collection[GroupResult]) -> str:
    """Say what the vote came to: every group must pass (EBL 86)."""
    if not groups or any(group.passed is False for group in groups):
        return NOT_PASSED
    return PASSED if all(group.passed for group in groups) else UNDECIDED
