"""The room of the estate: property, money, reports, distribution."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EstateConfig(AppConfig):
    """The debtor's property, what it brought, and who receives what."""

    name = "creditor_meetings.estate"
    label = "estate"
    verbose_name = _("债务人财产")

    def ready(self) -> None:
        """Bring the estate to the page of the case, and creditors' shares to their home page."""
        from creditor_meetings.cases import case_page
        from creditor_meetings.estate import case_card

        case_page.card(case_card.card)
        case_page.links(case_card.links)
