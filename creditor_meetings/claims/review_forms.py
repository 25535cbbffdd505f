"""What reviewers fill in: the decision on a filing, and corrections of an entry of the table."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditor_meetings.cases.money import yuan_grouped
from creditor_meetings.claims.filing.deciding import Decision
from creditor_meetings.claims.filing.forms import YuanField, amount_or_nothing
from creditor_meetings.claims.models import Claim, Conclusion, Filing, Nature

NATURES = [(one.value, one.label) for one in Nature if one != Nature.INVESTOR]
PARTS = ("principal", "interest", "other")


def _words(label: Any, length: int, rows: int = 3, **more: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=length,
        required=False,
        widget=forms.Textarea(attrs={"rows": rows}),
        **more,
    )


class DecisionForm(forms.Form):
    """The review of a filing."""

    nature = forms.ChoiceField(label=gettext_lazy("债权性质"), choices=NATURES)
    collateral = _words(gettext_lazy("担保物/优先权依据"), 400, 2)
    conclusion = forms.ChoiceField(
        label=gettext_lazy("审查结论"),
        choices=[("", gettext_lazy("请选择")), *Conclusion.choices],
    )
    principal = YuanField(label=gettext_lazy("确认本金（元）"))
    interest = YuanField(label=gettext_lazy("确认利息（元）"))
    other = YuanField(label=gettext_lazy("确认其他（元）"))
    unsecured_part = YuanField(
        label=gettext_lazy("担保物不足清偿部分（元）"),
        help_text=gettext_lazy("仅担保或优先权债权：担保物不够清偿的部分，按普通债权表决。"),
    )
    reason = _words(
        gettext_lazy("理由"),
        1000,
        help_text=gettext_lazy("申报人会看到；结论不是“确认”时必填。"),
    )
    same_creditor = forms.BooleanField(
        label=gettext_lazy("已核实，与债权表中的该债权人是同一主体"), required=False
    )
    let_in = forms.BooleanField(
        label=gettext_lazy("申报人今后以该债权人身份参加本案会议"), required=False
    )
    why = _words(gettext_lazy("修改原结论的理由"), 1000, 2)

    def __init__(
        self, filing: Filing, *args: Any, same: bool = False, known: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for part in PARTS:
            filed = yuan_grouped(getattr(filing, f"{part}_fen"))
            self.fields[part].help_text = _("申报 %(amount)s 元") % {"amount": filed}
        if filing.claim_id is None:
            del self.fields["why"]
        if not same:
            del self.fields["same_creditor"]
        if known:
            self.fields["let_in"].help_text = _(
                "该债权人已在债权表中：证件号码不是秘密，请确认申报人确有代表权限后再勾选。"
            )

    @staticmethod
    def initial_of(filing: Filing, *, let_in: bool) -> dict[str, Any]:
        """Begin with what the entry says, or with what was filed."""
        claim = filing.claim
        of = claim or filing
        return {
            "nature": of.nature,
            "collateral": of.collateral,
            "conclusion": claim.conclusion if claim else "",
            "principal": claim.confirmed_principal_fen if claim else None,
            "interest": claim.confirmed_interest_fen if claim else None,
            "other": claim.confirmed_other_fen if claim else None,
            "unsecured_part": amount_or_nothing(claim.unsecured_part_fen) if claim else None,
            "reason": claim.reason if claim else "",
            "let_in": let_in,
        }

    def decision(self) -> Decision:
        """Return what was decided."""
        values = self.cleaned_data
        return Decision(
            nature=values["nature"],
            conclusion=values["conclusion"],
            principal=values["principal"] or 0,
            interest=values["interest"] or 0,
            other=values["other"] or 0,
            collateral=values["collateral"],
            unsecured_part=values["unsecured_part"] or 0,
            reason=values["reason"],
            let_in=values["let_in"],
            same_creditor=values.get("same_creditor", False),
            why=values.get("why", ""),
        )


class ClaimForm(forms.Form):
    """An entry of the claims table, amount by amount."""

    nature = forms.ChoiceField(label=gettext_lazy("债权性质"), choices=Nature.choices)
    collateral = _words(gettext_lazy("担保物/优先权依据"), 400, 2)
    principal_fen = YuanField(label=gettext_lazy("申报本金（元）"))
    interest_fen = YuanField(label=gettext_lazy("申报利息（元）"))
    other_fen = YuanField(label=gettext_lazy("申报其他（元）"))
    filed_fen = YuanField(
        label=gettext_lazy("申报合计（元）"),
        help_text=gettext_lazy("上面三项填了任何一项的，以三项之和为准。"),
    )
    confirmed_principal_fen = YuanField(label=gettext_lazy("确认本金（元）"))
    confirmed_interest_fen = YuanField(label=gettext_lazy("确认利息（元）"))
    confirmed_other_fen = YuanField(label=gettext_lazy("确认其他（元）"))
    confirmed_fen = YuanField(
        label=gettext_lazy("确认合计（元）"),
        help_text=gettext_lazy("上面三项填了任何一项的，以三项之和为准。"),
    )
    unsecured_part_fen = YuanField(label=gettext_lazy("担保物不足清偿部分（元）"))
    conclusion = forms.ChoiceField(label=gettext_lazy("审查结论"), choices=Conclusion.choices)
    reason = _words(gettext_lazy("审查理由"), 1000)
    note = _words(gettext_lazy("备注"), 1000, 2)
    late = forms.BooleanField(label=gettext_lazy("补充申报（逾期）"), required=False)
    why = _words(
        gettext_lazy("本次修改的理由"),
        1000,
        2,
        help_text=gettext_lazy("必填，与修改前后的内容一起留存。"),
    )

    @staticmethod
    def initial_of(claim: Claim) -> dict[str, Any]:
        """Begin with what the entry says."""
        names = [name for name in ClaimForm.base_fields if name != "why"]
        initial = {name: getattr(claim, name) for name in names}
        for name in ("principal_fen", "interest_fen", "other_fen", "unsecured_part_fen"):
            initial[name] = amount_or_nothing(initial[name])
        return initial

    def clean_why(self) -> str:
        """Ask for a reason where the person can see it."""
        text = str(self.cleaned_data["why"]).strip()
        if not text:
            raise forms.ValidationError(_("请写明修改的理由。"))
        return text

    def values(self) -> dict[str, Any]:
        """Return the fields as `adjust_claim` takes them: parts and sums that belong together."""
        values = {name: value for name, value in self.cleaned_data.items() if name != "why"}
        filed = [values[f"{part}_fen"] for part in PARTS]
        if any(filed):
            values["filed_fen"] = sum(part or 0 for part in filed)
        for part in PARTS:
            values[f"{part}_fen"] = values[f"{part}_fen"] or 0
        names = [f"confirmed_{part}_fen" for part in PARTS]
        if any(values[name] is not None for name in names):
            for name in names:
                values[name] = values[name] or 0
            values["confirmed_fen"] = sum(values[name] for name in names)
        for name in ("filed_fen", "confirmed_fen", "unsecured_part_fen"):
            values[name] = values[name] or 0
        return values
