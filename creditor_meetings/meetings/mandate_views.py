"""Pages of powers of attorney: the list with the upload, and the scans behind the door."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer, access_case
from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.files import scans
from creditor_meetings.cases.files.content import BadFile
from creditor_meetings.cases.models import CREDITOR_ROLES, STAFF_ROLES, Case, Role
from creditor_meetings.meetings import mandates, mandates_state
from creditor_meetings.meetings.mandate_forms import MandateForm, meetings_of, pairs_of
from creditor_meetings.meetings.mandate_votes import votes
from creditor_meetings.meetings.models import Mandate, MandateState
from creditor_meetings.meetings.powers import Power

LINES = 100
MAY_SEE = STAFF_ROLES | CREDITOR_ROLES
MAY_SUBMIT = CREDITOR_ROLES | {Role.ADMINISTRATOR}


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, case: int) -> HttpResponse:
    """Show the mandates of a case that concern the viewer; take a new one."""
    found, viewer = access_case(request.user, case, roles=MAY_SEE)
    if request.method != "POST":
        return _shown(request, found, viewer, _form(found, viewer))
    viewer.require(*MAY_SUBMIT)
    form = _form(found, viewer, request)
    if not pairs_of(found, viewer):
        raise Refused("not_allowed", _("尚未登记代理人；请先由管理人为代理人发送邀请。"))
    if form.is_valid() and _submitted(form, found, viewer):
        messages.success(request, _("授权委托书已提交，管理人认可后代理人即可投票。"))
        return redirect("meetings:mandates", found.pk)
    return _shown(request, found, viewer, form, status=400)


def _form(case: Case, viewer: Viewer, request: HttpRequest | None = None) -> MandateForm:
    sent = (request.POST, request.FILES) if request is not None else ()
    return MandateForm(*sent, pairs=pairs_of(case, viewer), meetings=meetings_of(case, viewer))


def _submitted(form: MandateForm, case: Case, viewer: Viewer) -> bool:
    """Hand the form's mandate in; what is wrong with it is said in the form."""
    try:
        mandates.submit_mandate(case, form.cleaned_data["file"], viewer, **form.values())
    except BadFile as bad:
        form.add_error("file", bad.message)
    except Refused as refusal:
        form.add_error(None, refusal.message)
    else:
        return True
    return False


def _shown(
    request: HttpRequest, case: Case, viewer: Viewer, form: MandateForm, *, status: int = 200
) -> HttpResponse:
    rows = mandates_state.visible(Mandate.objects.filter(case=case), viewer)
    waiting = rows.filter(state=MandateState.SUBMITTED)
    # What waits for somebody comes first, then the newest.
    ordered = [*waiting, *rows.exclude(state=MandateState.SUBMITTED).order_by("-submitted_at")]
    lines = Paginator(ordered, LINES).get_page(request.GET.get("page"))
    used = votes().used([one.pk for one in lines])
    context = {
        "case": case,
        "viewer": viewer,
        "form": form,
        "may_submit": bool(viewer.roles & MAY_SUBMIT),
        "may_decide": viewer.is_administrator,
        "page": lines,
        "lines": [_line(one, viewer, one.pk in used) for one in lines],
        "waiting": waiting.count(),
    }
    return render(request, "meetings/mandates.html", context, status=status)


def _line(one: Mandate, viewer: Viewer, used: bool) -> dict[str, Any]:
    standing = one.state in (MandateState.SUBMITTED, MandateState.ACCEPTED)
    own = viewer.acts_for.get(one.creditor_id) == Role.CREDITOR
    taken_back = one.state == MandateState.SUBMITTED and one.submitted_by_id == viewer.person.pk
    expired = one.valid_until is not None and one.valid_until <= clock.now()
    return {
        "mandate": one,
        "used": used,
        "powers": [str(Power(power).label) for power in one.powers],
        "expired": expired and one.state == MandateState.ACCEPTED,
        "has_file": bool(one.sha256) and _may_open(one, viewer),
        "may_decide": viewer.is_administrator and one.state == MandateState.SUBMITTED,
        "may_revoke": standing and (viewer.is_administrator or own or taken_back),
    }


@require_POST
def decide(request: HttpRequest, case: int, mandate: int) -> HttpResponse:
    """Accept, refuse or revoke a mandate."""
    found, viewer = access_case(request.user, case, roles=MAY_SEE)
    action, reason = request.POST.get("action"), request.POST.get("reason", "").strip()
    _accessible(found, viewer, mandate)
    if action not in ("accept", "refuse", "revoke"):
        raise Refused("bad_request", _("请选择认可、不予认可或者撤销。"))
    if action != "revoke":
        viewer.require(Role.ADMINISTRATOR)
    try:
        if len(reason) > mandates.REASON_LENGTH:
            raise Refused("bad_request", _("理由不超过 500 个字。"))
        if action == "accept":
            mandates.accept_mandate(found, mandate, viewer)
            said = _("已认可授权委托书，代理人可以投票。")
        elif action == "refuse":
            mandates.refuse_mandate(found, mandate, viewer, reason)
            said = _("已不予认可，代理人和债权人可以看到理由。")
        else:
            mandates.revoke_mandate(found, mandate, viewer, reason)
            said = _("授权委托书已撤销，此后代理人不能再据以投票。")
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, said)
    response = redirect("meetings:mandates", found.pk)
    response["Location"] += f"#mandate-{mandate}"
    return response


def _accessible(case: Case, viewer: Viewer, mandate_id: int) -> Mandate:
    one = Mandate.objects.filter(case=case, pk=mandate_id).select_related("creditor").first()
    if one is None:
        raise NotFound
    if not mandates_state.visible(Mandate.objects.filter(pk=one.pk), viewer).exists():
        raise Refused("not_allowed", _("这份授权委托书与您无关。"))
    return one


def _may_open(one: Mandate, viewer: Viewer) -> bool:
    """Whether the viewer may read the paper itself: team, creditor, and the agent it names."""
    own = viewer.acts_for.get(one.creditor_id) == Role.CREDITOR
    return viewer.is_staff or own or one.person_id == viewer.person.pk


@require_safe
def file(request: HttpRequest, case: int, mandate: int) -> HttpResponseBase:
    """Give the scan to the team, that creditor and that agent."""
    found, viewer = access_case(request.user, case)
    one = Mandate.objects.filter(case=found, pk=mandate).first()
    if one is None:
        raise NotFound
    if not _may_open(one, viewer):
        raise Refused("not_allowed", _("这份授权委托书与您无关。"))
    scan = scans.Scan(one.name, one.content_type, one.size, one.sha256)
    return scans.give(request, mandates.ROOM, scan)
