"""What every page knows."""

from django.conf import settings
from django.http import HttpRequest


def page(request: HttpRequest) -> dict[str, object]:
    """Whether this is the demo, and whether the person chose large type."""
    return {"demo": settings.DEMO, "large_type": request.COOKIES.get("large_type") == "1"}
