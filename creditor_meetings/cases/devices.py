"""Where a person is signed in (登录设备): listed, and ended, with every open socket."""

import re
from typing import Any

from django.contrib.auth import get_user
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from creditor_meetings.cases import sessions
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.models import CaseRole, Person
from creditor_meetings.cases.people import close_sessions, require_may_grant
from creditor_meetings.cases.requests import address_of
from creditor_meetings.cases.session_models import SignedIn


class SignedOut(Refused):
    """The session that opened this is no more."""

    status = 401

    def __init__(self) -> None:
        super().__init__("not_allowed", _("您在本设备上的登录已结束，请重新登录。"))


def connect() -> None:
    """Write a row at every sign-in; end a person's other sessions when its secrets change."""
    from allauth.account import signals as account
    from allauth.mfa import signals as factors

    user_logged_in.connect(_signed_in, dispatch_uid="a device is signed in")
    for change in (account.password_changed, account.password_set, account.password_reset):
        change.connect(_secret_changed, dispatch_uid="a password ends sessions")
    for change in (factors.authenticator_added, factors.authenticator_removed,
                   factors.authenticator_reset):  # fmt: skip
        change.connect(_secret_changed, dispatch_uid="a factor ends sessions")


def _signed_in(request: HttpRequest, user: Person, **_more: object) -> None:
    session: Any = request.session
    if session.session_key is None:
        session.create()
    row = Session.objects.filter(session_key=sessions.stored(session.session_key)).first()
    if row is None:
        return
    now = timezone.now()
    SignedIn.objects.update_or_create(
        session=row,
        defaults={
            "person": user,
            "signed_in_at": now,
            "seen_at": now,
            "address": address_of(request),
            "device": request.headers.get("User-Agent", "")[:300],
            "strict": user.has_usable_password(),
        },
    )


def _secret_changed(request: HttpRequest | None = None, user: Any = None, **_more: object) -> None:
    if isinstance(user, Person):
        close_sessions(user, but=key_of(request) if request is not None else "")


def key_of(request: HttpRequest) -> str:
    """Return what is kept of the key of a request's session, "" without one."""
    session: Any = getattr(request, "session", None)
    row = getattr(session, "row", None)
    if row is not None and row.session_key in (
        session.session_key, sessions.stored(session.session_key or "")
    ):  # fmt: skip
        return str(row.session_key)
    key = session.session_key if session is not None else None
    return sessions.stored(key) if key else ""


def of(person: Person) -> list[SignedIn]:
    """Return where a person is signed in, the last used first."""
    now = timezone.now()
    rows = SignedIn.objects.filter(person=person).select_related("session").order_by("-seen_at")
    return [one for one in rows if _session_stands(one, now)]


def _session_stands(one: SignedIn, now: Any) -> bool:
    try:
        return sessions.stands(one.session, now)
    except Session.DoesNotExist:
        return False


@transaction.atomic
def end(person: Person, device_id: int) -> None:
    """End one of a person's sessions. Raises `NotFound` for one of somebody else."""
    found = SignedIn.objects.filter(person=person, pk=device_id).first()
    if found is None:
        raise NotFound
    close_sessions(person, [found.session_id])


def end_of_member(held: CaseRole, viewer: Viewer) -> int:
    """End the sessions of one of the case's people, for who may take that role away."""
    require_may_grant(viewer, held.role)
    return close_sessions(held.person)


def require_standing(key: str | None, person: Any) -> None:
    """Raise `SignedOut` unless a session with this key, as browsers have it, is the person's."""
    request = HttpRequest()
    request.session = sessions.SessionStore(key)
    if get_user(request) != person:
        raise SignedOut


_BROWSERS = (
    (r"MicroMessenger", "微信"), (r"DingTalk", "钉钉"), (r"HarmonyOS|Huawei", "华为浏览器"),
    (r"Edg", "Edge"), (r"Firefox", "Firefox"), (r"Chrome|CriOS", "Chrome"), (r"Safari", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    (r"HarmonyOS|OpenHarmony", "HarmonyOS"), (r"Android", "Android"), (r"iPhone", "iPhone"),
    (r"iPad", "iPad"), (r"Windows", "Windows"), (r"Mac OS X", "macOS"), (r"Linux", "Linux"),
)  # fmt: skip


def words_of(device: str) -> str:
    """Say what a browser calls itself so that its owner knows it.

    >>> words_of("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0) Version/17.0 Safari/604.1")
    'Safari · iPhone'
    """
    names = [
        next((name for sign, name in table if re.search(sign, device)), "")
        for table in (_BROWSERS, _SYSTEMS)
    ]
    return " · ".join(name for name in names if name) or _("未知设备")
