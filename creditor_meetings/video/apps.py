"""The room of live video."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VideoConfig(AppConfig):
    """Streams and recordings."""

    name = "creditor_meetings.video"
    label = "video"
    verbose_name = _("视频")

    def ready(self) -> None:
        """Bring the video to the room."""
        from creditor_meetings.video import sections

        sections.register()
