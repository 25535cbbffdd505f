"""Pages on which resolutions are prepared; each form asks one verb."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from creditor_meetings.cases.errors import Refused
from creditor_meetings.meetings.access import access_meeting
from creditor_meetings.meetings.attachments import attachments
from creditor_meetings.meetings.models import Meeting, MeetingState
from creditor_meetings.meetings.prepare import PREPARERS
from voting import law, preparing, wording
from voting.access import access_resolution
from voting.models import Power, Resolution, ResolutionState
from voting.prepare_forms import ResolutionForm


@require_safe
def resolutions(request: HttpRequest, meeting: str) -> HttpResponse:
    """List a meeting's resolutions to those who prepare it."""
    found, viewer = access_meeting(request.user, meeting)
    viewer.require(*PREPARERS)
    rows = found.resolutions.select_related(
        "meeting", "agenda_item", "election", "second_of", "replaces"
    )
    papers = {one.id: one for one in attachments(found)}
    lines = [
        {
            "resolution": one,
            "explained": law.explain(one),
            "document": papers.get(one.document) if one.document is not None else None,
            "document_gone": one.document is not None and one.document not in papers,
            "draft": one.state == ResolutionState.DRAFT,
            "unaffected": [wording.group_name(group) for group in one.unaffected_groups],
        }
        for one in rows
    ]
    context = {
        "meeting": found,
        "lines": lines,
        "elections": found.elections.all(),
        "by_groups": any(one.power == Power.REORGANISATION_PLAN for one in rows),
        "open": found.state != MeetingState.CLOSED,
    }
    return render(request, "voting/resolutions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, meeting: str) -> HttpResponse:
    """Add a resolution."""
    found, viewer = access_meeting(request.user, meeting)
    viewer.require(*PREPARERS)
    if request.method != "POST":
        return _form(request, found, ResolutionForm(meeting=found))
    form = ResolutionForm(request.POST, meeting=found)
    if form.is_valid():
        try:
            preparing.add_resolution(found, form.draft(), viewer)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("表决事项已添加。"))
            return redirect("voting:resolutions", found.slug)
    return _form(request, found, form, status=400)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, meeting: str, resolution: int) -> HttpResponse:
    """Change a resolution while it is a draft."""
    found, viewer, one = access_resolution(request, meeting, resolution)
    viewer.require(*PREPARERS)
    if request.method != "POST":
        if one.state != ResolutionState.DRAFT:
            raise Refused("bad_request", _("表决已经开始，表决事项不能再修改或者删除。"))
        return _form(request, found, ResolutionForm.of(one), one)
    form = ResolutionForm(request.POST, meeting=found)
    if form.is_valid():
        try:
            preparing.edit_resolution(found, one.pk, form.draft(), viewer)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("表决事项已保存。"))
            return redirect("voting:resolutions", found.slug)
    return _form(request, found, form, one, status=400)


def _form(
    request: HttpRequest,
    meeting: Meeting,
    form: ResolutionForm,
    resolution: Resolution | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    context = {"meeting": meeting, "form": form, "resolution": resolution}
    return render(request, "voting/resolution_form.html", context, status=status)


@require_POST
def delete(request: HttpRequest, meeting: str, resolution: int) -> HttpResponse:
    """Take a resolution off while it is a draft."""
    found, viewer, one = access_resolution(request, meeting, resolution)
    preparing.delete_resolution(found, one.pk, viewer)
    messages.success(request, _("表决事项“%(title)s”已删除。") % {"title": one.title})
    return redirect("voting:resolutions", found.slug)


@require_POST
def move(request: HttpRequest, meeting: str, resolution: int) -> HttpResponse:
    """Move a resolution up or down."""
    found, viewer, one = access_resolution(request, meeting, resolution)
    steps = {"up": -1, "down": 1}.get(request.POST.get("to", ""))
    if steps is None:
        raise Refused("bad_request", _("只能上移（up）或者下移（down）。"))
    preparing.move_resolution(found, one.pk, steps, viewer)
    return redirect("voting:resolutions", found.slug)
