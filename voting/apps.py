"""The room of voting: resolutions, register, ballots, outcome."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VotingConfig(AppConfig):
    """Resolutions and their votes."""

    name = "voting"
    verbose_name = _("表决")

    def ready(self) -> None:
        """Lend the law of amounts to the meeting, follow its attendance, fill the room."""
        from creditor_meetings.meetings import record, standing, verbs
        from voting import book, chart_room, law, sections, turnout

        standing.lend(law.standings)
        record.lend(book.write)
        verbs.on_attendance(turnout.retell)
        sections.register()
        chart_room.register()
