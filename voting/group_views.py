"""The page on which the judge forms groups of a plan's vote, and the administrator reads it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Role
from creditor_meetings.cases.money import yuan_grouped
from creditor_meetings.cases.requests import address_of
from creditor_meetings.claims.models import Claim, Nature
from creditor_meetings.meetings.access import access_meeting
from creditor_meetings.meetings.models import Meeting, MeetingState
from creditor_meetings.meetings.prepare import PREPARERS
from creditor_meetings.realtime import fields
from voting import groups, wording
from voting.models import GroupDecision


@require_http_methods(["GET", "HEAD", "POST"])
def decisions(request: HttpRequest, meeting: str) -> HttpResponse:
    """Show which groups were formed and why; the judge decides here."""
    found, viewer = access_meeting(request.user, meeting)
    viewer.require(*PREPARERS)
    context = {"meeting": found, "viewer": viewer}
    if request.method != "POST":
        return _page(request, found, context)
    viewer.require(Role.JUDGE)
    try:
        data = request.POST.dict()
        limit = str(data.get("limit", "")).strip()
        decision = groups.decide_group(
            found,
            fields.choice(data, "group", groups.GROUPS),
            fields.amount({"limit": limit}, "limit") if limit else None,
            fields.text(data, "reasons", max_length=groups.REASONS_LENGTH, required=False),
            viewer,
            address=address_of(request),
        )
    except Refused as refusal:
        context |= {"refusal": refusal, "sent": request.POST}
        return _page(request, found, context, status=refusal.status)
    messages.success(
        request,
        _("已决定设%(group)s，并已通知会场。") % {"group": wording.group_name(decision.group)},
    )
    return redirect("voting:groups", found.slug)


def _page(
    request: HttpRequest, meeting: Meeting, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    decided = {
        one.group: one
        for one in GroupDecision.objects.filter(meeting=meeting).select_related("judge")
    }
    context |= {
        "groups": [
            {
                "code": group,
                "name": wording.group_name(group),
                "decision": decided.get(group),
                "limit": _limit(decided.get(group)),
            }
            for group in groups.GROUPS
        ],
        "investors": Claim.objects.filter(case=meeting.case_id, nature=Nature.INVESTOR).count(),
        "open": meeting.state != MeetingState.CLOSED,
    }
    return render(request, "voting/groups.html", context, status=status)


def _limit(decision: GroupDecision | None) -> str:
    if decision is None or decision.limit_fen is None:
        return ""
    return yuan_grouped(decision.limit_fen)
