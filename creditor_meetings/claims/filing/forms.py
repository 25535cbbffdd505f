"""The steps of a filing as forms: whatever is right is kept, also of a step that is half done."""

import unicodedata
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditor_meetings.cases.contacts import normal_email, normal_phone
from creditor_meetings.cases.money import fen, yuan
from creditor_meetings.claims.filing import drafting, identity
from creditor_meetings.claims.models import Filing

MOST_FEN = 10**15
"""Ten trillion yuan: nothing that anybody owes; what is above it is a slip of the finger."""


class YuanField(forms.CharField):
    """An amount in yuan as people write it: separators and signs of currency may stay."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        super().__init__(max_length=40, **kwargs)
        self.widget.attrs.update({"inputmode": "decimal", "autocomplete": "off"})

    def clean(self, value: Any) -> int | None:
        """Return fen; None where nothing was written."""
        text = super().clean(value)
        written = "".join(unicodedata.normalize("NFKC", text).split())
        plain = written.replace(",", "").strip("¥￥元")
        if not plain:
            return None
        try:
            amount = fen(plain)
        except ValueError:
            raise forms.ValidationError(
                _("“%(value)s”不是金额：请写数字，最多两位小数，例如 12345.67。")
                % {"value": text[:40]}
            ) from None
        if amount > MOST_FEN:
            raise forms.ValidationError(_("金额过大，请检查单位是不是元。"))
        return amount

    def prepare_value(self, value: Any) -> Any:
        """Show fen as yuan."""
        return yuan(value) if isinstance(value, int) else value


def amount_or_nothing(fen_held: int | None) -> int | None:
    """Show no zero where nothing was filled in."""
    return fen_held or None


class StepForm(forms.Form):
    """A step: nothing is required to keep it, `lacking` says what is to go on."""

    step = ""

    def lacking(self, filing: Filing) -> None:
        """Say at each field what is still to be filled in."""
        for _step, name, words in drafting.missing(filing, self.step):
            if name in self.fields and not self.errors.get(name):
                self.add_error(name, words)

    @classmethod
    def initial_of(cls, filing: Filing) -> dict[str, Any]:
        """Return what was filled in so far."""
        return {name: getattr(filing, name) for name in cls.base_fields}

    def values(self) -> dict[str, Any]:
        """Return what is right of what was sent: what is wrong stays as it was kept."""
        cleaned: Mapping[str, Any] = getattr(self, "cleaned_data", {})
        return {name: value for name, value in cleaned.items() if name in self.data}


class WhoForm(StepForm):
    """Who files."""

    step = "who"
    entity = forms.ChoiceField(
        label=gettext_lazy("主体类型"),
        choices=[("", gettext_lazy("请选择")), *identity.Entity.choices],
        required=False,
    )
    creditor_name = forms.CharField(
        label=gettext_lazy("债权人名称或姓名"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("与营业执照或身份证一致。"),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    identity_number = forms.CharField(
        label=gettext_lazy("证件号码"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("单位填统一社会信用代码，个人填居民身份证号码，各 18 位。"),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )
    contact_name = forms.CharField(
        label=gettext_lazy("联系人姓名"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("管理人有问题时找谁；个人申报的填本人。"),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    phone = forms.CharField(
        label=gettext_lazy("联系电话"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    email = forms.CharField(
        label=gettext_lazy("电子邮箱"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("电话和邮箱至少填一项。"),
        widget=forms.TextInput(attrs={"type": "email", "autocomplete": "email"}),
    )
    postal_address = forms.CharField(
        label=gettext_lazy("送达地址"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("能收到法院和管理人邮件的详细地址。"),
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )

    def clean_identity_number(self) -> str:
        """Write the number as the claims table does."""
        return identity.kept(self.cleaned_data["identity_number"])

    def clean_phone(self) -> str:
        """Refuse what is no telephone number."""
        text = str(self.cleaned_data["phone"])
        if text and not normal_phone(text):
            raise forms.ValidationError(
                _("“%(value)s”不是电话号码，请写数字，例如 13800000000。") % {"value": text}
            )
        return text

    def clean_email(self) -> str:
        """Refuse what is no e-mail address."""
        text = str(self.cleaned_data["email"])
        if text and not normal_email(text):
            raise forms.ValidationError(
                _("“%(value)s”不是电子邮箱地址，例如 name@example.com。") % {"value": text}
            )
        return normal_email(text)


class AmountsForm(StepForm):
    """How much, and what kind of claim."""

    step = "amounts"
    principal_fen = YuanField(
        label=gettext_lazy("本金（元）"),
        help_text=gettext_lazy("没有的一项不用填。"),
    )
    interest_fen = YuanField(
        label=gettext_lazy("利息（元）"),
        help_text=gettext_lazy("利息算到法院受理破产申请之日为止（企业破产法第四十六条）。"),
    )
    other_fen = YuanField(
        label=gettext_lazy("其他（元）"),
        help_text=gettext_lazy("违约金、诉讼费等，请在事实和理由中写明构成。"),
    )
    nature = forms.ChoiceField(
        label=gettext_lazy("债权性质"),
        choices=[(one.value, one.label) for one in drafting.NATURES],
        required=False,
        help_text=gettext_lazy("不清楚就选“普通债权”，管理人会审查。"),
    )
    collateral = forms.CharField(
        label=gettext_lazy("担保物或优先权依据"),
        max_length=400,
        required=False,
        help_text=gettext_lazy("有抵押、质押、留置或者建设工程价款优先权的才填。"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    @classmethod
    def initial_of(cls, filing: Filing) -> dict[str, Any]:
        """Return what was filled in so far; an amount that is none is left empty."""
        initial = super().initial_of(filing)
        for name in ("principal_fen", "interest_fen", "other_fen"):
            initial[name] = amount_or_nothing(initial[name])
        return initial

    def values(self) -> dict[str, Any]:
        """Count an amount that was left empty as nothing."""
        found = super().values()
        for name in ("principal_fen", "interest_fen", "other_fen"):
            if name in found:
                found[name] = found[name] or 0
        if not found.get("nature", "x"):
            del found["nature"]
        return found


class GroundsForm(StepForm):
    """Why the debtor owes it."""

    step = "grounds"
    facts = forms.CharField(
        label=gettext_lazy("事实和理由"),
        max_length=8000,
        required=False,
        help_text=gettext_lazy(
            "什么时候、因为什么事、债务人欠您多少、已还多少、利息怎么算的。最多 8000 字。"
        ),
        widget=forms.Textarea(attrs={"rows": 10}),
    )

    def clean_facts(self) -> str:
        """Write line ends in one way, so that what is signed has one hash."""
        return "\n".join(self.cleaned_data["facts"].splitlines()).strip()


class SignForm(forms.Form):
    """The signature."""

    name = forms.CharField(
        label=gettext_lazy("输入姓名或名称作为签名"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    agreed = forms.BooleanField(
        label=gettext_lazy("我已核对上面全文的每一项内容和金额，自愿申报。"), required=False
    )
    sha256 = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput())


FORMS: dict[str, type[StepForm]] = {
    "who": WhoForm,
    "amounts": AmountsForm,
    "grounds": GroundsForm,
}
