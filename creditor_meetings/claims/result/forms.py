"""What is filled in about a list: by the administrator to make it, by the judge to decide."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from creditor_meetings.cases import clock


class MakeForm(forms.Form):
    """Make the next list; before verification ended only when told so."""

    before_the_end = forms.BooleanField(
        label=_("我知道债权核查尚未结束，仍要现在编制"), required=False
    )


class ConfirmForm(forms.Form):
    """The ruling by which the court confirmed a list."""

    prefix = "confirm"
    ruling_number = forms.CharField(
        label=_("裁定书文号"),
        max_length=80,
        help_text=_("例如（2026）沪03破1号之一"),
    )
    ruling_date = forms.DateField(
        label=_("裁定日期"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        initial=lambda: timezone.localdate(clock.now()),
    )


class ReturnForm(forms.Form):
    """Why a list goes back."""

    prefix = "return"
    reason = forms.CharField(
        label=_("理由"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )
