"""The room of the claims: register, review, verification."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ClaimsConfig(AppConfig):
    """Claims and what is said of them."""

    name = "creditor_meetings.claims"
    label = "claims"
    verbose_name = _("债权")
