"""Pages of the administrator's reports: made anew each time, from the case as it stands."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from creditor_meetings.cases import clock
from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.models import Case
from creditor_meetings.cases.requests import address_of
from creditor_meetings.estate import filing, report, report_papers
from creditor_meetings.estate.access import access_estate
from creditor_meetings.estate.models import EstateChange
from creditor_meetings.estate.plan_forms import MeetingForm
from creditor_meetings.estate.record import Author
from creditor_meetings.estate.report import Report
from creditor_meetings.estate.views_tables import attachment

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FORMATS = {"docx": DOCX, "pdf": "application/pdf"}


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
            {"kind": kind, "title": title, "what": what} for kind, (title, what) in names.items()
        ],
        "meeting_form": MeetingForm(case),
        "filed": EstateChange.objects.filter(case=case, field="filed", plan=None).select_related(
            "by"
        )[:10],
    }
    return render(request, "estate/reports.html", context)


def _made(kind: str, case: Case, at: datetime) -> Report:
    if kind not in report.KINDS:
        raise NotFound
    return report.build(kind, case, at)


@require_GET
def download(request: HttpRequest, case_id: int, kind: str, ending: str) -> HttpResponse:
    """Give a report, to be finished by hand or to be read."""
    case, _viewer = access_estate(request.user, case_id)
    if ending not in FORMATS:
        raise NotFound
    at = clock.now()
    made = _made(kind, case, at)
    content = report_papers.as_docx(made) if ending == "docx" else report_papers.as_pdf(made, at)
    return attachment(content, report_papers.file_name(made, ending), FORMATS[ending])


@require_POST
def to_meeting(request: HttpRequest, case_id: int, kind: str) -> HttpResponse:
    """Put a report as PDF among the documents of a meeting."""
    case, viewer = access_estate(request.user, case_id, to_write=True)
    at = clock.now()
    made = _made(kind, case, at)
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
