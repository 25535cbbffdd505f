"""`manage.py evidence MEETING --output FILE.zip`: writes the bundle of evidence of a meeting."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from creditor_meetings.cases.errors import NotFound
from creditor_meetings.meetings.access import find_meeting
from voting.evidence import bundle


class Command(BaseCommand):
    """Writes the bundle; an older file stands until the new one is whole."""

    help = "Writes the bundle of evidence of a meeting: all that is needed to check its outcome."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the meeting and the file."""
        parser.add_argument("meeting", help="the meeting's slug or number")
        parser.add_argument("--output", required=True, metavar="FILE.zip", type=Path)
        parser.add_argument(
            "--no-recordings",
            action="store_true",
            help="name recordings by their hashes and leave their files out",
        )

    def handle(
        self, *args: Any, meeting: str, output: Path, no_recordings: bool, **options: Any
    ) -> None:
        """Write the bundle beside its place, then put it there."""
        try:
            found = find_meeting(meeting)
        except NotFound:
            raise CommandError(
                f"{meeting}: there is no meeting of this name", returncode=1
            ) from None
        draft = output.with_name(f"{output.name}.part")
        try:
            with draft.open("wb") as file:
                manifest = bundle.write(found, file, recordings=not no_recordings)
            draft.replace(output)
        except OSError as error:
            raise CommandError(f"{output}: {error.strerror}", returncode=2) from None
        finally:
            draft.unlink(missing_ok=True)
        self.stdout.write(
            f"{output}: {manifest['ledger']['entries']} entries, {len(manifest['files'])} files"
        )
        for one in manifest["left_out"]:
            self.stdout.write(f"  left out: {one['path']} ({one['reason']})")
