"""Pages of the review: the filing door, the queue, a filing with its evidence, an entry."""

import base64
from typing import Any

import qrcode
import qrcode.image.svg
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from creditor_meetings.cases.access import Viewer, access_case
from creditor_meetings.cases.contacts import normal_name
from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.files import scans
from creditor_meetings.cases.middleware import wants_json
from creditor_meetings.cases.models import STAFF_ROLES, Case, CaseRole, Role
from creditor_meetings.cases.requests import address_of
from creditor_meetings.claims import history
from creditor_meetings.claims.filing import deciding, desk, doors, drafting, identity, notices
from creditor_meetings.claims.filing.access import access_submitted_filing, was_submitted
from creditor_meetings.claims.models import Claim, Filing, FilingFile, FilingState
from creditor_meetings.claims.review import adjust_claim
from creditor_meetings.claims.review_forms import ClaimForm, DecisionForm

LINES = 25
PAGES_SHOWN = 30
"""How many pages of a file of evidence stand beside the form; the rest is in the file itself."""
STATES = (
    FilingState.SUBMITTED,
    FilingState.RETURNED,
    FilingState.DECIDED,
    FilingState.WITHDRAWN,
)


@require_http_methods(["GET", "HEAD", "POST"])
def filing_door(request: HttpRequest, case_id: int) -> HttpResponse:
    """Show the address at which the case takes filings; open and close it."""
    case, viewer = access_case(request.user, case_id, STAFF_ROLES)
    if request.method == "POST":
        viewer.require(Role.ADMINISTRATOR)
        is_open = request.POST.get("open") == "1"
        doors.set_door(case, is_open, viewer)
        messages.success(request, _("在线申报已开通。") if is_open else _("在线申报已关闭。"))
        return redirect("claims:filing_door", case.pk)
    door = doors.door_of(case)
    address = doors.address_of(door) if door is not None else ""
    context = {
        "case": case,
        "viewer": viewer,
        "door": door,
        "address": address,
        "qr": _qr(address) if address else "",
        "count": _submitted(case).count(),
    }
    return render(request, "claims/review/door.html", context)


def _qr(address: str) -> str:
    made = qrcode.make(address, image_factory=qrcode.image.svg.SvgPathImage, border=2)
    picture = base64.b64encode(made.to_string(encoding="utf-8")).decode()
    return f"data:image/svg+xml;base64,{picture}"


def _submitted(case: Case) -> QuerySet[Filing]:
    return Filing.objects.filter(case=case, number__isnull=False)


@require_safe
def filings(request: HttpRequest, case_id: int) -> HttpResponse:
    """Show the queue: what waits first, in the order in which it came."""
    case, viewer = access_case(request.user, case_id, STAFF_ROLES)
    every = _submitted(case)
    counts = dict(every.values_list("state").annotate(n=Count("pk")).order_by())
    state = request.GET.get("state", "")
    state = state if state in STATES or state == "all" else str(FilingState.SUBMITTED)
    found = every if state == "all" else every.filter(state=state)
    late, mine = request.GET.get("late") == "1", request.GET.get("mine") == "1"
    if late:
        found = found.filter(late=True)
    if mine:
        found = found.filter(Q(taken_by=viewer.person) | Q(decided_by=viewer.person))
    q = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    if q:
        found = found.filter(
            Q(creditor_name__icontains=q)
            | Q(number__icontains=q)
            | Q(identity_number__icontains=q)
            | Q(phone__contains=q)
        )
    found = found.select_related("taken_by", "decided_by", "claim")
    page = Paginator(found.order_by("submitted_at", "pk"), LINES).get_page(request.GET.get("page"))
    context = {
        "case": case,
        "viewer": viewer,
        "page": page,
        "rows": [{"filing": one, "hold": desk.hold_of(one)} for one in page],
        "state": state,
        "states": [
            {"value": value, "label": FilingState(value).label, "count": counts.get(value, 0)}
            for value in STATES
        ],
        "all_count": sum(counts.values()),
        "late": late,
        "mine": mine,
        "q": q,
        "door": doors.door_of(case),
        "waiting": counts.get(FilingState.SUBMITTED, 0),
    }
    return render(request, "claims/review/queue.html", context)


@require_POST
def next_filing(request: HttpRequest, case_id: int) -> HttpResponse:
    """Take the filing that has waited longest and that nobody has."""
    case, viewer = access_case(request.user, case_id, STAFF_ROLES)
    found = desk.take_next(case, viewer)
    if found is None:
        messages.info(request, _("没有等待领取的申报：都已审查，或者正由他人审查。"))
        return redirect("claims:filings", case.pk)
    return redirect("claims:review", case.pk, found.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, case_id: int, filing_id: int) -> HttpResponse:
    """Show a filing with its evidence; decide it, return it, or send the notice once more."""
    case, viewer, found = access_submitted_filing(request.user, case_id, filing_id, STAFF_ROLES)
    if request.method != "POST":
        return _review_page(request, case, viewer, found, None)
    viewer.require(Role.ADMINISTRATOR)
    action = request.POST.get("action", "")
    if action == "notify":
        notices.decided(found) if found.state == FilingState.DECIDED else notices.returned(found)
        messages.success(request, _("通知已重新发送。"))
        return redirect("claims:review", case.pk, found.pk)
    version = _number(request, "version")
    if action == "return":
        return _returned(request, case, viewer, found, version)
    if action != "decide":
        raise Refused("bad_request", _("请选择要做什么：保存结论，或者退回补正。"))
    form = _form(found, request)
    if form.is_valid():
        try:
            deciding.decide(
                found,
                form.decision(),
                viewer,
                version=version,
                claim_version=_number(request, "claim_version") if found.claim_id else None,
                address=address_of(request),
            )
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("审查结论已保存并通知申报人。"))
            return redirect("claims:review", case.pk, found.pk)
    fresh = access_submitted_filing(request.user, case_id, filing_id, STAFF_ROLES)[2]
    return _review_page(request, case, viewer, fresh, form, status=400)


def _number(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _returned(
    request: HttpRequest, case: Case, viewer: Viewer, found: Filing, version: int
) -> HttpResponse:
    text = request.POST.get("return_reason", "").replace("\x00", "").strip()[:1000]
    try:
        deciding.return_for_supplement(
            found, viewer, reason=text, version=version, address=address_of(request)
        )
    except Refused as refusal:
        fresh = access_submitted_filing(request.user, case.pk, found.pk, STAFF_ROLES)[2]
        context = {"return_error": refusal.message, "return_reason": text}
        return _review_page(request, case, viewer, fresh, None, status=400, **context)
    messages.success(request, _("已退回申报人补正，并已通知。"))
    return redirect("claims:filings", case.pk)


def _form(found: Filing, request: HttpRequest | None = None) -> DecisionForm:
    known = deciding.creditor_of(found) if found.claim_id is None else None
    same = known is not None and normal_name(known.name) != normal_name(found.creditor_name)
    more = {"same": same, "known": known is not None}
    if request is not None:
        return DecisionForm(found, request.POST, **more)
    of = found.claim.creditor if found.claim is not None else known
    in_already = CaseRole.objects.filter(
        case=found.case_id, person=found.person_id, creditor=of, active=True
    ).exists()
    let_in = in_already if of is not None else True
    return DecisionForm(found, initial=DecisionForm.initial_of(found, let_in=let_in), **more)


def _review_page(
    request: HttpRequest,
    case: Case,
    viewer: Viewer,
    found: Filing,
    form: DecisionForm | None,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    hold = desk.hold_of(found)
    mine = hold.is_of(viewer.person)
    reviewable = found.state in (FilingState.SUBMITTED, FilingState.DECIDED)
    known = deciding.creditor_of(found)
    context = {
        "case": case,
        "viewer": viewer,
        "filing": found,
        "entity": _entity(found),
        "doubt": identity.doubt(found.identity_number, found.entity),
        "hold": hold,
        "mine": mine,
        "may_review": viewer.is_administrator and mine and reviewable,
        "may_take": viewer.is_administrator and not mine and found.state not in desk.NO_LONGER,
        "form": form or _form(found),
        "evidence": [_shown(one) for one in drafting.files_of(found)],
        "removed": [one for one in found.files.exclude(removed_at=None) if was_submitted(one)],
        "pages_shown": PAGES_SHOWN,
        "known": known,
        "known_claims": list(known.claims.all()[:20]) if known is not None else [],
        "alike": list(deciding.alike(found)[:20]),
        "acts": history.of_filing(found),
        **more,
    }
    return render(request, "claims/review/filing.html", context, status=status)


def _entity(found: Filing) -> str:
    values = identity.Entity.values
    return str(identity.Entity(found.entity).label) if found.entity in values else ""


def _shown(one: FilingFile) -> dict[str, Any]:
    try:
        count = scans.pages(drafting.ROOM, one.content_type, one.sha256)
    except Refused:
        count = 0
    return {"file": one, "count": count, "pages": range(1, min(count, PAGES_SHOWN) + 1)}


@require_POST
def hold(request: HttpRequest, case_id: int, filing_id: int) -> HttpResponse:
    """Take a filing, go on holding it, or put it back."""
    case, viewer, found = access_submitted_filing(request.user, case_id, filing_id, STAFF_ROLES)
    action = request.POST.get("action", "take")
    if action == "renew":
        return _renewed(viewer, desk.renew(found, viewer))
    if action == "release":
        desk.release(found, viewer)
        messages.success(request, _("已放回，其他人可以领取。"))
        return redirect("claims:filings", case.pk)
    why = request.POST.get("why", "").replace("\x00", "").strip()[:1000]
    try:
        desk.take(found, viewer, why=why, address=address_of(request))
    except Refused as refusal:
        if wants_json(request) or refusal.code != "bad_request":
            raise
        messages.error(request, refusal.message)
    return redirect("claims:review", case.pk, found.pk)


def _renewed(viewer: Viewer, held: desk.Hold) -> HttpResponse:
    return JsonResponse(
        {
            "ok": True,
            "mine": held.is_of(viewer.person),
            "by": str(held.by) if held.by else "",
            "until": f"{timezone.localtime(held.until):%H:%M}" if held.until else "",
        }
    )


@require_http_methods(["GET", "HEAD", "POST"])
def claim(request: HttpRequest, case_id: int, claim_id: int) -> HttpResponse:
    """Show an entry of the claims table with its history; the administrator puts it right."""
    case, viewer = access_case(request.user, case_id, STAFF_ROLES)
    found = _claim(case, claim_id)
    form = ClaimForm(initial=ClaimForm.initial_of(found))
    status = 200
    if request.method == "POST":
        viewer.require(Role.ADMINISTRATOR)
        form, status = ClaimForm(request.POST), 400
        if form.is_valid():
            try:
                changed = adjust_claim(
                    found,
                    form.values(),
                    viewer,
                    reason=form.cleaned_data["why"],
                    address=address_of(request),
                    version=_number(request, "version"),
                )
            except Refused as refusal:
                form.add_error(None, refusal.message)
                # As it is now, not as the form would have it.
                found = _claim(case, claim_id)
            else:
                said = _("修改已保存。") if changed else _("没有任何变化。")
                messages.success(request, said)
                return redirect("claims:claim", case.pk, found.pk)
    context = {
        "case": case,
        "viewer": viewer,
        "claim": found,
        "filing": Filing.objects.filter(claim=found).first(),
        "form": form,
        "parts": [
            (_("本金"), found.principal_fen, found.confirmed_principal_fen),
            (_("利息"), found.interest_fen, found.confirmed_interest_fen),
            (_("其他"), found.other_fen, found.confirmed_other_fen),
        ],
        "acts": history.of_claim(found),
    }
    return render(request, "claims/review/claim.html", context, status=status)


def _claim(case: Case, claim_id: int) -> Claim:
    found = Claim.objects.filter(case=case, pk=claim_id).select_related("creditor").first()
    if found is None:
        raise NotFound
    return found
