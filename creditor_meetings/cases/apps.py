"""The room of the case: who takes part, in which role, and the guarded door."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CasesConfig(AppConfig):
    """Case, creditors, roles and invitations."""

    name = "creditor_meetings.cases"
    label = "cases"
    verbose_name = _("案件与人员")

    def ready(self) -> None:
        """Hear of sign-ins and of changed secrets."""
        from creditor_meetings.cases import acts, devices, security_log

        devices.connect()
        security_log.connect()
        acts.cases_by(acts.case_in)
        acts.leave_out("set_language", "my_devices", "my_data")
