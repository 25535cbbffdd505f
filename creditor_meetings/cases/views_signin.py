"""Sign-in by code, the language switch, and the way out."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.i18n import set_language as django_set_language

from creditor_meetings.cases import codes
from creditor_meetings.cases.entering import enter, safe_next
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.forms import CodeForm, IdentifierForm
from creditor_meetings.cases.models import Person
from creditor_meetings.cases.requests import address_of

SESSION_KEY = "signin_code"


@never_cache
@require_http_methods(["GET", "POST"])
def signin(request: HttpRequest) -> HttpResponse:
    """Ask for a phone number or e-mail address and send a code there, if it is somebody's."""
    target = safe_next(request)
    if request.method == "GET" and request.user.is_authenticated:
        return redirect(target or "/")
    form = IdentifierForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            send_code(request, codes.identifier_from(form.cleaned_data["identifier"]), target)
            return redirect("signin_code")
        except Refused as refusal:
            form.add_error("identifier", refusal.message)
            status = refusal.status
    return render(request, "cases/signin.html", {"form": form, "next": target}, status=status)


def send_code(request: HttpRequest, identifier: codes.Identifier, target: str) -> None:
    """Send a code, and bind it to this browser: elsewhere it opens nothing."""
    row = codes.request_code(identifier, address_of(request))
    request.session[SESSION_KEY] = {
        "code": row.pk,
        "value": identifier.value,
        "next": target,
    }


@never_cache
@require_http_methods(["GET", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Take the code and sign in."""
    asked = request.session.get(SESSION_KEY)
    if not asked:
        return redirect("signin")
    form = CodeForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            typed = form.cleaned_data["code"]
            person = codes.check_code(asked["code"], typed, address_of(request))
            del request.session[SESSION_KEY]
            return enter(request, person, "code", asked["next"] or "/")
        except Refused as refusal:
            form.add_error("code", refusal.message)
            status = refusal.status
    return render(request, "cases/signin_code.html", _code_page(asked, form), status=status)


@require_POST
def again(request: HttpRequest) -> HttpResponse:
    """Send another code to the same address."""
    asked = request.session.get(SESSION_KEY)
    if not asked:
        return redirect("signin")
    form = CodeForm()
    status = 429
    if not codes.seconds_until_resend(asked["code"]):
        try:
            identifier = codes.identifier_from(asked["value"])
            send_code(request, identifier, asked["next"])
            return redirect("signin_code")
        except Refused as refusal:
            status = refusal.status
            form.cleaned_data = {}
            form.add_error(None, refusal.message)
    return render(request, "cases/signin_code.html", _code_page(asked, form), status=status)


def _code_page(asked: dict[str, str], form: CodeForm) -> dict[str, object]:
    identifier = codes.identifier_from(asked["value"])
    return {
        "form": form,
        "masked": identifier.masked,
        "channel": identifier.channel,
        "wait": codes.seconds_until_resend(int(asked["code"])),
    }


@require_GET
def signed_out(request: HttpRequest) -> HttpResponse:
    """Tell that the person is signed out."""
    return redirect("signin")


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Switch the language, for this browser and for the person's messages."""
    response = django_set_language(request)
    chosen = request.POST.get("language", "")
    if isinstance(request.user, Person) and translation.check_for_language(chosen):
        Person.objects.filter(pk=request.user.pk).update(language=chosen)
    return response
