"""The invitations of a case: issue, send, renew, revoke, and take away as a table."""

import csv
import io
from collections.abc import Iterable, Sequence

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST

from creditor_meetings.cases import clock, invitations
from creditor_meetings.cases.access import access_case
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.forms import InviteForm, ManyForm
from creditor_meetings.cases.invitations import Issued
from creditor_meetings.cases.models import STAFF_ROLES, Case, Creditor, Role
from creditor_meetings.cases.people import COURT_ROLES

PAGE = 50


@cache_control(no_store=True, private=True)
@require_http_methods(["GET", "POST"])
def case_invitations(request: HttpRequest, case_id: int) -> HttpResponse:
    """Show the links of a case; a POST invites one person and shows the link, once."""
    found, viewer = access_case(request.user, case_id, STAFF_ROLES)
    form = InviteForm(found, request.POST or None, initial={"days": invitations.VALID_DAYS})
    issued: list[Issued] = []
    sent = False
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            values = {**form.cleaned_data}
            channel = values.pop("channel")
            try:
                issued = [invitations.invite_person(found, viewer, **values)]
                sent = bool(channel) and invitations.send(issued[0], channel)
                if channel and not sent:
                    messages.warning(request, _("未能发送，请检查联系方式，或自行转交链接。"))
                form = InviteForm(found, initial={"days": invitations.VALID_DAYS})
                status = 200
            except Refused as refusal:
                form.add_error(None, refusal.message)
                status = refusal.status
    context = {**_listed(request, found), "form": form, "issued": issued, "sent": sent}
    context["may_court"] = bool(viewer.roles & COURT_ROLES)
    return render(request, "cases/invitations.html", context, status=status)


def _listed(request: HttpRequest, case: Case) -> dict[str, object]:
    rows = case.invitations.filter(revoked_at=None).select_related("creditor", "used_by")
    wanted = request.GET.get("q", "").strip()
    if wanted:
        rows = rows.filter(
            Q(name__icontains=wanted)
            | Q(creditor__name__icontains=wanted)
            | Q(phone__contains=wanted)
            | Q(email__icontains=wanted)
        )
    rows = rows.order_by("creditor__position", "role", "-id")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    for row in page:
        state = invitations.state_of(row)
        row.state, row.state_label = state, invitations.STATE_LABELS[state]  # type: ignore[attr-defined]
    return {
        "case": case,
        "page": page,
        "q": wanted,
        "many": ManyForm(initial={"days": invitations.VALID_DAYS}),
        "creditors": case.creditors.count(),
        "not_in": invitations.creditors_not_in(case).count(),
        "without_link": invitations.creditors_without_link(case).count(),
        "waiting": case.invitations.filter(
            used_at=None, revoked_at=None, expires_at__gt=clock.now()
        ).count(),
    }


def _whom(case: Case, request: HttpRequest) -> tuple[list[Creditor], int]:
    form = ManyForm(request.POST)
    if not form.is_valid():
        raise Refused(
            "bad_request",
            _("有效天数应为 1 至 %(most)s 的整数，对象须从列表中选择。")
            % {"most": invitations.MAX_VALID_DAYS},
        )
    chosen = (
        invitations.creditors_without_link(case)
        if form.cleaned_data["whom"] == "without_link"
        else invitations.creditors_not_in(case)
    )
    return list(chosen.select_related("case")), form.cleaned_data["days"]


@require_POST
def send_many(request: HttpRequest, case_id: int) -> HttpResponse:
    """Issue links to many creditors and send them to their contacts of the claims table."""
    found, viewer = access_case(request.user, case_id, STAFF_ROLES)
    creditors, days = _whom(found, request)
    issued = invitations.invite_creditors(found, creditors, viewer, days=days)
    sent = invitations.send_all(issued)
    if sent:
        words = ngettext(
            "正在发送 %(n)s 份邀请，送出后状态变为“已发送”。",
            "正在发送 %(n)s 份邀请，送出后状态变为“已发送”。",
            sent,
        )
        messages.success(request, words % {"n": sent})
    if unsent := len(issued) - sent:
        words = ngettext(
            "有 %(n)s 份邀请没有可用的联系方式，请导出链接自行转交。",
            "有 %(n)s 份邀请没有可用的联系方式，请导出链接自行转交。",
            unsent,
        )
        messages.warning(request, words % {"n": unsent})
    if not issued:
        messages.info(request, _("没有需要邀请的债权人。"))
    return redirect("case_invitations", case_id=found.pk)


@cache_control(no_store=True, private=True)
@require_POST
def export(request: HttpRequest, case_id: int) -> HttpResponse:
    """Issue fresh links to creditors and give them as a table (.csv) to send by other means."""
    found, viewer = access_case(request.user, case_id, STAFF_ROLES)
    creditors, days = _whom(found, request)
    issued = invitations.invite_creditors(found, creditors, viewer, days=days)
    response = HttpResponse(as_csv(issued), content_type="text/csv; charset=utf-8")
    name = f"invitations-{found.pk}-{timezone.localtime():%Y%m%d-%H%M}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def as_csv(issued: Iterable[Issued]) -> bytes:
    """Write invitations as a table that spreadsheets open rightly, and run nothing of."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(
        [
            _("序号"),
            _("债权人"),
            _("角色"),
            _("姓名"),
            _("手机号码"),
            _("电子邮箱"),
            _("链接"),
            _("有效期至"),
        ]
    )
    for one in issued:
        invitation = one.invitation
        creditor = invitation.creditor
        row: Sequence[object] = [
            creditor.position if creditor else "",
            creditor.name if creditor else "",
            Role(invitation.role).label,
            invitation.name,
            invitation.phone,
            invitation.email,
            one.url,
            f"{timezone.localtime(invitation.expires_at):%Y-%m-%d %H:%M}",
        ]
        writer.writerow([safe_cell(value) for value in row])
    return file.getvalue().encode("utf-8-sig")


def safe_cell(value: object) -> str:
    """Write a value so that no spreadsheet takes it for a formula.

    >>> safe_cell("=1+1")
    "'=1+1"
    """
    text = str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else text


@cache_control(no_store=True, private=True)
@require_POST
def renew(request: HttpRequest, case_id: int, invitation_id: int) -> HttpResponse:
    """Issue one invitation anew, and send it or show its link, once."""
    found, viewer = access_case(request.user, case_id, STAFF_ROLES)
    old = invitations.invitation_of(found, invitation_id)
    fresh = invitations.renew(old, viewer)
    sent = False
    if request.POST.get("send"):
        sent = invitations.send(fresh)
        if not sent:
            messages.warning(request, _("未能发送，请检查联系方式，或自行转交链接。"))
    form = InviteForm(found, initial={"days": invitations.VALID_DAYS})
    context = {**_listed(request, found), "form": form, "issued": [fresh], "sent": sent}
    context["may_court"] = bool(viewer.roles & COURT_ROLES)
    return render(request, "cases/invitations.html", context)


@require_POST
def revoke(request: HttpRequest, case_id: int, invitation_id: int) -> HttpResponse:
    """Make a link stop working."""
    found, viewer = access_case(request.user, case_id, STAFF_ROLES)
    invitations.revoke(invitations.invitation_of(found, invitation_id), viewer)
    messages.success(request, _("链接已撤回。"))
    return redirect("case_invitations", case_id=found.pk)
