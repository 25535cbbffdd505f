"""Importing a claims table in the browser: upload, look at every problem, confirm."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from creditor_meetings.cases.access import access_case
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Case, Role
from creditor_meetings.cases.requests import address_of
from creditor_meetings.claims import tables
from creditor_meetings.claims.importing import Reading, Unreadable, read
from creditor_meetings.claims.importing.commit import (
    Source,
    commit,
    compare_case_number,
    is_imported,
    of_table,
    refuse_other_claims,
)
from creditor_meetings.claims.importing.grid import too_large
from creditor_meetings.claims.models import ClaimsTable, Nature

FINDINGS_A_PAGE = 100
SHOWN_ROWS = 10


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
            kept = tables.keep(case, content, name, viewer, address_of(request))
            return redirect("claims:preview", case_id=case.pk, number=kept.pk)
    context = {
        "case": case,
        "error": error,
        "max_megabytes": settings.CLAIMS_TABLE_MAX_BYTES // 1024 // 1024,
        "claims": of_table(case).count(),
    }
    return render(request, "claims/import.html", context, status=400 if error else 200)


def uploaded(request: HttpRequest) -> tuple[bytes, str]:
    """Return the file that was sent, and its name. Raises `Unreadable`."""
    file = request.FILES.get("file")
    if file is None:
        raise Unreadable(_("请选择一个文件。"))
    if (file.size or 0) > settings.CLAIMS_TABLE_MAX_BYTES:
        raise too_large()
    return file.read(), file.name or ""


@require_http_methods(["GET", "POST"])
def preview(request: HttpRequest, case_id: int, number: int) -> HttpResponse:
    """Show what a table says and what is wrong with it; import it when that is confirmed."""
    case, viewer = access_case(request.user, case_id, [Role.ADMINISTRATOR])
    if tables.of_claims(case).filter(pk=number, imported_at__isnull=False).exists():
        messages.info(request, _("这份债权表已经导入。"))
        return redirect("claims:table", case_id=case.pk)
    waiting, content = tables.waiting(tables.of_claims(case), number, viewer)
    reading = read(content, waiting.name)
    compare_case_number(case.number, reading)
    refusal = ""
    if request.method == "POST":
        source = Source.of(content, waiting.name, by=viewer.person, address=address_of(request))
        try:
            fresh = commit(case, reading, source, waiting)
        except Refused as refused:
            refusal = refused.message
        else:
            text = _("已导入 %(creditors)s 个债权人、%(claims)s 笔债权。") % _counts(reading)
            unchanged = _("本案已有同样的债权表，没有变化。")
            messages.success(request, text if fresh else unchanged)
            return redirect("claims:table", case_id=case.pk)
    context = _preview(request, case, waiting, reading, refusal)
    return render(request, "claims/preview.html", context, status=409 if refusal else 200)


def _counts(reading: Reading) -> dict[str, int]:
    return {"creditors": len(reading.creditors), "claims": len(reading.entries)}


def _preview(
    request: HttpRequest, case: Case, waiting: ClaimsTable, reading: Reading, refusal: str
) -> dict[str, Any]:
    problems = reading.findings.problems
    unchanged = False
    if not problems and not refusal:
        unchanged = is_imported(case, reading)
        if not unchanged:
            try:
                refuse_other_claims(case, reading)
            except Refused as refused:
                refusal = refused.message
    return {
        "case": case,
        "table": waiting,
        "reading": reading,
        "problems": Paginator(problems, FINDINGS_A_PAGE).get_page(request.GET.get("page")),
        "warnings": reading.findings.warnings[:FINDINGS_A_PAGE],
        "natures": _by_nature(reading),
        "first": reading.entries[:SHOWN_ROWS],
        "refusal": refusal,
        "unchanged": unchanged,
        "importable": not problems and not refusal and not unchanged,
    }


def _by_nature(reading: Reading) -> list[dict[str, Any]]:
    found = []
    for nature in Nature:
        entries = [entry for entry in reading.entries if entry.nature == nature]
        if entries:
            found.append(
                {
                    "label": nature.label,
                    "claims": len(entries),
                    "filed": sum(entry.filed for entry in entries),
                    "confirmed": sum(entry.confirmed for entry in entries),
                }
            )
    return found
