"""Forms of preparing a meeting: what a browser sends becomes the verbs' arguments."""

from datetime import UTC
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from creditor_meetings.meetings import practice, prepare
from creditor_meetings.meetings.models import (
    AgendaKind,
    Meeting,
    QuestionsShown,
    RecordingRule,
    ReplayRule,
    TallyShown,
)
from creditor_meetings.meetings.prepare import Facts

# What a browser's own control for date and time writes and reads.
LOCAL_MOMENT = "%Y-%m-%dT%H:%M"


class FactsForm(forms.Form):
    """The facts of a meeting; times are those of the court's place."""

    title = forms.CharField(label=_("会议名称"), max_length=200)
    starts_at = forms.DateTimeField(
        label=_("召开时间（北京时间）"),
        input_formats=[LOCAL_MOMENT, "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=LOCAL_MOMENT),
        help_text=_("首次会议应提前十五日通知已知的债权人（企业破产法第六十三条）。"),
        error_messages={"invalid": _("应为日期和时间，例如 2026-01-31 09:30。")},
    )
    tally_shown = forms.ChoiceField(
        label=_("计票公布方式"),
        choices=TallyShown.choices,
        help_text=_("参加表决的人数和债权额始终实时公布；这里指同意、反对、弃权的票数。"),
    )
    questions_shown = forms.ChoiceField(
        label=_("书面提问由谁看到"),
        choices=QuestionsShown.choices,
        help_text=_("有人提问之后不能再变更。"),
    )
    floor_minutes = forms.DecimalField(
        label=_("每次发言时限（分钟）"),
        min_value=0.5,
        max_value=60,
        decimal_places=2,
        widget=forms.NumberInput(attrs={"step": "any"}),
        help_text=_("发言中可以延长或提前收回；时限一到，自动结束。"),
    )
    recording_rule = forms.ChoiceField(
        label=_("直播录像"),
        choices=RecordingRule.choices,
        help_text=_("录像期间，会议室对所有人显示“正在录像”。"),
    )
    replay_rule = forms.ChoiceField(
        label=_("录像由谁回看"),
        choices=ReplayRule.choices,
        help_text=_("法院和管理人始终可以回看；谁看了哪一段，记录在案。"),
    )
    claims_open = forms.BooleanField(label=_("债权表供全体债权人查阅"), required=False)
    delegated = forms.BooleanField(
        label=_("由管理人受托主持"),
        required=False,
        help_text=_("关闭后，只有法官可以开会、休会、闭会、切换议程和开始、截止表决。"),
    )

    def __init__(self, *args: Any, may_delegate: bool, delegated: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._delegated = delegated
        if not may_delegate:
            del self.fields["delegated"]

    @classmethod
    def of(cls, meeting: Meeting, *, may_delegate: bool) -> "FactsForm":
        """Return the form filled with a meeting's facts."""
        names = ("title", "starts_at", "tally_shown", "claims_open", "delegated", *prepare.RULES)
        initial = {name: getattr(meeting, name) for name in names}
        initial["floor_minutes"] = f"{meeting.floor_seconds / 60:g}"
        return cls(initial=initial, may_delegate=may_delegate, delegated=meeting.delegated)

    def facts(self) -> Facts:
        """Return the facts of a valid form."""
        values = {"delegated": self._delegated, **self.cleaned_data}
        minutes = values.pop("floor_minutes")
        return Facts(
            **{
                **values,
                "starts_at": values["starts_at"].astimezone(UTC),
                "floor_seconds": int(minutes * 60),
            }
        )


class PracticeForm(forms.Form):
    """How votes are counted where the law is silent: a choice a point."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for point in practice.points():
            self.fields[point.key] = forms.ChoiceField(
                label=point.title, choices=point.choices, widget=forms.RadioSelect
            )

    @classmethod
    def of(cls, meeting: Meeting) -> "PracticeForm":
        """Return the form filled with what the meeting settled."""
        return cls(initial=practice.settled(meeting))

    def said(self) -> list[tuple[str, str]]:
        """Return name and words of what is settled, for reading."""
        return [
            (point.title, dict(point.choices)[self.initial[point.key]])
            for point in practice.points()
        ]


class ItemForm(forms.Form):
    """An item of the agenda."""

    kind = forms.ChoiceField(label=_("类型"), choices=AgendaKind.choices)
    title = forms.CharField(label=_("标题"), max_length=200)
    note = forms.CharField(
        label=_("说明（可不填）"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
