"""What is filled in for a distribution plan."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditor_meetings.cases.models import Case
from creditor_meetings.estate.forms import DayField, MoneyField
from creditor_meetings.estate.models import EntryKind
from creditor_meetings.estate.plan_models import Disputed, Pending, Plan
from creditor_meetings.meetings.models import Meeting

COST_KINDS = [
    (EntryKind.EXPENSES.value, EntryKind.EXPENSES.label),
    (EntryKind.COMMON_BENEFIT.value, EntryKind.COMMON_BENEFIT.label),
]
BLANK_COSTS = 3
MOST_COSTS = 200


class PlanForm(forms.Form):
    """A draft: which sum, what is kept back, how the law's silence is filled."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    title = forms.CharField(label=gettext_lazy("名称"), max_length=200)
    free_fen = MoneyField(
        label=gettext_lazy("可供分配金额（元）"),
        required=False,
        help_text=gettext_lazy(
            "不含担保财产的变价款和此前已提存的款项，二者另行计算。"
            "留空则按账户余额扣除二者和预留金额计算。"
        ),
    )
    reserve_fen = MoneyField(
        label=gettext_lazy("预留金额（元）"),
        required=False,
        help_text=gettext_lazy("例如后续诉讼、税费。仅在按账户余额计算时扣除。"),
    )
    pending = forms.ChoiceField(
        label=gettext_lazy("暂缓确认的债权，按什么金额提存"),
        choices=Pending.choices,
        widget=forms.RadioSelect,
    )
    disputed = forms.ChoiceField(
        label=gettext_lazy("有异议的债权"), choices=Disputed.choices, widget=forms.RadioSelect
    )
    manner = forms.CharField(
        label=gettext_lazy("分配的方式、时间和说明"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("写入方案，例如：以银行转账方式，在法院裁定认可后十五日内分配。"),
    )
    open_to_all = forms.BooleanField(
        label=gettext_lazy("公布后，全体债权人可以查阅整张分配表（名称和金额，不含证件号码）"),
        required=False,
    )

    @classmethod
    def of(cls, plan: Plan) -> "PlanForm":
        """Return the form filled with a draft."""
        return cls(initial={name: getattr(plan, name) for name in cls.base_fields})

    def clean_reserve_fen(self) -> int:
        """Take nothing for no reserve."""
        return int(self.cleaned_data["reserve_fen"] or 0)


class CostForm(forms.Form):
    """An expense or common-benefit debt that is still to be paid; an empty line is none."""

    kind = forms.ChoiceField(label=gettext_lazy("类别"), choices=COST_KINDS)
    name = forms.CharField(label=gettext_lazy("项目"), max_length=200, required=False)
    fen = MoneyField(label=gettext_lazy("金额（元）"), required=False)

    def clean(self) -> dict[str, Any]:
        """Ask for both or none."""
        values = super().clean() or {}
        name, fen = values.get("name", ""), values.get("fen")
        if name and not fen and "fen" not in self.errors:
            self.add_error("fen", _("请填写金额。"))
        if fen and not name and "name" not in self.errors:
            self.add_error("name", _("请写明是什么费用。"))
        return values


class CostSet(forms.BaseFormSet):
    """The costs of a plan."""

    def costs(self) -> list[dict[str, Any]]:
        """Return the costs of a valid set."""
        found = [one.cleaned_data for one in self.forms]
        return [
            {"kind": one["kind"], "name": one["name"], "fen": one["fen"]}
            for one in found
            if one.get("fen")
        ]


CostForms = forms.formset_factory(
    CostForm, formset=CostSet, extra=BLANK_COSTS, max_num=MOST_COSTS, validate_max=True
)


class ExecuteForm(forms.Form):
    """That a plan was carried out: when, by which ruling."""

    day = DayField(label=gettext_lazy("分配日期"))
    ruling = forms.CharField(
        label=gettext_lazy("法院认可裁定书文号"),
        max_length=80,
        help_text=gettext_lazy(
            "分配方案经法院裁定认可后，由管理人执行（企业破产法第一百一十六条）。"
        ),
    )


class MeetingForm(forms.Form):
    """Into which meeting's documents a file goes."""

    meeting = forms.ChoiceField(label=gettext_lazy("会议"))

    def __init__(self, case: Case, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._meetings = {one.slug: one for one in Meeting.objects.filter(case=case)}
        field = self.fields["meeting"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(slug, one.title) for slug, one in self._meetings.items()]

    def clean_meeting(self) -> Meeting:
        """Find the meeting."""
        found = self._meetings.get(self.cleaned_data["meeting"])
        if found is None:
            raise ValidationError(_("本案没有这次会议。"))
        return found
