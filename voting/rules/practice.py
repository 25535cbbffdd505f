"""The points on which the law is silent (计票口径), each a disclosed setting of the meeting.

A meeting keeps only what deviates from `DEFAULTS`; the whole of it is frozen with the register.
`apply` writes into a rule those points that the rule leaves to the meeting. The others
(attendance, second vote, paper conflict) are asked of the frozen practice where they matter.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from voting.rules.records import Nature, Rule, SecuredVote

ALLOWED: Mapping[str, tuple[str, ...]] = {
    # What attendance is: sign-in or a ballot before the close, or a ballot alone.
    "attendance": ("signed_in_or_voted", "voted_only"),
    # Secured creditors who keep priority, in general matters: a head without amount, or none.
    "secured_general": ("head", "none"),
    "employee": ("none", "vote"),
    # Tax and social insurance claims.
    "tax": ("vote", "none"),
    "subordinated": ("none", "vote"),
    # Who votes in a second vote: everybody, or only those who did not vote for.
    "second_vote": ("whole_group", "not_for"),
    # Which of a paper and an online ballot of one creditor counts.
    "paper_conflict": ("online", "paper", "first", "last"),
}
"""Every point with the values it may have, its default first."""

DEFAULTS: Mapping[str, str] = {key: values[0] for key, values in ALLOWED.items()}

_VOTERS: Mapping[str, frozenset[Nature]] = {
    "employee": frozenset({Nature.EMPLOYEE}),
    "tax": frozenset({Nature.TAX, Nature.SOCIAL_INSURANCE}),
    "subordinated": frozenset({Nature.SUBORDINATED}),
}

RULE_POINTS = frozenset({"secured_general", *_VOTERS})
"""The points that a rule can leave to the meeting."""


def read(given: Mapping[str, Any] | None) -> dict[str, str]:
    """Return the whole practice, what is not given by default.

    Raises ValueError naming the point, its value and what it may be.
    """
    found = dict(DEFAULTS)
    for key, value in (given or {}).items():
        if key not in ALLOWED:
            raise ValueError(f"practice: {key!r} is no point of it, only {', '.join(ALLOWED)}")
        if value not in ALLOWED[key]:
            right = ", ".join(ALLOWED[key])
            raise ValueError(f"practice.{key}: {value!r} should be one of {right}")
        found[key] = value
    return found


def deviations(given: Mapping[str, Any] | None) -> dict[str, str]:
    """Return what differs from the defaults. Raises ValueError as `read` does."""
    return {key: value for key, value in read(given).items() if value != DEFAULTS[key]}


def apply(rule: Rule, practice: Mapping[str, Any] | None) -> Rule:
    """Return the rule with the points filled in that it leaves to the meeting.

    Raises ValueError as `read` does.
    """
    chosen = read(practice)
    voters, secured = rule.voters, rule.secured
    for key, natures in _VOTERS.items():
        if key in rule.practice:
            voters = voters | natures if chosen[key] == "vote" else voters - natures
    if "secured_general" in rule.practice:
        alone = chosen["secured_general"] == "none"
        secured = SecuredVote.UNSECURED_PART if alone else SecuredVote.HEAD
    return replace(rule, voters=voters, secured=secured)
