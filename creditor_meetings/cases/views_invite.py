"""The page behind an invitation link."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from creditor_meetings.cases import acceptance, codes, invitations, tries
from creditor_meetings.cases.contacts import masked_email, masked_phone
from creditor_meetings.cases.entering import destination, enter
from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.forms import ConfirmForm
from creditor_meetings.cases.middleware import refusal_response
from creditor_meetings.cases.models import Invitation, Person
from creditor_meetings.cases.requests import address_of
from creditor_meetings.cases.views_signin import send_code

STATUS = {"used": 410, "expired": 410, "locked": 403, "unknown": 404}


@cache_control(no_store=True, private=True)
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest, token: str) -> HttpResponse:
    """Show who is invited; a POST with the right confirmation uses the link, once."""
    try:
        response = _answer(request, token)
    except Refused as refusal:
        response = refusal_response(request, refusal)
    # The address lets people in: no Referer may carry it. `no-referrer` would do more than that:
    # browsers then send `Origin: null` with the form, which the CSRF check has to refuse.
    response["Referrer-Policy"] = "strict-origin"
    # Nor may the log, where Django would write the address of an answer of 400 and above.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def _answer(request: HttpRequest, token: str) -> HttpResponse:
    address = address_of(request)
    try:
        tries.require("link", address)
        invitation = invitations.find(token)
    except NotFound as unknown:
        tries.wrong("link", address)
        return _closed(request, "unknown", unknown.message)
    state = invitations.state_of(invitation)
    if state == "used" and request.user == invitation.used_by:
        return redirect(destination(invitation.used_by, invitation.case_id))
    if state in STATUS:
        return _closed(request, state, acceptance.closed_words(state))
    form = _form(invitation, request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST" and (form is None or form.is_valid()):
        given = form.cleaned_data if form is not None else {}
        try:
            accepted = acceptance.accept(invitation, **given, address=address)
            return _lead_on(request, invitation, accepted)
        except Refused as refusal:
            state = invitations.state_of(invitation)
            if state in STATUS:
                return _closed(request, state, refusal.message)
            if form is not None:
                form.add_error(None, refusal.message)
            status = refusal.status
    return render(request, "cases/invite.html", _shown(request, invitation, form), status=status)


def _form(invitation: Invitation, data: Any) -> ConfirmForm | None:
    if not invitation.requires_identity:
        return None
    form = ConfirmForm(data)
    if not acceptance.identity_number_of(invitation):
        del form.fields["identity_tail"]
    return form


def _shown(
    request: HttpRequest, invitation: Invitation, form: ConfirmForm | None
) -> dict[str, object]:
    other = request.user if request.user.is_authenticated else None
    return {
        "invitation": invitation,
        "case": invitation.case,
        "creditors": acceptance.creditors_of(invitation),
        "form": form,
        "phone": masked_phone(invitation.phone) if invitation.phone else "",
        "email": masked_email(invitation.email) if invitation.email else "",
        "other": other,
    }


def _closed(request: HttpRequest, state: str, words: str) -> HttpResponse:
    context = {"state": state, "words": words}
    return render(request, "cases/invite_closed.html", context, status=STATUS[state])


def _lead_on(
    request: HttpRequest, invitation: Invitation, accepted: acceptance.Accepted
) -> HttpResponse:
    person = accepted.person
    target = destination(person, invitation.case_id)
    if accepted.way == "enter":
        return enter(request, person, "invitation", target)
    if accepted.way == "code" and (address := _own_address(person)) is not None:
        send_code(request, address, target)
        return redirect("signin_code")
    return redirect(f"{reverse('account_login')}?next={target}")


def _own_address(person: Person) -> codes.Identifier | None:
    if person.email:
        return codes.Identifier("email", person.email)
    return codes.Identifier("sms", person.phone) if person.phone else None
