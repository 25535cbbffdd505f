"""The rules of this installation's court: TOML files in `RULES_DIR`, read once at start-up.

A file that is wrong stops the start: a poll must never be counted by less than was meant.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured

from voting.rules import registry, rule_file
from voting.rules.records import Rule

_problems: list[str] = []


def load() -> None:
    """Bring the rules of `RULES_DIR` to the registry; what is wrong is kept for `problems`."""
    directory = Path(settings.RULES_DIR)
    if not directory.is_dir() and not settings.RULES_DIR_GIVEN:
        return
    try:
        registry.bring(read(directory))
    except ValueError as error:
        _problems.append(str(error))


def read(directory: Path) -> list[Rule]:
    """Read every rule file of a directory, by name. Raises BadRule."""
    if not directory.is_dir():
        raise rule_file.BadRule(f"RULES_DIR: {directory} is no directory")
    rules: list[Rule] = []
    taken = {rule.id: "a rule of the law" for rule in registry.RULES}
    for file in sorted(directory.glob("*.toml")):
        rule = rule_file.load(file)
        if rule.id in taken:
            raise rule_file.BadRule(f"{file.name}: id: {rule.id!r} is taken by {taken[rule.id]}")
        taken[rule.id] = file.name
        rules.append(rule)
    return rules


def problems() -> Sequence[str]:
    """Return what is wrong with the rule files, a line each."""
    return tuple(_problems)


def check(**_: Any) -> list[CheckMessage]:
    """Report a wrong rule file to every command that checks the system (`voting.E001`)."""
    return [Error(one, id="voting.E001") for one in _problems]


def require() -> None:
    """Refuse to serve with a wrong rule file. Raises ImproperlyConfigured."""
    if _problems:
        raise ImproperlyConfigured("\n".join(_problems))
