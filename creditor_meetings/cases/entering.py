"""Signing a person in, and where the person goes then."""

from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme

from creditor_meetings.cases import case_page
from creditor_meetings.cases.models import Person

BACKEND = "django.contrib.auth.backends.ModelBackend"


def enter(request: HttpRequest, person: Person, method: str, target: str) -> HttpResponse:
    """Sign the person in, in a session with a new key, and lead on to `target`."""
    login(request, person, backend=BACKEND)
    record_authentication(request, person, method=method, reauthenticated=True)
    response = redirect(target)
    remember_language(request, response, person)
    return response


def remember_language(request: HttpRequest, response: HttpResponse, person: Person) -> None:
    """Show the person's own language from now on, or note the present one as that."""
    known = {code for code, _name in settings.LANGUAGES}
    if person.language in known:
        set_language_cookie(response, person.language)
        return
    person.language = translation.get_language() or settings.LANGUAGE_CODE
    person.save(update_fields=["language"])


def set_language_cookie(response: HttpResponse, language: str) -> None:
    """Keep a language in the cookie that every page reads."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        path=settings.LANGUAGE_COOKIE_PATH,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
    )


def destination(person: Person, case_id: int) -> str:
    """Return where a person who comes for a case goes: its meeting, if it is clear which."""
    enterable = [line for line in case_page.meetings_of(person, [case_id]) if line.enterable]
    return enterable[0].url if len(enterable) == 1 else settings.LOGIN_REDIRECT_URL


def safe_next(request: HttpRequest, default: str = "") -> str:
    """Return the address to lead on to, if it is one of our own pages."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    own = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if own else default
