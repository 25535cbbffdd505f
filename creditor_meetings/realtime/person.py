"""Who is at the other end of a connection: language, address, device."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation

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


def device_of(scope: dict[str, Any]) -> str:
    """Return what the browser says of itself."""
    return headers_of(scope).get("user-agent", "")[:300]
