"""Distribution plans (破产财产分配方案), EBL 115: drafts, and what was published for good."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from creditor_meetings.cases.models import Case, Person


class PlanState(models.TextChoices):
    """The life of a plan."""

    DRAFT = "draft", _("草案")
    PUBLISHED = "published", _("已公布")
    EXECUTED = "executed", _("已执行")
    DISCARDED = "discarded", _("已废弃")


class Pending(models.TextChoices):
    """With which amount an undetermined claim is provided for [practice]."""

    TEMPORARY = "temporary", _("按法院临时确定的债权额，未确定的按申报金额")
    FILED = "filed", _("按申报金额")
    NONE = "none", _("不预留")


class Disputed(models.TextChoices):
    """What happens to a claim against which an objection stands [practice]."""

    SET_ASIDE = "set_aside", _("有争议的部分提存，无争议的部分分配")
    PAY = "pay", _("按审查确认金额分配，不提存")


class Plan(models.Model):
    """A distribution plan. What was published lies below DATA_DIR by its hash and never changes.

    Amounts in fen. A new plan never overwrites a published one: it follows it by its number.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="distribution_plans")
    number = models.PositiveIntegerField(_("方案编号"))
    title = models.CharField(_("名称"), max_length=200)
    state = models.CharField(
        _("状态"), max_length=20, choices=PlanState.choices, default=PlanState.DRAFT
    )
    # None: what the account holds, without collateral's proceeds and what is kept back.
    free_fen = models.BigIntegerField(_("可供分配金额"), null=True, blank=True)
    reserve_fen = models.BigIntegerField(_("预留金额"), default=0)
    pending = models.CharField(
        _("暂缓确认的债权"), max_length=20, choices=Pending.choices, default=Pending.TEMPORARY
    )
    disputed = models.CharField(
        _("有异议的债权"), max_length=20, choices=Disputed.choices, default=Disputed.SET_ASIDE
    )
    # Costs still to be paid: [{"kind": "expenses" | "common_benefit", "name": "…", "fen": 1}].
    costs = models.JSONField(default=list, blank=True)
    manner = models.TextField(_("分配的方式、时间和说明"), max_length=4000, blank=True)
    # Whether creditors see every line of it, or their own alone.
    open_to_all = models.BooleanField(_("向全体债权人公开分配表"), default=True)
    version = models.PositiveIntegerField(default=0)
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    published_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    published_at = models.DateTimeField(_("公布时间"), null=True, blank=True)
    content_sha256 = models.CharField(max_length=64, blank=True)
    xlsx_sha256 = models.CharField(max_length=64, blank=True)
    pdf_sha256 = models.CharField(max_length=64, blank=True)
    total_fen = models.BigIntegerField(default=0)
    paid_fen = models.BigIntegerField(default=0)
    set_aside_fen = models.BigIntegerField(default=0)
    left_fen = models.BigIntegerField(default=0)
    # The court's ruling that recognised it (EBL 116), and the day it was paid out.
    ruling_number = models.CharField(_("认可裁定书文号"), max_length=80, blank=True)
    executed_on = models.DateField(_("分配日期"), null=True, blank=True)
    executed_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    executed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("分配方案")
        verbose_name_plural = _("分配方案")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="one_plan_a_number"),
            models.CheckConstraint(
                name="published_as_something",
                condition=Q(state__in=["draft", "discarded"]) | ~Q(content_sha256=""),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_published(self) -> bool:
        """Whether creditors may see it."""
        return self.state in {PlanState.PUBLISHED, PlanState.EXECUTED}
