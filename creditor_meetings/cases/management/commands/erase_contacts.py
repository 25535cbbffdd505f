"""manage.py erase_contacts CASE --closed-on DATE --reason WORDS: for the operator."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from creditor_meetings.cases.erasure import erase_contacts
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Case


class Command(BaseCommand):
    """Erase the ways to reach the people of a case that is over; its record stays."""

    help = "Erases telephone numbers, e-mail and other addresses of a case that is over."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the case, since when it is over, and why they are erased."""
        parser.add_argument("case", help="the case's 案号 or id")
        parser.add_argument("--closed-on", required=True, type=date.fromisoformat)
        parser.add_argument("--reason", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        """Erase, and say how much."""
        asked = options["case"]
        cases = Case.objects.filter(number=asked)
        if not cases and asked.isascii() and asked.isdigit():
            cases = Case.objects.filter(pk=int(asked))
        case = cases.first()
        if case is None:
            raise CommandError(f"no case {asked}")
        try:
            done = erase_contacts(
                case, by=None, closed_on=options["closed_on"], reason=options["reason"]
            )
        except Refused as refusal:
            raise CommandError(refusal.message) from None
        for name, number in done.erased.items():
            self.stdout.write(f"{name}: {number}")
