"""The form by which a power of attorney is handed in."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time
from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.files import scans
from creditor_meetings.cases.models import Case, CaseRole, Role
from creditor_meetings.meetings.mandates import POWERS
from creditor_meetings.meetings.models import Meeting, MeetingState

ALL, CHOSEN = "all", "chosen"

Option = tuple[str, str]


class MandateForm(forms.Form):
    """Who may vote for whom, on what, until when, and the scan that says so."""

    pair = forms.ChoiceField(label=_("债权人与代理人"))
    file = forms.FileField(
        label=_("授权委托书扫描件"),
        help_text=_("PDF、JPEG 或 PNG，不超过 20 MB；应有委托人签名或盖章。"),
        widget=forms.ClearableFileInput(attrs={"accept": scans.EXTENSIONS}),
        error_messages={"required": _("请选择授权委托书的扫描件。")},
    )
    scope = forms.ChoiceField(
        label=_("授权范围"),
        choices=[(ALL, _("全部事项")), (CHOSEN, _("仅下列事项"))],
        initial=ALL,
        widget=forms.RadioSelect,
    )
    powers = forms.TypedMultipleChoiceField(
        label=_("授权事项（企业破产法第六十一条第一款）"),
        choices=[(power.value, power.label) for power in POWERS],
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    meeting = forms.ChoiceField(label=_("适用会议"), required=False)
    valid_until = forms.DateField(
        label=_("有效期至"),
        required=False,
        help_text=_("含当日；委托书没有写明期限的，留空。"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def __init__(
        self, *args: Any, pairs: Sequence[Option], meetings: Sequence[Option], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._choices("pair").choices = pairs
        self._choices("meeting").choices = [("", _("本案全部会议")), *meetings]

    def _choices(self, name: str) -> forms.ChoiceField:
        return cast("forms.ChoiceField", self.fields[name])

    def clean(self) -> dict[str, Any] | None:
        """Ask for one of the two: all matters, or some."""
        cleaned = super().clean() or {}
        scope, powers = cleaned.get("scope"), cleaned.get("powers")
        if scope == CHOSEN and not powers:
            self.add_error("powers", _("请至少选择一项授权事项，或改为“全部事项”。"))
        if scope == ALL and powers:
            self.add_error("scope", _("已勾选具体事项；请改为“仅下列事项”，或取消勾选。"))
        return cleaned

    def values(self) -> dict[str, Any]:
        """Return what the form says, as `submit_mandate` takes it."""
        cleaned = self.cleaned_data
        creditor, person = cleaned["pair"].split(":")
        day = cleaned["valid_until"]
        end = datetime.combine(day, time(23, 59, 59)) if day else None
        return {
            "creditor_id": int(creditor),
            "person_id": int(person),
            "powers": cleaned["powers"],
            "meeting_id": int(cleaned["meeting"]) if cleaned["meeting"] else None,
            "valid_until": timezone.make_aware(end).astimezone(UTC) if end else None,
        }


def pairs_of(case: Case, viewer: Viewer) -> list[Option]:
    """List creditor and proxy for whom the viewer may hand in a power of attorney."""
    held = CaseRole.objects.filter(
        case=case, role=Role.PROXY, active=True, person__is_active=True
    ).select_related("creditor", "person")
    rows: Iterable[CaseRole] = held.order_by("creditor__position", "creditor", "person")
    if not viewer.is_administrator:
        rows = [
            one
            for one in held.filter(creditor__in=viewer.acts_for)
            if viewer.acts_for[cast("int", one.creditor_id)] == Role.CREDITOR
            or one.person_id == viewer.person.pk
        ]
    return [
        (f"{one.creditor_id}:{one.person_id}", f"{one.creditor} → {one.person}") for one in rows
    ]


def meetings_of(case: Case, viewer: Viewer) -> list[Option]:
    """List the meetings that a mandate may be limited to."""
    found = Meeting.objects.filter(case=case).exclude(state=MeetingState.CLOSED)
    if not viewer.is_staff:
        found = found.exclude(state=MeetingState.DRAFT)
    return [(str(one.pk), one.title) for one in found]
