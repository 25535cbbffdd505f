"""The section of the snapshot that lists of claims without objection bring."""

from creditor_meetings.meetings import result_bridge
from creditor_meetings.realtime import registry


def register() -> None:
    """Bring the section."""
    registry.section("undisputed", shared=result_bridge.undisputed)
