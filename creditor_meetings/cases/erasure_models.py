"""That contacts of a case were erased is on record, and how many; they themselves are not."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ContactErasure(models.Model):
    """The ways to reach the people of a case were erased (联系信息删除)."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="erasures")
    by = models.ForeignKey(
        "cases.Person", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    at = models.DateTimeField(_("时间"))
    closed_on = models.DateField(_("结案日期"))
    reason = models.CharField(_("理由"), max_length=1000)
    address = models.CharField(max_length=64, blank=True)
    # How many of what, by the names that rooms give.
    erased = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("联系信息删除")
        verbose_name_plural = _("联系信息删除")
        ordering = ["-at", "-id"]

    @property
    def total(self) -> int:
        """How many things were erased."""
        return sum(self.erased.values())
