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
    # The parts of what was confirmed; None where only the sum is known, as in most tables.
    confirmed_principal_fen = models.BigIntegerField(_("确认本金"), null=True, blank=True)
    confirmed_interest_fen = models.BigIntegerField(_("确认利息"), null=True, blank=True)
    confirmed_other_fen = models.BigIntegerField(_("确认其他"), null=True, blank=True)
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
    # Filed after the deadline (EBL 56): admitted, at the creditor's own cost of review.
    late = models.BooleanField(_("补充申报"), default=False)
    # Rises with every change, so that two reviewers never overwrite each other unseen.
    version = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("债权")
        verbose_name_plural = _("债权")
        ordering = ["position", "id"]
        # A page of the table sorted by one of these is read from its index; the nature is in it
        # so that investors, who file nothing, are passed over without looking at their rows.
        indexes = [
            models.Index(fields=["case", "nature", "position"], name="claims_by_nature"),
            models.Index(
                fields=["case", "filed_fen", "position", "nature"], name="claims_by_filed"
            ),
            models.Index(
                fields=["case", "confirmed_fen", "position", "nature"], name="claims_by_confirmed"
            ),
            models.Index(
                fields=["case", "conclusion", "position", "nature"], name="claims_by_conclusion"
            ),
        ]
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
    # Raised after verification had ended: taken and marked, never refused.
    late = models.BooleanField(_("核查结束后提出"), default=False)
    address = models.CharField(max_length=64, blank=True)
    answer = models.TextField(_("管理人答复"), max_length=4000, blank=True)
    answered_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    # The administrator found it right and adjusted the claim.
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    # Upheld after the explanation: in dispute from then on, with a suit where one is known.
    maintained_at = models.DateTimeField(null=True, blank=True)
    maintained_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    suit = models.CharField(_("诉讼案号"), max_length=80, blank=True)
    suit_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("异议")
        verbose_name_plural = _("异议")
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["claim", "creditor"],
                condition=Q(
                    withdrawn_at__isnull=True, accepted_at__isnull=True, creditor__isnull=False
                ),
                name="one_standing_objection",
            ),
            models.UniqueConstraint(
                fields=["claim"],
                condition=Q(
                    withdrawn_at__isnull=True, accepted_at__isnull=True, creditor__isnull=True
                ),
                name="one_standing_objection_of_the_debtor",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.claim_id} {self.reasons[:40]}"

    @property
    def state(self) -> str:
        """Where the objection stands: open, answered, maintained, accepted or withdrawn."""
        if self.withdrawn_at is not None:
            return "withdrawn"
        if self.accepted_at is not None:
            return "accepted"
        if self.maintained_at is not None:
            return "maintained"
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
    # Which column is what where its words did not say so: {"sheet": {"column": "field"}}.
    mapping = models.JSONField(default=dict, blank=True)
    # How far reading it has come: {"stage", "done", "total"}; and what was read.
    progress = models.JSONField(default=dict, blank=True)
    # What the import changed where claims were there already: how many claims in which way, and
    # everything that no row of a claim can remember: what was deleted, creditors' older data.
    applied = models.JSONField(default=dict, blank=True)
    imported_at = models.DateTimeField(_("导入时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("债权表")
        verbose_name_plural = _("债权表")
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return self.name


# Last: they name claims, which stand above.
from creditor_meetings.claims.filing_models import (  # noqa: E402
    Filing,
    FilingChange,
    FilingDoor,
    FilingFile,
    FilingState,
)
from creditor_meetings.claims.result_models import (  # noqa: E402
    UndisputedEntry,
    UndisputedList,
    UndisputedState,
)
from creditor_meetings.claims.table_models import HeadingChoice  # noqa: E402
from creditor_meetings.claims.verification_models import (  # noqa: E402
    ObjectionFile,
    PriorityWaiver,
    VerificationPeriod,
    WaiverState,
)

__all__ = [
    "Filing",
    "FilingChange",
    "FilingDoor",
    "FilingFile",
    "FilingState",
    "HeadingChoice",
    "ObjectionFile",
    "PriorityWaiver",
    "UndisputedEntry",
    "UndisputedList",
    "UndisputedState",
    "VerificationPeriod",
    "WaiverState",
]
