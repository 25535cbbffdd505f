"""Property and account as spreadsheets: template, export, import."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from creditor_meetings.cases import clock
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.files.serving import SANDBOX, disposition
from creditor_meetings.cases.requests import address_of
from creditor_meetings.claims.importing.findings import Unreadable
from creditor_meetings.estate import tables, taking_in
from creditor_meetings.estate.access import access_estate
from creditor_meetings.estate.record import Author
from creditor_meetings.estate.tables import TABLES

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN = 100


def attachment(content: bytes, name: str, media_type: str) -> HttpResponse:
    """Answer with a file to be kept, for this person alone."""
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = disposition("attachment", name)
    response["Content-Security-Policy"] = SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@require_GET
def template(request: HttpRequest, case_id: int, kind: str) -> HttpResponse:
    """Give an empty table to fill in."""
    access_estate(request.user, case_id, to_write=True)
    table = TABLES[kind]
    return attachment(tables.template(table), f"{table.title}模板.xlsx", XLSX)


@require_GET
def give_out(request: HttpRequest, case_id: int, kind: str) -> HttpResponse:
    """Give the table of a case."""
    case, _viewer = access_estate(request.user, case_id)
    table = TABLES[kind]
    day = timezone.localdate(clock.now())
    name = f"{case.debtor}{table.title}{day:%Y%m%d}.xlsx"
    return attachment(tables.export(table, case), name, XLSX)


@require_http_methods(["GET", "POST"])
def take_in(request: HttpRequest, case_id: int, kind: str) -> HttpResponse:
    """Take a table in, all of it or nothing, each problem named at its cell."""
    case, viewer = access_estate(request.user, case_id, to_write=True)
    table = TABLES[kind]
    error, problems, count = "", [], 0
    if request.method == "POST":
        try:
            content, name = _uploaded(request)
            reading = taking_in.read(table, case, content, name)
            problems, count = reading.findings.problems[:SHOWN], len(reading.findings.problems)
            if not problems:
                reason = _("导入文件 %(name)s") % {"name": name}
                taking_in.commit(table, case, reading, Author(viewer, reason, address_of(request)))
                messages.success(
                    request,
                    _("新增 %(added)s 项，修改 %(changed)s 项，%(same)s 项没有变化。")
                    % {
                        "added": len(reading.added),
                        "changed": len(reading.changed),
                        "same": reading.same,
                    },
                )
                return redirect(f"estate:{table.kind}", case_id=case.pk)
        except Unreadable as unreadable:
            error = str(unreadable)
        except Refused as refused:
            error = refused.message
    context = {
        "case": case,
        "viewer": viewer,
        "table": table,
        "error": error,
        "problems": problems,
        "count": count,
        "at": table.kind,
        "template": reverse(f"estate:template_{table.kind}", args=[case.pk]),
        "max_megabytes": settings.CLAIMS_TABLE_MAX_BYTES // 1024 // 1024,
    }
    return render(request, "estate/import.html", context, status=400 if error or problems else 200)


def _uploaded(request: HttpRequest) -> tuple[bytes, str]:
    file = request.FILES.get("file")
    if file is None:
        raise Unreadable(_("请选择一个文件。"))
    if (file.size or 0) > settings.CLAIMS_TABLE_MAX_BYTES:
        megabytes = settings.CLAIMS_TABLE_MAX_BYTES // 1024 // 1024
        raise Unreadable(_("文件过大，最多 %(n)s MB。") % {"n": megabytes})
    return file.read(), file.name or ""
