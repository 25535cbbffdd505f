"""What people fill in for a property and for a line of the account; tables go through it too."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditor_meetings.cases import clock
from creditor_meetings.cases.models import Case
from creditor_meetings.cases.money import yuan
from creditor_meetings.claims.importing import cells
from creditor_meetings.estate import liens
from creditor_meetings.estate.liens import Wanted
from creditor_meetings.estate.models import Asset, AssetKind, AssetState, Entry, EntryKind


class MoneyField(forms.CharField):
    """An amount as people write it (yuan), read as fen; None where nothing is written."""

    def __init__(self, **options: Any) -> None:
        attributes = {"inputmode": "decimal", "autocomplete": "off", "class": "number"}
        super().__init__(max_length=60, widget=forms.TextInput(attrs=attributes), **options)

    def prepare_value(self, value: Any) -> Any:
        """Show fen as yuan."""
        return yuan(value) if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        """Read the amount."""
        text = super().clean(value)
        if not text.strip():
            return None
        try:
            return cells.amount(text)
        except cells.WrongCell as wrong:
            raise ValidationError(str(wrong)) from None


class DayField(forms.DateField):
    """A day that has come."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            input_formats=["%Y-%m-%d"],
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            error_messages={"invalid": gettext_lazy("应为日期，例如 2026-01-31。")},
            **options,
        )

    def clean(self, value: Any) -> Any:
        """Refuse a day that has not come, and one that no case can reach back to."""
        day = super().clean(value)
        if isinstance(day, date):
            if day > timezone.localdate(clock.now()):
                raise ValidationError(_("日期不能晚于今天。"))
            if day.year < 1950:
                raise ValidationError(_("日期过早，请检查年份。"))
        return day


class RowForm(forms.Form):
    """A form that also asks why, where something is changed, and remembers what was seen."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    reason = forms.CharField(
        label=gettext_lazy("修改的理由"),
        max_length=1000,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, case: Case, *args: Any, changing: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case = case
        if changing:
            self.fields["reason"].required = True
            self.fields["reason"].error_messages["required"] = _("请写明修改的理由。")
        else:
            del self.fields["reason"]

    def values(self) -> dict[str, Any]:
        """Return the row's own values of a valid form."""
        return {k: v for k, v in self.cleaned_data.items() if k not in {"version", "reason"}}


class AssetForm(RowForm):
    """A property."""

    field_order = [
        "kind", "name", "location", "book_fen", "appraised_fen", "state", "liens",
        "realised_fen", "costs_fen", "realised_on", "note", "reason",
    ]  # fmt: skip
    kind = forms.ChoiceField(label=gettext_lazy("类别"), choices=AssetKind.choices)
    name = forms.CharField(label=gettext_lazy("名称"), max_length=200)
    location = forms.CharField(label=gettext_lazy("所在地"), max_length=300, required=False)
    book_fen = MoneyField(label=gettext_lazy("账面价值（元）"), required=False)
    appraised_fen = MoneyField(label=gettext_lazy("评估价值（元）"), required=False)
    state = forms.ChoiceField(label=gettext_lazy("状态"), choices=AssetState.choices)
    liens = forms.CharField(
        label=gettext_lazy("担保的债权"),
        max_length=2000,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy(
            "没有担保的留空。填写债权编号，多笔用顿号分开；有先后顺位的写成 12:1、15:2；"
            "有优先受偿限额的写成 12:1:5000000.00。"
        ),
    )
    realised_fen = MoneyField(label=gettext_lazy("变价所得（元）"), required=False)
    costs_fen = MoneyField(
        label=gettext_lazy("变价费用（元）"),
        required=False,
        help_text=gettext_lazy("拍卖、评估、税费等为变价这项财产支出的费用，先从变价所得中扣除。"),
    )
    realised_on = DayField(label=gettext_lazy("变价日期"), required=False)
    note = forms.CharField(label=gettext_lazy("备注"), max_length=1000, required=False)

    @classmethod
    def of(cls, asset: Asset) -> "AssetForm":
        """Return the form filled with a property."""
        initial = {name: getattr(asset, name) for name in cls.base_fields if hasattr(asset, name)}
        initial["liens"] = liens.written(liens.of(asset))
        return cls(asset.case, initial=initial, changing=True)

    def clean_liens(self) -> list[Wanted]:
        """Find the claims that are secured."""
        return liens.read(self.case, self.cleaned_data["liens"])

    def clean_costs_fen(self) -> int:
        """Take nothing for no costs."""
        return int(self.cleaned_data["costs_fen"] or 0)

    def clean(self) -> dict[str, Any]:
        """Compare the state with what the property brought."""
        values = super().clean() or {}
        sold = values.get("state") == AssetState.SOLD
        realised = values.get("realised_fen")
        if sold and realised is None and "realised_fen" not in self.errors:
            self.add_error("realised_fen", _("状态为“已变价”，应填写变价所得。"))
        if sold and values.get("realised_on") is None and "realised_on" not in self.errors:
            self.add_error("realised_on", _("状态为“已变价”，应填写变价日期。"))
        if realised is not None and "state" in values and not sold:
            self.add_error("state", _("填写了变价所得，状态应为“已变价”。"))
        if realised is not None and (values.get("costs_fen") or 0) > realised:
            self.add_error(
                "costs_fen",
                _("变价费用超过变价所得，最多应为 %(most)s；超出部分请记入破产费用。")
                % {"most": yuan(realised)},
            )
        return values


class EntryForm(RowForm):
    """A line of the account."""

    field_order = ["day", "kind", "amount_fen", "counterparty", "note", "voucher", "reason"]
    day = DayField(label=gettext_lazy("日期"))
    kind = forms.ChoiceField(label=gettext_lazy("类别"), choices=EntryKind.choices)
    amount_fen = MoneyField(
        label=gettext_lazy("金额（元）"),
        help_text=gettext_lazy("一律填写正数，收入还是支出由类别决定。"),
    )
    counterparty = forms.CharField(label=gettext_lazy("对方"), max_length=200, required=False)
    note = forms.CharField(label=gettext_lazy("摘要"), max_length=1000, required=False)
    voucher = forms.CharField(label=gettext_lazy("凭证号"), max_length=80, required=False)

    @classmethod
    def of(cls, entry: Entry) -> "EntryForm":
        """Return the form filled with a line."""
        initial = {name: getattr(entry, name) for name in cls.base_fields if hasattr(entry, name)}
        return cls(entry.case, initial=initial, changing=True)

    def clean_amount_fen(self) -> int:
        """Refuse an amount of nothing."""
        amount = self.cleaned_data["amount_fen"]
        if not amount:
            raise ValidationError(_("金额应大于 0。"))
        return int(amount)
