"""Importing the investors' table in the browser: upload, look at every problem, confirm."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from creditor_meetings.cases.access import access_case
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Case, Role
from creditor_meetings.cases.requests import address_of
from creditor_meetings.claims import investors, tables
from creditor_meetings.claims.importing.commit import Source
from creditor_meetings.claims.importing.findings import Unreadable
from creditor_meetings.claims.investors import Register
from creditor_meetings.claims.investors_table import read
from creditor_meetings.claims.views_import import uploaded

SHOWN = 100


@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest, case_id: int) -> HttpResponse:
    """Take a file and lead to its preview; say in one line why it cannot be read."""
    case, viewer = access_case(request.user, case_id, [Role.ADMINISTRATOR])
    error = ""
    if request.method == "POST":
        try:
            content, name = uploaded(request)
            read(content, name)
        except Unreadable as unreadable:
            error = str(unreadable)
        else:
            kept = tables.keep(
                case, content, name, viewer, address_of(request), kind=tables.INVESTORS
            )
            return redirect("claims:preview_investors", case_id=case.pk, number=kept.pk)
    present = investors.held(case)
    context = {
        "case": case,
        "error": error,
        "max_megabytes": settings.CLAIMS_TABLE_MAX_BYTES // 1024 // 1024,
        "count": len(present),
        "investors": list(present.values())[:SHOWN],
    }
    return render(request, "claims/investors.html", context, status=400 if error else 200)


@require_http_methods(["GET", "POST"])
def preview(request: HttpRequest, case_id: int, number: int) -> HttpResponse:
    """Show what a table says and what is wrong with it; import it when that is confirmed."""
    case, viewer = access_case(request.user, case_id, [Role.ADMINISTRATOR])
    own = tables.of_investors(case)
    if own.filter(pk=number, imported_at__isnull=False).exists():
        messages.info(request, _("这份出资人名册已经导入。"))
        return redirect("claims:import_investors", case_id=case.pk)
    waiting, content = tables.waiting(own, number, viewer)
    register = read(content, waiting.name)
    investors.compare_with_case(case, register)
    refusal = ""
    if request.method == "POST":
        source = Source.of(content, waiting.name, by=viewer.person, address=address_of(request))
        try:
            fresh = investors.commit(case, register, source, waiting)
        except Refused as refused:
            refusal = refused.message
        else:
            text = _("已导入 %(n)s 名出资人。") % {"n": len(register.investors)}
            messages.success(request, text if fresh else _("本案已有同样的出资人名册，没有变化。"))
            return redirect("claims:import_investors", case_id=case.pk)
    context = {
        "case": case,
        "table": waiting,
        "register": register,
        "first": register.investors[:SHOWN],
        "problems": register.findings.problems[:SHOWN],
        "problem_count": len(register.findings.problems),
        "warnings": register.findings.warnings[:SHOWN],
        **_state(case, register, refusal),
    }
    return render(request, "claims/investors_preview.html", context, status=409 if refusal else 200)


def _state(case: Case, register: Register, refusal: str) -> dict[str, Any]:
    unchanged = False
    if not register.findings.problems and not refusal:
        try:
            investors.refuse_others(case, register)
            unchanged = bool(investors.held(case))
        except Refused as refused:
            refusal = refused.message
    importable = not register.findings.problems and not refusal and not unchanged
    return {"refusal": refusal, "unchanged": unchanged, "importable": importable}
