"""The room of the claims: register, review, verification."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ClaimsConfig(AppConfig):
    """Claims and what is said of them."""

    name = "creditor_meetings.claims"
    label = "claims"
    verbose_name = _("债权")

    def ready(self) -> None:
        """Bring the claims to the page of the case."""
        from creditor_meetings.cases import case_page
        from creditor_meetings.claims import case_card

        case_page.card(case_card.card)
        case_page.errands(case_card.errands)
