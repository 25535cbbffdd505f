"""`manage.py rotate_ledger_key`: a new key signs the ledgers from now on."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from voting import signing_key


class Command(BaseCommand):
    """Makes a new key, endorsed by the one before it; running processes use it at once."""

    help = (
        "Puts a new key in the place of the one that signs ledgers; the old one stays verifiable."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Rotate, and print the new public key."""
        try:
            made = signing_key.rotate()
        except (RuntimeError, OSError) as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write(f"{made.public}\nendorsed by {made.previous}")
