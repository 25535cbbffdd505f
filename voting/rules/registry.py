"""The rules that a count may follow, each as data with the article of every threshold.

Those of the law stand in `packs`, a TOML file each; a court brings its own at start-up.
"""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from voting.rules import rule_file
from voting.rules.records import Rule, SecuredVote

MATTERS = rule_file.MATTERS
PACKS = Path(__file__).parent / "packs"


def _packs() -> tuple[Rule, ...]:
    # This country's rules first: lists show them so.
    files = sorted(
        PACKS.glob("*.toml"), key=lambda one: (not one.name.startswith("prc-"), one.name)
    )
    rules = tuple(rule_file.load(one) for one in files)
    for rule, file in zip(rules, files, strict=True):
        if rule.id != file.stem:
            raise rule_file.BadRule(f"{file.name}: id: {rule.id!r} should be the file's name")
    return rules


RULES: tuple[Rule, ...] = _packs()
"""Every rule there is: those of the law, then those that were brought."""


def bring(rules: Iterable[Rule]) -> None:
    """Add rules of a court. Raises ValueError when an id is taken, and adds none then."""
    global RULES
    added = list(RULES)
    for rule in rules:
        if any(rule.id == one.id for one in added):
            raise ValueError(f"id: {rule.id!r} is taken by another rule")
        added.append(rule)
    RULES = tuple(added)


def find(rule_id: str) -> Rule | None:
    """Return a rule by its id."""
    return next((rule for rule in RULES if rule.id == rule_id), None)


def get(rule_id: str) -> Rule:
    """Return a rule by its id. Raises LookupError naming the rules there are."""
    found = find(rule_id)
    if found is None:
        known = ", ".join(rule.id for rule in RULES)
        raise LookupError(f"no rule {rule_id!r}; the rules are {known}")
    return found


def missing(rule_id: str) -> Rule:
    """Return what stands for a rule whose file is gone: nobody votes by it, and nothing passes."""
    return Rule(
        id=rule_id,
        article="",
        since=date.max,
        voters=frozenset(),
        secured=SecuredVote.UNSECURED_PART,
        number=None,
        amount=None,
    )


def describe(rule: Rule) -> dict[str, Any]:
    """Write a rule, practice included, as JSON data: what is frozen with the register."""
    return rule_file.write(rule)


def read(data: Any) -> Rule:
    """Return the rule that `describe` wrote. Raises ValueError naming what is wrong."""
    return rule_file.read(data)


def in_effect(rule: Rule, day: date) -> bool:
    """Whether a poll may open under the rule on a day."""
    return rule.since <= day and (rule.until is None or day <= rule.until)


def applicable(power: int, on: date) -> list[Rule]:
    """Return the rules that may be chosen for a power of EBL 61(1) (0: another matter)."""
    return [rule for rule in RULES if power in rule.powers and in_effect(rule, on)]


def group_place(rule: Rule, group: str) -> tuple[int, str]:
    """Return where a group stands in a result: in the rule's order, then classes by name."""
    order = rule.group_order
    return (order.index(group) if group in order else len(order), group)
