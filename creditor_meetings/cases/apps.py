"""The room of the case: who takes part, in which role, and the guarded door."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CasesConfig(AppConfig):
    """Case, creditors, roles and invitations."""

    name = "creditor_meetings.cases"
    label = "cases"
    verbose_name = _("案件与人员")
