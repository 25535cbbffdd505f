"""The public page of a case's filing door, and the code that proves an address there."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from creditor_meetings.cases import clock, codes
from creditor_meetings.cases.access import Viewer, viewer_for
from creditor_meetings.cases.entering import enter
from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.forms import CodeForm, IdentifierForm
from creditor_meetings.cases.models import Case, Person
from creditor_meetings.cases.requests import address_of
from creditor_meetings.claims.filing import doors, drafting
from creditor_meetings.claims.filing.access import access_door
from creditor_meetings.claims.models import Filing, FilingDoor, FilingState

SESSION_KEY = "filing_code"


@require_http_methods(["GET", "HEAD", "POST"])
def door(request: HttpRequest, token: str) -> HttpResponse:
    """Tell of the case and what one needs; let whoever comes in by a code, or begin a filing."""
    try:
        found = access_door(token)
    except NotFound as unknown:
        # Said here: the way to the sign-in would tell nothing to who mistyped an address.
        return render(request, "cases/refused.html", {"refusal": unknown}, status=404)
    if request.method != "POST":
        return _shown(request, found, IdentifierForm())
    if isinstance(request.user, Person):
        filing = drafting.start(found, request.user)
        return redirect("claims:filing_step", filing.case_id, filing.pk, drafting.STEPS[0])
    form = IdentifierForm(request.POST)
    if not found.open or not form.is_valid():
        return _shown(request, found, form, status=400)
    try:
        _send_code(request, found, codes.identifier_from(form.cleaned_data["identifier"]))
    except Refused as refusal:
        form.add_error("identifier", refusal.message)
        return _shown(request, found, form, status=refusal.status)
    return redirect("claims:file_code", token)


def _shown(
    request: HttpRequest, found: FilingDoor, form: IdentifierForm, *, status: int = 200
) -> HttpResponse:
    person = request.user if isinstance(request.user, Person) else None
    context = {
        "door": found,
        "case": found.case,
        "late": doors.is_late(found.case, clock.now()),
        "form": form,
        "person": person,
        "viewer": _viewer(person, found.case),
        "filings": _own(person, found.case),
        "max_megabytes": 20,
    }
    return render(request, "claims/filing/door.html", context, status=status)


def _viewer(person: Person | None, case: Case) -> Viewer | None:
    try:
        return viewer_for(person, case) if person is not None else None
    except NotFound:
        return None


def _own(person: Person | None, case: Case) -> list[Filing]:
    if person is None:
        return []
    found = Filing.objects.filter(case=case, person=person)
    # A draft that was thrown away is gone for its author.
    found = found.exclude(state=FilingState.WITHDRAWN, number__isnull=True)
    return list(found.order_by("-created_at"))


def _send_code(request: HttpRequest, found: FilingDoor, identifier: codes.Identifier) -> None:
    row = codes.request_code(identifier, address_of(request), newcomers=True)
    # Bound to this browser: elsewhere the code opens nothing.
    request.session[SESSION_KEY] = {
        "code": row.pk,
        "value": identifier.value,
        "token": found.token,
    }


@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest, token: str) -> HttpResponse:
    """Take the code and let the person in, somebody new where nobody had the address."""
    asked = request.session.get(SESSION_KEY)
    if not asked or asked["token"] != token:
        return redirect("claims:file", token)
    identifier = codes.identifier_from(asked["value"])
    if request.method != "POST":
        return _code_page(request, asked, identifier, CodeForm())
    if request.POST.get("again"):
        return _again(request, token, asked, identifier)
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _code_page(request, asked, identifier, form, status=400)
    try:
        person = codes.check_newcomers_code(
            asked["code"], form.cleaned_data["code"], identifier, address_of(request)
        )
    except Refused as refusal:
        form.add_error("code", refusal.message)
        return _code_page(request, asked, identifier, form, status=refusal.status)
    del request.session[SESSION_KEY]
    response = redirect("claims:file", token)
    return enter(request, person, "code", response["Location"])


def _again(
    request: HttpRequest, token: str, asked: dict[str, Any], identifier: codes.Identifier
) -> HttpResponse:
    form, status = CodeForm(), 429
    if not codes.seconds_until_resend(asked["code"]):
        try:
            _send_code(request, access_door(token), identifier)
            return redirect("claims:file_code", token)
        except Refused as refusal:
            status = refusal.status
            form.cleaned_data = {}
            form.add_error(None, refusal.message)
    return _code_page(request, asked, identifier, form, status=status)


def _code_page(
    request: HttpRequest,
    asked: dict[str, Any],
    identifier: codes.Identifier,
    form: CodeForm,
    *,
    status: int = 200,
) -> HttpResponse:
    context = {
        "token": asked["token"],
        "masked": identifier.masked,
        "channel": identifier.channel,
        "form": form,
        "wait": codes.seconds_until_resend(int(asked["code"])),
        "heading": _("输入验证码"),
    }
    return render(request, "claims/filing/code.html", context, status=status)
