"""From where and with what a request came, as records of reading and uploading keep it."""

from django.http import HttpRequest

from creditor_meetings.cases.requests import address_of


def origin(request: HttpRequest) -> dict[str, str]:
    """Return from where and with what a request came, as records keep it."""
    return {
        "address": address_of(request),
        "device": request.headers.get("User-Agent", "")[:300],
    }
