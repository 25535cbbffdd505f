"""Verification beyond the words: its period, files to objections, waivers of priority."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from creditor_meetings.cases.models import Case, Person
from creditor_meetings.claims.models import Claim, Objection


class VerificationPeriod(models.Model):
    """How long the claims of a case are verified (核查期间): the meeting, and what follows it.

    The fifteen days to sue (JI-III 8) run from its end; a reminder, which locks nobody out.
    """

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="verification_period")
    # Announced; None while the meeting goes on and nobody set it.
    ends_at = models.DateTimeField(_("核查截止"), null=True, blank=True)
    # When somebody declared verification ended before that, or the meeting's close did.
    ended_at = models.DateTimeField(_("核查结束"), null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    set_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    set_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True, blank=True)


class ObjectionFile(models.Model):
    """A file with an objection or with its answer, kept below DATA_DIR by its hash."""

    objection = models.ForeignKey(Objection, on_delete=models.PROTECT, related_name="files")
    # Whether it came with the administrator's answer.
    with_answer = models.BooleanField(default=False)
    name = models.CharField(_("文件名"), max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["at", "id"]


class WaiverState(models.TextChoices):
    """The life of a waiver of priority."""

    SUBMITTED = "submitted", _("待审核")
    ACCEPTED = "accepted", _("已认可")
    REFUSED = "refused", _("未认可")
    WITHDRAWN = "withdrawn", _("已撤回")


class PriorityWaiver(models.Model):
    """A signed statement that a claim's priority is given up (放弃优先受偿权声明), EBL 59(3)."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="waivers")
    state = models.CharField(
        _("状态"), max_length=20, choices=WaiverState.choices, default=WaiverState.SUBMITTED
    )
    statement = models.TextField(_("声明"), max_length=2000)
    signed_name = models.CharField(_("签名"), max_length=100)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    address = models.CharField(max_length=64, blank=True)
    # The scan of the signed paper, where there is one.
    name = models.CharField(_("文件名"), max_length=200, blank=True)
    content_type = models.CharField(max_length=100, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    decided_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(_("理由"), max_length=500, blank=True)

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["claim"],
                condition=models.Q(state="submitted"),
                name="one_waiver_waits",
            )
        ]
