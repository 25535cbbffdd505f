"""Pages of the administrator's reports: made anew each time, from the case as it stands."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from creditor_meetings.cases import clock
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.requests import address_of
from creditor_meetings.estate import filing, report, report_papers
from creditor_meetings.estate.access import access_estate
from creditor_meetings.estate.models import EstateChange
from creditor_meetings.estate.plan_forms import MeetingForm
from creditor_meetings.estate.record import Author
from creditor_meetings.estate.views_tables import attachment

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@require_GET
def reports(request: HttpRequest, case_id: int) -> HttpResponse:
    """Show which reports there are."""
    case, viewer = access_estate(request.user, case_id)
    names = {
        report.WORK: (
            _("管理人执行职务工作报告"),
            _("案件、管理人、债权申报和审查、收支、历次会议，已按本案资料填好。"),
        ),
        report.PROPERTY: (
            _("债务人财产状况报告"),
            _("财产清单、财产上的担保、变价情况、收支明细，已按本案资料填好。"),
        ),
    }
    context = {
        "case": case,
        "viewer": viewer,
        "reports": [
            {
                "kind": kind,
                "title": title,
                "what": what,
                "docx": reverse(f"estate:{kind}_report_docx", args=[case.pk]),
                "pdf": reverse(f"estate:{kind}_report_pdf", args=[case.pk]),
                "file": reverse(f"estate:file_{kind}_report", args=[case.pk]),
            }
            for kind, (title, what) in names.items()
        ],
        "meeting_form": MeetingForm(case),
        "filed": EstateChange.objects.filter(case=case, field="filed", plan=None).select_related(
            "by"
        )[:10],
    }
    return render(request, "estate/reports.html", context)


@require_GET
def as_docx(request: HttpRequest, case_id: int, kind: str) -> HttpResponse:
    """Give a report to be finished by hand."""
    case, _viewer = access_estate(request.user, case_id)
    made = report.build(kind, case, clock.now())
    content = report_papers.as_docx(made)
    return attachment(content, report_papers.file_name(made, "docx"), DOCX)


@require_GET
def as_pdf(request: HttpRequest, case_id: int, kind: str) -> HttpResponse:
    """Give a report to be read."""
    case, _viewer = access_estate(request.user, case_id)
    at = clock.now()
    made = report.build(kind, case, at)
    content = report_papers.as_pdf(made, at)
    return attachment(content, report_papers.file_name(made, "pdf"), "application/pdf")


@require_POST
def to_meeting(request: HttpRequest, case_id: int, kind: str) -> HttpResponse:
    """Put a report as PDF among the documents of a meeting."""
    case, viewer = access_estate(request.user, case_id, to_write=True)
    at = clock.now()
    made = report.build(kind, case, at)
    form = MeetingForm(case, request.POST)
    if not form.is_valid():
        raise Refused("bad_request", _("请选择本案的一次会议。"))
    meeting = form.cleaned_data["meeting"]
    author = Author(viewer, "", address_of(request))
    filing.file_into(meeting, case, report_papers.as_pdf(made, at), made.title, author)
    messages.success(
        request, _("已放入“%(meeting)s”的文件，发放后全体可见。") % {"meeting": meeting.title}
    )
    return redirect("documents:documents", meeting=meeting.slug)
