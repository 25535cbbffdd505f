"""`manage.py rules`: lists the rules of voting; `rules check FILE` checks a rule file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from voting import rule_directory
from voting.rules import registry, rule_file
from voting.rules.records import Rule, Threshold


class Command(BaseCommand):
    """Lists the rules, or checks a file; exits 2 on a bad file."""

    help = "Lists the rules of voting; `rules check FILE` checks a rule file without taking it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to do."""
        actions = parser.add_subparsers(dest="action", metavar="ACTION")
        actions.add_parser("list", help="list the rules (without an action, the same)")
        one = actions.add_parser("check", help="check a rule file")
        one.add_argument("file", help="the TOML file")

    def handle(self, *args: Any, **options: Any) -> None:
        """List or check."""
        if options["action"] == "check":
            self._check(Path(options["file"]))
            return
        for line in rule_directory.problems():
            raise CommandError(line, returncode=2)
        for rule in registry.RULES:
            self.stdout.write(_line(rule))

    def _check(self, file: Path) -> None:
        try:
            rule = rule_file.load(file)
        except rule_file.BadRule as error:
            raise CommandError(f"{error}", returncode=2) from None
        known = registry.find(rule.id)
        if known is not None and known != rule:
            raise CommandError(
                f"{file.name}: id: {rule.id!r} is taken by another rule", returncode=2
            )
        self.stdout.write(_line(rule))


def _line(rule: Rule) -> str:
    tests = "; ".join(_test(name, one) for name, one in rule.thresholds().items())
    until = f"..{rule.until.isoformat()}" if rule.until is not None else ".."
    return (
        f"{rule.id}: {rule.title.zh} / {rule.title.en}; {rule.article}; "
        f"{rule.since.isoformat()}{until}; {tests}"
    )


def _test(name: str, one: Threshold) -> str:
    share = f"{one.comparator} {one.numerator}/{one.denominator} of {one.base.value}"
    return f"{name} {share} ({one.article})"
