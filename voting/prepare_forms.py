"""The form of a resolution: what a browser sends becomes a draft."""

from typing import Any

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from creditor_meetings.meetings.attachments import Attachment, attachments
from creditor_meetings.meetings.models import Meeting
from voting import wording
from voting.models import Resolution
from voting.preparing import POWERS, TEXT_LENGTH, TITLE_LENGTH, Draft, rules_for
from voting.rules import registry
from voting.rules.records import Grouping, Rule

NAMES = {
    "prc-ordinary": _("一般事项：出席人数过半数，且占无担保债权总额二分之一以上（第六十四条）"),
    "prc-composition": _("和解协议：出席人数过半数，且占无担保债权总额三分之二以上（第九十七条）"),
    "prc-reorganisation": _("重整计划：分组，各组人数过半数且债权额三分之二以上（第八十四条）"),
}
GROUPS = ("secured", "employee", "tax", "ordinary", "small", "investor")


def _rules() -> list[tuple[str, str]]:
    """List the rules that some power may be voted on by, those of the law first."""
    found = {one.id: one for power in POWERS for one in rules_for(power)}
    return [(one.id, str(NAMES.get(one.id) or _rule_title(one))) for one in found.values()]


def _rule_title(rule: Rule) -> str:
    title = rule.title.en if wording.language() == "en" else rule.title.zh
    return gettext("%(title)s（%(article)s）") % {
        "title": title or rule.id,
        "article": rule.article,
    }


def _groups() -> list[tuple[str, str]]:
    return [(one, wording.group_name(one)) for one in GROUPS]


def _powers() -> list[tuple[int, str]]:
    """List the powers by the numbers of the law, in the language of the page."""
    numbered = gettext("第（%(n)s）项　%(name)s")
    return [
        (int(one), numbered % {"n": int(one), "name": one.label} if one else str(one.label))
        for one in POWERS
    ]


class RuleSelect(forms.Select):
    """Tells the page which powers each rule is for, and which votes by groups."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the powers to the option, and whether it is by groups."""
        option = super().create_option(name, value, *args, **kwargs)
        powers = [power for power in POWERS if value in [one.id for one in rules_for(power)]]
        option["attrs"]["data-powers"] = " ".join(str(int(power)) for power in powers)
        rule = registry.find(str(value))
        if rule is not None and rule.grouping is Grouping.NATURE:
            option["attrs"]["data-grouped"] = True
        return option


class ResolutionForm(forms.Form):
    """A resolution of a meeting."""

    title = forms.CharField(
        label=pgettext_lazy("一项", "表决事项"),
        max_length=TITLE_LENGTH,
        help_text=_("例如：破产财产变价方案"),
    )
    text = forms.CharField(
        label=_("决议内容"),
        max_length=TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("债权人就这段文字表示同意、反对或者弃权。"),
    )
    power = forms.TypedChoiceField(
        label=_("债权人会议的职权（企业破产法第六十一条第一款）"),
        coerce=int,
        choices=_powers,
    )
    rule = forms.ChoiceField(label=_("表决规则"), choices=_rules, widget=RuleSelect)
    unaffected = forms.MultipleChoiceField(
        label=_("权益未受重整计划草案影响的组（不参加表决）"),
        choices=_groups,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("仅用于重整计划草案；请在决议内容中写明为何未受影响。"),
    )
    agenda_item = forms.TypedChoiceField(
        label=_("所属议程（可不选）"), coerce=int, empty_value=None, required=False
    )
    document = forms.TypedChoiceField(
        label=_("所附文件（可不选）"),
        coerce=int,
        empty_value=None,
        required=False,
        help_text=_("表决时债权人可以直接打开。尚未发放的文件请在表决前发放。"),
    )

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        nothing = ("", "—")
        items = [(one.pk, f"{n}. {one.title}") for n, one in enumerate(meeting.items.all(), 1)]
        papers = [(one.id, _paper(one)) for one in attachments(meeting)]
        self.fields["agenda_item"].choices = [nothing, *items]  # type: ignore[attr-defined]
        self.fields["document"].choices = [nothing, *papers]  # type: ignore[attr-defined]

    @classmethod
    def of(cls, resolution: Resolution) -> "ResolutionForm":
        """Return the form filled with a resolution."""
        initial = {
            "title": resolution.title,
            "text": resolution.text,
            "power": resolution.power,
            "rule": resolution.rule,
            "unaffected": resolution.unaffected_groups,
            "agenda_item": resolution.agenda_item_id,
            "document": resolution.document,
        }
        return cls(initial=initial, meeting=resolution.meeting)

    def draft(self) -> Draft:
        """Return what a valid form says."""
        return Draft(**self.cleaned_data)


def _paper(one: Attachment) -> str:
    """Name a document to choose, so that its versions are told from each other."""
    name = one.title
    if one.version > 1 or one.outdated:
        name = gettext("%(title)s（第 %(n)s 版）") % {"title": name, "n": one.version}
    if one.outdated:
        name = gettext("%(title)s（已有新版）") % {"title": name}
    return name if one.handed_out else gettext("%(title)s（尚未发放）") % {"title": name}
