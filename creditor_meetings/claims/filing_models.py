"""Claims that creditors file online, and how they are reviewed."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from creditor_meetings.cases.models import Case, Creditor, Person
from creditor_meetings.claims.models import Claim, Conclusion, Nature


class FilingDoor(models.Model):
    """The address under which a case takes filings: it stands in the public announcement."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="filing_door")
    token = models.CharField(max_length=40, unique=True)
    open = models.BooleanField(_("接受在线申报"), default=True)
    changed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    changed_at = models.DateTimeField()


class FilingState(models.TextChoices):
    """The life of a filing."""

    DRAFT = "draft", _("填写中")
    SUBMITTED = "submitted", _("已申报")
    RETURNED = "returned", _("待补正")
    DECIDED = "decided", _("已审查")
    WITHDRAWN = "withdrawn", _("已撤回")


class Filing(models.Model):
    """A claim filed online (债权申报), EBL 48 and 49; amounts in fen.

    Whoever files need not be a creditor of the table yet: the door to a filing is the person who
    wrote it, and the team of the case.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="filings")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="filings")
    # Known from the start where a creditor of the table files another claim.
    creditor = models.ForeignKey(
        Creditor, on_delete=models.PROTECT, related_name="filings", null=True, blank=True
    )
    # The entry of the claims table that came of it.
    claim = models.OneToOneField(
        Claim, on_delete=models.PROTECT, related_name="filing", null=True, blank=True
    )
    state = models.CharField(
        _("状态"), max_length=20, choices=FilingState.choices, default=FilingState.DRAFT
    )
    # The number of the receipt (回执编号), given when it is submitted.
    number = models.CharField(_("申报编号"), max_length=40, unique=True, null=True, blank=True)
    creditor_name = models.CharField(_("债权人名称/姓名"), max_length=200, blank=True)
    entity = models.CharField(_("主体类型"), max_length=20, blank=True)
    identity_number = models.CharField(_("证件号码"), max_length=40, blank=True)
    contact_name = models.CharField(_("联系人"), max_length=100, blank=True)
    phone = models.CharField(_("联系电话"), max_length=40, blank=True)
    email = models.CharField(_("电子邮箱"), max_length=200, blank=True)
    postal_address = models.CharField(_("送达地址"), max_length=300, blank=True)
    nature = models.CharField(
        _("债权性质"), max_length=20, choices=Nature.choices, default=Nature.ORDINARY
    )
    collateral = models.CharField(_("担保物/优先权依据"), max_length=400, blank=True)
    principal_fen = models.BigIntegerField(_("本金"), default=0)
    interest_fen = models.BigIntegerField(_("利息"), default=0)
    other_fen = models.BigIntegerField(_("其他"), default=0)
    facts = models.TextField(_("事实和理由"), max_length=8000, blank=True)
    created_at = models.DateTimeField()
    submitted_at = models.DateTimeField(_("申报时间"), null=True, blank=True)
    submitted_from = models.CharField(max_length=64, blank=True)
    late = models.BooleanField(_("逾期申报"), default=False)
    # What was signed: the words of the declaration with every figure, by their hash.
    signed_name = models.CharField(_("签名"), max_length=100, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_sha256 = models.CharField(max_length=64, blank=True)
    # Who is looking at it now, until when; others see that and take another one.
    taken_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    taken_until = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=0)
    confirmed_principal_fen = models.BigIntegerField(_("确认本金"), default=0)
    confirmed_interest_fen = models.BigIntegerField(_("确认利息"), default=0)
    confirmed_other_fen = models.BigIntegerField(_("确认其他"), default=0)
    conclusion = models.CharField(
        _("审查结论"), max_length=20, choices=Conclusion.choices, blank=True
    )
    reason = models.CharField(_("理由"), max_length=1000, blank=True)
    decided_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    decided_at = models.DateTimeField(_("审查时间"), null=True, blank=True)
    notified_at = models.DateTimeField(_("通知时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("债权申报")
        verbose_name_plural = _("债权申报")
        ordering = ["submitted_at", "id"]

    def __str__(self) -> str:
        return f"{self.number or self.pk} {self.creditor_name}"

    @property
    def filed_fen(self) -> int:
        """What is filed in all, in fen."""
        return self.principal_fen + self.interest_fen + self.other_fen


class FilingFile(models.Model):
    """A file of evidence (证据材料), kept below DATA_DIR by its hash."""

    filing = models.ForeignKey(Filing, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(_("文件名"), max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["at", "id"]


class FilingChange(models.Model):
    """What happened to a filing: which field, from what to what, by whom, why, from where."""

    filing = models.ForeignKey(Filing, on_delete=models.PROTECT, related_name="changes")
    field = models.CharField(max_length=40)
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)
    reason = models.CharField(max_length=1000, blank=True)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    at = models.DateTimeField()
    address = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["at", "id"]
