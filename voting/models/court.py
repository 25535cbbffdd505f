"""What the court says of outcomes, and the papers that are made of a meeting's record."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from creditor_meetings.cases.models import Person
from creditor_meetings.meetings.models import Meeting
from voting.models.polls import Outcome, Resolution


class Decision(models.TextChoices):
    """What the judge says of an outcome."""

    CONFIRMED = "confirmed", _("确认")
    DECLINED = "declined", _("不予确认")


class Confirmation(models.Model):
    """The judge's word on an outcome (确认), with reasons where it is declined."""

    outcome = models.OneToOneField(Outcome, on_delete=models.PROTECT, related_name="confirmation")
    decision = models.CharField(max_length=20, choices=Decision.choices)
    reasons = models.TextField(max_length=4000, blank=True)
    judge = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    address = models.CharField(max_length=64, blank=True)


class RulingKind(models.TextChoices):
    """What the court may rule on after a vote."""

    PROPERTY = "65-1", _("裁定财产管理或者变价方案（第六十五条第一款）")
    DISTRIBUTION = "65-2", _("裁定财产分配方案（第六十五条第二款）")
    PLAN = "87", _("裁定批准重整计划草案（第八十七条）")
    APPROVE_PLAN = "86", _("裁定批准重整计划（第八十六条）")
    RECOGNISE = "116", _("裁定认可破产财产分配方案（第一百一十六条）")
    COMPOSITION = "98", _("裁定认可和解协议（第九十八条）")
    NO_COMPOSITION = "99", _("裁定终止和解程序并宣告破产（第九十九条）")


class Ruling(models.Model):
    """The court's ruling (裁定) that follows a vote; granted or refused, once a kind."""

    resolution = models.ForeignKey(Resolution, on_delete=models.PROTECT, related_name="rulings")
    kind = models.CharField(max_length=10, choices=RulingKind.choices)
    granted = models.BooleanField()
    reasons = models.TextField(max_length=8000, blank=True)
    judge = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    address = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("裁定")
        verbose_name_plural = _("裁定")
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["resolution", "kind"], name="one_ruling_a_kind")
        ]


class PaperKind(models.TextChoices):
    """The papers made of a meeting's record."""

    MINUTES = "minutes", _("会议记录")
    CERTIFICATE = "certificate", _("表决结果")


class Paper(models.Model):
    """A version of the minutes (会议记录) or of a result certificate, as PDF/A below DATA_DIR.

    Made from the ledger's first `ledger_size` entries, the text the administrator added, and
    nothing else; a later version is a new row.
    """

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="papers")
    resolution = models.ForeignKey(
        Resolution, on_delete=models.PROTECT, related_name="papers", null=True, blank=True
    )
    kind = models.CharField(max_length=20, choices=PaperKind.choices)
    version = models.PositiveIntegerField()
    language = models.CharField(max_length=10, default="zh-hans")
    additions = models.TextField(_("补充内容"), max_length=20000, blank=True)
    ledger_size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("文书")
        verbose_name_plural = _("文书")
        ordering = ["meeting", "kind", "resolution", "version"]
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "kind", "resolution", "version"], name="one_paper_a_version"
            )
        ]


class PaperSignature(models.Model):
    """A signature on a paper (签名): the signed file is a new one, `sha256` names it."""

    paper = models.ForeignKey(Paper, on_delete=models.PROTECT, related_name="signatures")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=20)
    at = models.DateTimeField()
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    address = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["paper", "id"]
        constraints = [
            models.UniqueConstraint(fields=["paper", "person", "role"], name="signs_once_a_role")
        ]
