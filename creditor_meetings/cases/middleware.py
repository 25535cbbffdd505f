"""Refusals raised by verbs become pages, JSON answers, or the way to the sign-in."""

import sys
from collections.abc import Callable

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.csrf import csrf_failure as page_of_csrf_failure
from django.views.defaults import server_error as page_of_server_error

from creditor_meetings.cases import security_log, seen, shortage
from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.requests import address_of


class RefusalMiddleware:
    """Answer `Refused` with its status; send strangers who ask for a page to the sign-in."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a refusal, or that disk or database take nothing now; leave all else alone."""
        if shortage.is_one(exception):
            return shortage_response(request, exception)
        return refusal_response(request, exception) if isinstance(exception, Refused) else None


class PrivateMiddleware:
    """Keep what a page tells out of every cache, unless the page itself says what may keep it."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-store"
        return response


class SeenMiddleware:
    """Note that a person's session is used, and where from."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.pk is not None:
            device = request.headers.get("User-Agent", "")
            seen.note(request.session, request.user.pk, address_of(request), device)
        return self.get_response(request)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form or a call without the right token; scripts are told in their own form."""
    if not wants_json(request):
        return page_of_csrf_failure(request, reason)
    message = _("页面停留过久或浏览器未接受 Cookie，请刷新页面后再试。")
    return refusal_response(request, Refused("not_allowed", message))


def refusal_response(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """Answer a refusal in the form that the caller understands."""
    if refusal.code in ("not_allowed", "too_many_requests"):
        match = request.resolver_match
        place = match.view_name if match is not None else "-"
        security_log.refused(request.user.pk, place, refusal.code, address_of(request))
    if wants_json(request):
        error = {"code": refusal.code, "message": refusal.message}
        return JsonResponse({"ok": False, "error": error}, status=refusal.status)
    if isinstance(refusal, NotFound) and not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    return render(request, "cases/refused.html", {"refusal": refusal}, status=refusal.status)


def shortage_response(request: HttpRequest, problem: Exception) -> HttpResponse:
    """Say that nothing can be saved for the moment; the page itself needs no database."""
    refusal = shortage.refusal(problem)
    if wants_json(request):
        return refusal_response(request, refusal)
    page = render_to_string("503.html", {"message": refusal.message})
    return HttpResponse(page, status=refusal.status, headers={"Retry-After": "10"})


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer what broke outside a view: on the way in the session, the person, are looked up."""
    problem = sys.exc_info()[1]
    if isinstance(problem, Exception) and shortage.is_one(problem):
        return shortage_response(request, problem)
    return page_of_server_error(request)


def wants_json(request: HttpRequest) -> bool:
    """Whether the caller is a script of ours or another system rather than a page load."""
    return (
        request.content_type == "application/json"
        or request.get_preferred_type(["text/html", "application/json"]) == "application/json"
    )
