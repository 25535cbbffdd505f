"""What people fill in on the pages of this room."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditor_meetings.cases.contacts import normal_email, normal_name, normal_phone
from creditor_meetings.cases.invitations import MAX_VALID_DAYS, VALID_DAYS
from creditor_meetings.cases.models import CREDITOR_ROLES, Case, Creditor, Person, Role


class ConfirmForm(forms.Form):
    """Who one is, at the first use of a link."""

    name = forms.CharField(
        label=gettext_lazy("姓名或名称"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text=gettext_lazy("联系人姓名，或债权人名称，与债权申报时一致。"),
    )
    identity_tail = forms.CharField(
        label=gettext_lazy("证件号码后六位"),
        max_length=18,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
        help_text=gettext_lazy("居民身份证号码或统一社会信用代码的最后六位，字母不分大小写。"),
    )


class IdentifierForm(forms.Form):
    """The phone or e-mail address that a code goes to."""

    identifier = forms.CharField(
        label=gettext_lazy("手机号码或电子邮箱"),
        max_length=200,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )


class CodeForm(forms.Form):
    """The code that came."""

    code = forms.CharField(
        label=gettext_lazy("六位验证码"),
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}
        ),
    )


class CaseForm(forms.ModelForm):
    """The facts of a case."""

    class Meta:
        model = Case
        fields = [
            "number",
            "court",
            "debtor",
            "procedure",
            "filing_deadline",
            "administrator_firm",
            "panel",
            "clerk",
        ]
        widgets = {"filing_deadline": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}


class NewCaseForm(CaseForm):
    """A new case, with its first administrator and judge."""

    administrator_name = forms.CharField(label=gettext_lazy("管理人负责人姓名"), max_length=100)
    administrator_email = forms.EmailField(label=gettext_lazy("管理人负责人电子邮箱"))
    judge_name = forms.CharField(label=gettext_lazy("承办法官姓名"), max_length=100)
    judge_email = forms.EmailField(label=gettext_lazy("承办法官电子邮箱"))

    def clean(self) -> dict[str, Any]:
        """Keep the two offices in two hands."""
        values = super().clean() or {}
        one, other = values.get("administrator_email", ""), values.get("judge_email", "")
        if one and one.lower() == other.lower():
            self.add_error("judge_email", _("法官与管理人不能使用同一电子邮箱。"))
        return values


class CreditorsForm(forms.Form):
    """A form with a role and the creditors it acts for."""

    def __init__(self, case: Case, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case = case

    def clean(self) -> dict[str, Any]:
        """Find the creditors that were named."""
        values = super().clean() or {}
        text = values.get("creditors", "")
        if values.get("role") not in CREDITOR_ROLES:
            values["creditors"] = []
            return values
        values["creditors"] = named_creditors(self.case, text, self)
        if not values["creditors"] and not self.errors.get("creditors"):
            self.add_error("creditors", _("请填写其代表的债权人的序号或名称。"))
        return values


class AddRoleForm(CreditorsForm):
    """Another role for somebody who takes part in the case already."""

    person = forms.CharField(
        label=gettext_lazy("人员"),
        max_length=200,
        help_text=gettext_lazy("已参加本案者的姓名、手机号码或电子邮箱。"),
    )
    role = forms.ChoiceField(label=gettext_lazy("角色"), choices=Role.choices)
    creditors = forms.CharField(
        label=gettext_lazy("代表的债权人"),
        max_length=2000,
        required=False,
        help_text=gettext_lazy("债权人或代理人须填：债权表中的序号或名称，多个用逗号分隔。"),
    )

    def clean_person(self) -> Person:
        """Find the one person who is meant."""
        text = self.cleaned_data["person"].strip()
        known = Person.objects.filter(case_roles__case=self.case).distinct()
        meant = (
            Q(name=text) | Q(email=normal_email(text) or "-") | Q(phone=normal_phone(text) or "-")
        )
        found = list(known.filter(meant)[:2])
        if not found:
            raise forms.ValidationError(
                _("本案没有“%(value)s”；请先邀请其参加。") % {"value": text}
            )
        if len(found) > 1:
            raise forms.ValidationError(
                _("本案有多人名为“%(value)s”，请填其手机号码或电子邮箱。") % {"value": text}
            )
        return found[0]


class InviteForm(CreditorsForm):
    """Somebody to invite, in any role."""

    role = forms.ChoiceField(label=gettext_lazy("角色"), choices=Role.choices)
    name = forms.CharField(label=gettext_lazy("姓名"), max_length=100)
    phone = forms.CharField(label=gettext_lazy("手机号码"), max_length=40, required=False)
    email = forms.CharField(label=gettext_lazy("电子邮箱"), max_length=200, required=False)
    identity_number = forms.CharField(
        label=gettext_lazy("证件号码"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("首次打开链接时核对其后六位；不填则只核对姓名。"),
    )
    creditors = forms.CharField(
        label=gettext_lazy("代表的债权人"),
        max_length=2000,
        required=False,
        help_text=gettext_lazy("债权人或代理人须填：债权表中的序号或名称，多个用逗号分隔。"),
    )
    days = forms.IntegerField(
        label=gettext_lazy("有效天数"), min_value=1, max_value=MAX_VALID_DAYS, initial=VALID_DAYS
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("发送方式"),
        choices=[
            ("", gettext_lazy("不发送，只显示链接")),
            ("sms", gettext_lazy("短信")),
            ("email", gettext_lazy("电子邮件")),
        ],
        required=False,
    )


def named_creditors(case: Case, text: str, form: forms.Form) -> list[Creditor]:
    """Find creditors by number in the claims table or by name; say which are not there."""
    parts = [part.strip() for part in text.replace("，", ",").replace("、", ",").split(",")]
    everybody = list(case.creditors.all())
    by_number = {str(creditor.position): creditor for creditor in everybody}
    by_name = {normal_name(creditor.name): creditor for creditor in everybody}
    found: list[Creditor] = []
    for part in filter(None, parts):
        creditor = by_number.get(part) or by_name.get(normal_name(part))
        if creditor is None:
            form.add_error(
                "creditors", _("债权表中没有“%(value)s”这一序号或名称。") % {"value": part}
            )
        elif creditor not in found:
            found.append(creditor)
    return found


class ManyForm(forms.Form):
    """Links for many creditors at once."""

    days = forms.IntegerField(
        label=gettext_lazy("有效天数"), min_value=1, max_value=MAX_VALID_DAYS, initial=VALID_DAYS
    )
    whom = forms.ChoiceField(
        label=gettext_lazy("对象"),
        choices=[
            ("without_link", gettext_lazy("尚无有效链接的债权人")),
            ("not_in", gettext_lazy("所有尚未进入的债权人（旧链接失效）")),
        ],
    )


class EraseForm(forms.Form):
    """That contacts of a case that is over are erased: since when, why, and which case."""

    closed_on = forms.DateField(
        label=gettext_lazy("结案日期"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    reason = forms.CharField(
        label=gettext_lazy("理由"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("例如：破产程序已终结，联系信息不再需要。"),
    )
    number = forms.CharField(
        label=gettext_lazy("请输入案号确认"),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, case: Case, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._case = case

    def clean_number(self) -> str:
        """Take the number of this case alone."""
        number = self.cleaned_data["number"].strip()
        if normal_name(number) != normal_name(self._case.number):
            raise forms.ValidationError(
                _("案号不一致：本案是“%(number)s”。") % {"number": self._case.number}
            )
        return str(number)
