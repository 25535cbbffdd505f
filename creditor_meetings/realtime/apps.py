"""The room of events: what everybody in a meeting learns, in order, without loss."""

from django.apps import AppConfig


class RealtimeConfig(AppConfig):
    """The event log, the snapshot, the hub and the room's socket."""

    name = "creditor_meetings.realtime"
    label = "realtime"

    def ready(self) -> None:
        """Lend the publisher to rooms that stand below this one; fill the room's sections."""
        from creditor_meetings.meetings import publishing
        from creditor_meetings.realtime import (
            caption_commands,
            claim_commands,
            floor_commands,
            mandate_commands,
            meeting_sections,
            notice_sections,
            question_commands,
            result_sections,
        )
        from creditor_meetings.realtime.log import publish_all

        publishing.lend(publish_all)
        meeting_sections.register()
        claim_commands.register()
        mandate_commands.register()
        floor_commands.register()
        caption_commands.register()
        question_commands.register()
        notice_sections.register()
        result_sections.register()
