"""The judge's desk: outcomes, what to look at, the verifier, the court's word, its papers."""

from collections.abc import Callable
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.models import STAFF_ROLES, Role
from creditor_meetings.cases.requests import address_of
from creditor_meetings.meetings.access import access_meeting
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.realtime import fields
from voting import desk, ruling_papers, ruling_texts, rulings, verbs, verifying
from voting.access import access_resolution
from voting.models import Decision, Outcome, Resolution, Ruling, RulingKind

REASONS_LENGTH = 4_000
FORMATS = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}


@require_safe
def page(request: HttpRequest, meeting: str) -> HttpResponse:
    """Show the desk to the court and the administrator."""
    found, viewer = access_meeting(request.user, meeting)
    viewer.require(*STAFF_ROLES)
    return _shown(request, found, viewer)


def _shown(
    request: HttpRequest,
    meeting: Meeting,
    viewer: Viewer,
    *,
    refusal: Refused | None = None,
    resolution: int | None = None,
) -> HttpResponse:
    laid = desk.cards(meeting)
    finding = verifying.last(meeting)
    context = {
        "meeting": meeting,
        "case": meeting.case,
        "viewer": viewer,
        "cards": laid,
        "waiting": sum(card.waits_for_word or card.may_rule for card in laid),
        "finding": finding,
        "running": finding is not None and finding.state == verifying.RUNNING,
        "may_decide": viewer.is_judge,
        "of_court": bool(viewer.roles & {Role.JUDGE, Role.CLERK}),
        "refusal": refusal,
        "refused_at": resolution,
        "sent": request.POST,
    }
    status = refusal.status if refusal is not None else 200
    return render(request, "voting/desk.html", context, status=status)


@require_POST
def decide(request: HttpRequest, meeting: str, resolution: int) -> HttpResponse:
    """Confirm an outcome, or decline it with reasons."""

    def carry_out(found: Meeting, viewer: Viewer, one: Resolution) -> str:
        data = request.POST.dict()
        verbs.confirm_outcome(
            found,
            one.pk,
            fields.choice(data, "decision", Decision.values),
            fields.text(data, "reasons", max_length=REASONS_LENGTH, required=False),
            viewer,
            address=address_of(request),
        )
        return _("已记录对表决结果的意见，并已通知会场。")

    return _done(request, meeting, resolution, carry_out)


@require_POST
def rule(request: HttpRequest, meeting: str, resolution: int) -> HttpResponse:
    """Rule on what a vote came to, as the law's branch allows."""

    def carry_out(found: Meeting, viewer: Viewer, one: Resolution) -> str:
        data = request.POST.dict()
        rulings.rule_on(
            found,
            one.pk,
            fields.choice(data, "kind", RulingKind.values),
            fields.choice(data, "granted", ("yes", "no")) == "yes",
            fields.text(data, "reasons", max_length=rulings.REASONS_LENGTH, required=False),
            viewer,
            address=address_of(request),
        )
        return _("裁定已记入会议账本，并已通知会场。请下载裁定书，并发送裁定通知。")

    return _done(request, meeting, resolution, carry_out)


def _done(
    request: HttpRequest,
    meeting: str,
    resolution: int,
    carry_out: Callable[[Meeting, Viewer, Resolution], str],
) -> HttpResponse:
    found, viewer, one = access_resolution(request, meeting, resolution)
    viewer.require(Role.JUDGE)
    try:
        said = carry_out(found, viewer, one)
    except NotFound:
        raise
    except Refused as refusal:
        return _shown(request, found, viewer, refusal=refusal, resolution=one.pk)
    messages.success(request, said)
    response = redirect("voting:desk", found.slug)
    response["Location"] += f"#resolution-{one.pk}"
    return response


@require_POST
def verify(request: HttpRequest, meeting: str) -> HttpResponse:
    """Run the verifier over the meeting's record."""
    found, viewer = access_meeting(request.user, meeting)
    viewer.require(*STAFF_ROLES)
    verifying.start(found, str(viewer.person))
    response = redirect("voting:desk", found.slug)
    response["Location"] += "#verifier"
    return response


@require_safe
def verification(request: HttpRequest, meeting: str) -> HttpResponse:
    """Show how the verifier stands: a fragment that the desk's page asks for again."""
    found, viewer = access_meeting(request.user, meeting)
    viewer.require(*STAFF_ROLES)
    finding = verifying.last(found)
    running = finding is not None and finding.state == verifying.RUNNING
    context = {"meeting": found, "finding": finding, "running": running}
    return render(request, "voting/desk_verifier.html", context)


@require_safe
def ruling(request: HttpRequest, meeting: str, resolution: int, format: str) -> HttpResponse:  # noqa: A002
    """Give the court the draft of its ruling; before it rules, either way."""
    _found, viewer, one = access_resolution(request, meeting, resolution)
    viewer.require(Role.JUDGE, Role.CLERK)
    outcome, kind = _branch(one)
    made = Ruling.objects.filter(resolution=one, kind=kind).select_related("judge").first()
    granted = made.granted if made is not None else request.GET.get("granted") != "no"
    paper = ruling_texts.ruling_paper(one, outcome, kind, granted=granted, made=made)
    return _paper(paper, format, f"民事裁定书-{one.title}")


@require_safe
def application(request: HttpRequest, meeting: str, resolution: int, format: str) -> HttpResponse:  # noqa: A002
    """Give the draft of the application for a ruling, with its facts."""
    _found, viewer, one = access_resolution(request, meeting, resolution)
    viewer.require(*STAFF_ROLES)
    outcome, kind = _branch(one)
    paper = ruling_texts.application_paper(one, outcome, kind, clock.now())
    return _paper(paper, format, f"申请书-{one.title}")


def _branch(resolution: Resolution) -> tuple[Outcome, str]:
    outcome = Outcome.objects.filter(resolution=resolution).first()
    if outcome is None:
        raise Refused("poll_not_open", _("表决尚未截止，还没有结果。"))
    kind = rulings.kind_of(resolution, outcome)
    if kind is None:
        raise Refused("bad_request", _("这项表决结果依法不需要人民法院裁定。"))
    return outcome, kind


def _paper(paper: ruling_texts.Paper, format: str, name: str) -> HttpResponse:  # noqa: A002
    if format not in FORMATS:
        raise NotFound
    if format == "docx":
        content = ruling_papers.as_docx(paper)
    else:
        content = ruling_papers.as_pdf(paper, clock.now())
    response = HttpResponse(content, content_type=FORMATS[format])
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}.{format}"
    return response
