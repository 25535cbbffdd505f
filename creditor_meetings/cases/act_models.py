"""The acts of those who run a case: the team's, the court's and the operator's."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Act(models.Model):
    """Somebody of the team or the court did something (操作记录); only added to.

    What an act changed stands in the records of its room; here is that it was done, by whom, when,
    from where, and why.
    """

    case = models.ForeignKey(
        "cases.Case", on_delete=models.PROTECT, related_name="acts", null=True, blank=True
    )
    person = models.ForeignKey("cases.Person", on_delete=models.PROTECT, related_name="acts")
    at = models.DateTimeField(_("时间"))
    # A command of the room, or the name of the address that was sent to.
    verb = models.CharField(_("操作"), max_length=80)
    # Ids of what it was done to, by what they are called in the command or address.
    subject = models.JSONField(default=dict, blank=True)
    reason = models.CharField(_("理由"), max_length=1000, blank=True)
    address = models.CharField(_("网络地址"), max_length=64, blank=True)
    device = models.CharField(_("设备"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("操作记录")
        verbose_name_plural = _("操作记录")
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["case", "-at"], name="acts_of_case")]
