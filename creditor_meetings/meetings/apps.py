"""The room of the meeting: agenda, attendance, questions."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MeetingsConfig(AppConfig):
    """Meetings, their agenda and who attends."""

    name = "creditor_meetings.meetings"
    label = "meetings"
    verbose_name = _("会议")

    def ready(self) -> None:
        """Carry what happens to claims into the meetings of the case."""
        from creditor_meetings.cases import case_page
        from creditor_meetings.meetings import (
            case_card,
            claims_bridge,
            floor,
            listing,
            result_bridge,
            role_news,
            verification_period,
        )

        claims_bridge.connect()
        result_bridge.connect()
        # Before whoever holds the room open is told to enter anew.
        floor.connect()
        role_news.connect()
        verification_period.connect()
        case_page.meetings(listing.lines)
        case_page.card(case_card.card)
