"""The composition root as an application: it brings rooms together that do not know each other."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """What joins the rooms, and the demo."""

    name = "creditor_meetings.config"
    label = "config"

    def ready(self) -> None:
        """Let rooms know of each other, name acts, gather what is held of a person."""
        from creditor_meetings.config import act_words, personal_data, preparation

        preparation.connect()
        act_words.connect()
        personal_data.connect()
