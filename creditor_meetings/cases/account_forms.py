"""allauth's forms, in words that staff understand."""

from typing import Any

from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm as AllauthAddWebAuthnForm
from django.utils.translation import gettext as _


class LoginForm(AllauthLoginForm):
    """E-mail and password; the page itself leads to a forgotten password's reset."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("电子邮箱")
        self.fields["password"].label = _("密码")
        self.fields["password"].help_text = ""
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class AddPasskeyForm(AllauthAddWebAuthnForm):
    """A passkey (通行密钥), by which one signs in without a password unless one asks otherwise."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"passwordless": True, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("名称")
        self.fields["passwordless"].label = _("作为通行密钥，登录时无须密码")
        self.fields["passwordless"].help_text = _(
            "用本机的指纹、面容或密码锁确认。不勾选则作为密码之外的第二重验证。"
        )
