"""`manage.py count FILE`: counts a count file and prints the result, without a database."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from voting import rule_directory
from voting.rules import count_file


class Command(BaseCommand):
    """Counts a count file (`-` is standard input); exits 2 on bad input."""

    help = "Counts a count file (count/1) and prints the result as JSON."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file."""
        parser.add_argument("file", help="the count file; - reads standard input")

    def handle(self, *args: Any, file: str, **options: Any) -> None:
        """Read, count, print; or say in one line what is wrong where."""
        for line in rule_directory.problems():
            raise CommandError(line, returncode=2)
        try:
            content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
            counted = count_file.count(count_file.read(content))
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}", returncode=2) from None
        except ValueError as error:
            raise CommandError(f"{error}", returncode=2) from None
        self.stdout.write(json.dumps(counted, ensure_ascii=False, indent=1))
