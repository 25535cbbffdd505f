"""A person's receipts of a meeting: on one page, each as PDF or by e-mail."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.meetings.access import access_meeting
from creditor_meetings.meetings.models import Meeting
from voting.models import Ballot
from voting.papers import check, receipts
from voting.papers.views import pdf_answer
from voting.receipts import NotInLedger


@require_safe
def listed(request: HttpRequest, meeting: str) -> HttpResponse:
    """Show all receipts of the person in this meeting, the newest first."""
    found, viewer = access_meeting(request.user, meeting)
    return _page(request, found, viewer)


def _page(
    request: HttpRequest, meeting: Meeting, viewer: Viewer, refusal: Refused | None = None
) -> HttpResponse:
    context = {
        "meeting": meeting,
        "viewer": viewer,
        "receipts": [_row(one) for one in receipts.receipts_of(meeting, viewer)],
        "refusal": refusal,
    }
    status = refusal.status if refusal is not None else 200
    return render(request, "voting/receipts.html", context, status=status)


def _row(ballot: Ballot) -> dict[str, Any]:
    try:
        return _shown(ballot)
    except NotInLedger as missing:
        # One that was taken out of the record hides none of the others.
        return {
            "ballot": ballot,
            "missing": missing.message,
            "facts": receipts.told_without_ledger(ballot),
        }


def _shown(ballot: Ballot) -> dict[str, Any]:
    return {
        "ballot": ballot,
        "facts": receipts.told(ballot),
        "check": receipts.check_url(ballot.receipt),
        "standing": check.standing(ballot),
        "text": receipts.as_text(ballot.receipt),
    }


@require_safe
def download(request: HttpRequest, meeting: str, number: str) -> HttpResponse:
    """Give a receipt as PDF."""
    found, viewer = access_meeting(request.user, meeting)
    ballot = receipts.access_receipt(found, viewer, number)
    return pdf_answer(receipts.as_pdf(ballot), f"{_('表决回执')}-{ballot.number}.pdf")


@require_POST
def email(request: HttpRequest, meeting: str, number: str) -> HttpResponse:
    """Send a receipt to the person's own address."""
    found, viewer = access_meeting(request.user, meeting)
    try:
        with transaction.atomic():
            receipts.email(found, viewer, number)
    except Refused as refusal:
        if refusal.code != "bad_request":
            raise
        return _page(request, found, viewer, refusal)
    messages.success(request, _("回执已发往您的电子邮箱。"))
    return redirect("papers:receipts", found.slug)
