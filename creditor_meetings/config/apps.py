"""The composition root as an application: it brings rooms together that do not know each other."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """What joins the rooms, and the demo."""

    name = "creditor_meetings.config"
    label = "config"

    def ready(self) -> None:
        """Let the preparation of meetings know of resolutions."""
        from creditor_meetings.config import preparation

        preparation.connect()
