"""The list of what the team and the court did in a case."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from creditor_meetings.cases import acts, devices
from creditor_meetings.cases.access import access_case
from creditor_meetings.cases.act_models import Act
from creditor_meetings.cases.models import STAFF_ROLES, Person

PAGE = 100


@require_GET
def acts_of_case(request: HttpRequest, case_id: int) -> HttpResponse:
    """Show who of the team and the court did what, when, from where and why; the newest first."""
    found, viewer = access_case(request.user, case_id, STAFF_ROLES)
    rows = Act.objects.filter(case=found).select_related("person")
    wanted = request.GET.get("person", "")
    if wanted.isascii() and wanted.isdigit() and len(wanted) < 18:
        rows = rows.filter(person_id=int(wanted))
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    lines = [
        {
            "act": act,
            "words": acts.words_of(act.verb),
            "device": devices.words_of(act.device),
            "subject": acts.subject_words(act.subject),
        }
        for act in page
    ]
    context = {
        "case": found,
        "page": page,
        "lines": lines,
        "people": Person.objects.filter(acts__case=found).distinct().order_by("name"),
        "wanted": wanted,
        "may_erase": viewer.is_administrator or viewer.is_judge,
    }
    return render(request, "cases/acts.html", context)
