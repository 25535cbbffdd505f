"""What every page knows."""

from django.conf import settings
from django.http import HttpRequest

from creditor_meetings.cases import build


def page(request: HttpRequest) -> dict[str, object]:
    """Whether this is the demo, whether the person chose large type, and what the page is of."""
    return {
        "demo": settings.DEMO,
        "large_type": request.COOKIES.get("large_type") == "1",
        "build": build.name(),
    }
