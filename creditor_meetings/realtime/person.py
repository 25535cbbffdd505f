"""Who is at the other end of a connection: language, address, device."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation

from creditor_meetings.cases import devices, seen, sessions

KNOWN_LANGUAGES = frozenset(code for code, _name in settings.LANGUAGES)


def headers_of(scope: dict[str, Any]) -> dict[str, str]:
    """Return a scope's headers as text."""
    return {
        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
    }


def language_of(scope: dict[str, Any]) -> str:
    """Return the language that the person chose, or the browser asks for."""
    chosen = scope.get("cookies", {}).get(settings.LANGUAGE_COOKIE_NAME, "")
    if chosen in KNOWN_LANGUAGES:
        return chosen
    request = HttpRequest()
    request.META["HTTP_ACCEPT_LANGUAGE"] = headers_of(scope).get("accept-language", "")
    return translation.get_language_from_request(request)


def address_of(scope: dict[str, Any]) -> str:
    """Return the network address: the last hop's word where a proxy of ours stands before us."""
    if settings.BEHIND_PROXY:
        forwarded = headers_of(scope).get("x-forwarded-for", "")
        if forwarded:
            return forwarded.rsplit(",", 1)[-1].strip()[:64]
    client = scope.get("client")
    return str(client[0])[:64] if client else ""


def require_signed_in(scope: dict[str, Any]) -> None:
    """Raise `SignedOut` when the session that opened this socket is no more."""
    key = scope.get("cookies", {}).get(settings.SESSION_COOKIE_NAME)
    devices.require_standing(key, scope["user"])


def signed_in_until(scope: dict[str, Any]) -> datetime | None:
    """Return the moment at which the session ends however much it is used, None without one."""
    row = getattr(scope.get("session"), "row", None)
    return sessions.until(row) if row is not None else None


def note_use(scope: dict[str, Any]) -> None:
    """Note that the session is used: whoever only listens is there too."""
    if (pk := getattr(scope.get("user"), "pk", None)) is not None:
        seen.note(scope.get("session"), pk, address_of(scope), device_of(scope))


def device_of(scope: dict[str, Any]) -> str:
    """Return what the browser says of itself."""
    return headers_of(scope).get("user-agent", "")[:300]
