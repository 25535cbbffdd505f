"""Staff have a second factor (双重验证) before they can do anything."""

from collections.abc import Callable
from urllib.parse import urlencode

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.middleware import refusal_response
from creditor_meetings.cases.models import Person

FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]

SETUP = "/account/2fa/"
PASSWORD_SETUP = "/account/password/set/"  # nosec B105
OPEN_PATHS = ("/account/", "/static/", "/language/", "/jsi18n/", "/signin/", "/invite/")
PASSWORD_PATHS = ("/account/password/set/", "/account/password/change/", "/account/2fa/")


def is_required_of(person: Person) -> bool:
    """Whether the person must have a second factor."""
    return bool(settings.REQUIRE_STAFF_MFA) and person.is_staff_anywhere


def has(person: Person) -> bool:
    """Whether the person has set up an authenticator or a passkey."""
    return Authenticator.objects.filter(user=person, type__in=FACTORS).exists()


def missing() -> Refused:
    """Say that the second factor is missing."""
    return Refused("not_allowed", _("请先在“登录安全”中设置动态口令或通行密钥。"))


def require(person: Person) -> None:
    """Refuse staff who have yet to set up their second factor; sockets come by here too."""
    if settings.REQUIRE_STAFF_MFA and not has(person):
        raise missing()


class SecondFactorMiddleware:
    """Lead staff without a second factor to setting one up, whatever they ask for."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._way_to_setup(request) or self.get_response(request)

    def _way_to_setup(self, request: HttpRequest) -> HttpResponse | None:
        person = request.user
        path = request.path
        if not isinstance(person, Person):
            return None
        if path.startswith(PASSWORD_PATHS):
            # A password is for those whose address was proven by a code, staff; whoever came by
            # a link alone must not leave one behind that still works later.
            if not person.has_usable_password() and not person.is_staff_anywhere:
                raise Http404
            return None
        if path.startswith(OPEN_PATHS) or not is_required_of(person) or has(person):
            return None
        if request.method != "GET" or request.headers.get("accept", "").startswith(
            "application/json"
        ):
            return refusal_response(request, missing())
        if not person.has_usable_password():
            return redirect(f"{PASSWORD_SETUP}?{urlencode({'next': SETUP})}")
        return redirect(SETUP)
