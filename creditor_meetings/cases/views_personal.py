"""A person's own data to take away; the contacts of a case that is over, to erase."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from creditor_meetings.cases import erasure, export, personal
from creditor_meetings.cases.access import access_case
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.forms import EraseForm
from creditor_meetings.cases.models import Person, Role
from creditor_meetings.cases.requests import address_of

ERASERS = (Role.ADMINISTRATOR, Role.JUDGE)


@login_required
@require_http_methods(["GET", "POST"])
def my_data(request: HttpRequest) -> HttpResponse:
    """Tell a person what is held of them; a POST gives all of it as a ZIP."""
    person = request.user
    assert isinstance(person, Person)
    if request.method == "POST":
        return export.answer(person)
    return render(request, "cases/my_data.html", {"facts": export.facts_of(person)})


@require_http_methods(["GET", "POST"])
def erase(request: HttpRequest, case_id: int) -> HttpResponse:
    """Erase the ways to reach the people of a case that is over, with a record of it."""
    found, viewer = access_case(request.user, case_id, ERASERS)
    form = EraseForm(found, request.POST or None)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                done = erasure.erase_contacts(
                    found,
                    by=viewer.person,
                    closed_on=form.cleaned_data["closed_on"],
                    reason=form.cleaned_data["reason"],
                    address=address_of(request),
                )
            except Refused as refusal:
                form.add_error(None, refusal.message)
            else:
                words = _("已删除 %(number)s 项联系信息。") % {"number": done.total}
                messages.success(request, words)
                return redirect("erase_contacts", case_id=found.pk)
    context = {
        "case": found,
        "form": form,
        "hindrances": personal.hindrances_of(found),
        "erasures": found.erasures.select_related("by"),
    }
    return render(request, "cases/erase.html", context, status=status)
