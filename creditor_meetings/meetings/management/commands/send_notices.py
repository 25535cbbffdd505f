"""Send the notices that still wait, in this process: after a restart, or from a timer."""

from typing import Any

from django.core.management.base import BaseCommand

from creditor_meetings.meetings import notice_delivery


class Command(BaseCommand):
    """Nothing is sent twice: each message is taken by one process. Exit 0."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        """Send what waits, and say how many messages that were."""
        self.stdout.write(f"{notice_delivery.pick_up_everywhere()} messages waited\n")
