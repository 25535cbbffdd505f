"""The forms of an election and of its candidates."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from creditor_meetings.meetings.models import Meeting
from voting.candidates import NAME_LENGTH, Candidate, Facts
from voting.elections import MOST_SEATS
from voting.models import Election, Seat
from voting.preparing import TEXT_LENGTH, TITLE_LENGTH


class ElectionForm(forms.Form):
    """What is elected, and how many."""

    title = forms.CharField(
        label=_("选举事项"),
        max_length=TITLE_LENGTH,
        help_text=_("例如：选任债权人委员会成员"),
    )
    text = forms.CharField(
        label=_("说明（可不填）"),
        max_length=TEXT_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    seats = forms.IntegerField(
        label=_("名额"),
        min_value=1,
        max_value=MOST_SEATS,
        help_text=_("含职工或工会代表，不超过九人（企业破产法第六十七条）。"),
    )
    employee_seat = forms.BooleanField(
        label=_("其中一名为职工代表或者工会代表"), required=False, initial=True
    )
    agenda_item = forms.TypedChoiceField(
        label=_("所属议程（可不选）"), coerce=int, empty_value=None, required=False
    )

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        items = [(one.pk, f"{n}. {one.title}") for n, one in enumerate(meeting.items.all(), 1)]
        self.fields["agenda_item"].choices = [("", "—"), *items]  # type: ignore[attr-defined]

    @classmethod
    def of(cls, election: Election) -> "ElectionForm":
        """Return the form filled with an election."""
        initial = {
            "title": election.title,
            "text": election.text,
            "seats": election.seats,
            "employee_seat": election.employee_seat,
            "agenda_item": election.agenda_item_id,
        }
        return cls(initial=initial, meeting=election.meeting)

    def facts(self) -> Facts:
        """Return what a valid form says."""
        return Facts(**self.cleaned_data)


class CandidateForm(forms.Form):
    """Who stands for election."""

    name = forms.CharField(label=_("候选人姓名或者名称"), max_length=NAME_LENGTH)
    seat = forms.ChoiceField(label=_("席位"), choices=Seat.choices)
    creditor = forms.CharField(
        label=_("对应的债权人（可不填）"),
        max_length=200,
        required=False,
        help_text=_("债权人本身或者其代表参选的，填写债权表中的名称。"),
    )

    def __init__(self, *args: Any, election: Election, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        if not election.employee_seat:
            only = [(Seat.CREDITOR.value, Seat.CREDITOR.label)]
            self.fields["seat"].choices = only  # type: ignore[attr-defined]

    def candidate(self) -> Candidate:
        """Return what a valid form says."""
        return Candidate(**self.cleaned_data)
