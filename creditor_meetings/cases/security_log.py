"""What concerns sign-in goes to the log `security`: who by number, from where, never a secret.

People are written by their number in the database, addresses that were typed not at all: a log
goes to more eyes than the database.
"""

import logging
from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as factors
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest

from creditor_meetings.cases.requests import address_of

log = logging.getLogger("security")


def connect() -> None:
    """Hear of sign-ins, failed ones, sign-outs, and changes of secrets."""
    for signal, words in (
        (user_logged_in, "signed in"),
        (user_logged_out, "signed out"),
        (account.password_changed, "changed the password"),
        (account.password_set, "set a password"),
        (account.password_reset, "reset the password"),
        (factors.authenticator_added, "added a second factor"),
        (factors.authenticator_removed, "removed a second factor"),
        (factors.authenticator_reset, "renewed the recovery codes"),
    ):
        signal.connect(_told(words), weak=False, dispatch_uid=f"security log: {words}")
    user_login_failed.connect(_failed, dispatch_uid="security log: failed")


def warn(words: str, address: str) -> None:
    """Write down a refusal that may be an attack: what, and from which network address."""
    log.warning("%s from %s", words, plain(address))


def refused(person_id: int | None, what: str, code: str, address: str) -> None:
    """Write down that somebody was refused what is not for them: which address or command."""
    log.info("person %s refused at %s: %s from %s", person_id, plain(what), code, plain(address))


def plain(text: str) -> str:
    """Keep what an address is made of: nobody writes lines into our log."""
    return "".join(sign for sign in text if sign.isalnum() or sign in ".:-_%")[:64] or "-"


def _told(words: str) -> Any:
    def tell(request: HttpRequest | None = None, user: Any = None, **_more: object) -> None:
        address = address_of(request) if request is not None and request.META else ""
        log.info("person %s %s from %s", getattr(user, "pk", None), words, plain(address))

    return tell


def _failed(request: HttpRequest | None = None, **_more: object) -> None:
    warn("a sign-in failed", address_of(request) if request is not None else "")
