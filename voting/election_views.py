"""Pages on which elections are prepared, and their result is read; each form asks one verb."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.money import fen, yuan_grouped
from creditor_meetings.meetings.access import access_meeting
from creditor_meetings.meetings.models import Meeting, MeetingState
from creditor_meetings.meetings.prepare import PREPARERS
from voting import candidates, elections
from voting.election_forms import CandidateForm, ElectionForm
from voting.models import Election, Resolution, ResolutionState


def _access(request: HttpRequest, meeting: str) -> tuple[Meeting, Viewer]:
    found, viewer = access_meeting(request.user, meeting)
    viewer.require(*PREPARERS)
    return found, viewer


def _election(
    request: HttpRequest, meeting: str, election: int
) -> tuple[Meeting, Viewer, Election]:
    found, viewer = _access(request, meeting)
    one = found.elections.filter(pk=election).select_related("meeting").first()
    if one is None:
        raise NotFound
    return found, viewer, one


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, meeting: str) -> HttpResponse:
    """Begin an election."""
    found, viewer = _access(request, meeting)
    if request.method != "POST":
        initial = {"title": _("选任债权人委员会成员"), "seats": elections.MOST_SEATS}
        return _form(request, found, ElectionForm(initial=initial, meeting=found))
    form = ElectionForm(request.POST, meeting=found)
    if form.is_valid():
        try:
            made = candidates.create_election(found, form.facts(), viewer)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("选举已建立，请添加候选人。"))
            return redirect("voting:election", found.slug, made.pk)
    return _form(request, found, form, status=400)


def _form(
    request: HttpRequest, meeting: Meeting, form: ElectionForm, *, status: int = 200
) -> HttpResponse:
    context = {"meeting": meeting, "form": form}
    return render(request, "voting/election_new.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def election(request: HttpRequest, meeting: str, election: int) -> HttpResponse:
    """Show an election with its candidates; change what is elected."""
    found, viewer, one = _election(request, meeting, election)
    if request.method != "POST":
        return _page(request, found, one)
    form = ElectionForm(request.POST, meeting=found)
    if form.is_valid():
        try:
            candidates.edit_election(found, one.pk, form.facts(), viewer)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("选举已保存。"))
            return redirect("voting:election", found.slug, one.pk)
    return _page(request, found, one, form=form, status=400)


@require_POST
def add_candidate(request: HttpRequest, meeting: str, election: int) -> HttpResponse:
    """Put a candidate on the list."""
    found, viewer, one = _election(request, meeting, election)
    form = CandidateForm(request.POST, election=one, prefix="candidate")
    if form.is_valid():
        try:
            candidates.add_candidate(found, one.pk, form.candidate(), viewer)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("候选人已添加。"))
            return redirect("voting:election", found.slug, one.pk)
    return _page(request, found, one, candidate_form=form, status=400)


@require_POST
def remove_candidate(
    request: HttpRequest, meeting: str, election: int, resolution: int
) -> HttpResponse:
    """Take a candidate off the list."""
    found, viewer, one = _election(request, meeting, election)
    candidates.remove_candidate(found, one.pk, resolution, viewer)
    messages.success(request, _("候选人已删除。"))
    return redirect("voting:election", found.slug, one.pk)


@require_POST
def delete(request: HttpRequest, meeting: str, election: int) -> HttpResponse:
    """Take an election off with its candidates."""
    found, viewer, one = _election(request, meeting, election)
    candidates.delete_election(found, one.pk, viewer)
    messages.success(request, _("选举“%(title)s”已删除。") % {"title": one.title})
    return redirect("voting:resolutions", found.slug)


def _page(
    request: HttpRequest,
    meeting: Meeting,
    one: Election,
    *,
    form: ElectionForm | None = None,
    candidate_form: CandidateForm | None = None,
    status: int = 200,
) -> HttpResponse:
    listed = elections.standing(one.pk)
    chosen = elections.elected(one, listed)
    context = {
        "meeting": meeting,
        "election": one,
        "open": meeting.state != MeetingState.CLOSED,
        "editable": meeting.state != MeetingState.CLOSED and candidates.is_editable(one),
        "form": form or ElectionForm.of(one),
        "candidate_form": candidate_form or CandidateForm(election=one, prefix="candidate"),
        "lines": [_line(candidate, chosen) for candidate in listed],
        "decided": chosen is not None,
    }
    return render(request, "voting/election.html", context, status=status)


def _line(candidate: Resolution, chosen: list[Resolution] | None) -> dict[str, Any]:
    line: dict[str, Any] = {
        "resolution": candidate,
        "draft": candidate.state == ResolutionState.DRAFT,
        "elected": chosen is not None and candidate in chosen,
    }
    if candidate.state == ResolutionState.CLOSED:
        number, amount = elections.consents(candidate)
        line["number"], line["amount"] = number, yuan_grouped(fen(amount))
        line["passed"] = candidate.outcome.outcome == "passed"
    return line
