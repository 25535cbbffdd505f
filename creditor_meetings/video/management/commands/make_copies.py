"""Make the copies of recordings that play, where they are not made yet."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from creditor_meetings.video import copies


class Command(BaseCommand):
    """For installations whose server does not do it itself; any number may run at once."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what the command takes."""
        parser.add_argument("--once", action="store_true", help="look once, then end")

    def handle(self, *args: Any, **options: Any) -> None:
        """Look once, or until interrupted."""
        if options["once"]:
            copies.make_waiting()
            return
        while True:
            time.sleep(copies.look())
