"""The room of whoever keeps the system alive: figures, log, copies, the operator's page."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RunningConfig(AppConfig):
    """What the processes are doing, and what must be kept of them."""

    name = "creditor_meetings.running"
    label = "running"
    verbose_name = _("运行")
