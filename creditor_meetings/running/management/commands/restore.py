"""`manage.py restore COPY`: brings a copy back into an empty DATA_DIR and database."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from creditor_meetings.meetings.models import Meeting
from creditor_meetings.running.keeping import restoring
from creditor_meetings.running.keeping.manifest import Unusable
from voting.evidence import check
from voting.models import LedgerEntry


class Command(BaseCommand):
    """Brings back, then has every meeting's record checked by the verifier."""

    help = (
        "Brings a copy that `backup` made back into the empty DATA_DIR and the empty database of "
        "DATABASE_URL, and checks the record of every meeting. Never overwrites anything."
    )
    # Nothing is there yet that could be checked.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the copy."""
        parser.add_argument("copy", metavar="COPY", type=Path)
        parser.add_argument(
            "--no-check", action="store_true", help="bring back without checking the records"
        )

    def handle(
        self, *args: Any, copy: Path, no_check: bool, verbosity: int, **options: Any
    ) -> None:
        """Bring it back; exit with an error where a record does not hold."""
        try:
            held = restoring.bring_back(
                copy, lambda words: self.stdout.write(words) if verbosity > 1 else None
            )
        except Unusable as wrong:
            raise CommandError(str(wrong)) from None
        self.stdout.write(f"brought back what was copied at {held.began_at}")
        for one in held.elsewhere:
            self.stdout.write(f"  was kept elsewhere, see to it: {one}")
        for one in held.damaged:
            self.stdout.write(f"  was damaged before it was copied: {one}")
        # A copy of older software: what was added since.
        call_command("migrate", verbosity=0, interactive=False)
        if not no_check:
            self._check()

    def _check(self) -> None:
        broken = []
        kept = LedgerEntry.objects.values_list("meeting", flat=True).distinct()
        for meeting in Meeting.objects.filter(pk__in=list(kept)).order_by("pk"):
            found = check.verify(meeting, "en")
            self.stdout.write(
                f"  meeting {meeting.pk}: {'the record holds' if found.ok else 'BROKEN'}"
            )
            for problem in found.problems[:20]:
                self.stdout.write(f"    {problem}")
            if not found.ok:
                broken.append(str(meeting.pk))
        if broken:
            raise CommandError(f"the record does not hold, of meetings {', '.join(broken)}")
