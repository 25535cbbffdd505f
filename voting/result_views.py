"""What came of a vote: the result for everybody, the evidence for the court."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Role
from creditor_meetings.cases.money import fen, yuan_grouped
from creditor_meetings.cases.requests import address_of
from creditor_meetings.meetings.attachments import attachment
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.realtime import fields
from voting import desk, desk_words, law, receipts, sheet, verbs, wording
from voting.access import access_resolution
from voting.counting import reason_text
from voting.models import (
    Ballot,
    ChartImage,
    Confirmation,
    Decision,
    Outcome,
    RegisterEntry,
    Resolution,
    ResolutionState,
)

LINES = 200
"""Lines of the register, and ballots, on one page of the evidence."""
REASONS_LENGTH = 4_000


@require_safe
def result(request: HttpRequest, meeting: str, resolution: int) -> HttpResponse:
    """Show what came of a vote, to everybody of the meeting and fit to print."""
    found, viewer, one = access_resolution(request, meeting, resolution)
    return render(request, "voting/result.html", _result(found, viewer, one))


def _result(meeting: Meeting, viewer: Viewer, resolution: Resolution) -> dict[str, Any]:
    outcome = _outcome(resolution)
    return {
        "meeting": meeting,
        "case": meeting.case,
        "viewer": viewer,
        "resolution": resolution,
        "outcome": outcome,
        "sheet": sheet.of(resolution, outcome),
        "confirmation": _confirmation(outcome),
        "explained": law.explain(resolution),
        "practice": wording.counted(resolution)[1:],
        "power_article": wording.power_article(resolution.power),
        "chart_version": _chart_version(resolution),
        "chart_language": wording.language(),
        "document": _document(meeting, viewer, resolution),
        "register": _register_totals(resolution),
        "paper": desk.paper_lines(outcome),
        "changes": list(resolution.changes.select_related("by")),
        "next_step": desk_words.step_of(resolution, outcome),
        "rulings": [desk_words.ruling(one) for one in resolution.rulings.select_related("judge")],
        "ledger_length": _ledger_length(meeting),
    }


def _outcome(resolution: Resolution) -> Outcome:
    outcome = Outcome.objects.filter(resolution=resolution).first()
    if outcome is None or resolution.state != ResolutionState.CLOSED:
        raise Refused("poll_not_open", _("表决尚未截止，还没有结果。"))
    return outcome


def _confirmation(outcome: Outcome) -> Confirmation | None:
    return Confirmation.objects.filter(outcome=outcome).select_related("judge").first()


def _chart_version(resolution: Resolution) -> int | None:
    drawn = ChartImage.objects.filter(pk=resolution.pk, final=True)
    return drawn.values_list("version", flat=True).first()


def _document(meeting: Meeting, viewer: Viewer, resolution: Resolution) -> Any:
    if resolution.document is None:
        return None
    found = attachment(meeting, resolution.document)
    return found if found is not None and (found.handed_out or viewer.is_staff) else None


def _register_totals(resolution: Resolution) -> dict[str, Any]:
    lines = RegisterEntry.objects.filter(resolution=resolution)
    voting = Q(reason="")
    counted = lines.aggregate(
        creditors=Count("creditor", distinct=True),
        entitled=Count("creditor", distinct=True, filter=voting),
        attended=Count("creditor", distinct=True, filter=voting & Q(attended=True)),
        amount=Sum("amount_fen", filter=voting),
    )
    return {**counted, "amount": yuan_grouped(counted["amount"] or 0)}


def _ledger_length(meeting: Meeting) -> int:
    return meeting.ledger.count()


@require_http_methods(["GET", "HEAD", "POST"])
def evidence(request: HttpRequest, meeting: str, resolution: int) -> HttpResponse:
    """Show the court and the administrator how a result came about, name by name.

    The judge confirms it here, or declines with reasons.
    """
    found, viewer, one = access_resolution(request, meeting, resolution)
    viewer.require(Role.JUDGE, Role.ADMINISTRATOR, Role.CLERK)
    if request.method != "POST":
        return _evidence(request, found, viewer, one)
    try:
        _decide(request, found, viewer, one)
    except Refused as refusal:
        return _evidence(request, found, viewer, one, refusal=refusal)
    messages.success(request, _("已记录对表决结果的意见，并已通知会场。"))
    return redirect("voting:evidence", found.slug, one.pk)


def _decide(request: HttpRequest, meeting: Meeting, viewer: Viewer, resolution: Resolution) -> None:
    data = request.POST.dict()
    verbs.confirm_outcome(
        meeting,
        resolution.pk,
        fields.choice(data, "decision", Decision.values),
        fields.text(data, "reasons", max_length=REASONS_LENGTH, required=False),
        viewer,
        address=address_of(request),
    )


def _evidence(
    request: HttpRequest,
    meeting: Meeting,
    viewer: Viewer,
    resolution: Resolution,
    *,
    refusal: Refused | None = None,
) -> HttpResponse:
    context = {
        **_result(meeting, viewer, resolution),
        "register_page": _register_page(request, resolution),
        "ballots_page": _ballots_page(request, resolution),
        "may_decide": viewer.is_judge,
        "refusal": refusal,
        "sent": request.POST,
    }
    status = refusal.status if refusal is not None else 200
    return render(request, "voting/evidence.html", context, status=status)


def _page(request: HttpRequest, name: str, rows: QuerySet) -> Page:
    return Paginator(rows, LINES).get_page(request.GET.get(name))


def _register_page(request: HttpRequest, resolution: Resolution) -> Page:
    page = _page(
        request, "register", RegisterEntry.objects.filter(resolution=resolution).order_by("pk")
    )
    page.object_list = [
        {
            "name": line.name,
            "group": wording.group_name(line.group) if line.group else "—",
            "heads": line.heads,
            "amount": yuan_grouped(line.amount_fen),
            "reason": reason_text(line.reason) if line.reason else "",
            "attended": line.attended,
        }
        for line in page.object_list
    ]
    return page


def _ballots_page(request: HttpRequest, resolution: Resolution) -> Page:
    rows = Ballot.objects.filter(resolution=resolution).select_related(
        "creditor", "person", "paper__checked_by"
    )
    page = _page(request, "ballots", rows.order_by("pk"))
    faces = receipts.faces(resolution.meeting_id, page.object_list)
    page.object_list = [
        {
            "ballot": one,
            "said": wording.said(one.choices) or one.get_choice_display(),
            "amount": yuan_grouped(fen(faces[one.position]["amount"])),
            "paper": getattr(one, "paper", None),
        }
        for one in page.object_list
    ]
    return page
