"""Claims, their review by the administrator, and what is said of them at verification."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from creditor_meetings.cases.models import Case, Creditor, Person


class Nature(models.TextChoices):
    """The nature of a claim (债权性质), in the words of count files."""

    ORDINARY = "ordinary", _("普通债权")
    SECURED = "secured", _("有财产担保债权")
    CONSTRUCTION = "construction", _("建设工程价款优先受偿权")
    EMPLOYEE = "employee", _("职工债权")
    TAX = "tax", _("税款债权")
    SOCIAL_INSURANCE = "social_insurance", _("社会保险债权")
    SUBORDINATED = "subordinated", _("劣后债权")
    SMALL = "small", _("小额债权")
    INVESTOR = "investor", _("出资人")


class Conclusion(models.TextChoices):
    """What the administrator's review came to (审查结论)."""

    CONFIRMED = "confirmed", _("确认")
    PARTLY_CONFIRMED = "partly_confirmed", _("部分确认")
    UNDETERMINED = "undetermined", _("暂缓确认")
    REJECTED = "rejected", _("不予确认")


class Claim(models.Model):
    """A filed claim (债权) of one creditor, with its review; amounts in fen (EBL 57)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="claims")
    creditor = models.ForeignKey(Creditor, on_delete=models.PROTECT, related_name="claims")
    position = models.PositiveIntegerField(_("编号"))
    nature = models.CharField(_("债权性质"), max_length=20, choices=Nature.choices)
    collateral = models.CharField(_("担保物/优先权依据"), max_length=400, blank=True)
    principal_fen = models.BigIntegerField(_("本金"), default=0)
    interest_fen = models.BigIntegerField(_("利息"), default=0)
    other_fen = models.BigIntegerField(_("其他"), default=0)
    filed_fen = models.BigIntegerField(_("申报金额"))
    confirmed_fen = models.BigIntegerField(_("审查确认金额"), default=0)
    conclusion = models.CharField(_("审查结论"), max_length=20, choices=Conclusion.choices)
    reason = models.CharField(_("理由"), max_length=1000, blank=True)
    # EBL 59(3): who keeps priority does not vote on composition and distribution.
    priority_waived = models.BooleanField(_("放弃优先受偿权"), default=False)
    # What the collateral does not cover votes as an ordinary claim does.
    unsecured_part_fen = models.BigIntegerField(_("担保物不足清偿部分"), default=0)
    # EBL 59(2): set by the court for an undetermined claim, never by the administrator's table
    # alone; None where none was set.
    temporary_fen = models.BigIntegerField(_("临时确定债权额"), null=True, blank=True)
    note = models.CharField(_("备注"), max_length=1000, blank=True)

    class Meta:
        verbose_name = _("债权")
        verbose_name_plural = _("债权")
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["case", "position"], name="numbered_once_a_case"),
            models.CheckConstraint(
                name="temporary_amount_of_an_undetermined_claim",
                condition=Q(temporary_fen__isnull=True)
                | Q(
                    conclusion="undetermined",
                    temporary_fen__gte=0,
                    temporary_fen__lte=F("filed_fen"),
                ),
            ),
            models.CheckConstraint(
                name="confirmed_within_filed",
                condition=Q(confirmed_fen__gte=0, confirmed_fen__lte=F("filed_fen")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position} {self.creditor}"

    @property
    def counting_fen(self) -> int:
        """The amount that counts (fen): of an undetermined claim the filed one (count files)."""
        if self.conclusion == Conclusion.UNDETERMINED:
            return self.filed_fen
        return 0 if self.conclusion == Conclusion.REJECTED else self.confirmed_fen


class ClaimChange(models.Model):
    """A change of a claim on record: what, from what to what, by whom, why, from where."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="changes")
    field = models.CharField(max_length=40)
    before = models.CharField(max_length=1000, blank=True)
    after = models.CharField(max_length=1000, blank=True)
    reason = models.CharField(max_length=1000, blank=True)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    at = models.DateTimeField()
    address = models.CharField(max_length=64, blank=True)


class ClaimConfirmation(models.Model):
    """A creditor agrees with the entry of its own claim (确认无异议)."""

    claim = models.OneToOneField(Claim, on_delete=models.PROTECT, related_name="confirmation")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    address = models.CharField(max_length=64, blank=True)


class Objection(models.Model):
    """An objection (异议) to a claim's entry, with reasons and legal basis (JI-III 8)."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="objections")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    # Whose objection it is; the debtor's representative objects for no creditor.
    creditor = models.ForeignKey(
        Creditor, on_delete=models.PROTECT, related_name="objections", null=True, blank=True
    )
    reasons = models.TextField(_("理由"), max_length=4000)
    legal_basis = models.TextField(_("法律依据"), max_length=2000, blank=True)
    at = models.DateTimeField()
    address = models.CharField(max_length=64, blank=True)
    answer = models.TextField(_("管理人答复"), max_length=4000, blank=True)
    answered_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("异议")
        verbose_name_plural = _("异议")
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["claim", "creditor"],
                condition=Q(withdrawn_at__isnull=True, creditor__isnull=False),
                name="one_standing_objection",
            ),
            models.UniqueConstraint(
                fields=["claim"],
                condition=Q(withdrawn_at__isnull=True, creditor__isnull=True),
                name="one_standing_objection_of_the_debtor",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.claim_id} {self.reasons[:40]}"

    @property
    def state(self) -> str:
        """Where the objection stands: open, answered or withdrawn."""
        if self.withdrawn_at is not None:
            return "withdrawn"
        return "answered" if self.answered_at is not None else "open"


class ClaimsRevision(models.Model):
    """How often a case's claims or their verification changed, so that pages know to look."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="claims_revision")
    number = models.PositiveBigIntegerField(default=0)


class ClaimsTable(models.Model):
    """A claims table (债权表) that was handed in: kept between preview and import, then on record.

    The file lies below DATA_DIR by its hash; `content` is the hash of what was understood, so
    that the same claims in another file are known to be the same.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="claims_tables")
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    at = models.DateTimeField()
    address = models.CharField(max_length=64, blank=True)
    name = models.CharField(_("文件名"), max_length=200)
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64)
    content = models.CharField(max_length=64, blank=True)
    imported_at = models.DateTimeField(_("导入时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("债权表")
        verbose_name_plural = _("债权表")
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return self.name
