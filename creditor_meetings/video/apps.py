"""The room of live video."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VideoConfig(AppConfig):
    """Streams and recordings."""

    name = "creditor_meetings.video"
    label = "video"
    verbose_name = _("视频")

    def ready(self) -> None:
        """Bring the video to the room, and end it with the meeting."""
        from creditor_meetings.meetings import exhibits, floor, polls, prepare
        from creditor_meetings.meetings.verbs import on_state_change
        from creditor_meetings.video import recordings, replay, sections, verbs

        sections.register()
        exhibits.lend("recording", lambda body: recordings.file_of(body["path"]))
        on_state_change(verbs.end_with_the_meeting)
        floor.on_end(verbs.end_with_the_floor)
        polls.on_change(replay.polls_changed)
        prepare.on_facts_change(replay.news_of_facts)
