"""Forms of notices."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from creditor_meetings.cases import clock
from creditor_meetings.meetings.notice_texts import Draft
from creditor_meetings.meetings.notices import SUBJECT_LENGTH, TEXT_LENGTH


class NoticeForm(forms.Form):
    """A notice as it is edited before it is sent."""

    subject = forms.CharField(label=_("标题"), max_length=SUBJECT_LENGTH)
    text = forms.CharField(
        label=_("内容"), max_length=TEXT_LENGTH, widget=forms.Textarea(attrs={"rows": 14})
    )
    # The last notice of this kind when the page was shown: a second press sends none.
    after = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    @classmethod
    def of(cls, draft: Draft, after: int, data: Any = None) -> "NoticeForm":
        """Return the form filled with a draft; several stand on one page."""
        initial = {"subject": draft.subject, "text": draft.text, "after": after}
        return cls(data, initial=initial, prefix=draft.key)


class PostedForm(forms.Form):
    """On which day notices went by post, and to whom of those not reached."""

    day = forms.DateField(
        label=_("邮寄日期"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    creditors = forms.TypedMultipleChoiceField(
        label=_("债权人"), coerce=int, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, missing: list[tuple[int, str]], **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"day": timezone.localdate(clock.now())})
        super().__init__(*args, **kwargs)
        field = self.fields["creditors"]
        assert isinstance(field, forms.TypedMultipleChoiceField)
        field.choices = missing
