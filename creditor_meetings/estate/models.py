"""The debtor's property (债务人财产), money in and out, and every change of them on record."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from creditor_meetings.cases.models import Case, Person
from creditor_meetings.claims.models import Claim


class AssetKind(models.TextChoices):
    """What a property is."""

    BUILDING = "building", _("房屋建筑物")
    LAND = "land", _("土地使用权")
    MACHINERY = "machinery", _("机器设备")
    VEHICLE = "vehicle", _("车辆")
    STOCK = "stock", _("存货")
    RECEIVABLE = "receivable", _("应收款项")
    EQUITY = "equity", _("对外投资")
    RIGHTS = "rights", _("知识产权等无形资产")
    CASH = "cash", _("货币资金")
    OTHER = "other", _("其他财产")


class AssetState(models.TextChoices):
    """Where a property stands on its way to money."""

    HELD = "held", _("管理中")
    FOR_SALE = "for_sale", _("变价中")
    SOLD = "sold", _("已变价")
    GIVEN_UP = "given_up", _("已核销")


class Asset(models.Model):
    """A property of the debtor (资产), EBL 30; amounts in fen."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="assets")
    number = models.PositiveIntegerField(_("编号"))
    kind = models.CharField(_("类别"), max_length=20, choices=AssetKind.choices)
    name = models.CharField(_("名称"), max_length=200)
    location = models.CharField(_("所在地"), max_length=300, blank=True)
    book_fen = models.BigIntegerField(_("账面价值"), null=True, blank=True)
    appraised_fen = models.BigIntegerField(_("评估价值"), null=True, blank=True)
    state = models.CharField(
        _("状态"), max_length=20, choices=AssetState.choices, default=AssetState.HELD
    )
    realised_fen = models.BigIntegerField(_("变价所得"), null=True, blank=True)
    # Of selling and keeping this property (EBL 41(2)): they come off before its creditors.
    costs_fen = models.BigIntegerField(_("变价费用"), default=0)
    realised_on = models.DateField(_("变价日期"), null=True, blank=True)
    note = models.CharField(_("备注"), max_length=1000, blank=True)
    version = models.PositiveIntegerField(default=0)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("资产")
        verbose_name_plural = _("资产")
        ordering = ["number", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "number"],
                condition=Q(removed_at__isnull=True),
                name="asset_numbered_once_a_case",
            ),
            models.CheckConstraint(
                name="asset_amounts_not_below_zero",
                condition=Q(costs_fen__gte=0)
                & (Q(book_fen__isnull=True) | Q(book_fen__gte=0))
                & (Q(appraised_fen__isnull=True) | Q(appraised_fen__gte=0))
                & (Q(realised_fen__isnull=True) | Q(realised_fen__gte=F("costs_fen"))),
            ),
            models.CheckConstraint(
                name="sold_for_something_on_a_day",
                condition=~Q(state="sold")
                | Q(realised_fen__isnull=False, realised_on__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"

    @property
    def net_fen(self) -> int | None:
        """What it brought after its costs (fen); None while it is not sold."""
        if self.state != AssetState.SOLD or self.realised_fen is None:
            return None
        return self.realised_fen - self.costs_fen


class AssetLien(models.Model):
    """That a property secures a claim (担保): in which rank, up to which amount (fen)."""

    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="liens")
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="liens")
    rank = models.PositiveSmallIntegerField(_("顺位"), default=1)
    limit_fen = models.BigIntegerField(_("优先受偿限额"), null=True, blank=True)

    class Meta:
        ordering = ["rank", "claim__position"]
        constraints = [models.UniqueConstraint(fields=["asset", "claim"], name="one_lien")]


class EntryKind(models.TextChoices):
    """What money came in for, or went out for."""

    SALE = "sale", _("变价收入")
    COLLECTED = "collected", _("应收款项回收")
    TAKEN_OVER = "taken_over", _("接管货币资金")
    RECOVERED = "recovered", _("追回财产")
    OPERATION = "operation", _("继续营业收入")
    INTEREST = "interest", _("利息收入")
    OTHER_IN = "other_in", _("其他收入")
    EXPENSES = "expenses", _("破产费用")
    COMMON_BENEFIT = "common_benefit", _("共益债务")
    DISTRIBUTION = "distribution", _("清偿债权")
    OTHER_OUT = "other_out", _("其他支出")


INCOME = frozenset(
    {
        EntryKind.SALE,
        EntryKind.COLLECTED,
        EntryKind.TAKEN_OVER,
        EntryKind.RECOVERED,
        EntryKind.OPERATION,
        EntryKind.INTEREST,
        EntryKind.OTHER_IN,
    }
)
"""The kinds by which money comes in; by all others it goes out."""


class Entry(models.Model):
    """A line of the administrator's account (收支): money that came in or went out, in fen."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="money")
    number = models.PositiveIntegerField(_("编号"))
    day = models.DateField(_("日期"))
    kind = models.CharField(_("类别"), max_length=20, choices=EntryKind.choices)
    amount_fen = models.BigIntegerField(_("金额"))
    counterparty = models.CharField(_("对方"), max_length=200, blank=True)
    note = models.CharField(_("摘要"), max_length=1000, blank=True)
    voucher = models.CharField(_("凭证号"), max_length=80, blank=True)
    version = models.PositiveIntegerField(default=0)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("收支")
        verbose_name_plural = _("收支")
        ordering = ["day", "number", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "number"],
                condition=Q(removed_at__isnull=True),
                name="entry_numbered_once_a_case",
            ),
            models.CheckConstraint(name="entry_of_something", condition=Q(amount_fen__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.get_kind_display()}"

    @property
    def comes_in(self) -> bool:
        """Whether the money came in."""
        return self.kind in INCOME


# Last: it names the case and the people as the tables above do.
from creditor_meetings.estate.plan_models import Plan, PlanState  # noqa: E402


class EstateChange(models.Model):
    """A change of the estate on record: what, from what to what, by whom, why, from where."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="estate_changes")
    asset = models.ForeignKey(
        Asset, on_delete=models.PROTECT, related_name="changes", null=True, blank=True
    )
    entry = models.ForeignKey(
        Entry, on_delete=models.PROTECT, related_name="changes", null=True, blank=True
    )
    plan = models.ForeignKey(
        Plan, on_delete=models.PROTECT, related_name="changes", null=True, blank=True
    )
    # A field of the row, or what was done with it: "added", "removed", "published", "filed", ...
    field = models.CharField(max_length=40)
    before = models.CharField(max_length=1000, blank=True)
    after = models.CharField(max_length=1000, blank=True)
    reason = models.CharField(max_length=1000, blank=True)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    address = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("财产变更记录")
        verbose_name_plural = _("财产变更记录")
        ordering = ["-at", "-id"]


__all__ = [
    "INCOME",
    "Asset",
    "AssetKind",
    "AssetLien",
    "AssetState",
    "Entry",
    "EntryKind",
    "EstateChange",
    "Plan",
    "PlanState",
]
