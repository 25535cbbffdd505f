"""The operator's live page, and the figures of this process for Prometheus."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from prometheus_client import CONTENT_TYPE_LATEST

from creditor_meetings.running import metrics, show
from creditor_meetings.running.access import access_operator, may_collect


@require_GET
def operator(request: HttpRequest) -> HttpResponse:
    """Show what is going on now; the page renews its parts by itself."""
    return _render(request, "running/operator.html")


@require_GET
def operator_now(request: HttpRequest) -> HttpResponse:
    """Give the parts of the page that change, as they are now."""
    return _render(request, "running/now.html")


def _render(request: HttpRequest, template: str) -> HttpResponse:
    access_operator(request.user)
    shown: dict[str, Any] = show.page()
    return render(request, template, shown)


@require_GET
def figures(request: HttpRequest) -> HttpResponse:
    """Give this process's figures to whoever may collect them; to others nothing is here."""
    if not may_collect(request):
        raise Http404
    return HttpResponse(metrics.text(), content_type=CONTENT_TYPE_LATEST)
