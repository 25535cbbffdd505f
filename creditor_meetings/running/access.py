"""Who may look at how the system runs: its operator, and whoever collects its figures."""

import hmac
from ipaddress import ip_address

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from creditor_meetings.cases import second_factor
from creditor_meetings.cases.errors import NotFound
from creditor_meetings.cases.models import Person

_PROXIED = ("x-forwarded-for", "forwarded", "x-real-ip", "via")


def access_operator(person: Person | AnonymousUser) -> Person:
    """Return the operator, who has set up a second factor where the installation asks for it.

    Raises `NotFound` for everybody else, `Refused` while the second factor is missing.
    """
    if not isinstance(person, Person) or not person.is_active or not person.is_superuser:
        raise NotFound
    second_factor.require(person)
    return person


def may_collect(request: HttpRequest) -> bool:
    """Whether a request for figures brings the token, or comes from this machine by itself.

    What a proxy passes on comes from this machine too, therefore nothing with a proxy's mark.
    """
    given = request.headers.get("authorization", "")
    token = settings.METRICS_TOKEN
    if token and hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return True
    if given or any(name in request.headers for name in _PROXIED):
        return False
    try:
        address = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)
