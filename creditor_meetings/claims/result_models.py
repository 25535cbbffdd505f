"""What comes of verification: the list of claims without objection, for the court's ruling."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from creditor_meetings.cases.models import Case, Person
from creditor_meetings.claims.models import Claim


class UndisputedState(models.TextChoices):
    """The life of a list of claims without objection."""

    SUBMITTED = "submitted", _("已提请裁定")
    CONFIRMED = "confirmed", _("已裁定确认")
    RETURNED = "returned", _("已退回")


class UndisputedList(models.Model):
    """A list of claims without objection (无异议债权表), EBL 58(2), as it stood when made.

    Its content (every row and the disputed ones, canonical JSON), its spreadsheet and its PDF lie
    below DATA_DIR by their hashes and never change; later lists follow, none is overwritten.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="undisputed_lists")
    number = models.PositiveIntegerField()
    state = models.CharField(
        _("状态"),
        max_length=20,
        choices=UndisputedState.choices,
        default=UndisputedState.SUBMITTED,
    )
    claims = models.PositiveIntegerField()
    creditors = models.PositiveIntegerField()
    confirmed_fen = models.BigIntegerField()
    disputed = models.PositiveIntegerField()
    content_sha256 = models.CharField(max_length=64)
    xlsx_sha256 = models.CharField(max_length=64, blank=True)
    pdf_sha256 = models.CharField(max_length=64, blank=True)
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    ruling_number = models.CharField(_("裁定书文号"), max_length=80, blank=True)
    ruling_date = models.DateField(_("裁定日期"), null=True, blank=True)
    reason = models.CharField(_("理由"), max_length=1000, blank=True)

    class Meta:
        verbose_name = _("无异议债权表")
        verbose_name_plural = _("无异议债权表")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="one_list_a_number"),
            models.UniqueConstraint(
                fields=["case"],
                condition=models.Q(state="submitted"),
                name="one_list_waits_for_the_court",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}-{self.number}"


class UndisputedEntry(models.Model):
    """A claim that stands in a list of claims without objection, as it stood when listed.

    What the list says is in its content; these rows tell which claims are in which list, and by
    `version` whether a claim is still what was listed.
    """

    undisputed_list = models.ForeignKey(
        UndisputedList, on_delete=models.PROTECT, related_name="entries"
    )
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="listed")
    position = models.PositiveIntegerField()
    confirmed_fen = models.BigIntegerField()
    version = models.PositiveIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["undisputed_list", "claim"], name="listed_once_a_list")
        ]
