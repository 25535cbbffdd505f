"""What allauth asks of us: nobody signs up, mail goes through our sender, secrets are sealed."""

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.conf import settings
from django.http import HttpRequest

from creditor_meetings.cases import clock, second_factor
from creditor_meetings.cases.sending import Message, deliver_later

JUST_NOW_SECONDS = 300


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in by password, for staff."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """People come in by invitation alone."""
        return False

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Ask nobody for a password again who typed it a moment ago."""
        asked: bool = super().is_reauthentication_required(app=app, **kwargs)
        return asked and not _signed_in_just_now(context.request)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Hand a mail of allauth's to the sender of the installation."""
        made = self.render_mail(template_prefix, email, {"email": email, **context})
        deliver_later(Message("email", email, str(made.subject), str(made.body)))


class SecondFactorAdapter(DefaultMFAAdapter):
    """TOTP, passkeys and recovery codes."""

    def encrypt(self, text: str) -> str:
        """Seal a secret: a copy of the database alone does not make anybody's codes."""
        return _seal().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open what `encrypt` sealed."""
        return _seal().decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Keep staff from giving up their last second factor."""
        if not second_factor.is_required_of(authenticator.user):
            return True
        factors = Authenticator.objects.filter(
            user=authenticator.user, type__in=second_factor.FACTORS
        )
        return factors.exclude(pk=authenticator.pk).exists()


def _signed_in_just_now(request: HttpRequest) -> bool:
    records = get_authentication_records(request, request.user)
    latest = max((float(record["at"]) for record in records), default=0.0)
    return clock.now().timestamp() - latest < JUST_NOW_SECONDS


def _seal() -> Fernet:
    key = hashlib.sha256(b"second factor:" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
