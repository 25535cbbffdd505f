"""The sections of the snapshot that notices bring, and the watch over those not yet sent."""

from creditor_meetings.meetings import notice_delivery, notice_describe
from creditor_meetings.realtime import registry


def register() -> None:
    """Bring the sections and the watch."""
    registry.section("notices", shared=notice_describe.notices)
    registry.section("my_notices", own=notice_describe.my_notices)
    registry.watch(notice_delivery.pick_up)
