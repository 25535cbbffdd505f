"""`manage.py backup DIR`: copies everything that must not be lost, while meetings go on."""

from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from creditor_meetings.running.keeping import copying
from creditor_meetings.running.keeping.manifest import Unusable
from creditor_meetings.running.models import Copy


class Command(BaseCommand):
    """Makes a copy, checks it, and notes that it was made."""

    help = (
        "Copies database, files and keys into a new directory below DIR, while meetings go on, "
        "and checks the copy. Files that an earlier copy below DIR holds are stored once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the place of copies, and how many to keep."""
        parser.add_argument("directory", metavar="DIR", type=Path)
        parser.add_argument(
            "--keep",
            type=int,
            metavar="N",
            help="take older copies away, so that N remain (default: keep all)",
        )

    def handle(
        self, *args: Any, directory: Path, keep: int | None, verbosity: int, **options: Any
    ) -> None:
        """Make it; exit with an error where something is wrong, also with a file of ours."""
        if keep is not None and keep < 1:
            raise CommandError(f"--keep {keep}: at least 1 copy must remain")
        try:
            made = copying.make(
                directory, lambda words: self.stdout.write(words) if verbosity > 1 else None
            )
        except Unusable as wrong:
            raise CommandError(str(wrong)) from None
        except OSError as error:
            raise CommandError(f"{error.filename or directory}: {error.strerror}") from None
        held = made.manifest
        self.stdout.write(f"{made.place}: {len(held.files):,} files, {held.size:,} bytes")
        for one in held.elsewhere:
            self.stdout.write(f"  not in the copy, keep it by other means: {one}")
        gone = copying.thin_out(directory, keep) if keep else []
        for place in gone:
            self.stdout.write(f"  taken away: {place}")
        self._note(made)
        if held.damaged:
            raise CommandError(
                "these files are not what their names promise, in the installation as in the "
                f"copy; bring them back from an older copy: {', '.join(held.damaged[:20])}"
            )

    def _note(self, made: copying.Made) -> None:
        held = made.manifest
        try:
            Copy.objects.create(
                began_at=datetime.fromisoformat(held.began_at),
                made_at=datetime.fromisoformat(held.made_at),
                files=len(held.files), size=held.size, place=str(made.place)[:300],
            )  # fmt: skip
        except DatabaseError as error:
            self.stderr.write(f"the copy is made, but could not be noted: {error}")
