"""Close the polls whose announced time has come."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from voting import due


class Command(BaseCommand):
    """For installations whose server does not do it itself; any number may run at once."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what the command takes."""
        parser.add_argument("--once", action="store_true", help="look once, then end")

    def handle(self, *args: Any, **options: Any) -> None:
        """Look once, or until interrupted."""
        if options["once"]:
            due.close_all_due()
            return
        while True:
            time.sleep(due.look())
