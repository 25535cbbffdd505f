"""Groups that a decision forms or leaves out: what a register adds to the law of amounts.

The judge may form a group of small claims and one of investors (EBL 82(2), 85(2)); groups
whose rights a plan does not affect do not vote (JI-III 11(2)); in a second vote only the
groups vote that failed in the first one.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from voting.rules import electorate
from voting.rules.records import Claim, Creditor, Grouping, Nature, Reason, Right, Rule, Status


@dataclass(frozen=True)
class Setting:
    """Which groups a vote has.

    Creditors whose ordinary claims come together to at most `small_limit_fen` are the small
    ones, None where no such group was formed. `only` are the groups that vote, None for all.
    """

    small_limit_fen: int | None = None
    investors: bool = False
    unaffected: frozenset[str] = frozenset()
    only: frozenset[str] | None = None

    def votes(self, group: str) -> bool:
        """Whether a group votes."""
        return group not in self.unaffected and (self.only is None or group in self.only)


def lines(
    rule: Rule, matter: str | None, creditor: Creditor, setting: Setting
) -> tuple[tuple[Right, ...], str]:
    """Return what a creditor votes with, a right a group, or why with nothing.

    The second value is the reason in the words of count files, empty where there is a right.
    """
    if not setting.investors and Nature.INVESTOR in rule.voters:
        rule = replace(rule, voters=rule.voters - {Nature.INVESTOR})
    if rule.grouping is Grouping.NATURE and setting.small_limit_fen is not None:
        creditor = regrouped(creditor, setting.small_limit_fen)
    held = electorate.rights(rule, matter, creditor)
    voting = tuple(one for one in held if setting.votes(one.group))
    if voting:
        return voting, ""
    if held:
        return (), Reason.NOT_IN_GROUP.value
    return (), electorate.reason(rule, matter, creditor).value


def regrouped(creditor: Creditor, limit_fen: int) -> Creditor:
    """Return the creditor with its ordinary claims as small ones, where they are small (fen)."""
    ordinary = [one for one in creditor.claims if one.nature is Nature.ORDINARY]
    if sum(_counting(one) for one in ordinary) > limit_fen:
        return creditor
    claims = tuple(
        replace(one, nature=Nature.SMALL) if one.nature is Nature.ORDINARY else one
        for one in creditor.claims
    )
    return replace(creditor, claims=claims)


def _counting(claim: Claim) -> int:
    return 0 if claim.status is Status.REJECTED else claim.voting_fen or 0


def failed(groups: Collection[Mapping[str, Any]]) -> frozenset[str]:
    """Name the groups of a result (`count-result/1`) that did not pass."""
    return frozenset(one["group"] for one in groups if one["passed"] is not True)
