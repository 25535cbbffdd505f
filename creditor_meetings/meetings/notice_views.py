"""Pages of notices: write and send them, see whom they reached, list the rest for post."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.models import STAFF_ROLES, Creditor
from creditor_meetings.meetings import notice_describe, notice_tables, notices, verbs
from creditor_meetings.meetings.access import access_meeting
from creditor_meetings.meetings.models import Delivery, DeliveryState, Meeting, Notice
from creditor_meetings.meetings.notice_forms import NoticeForm, PostedForm
from creditor_meetings.meetings.notice_texts import Draft, drafts

LINES = 200
"""Deliveries on one page."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _staffed(request: HttpRequest, meeting: str) -> tuple[Meeting, Viewer]:
    found, viewer = access_meeting(request.user, meeting)
    viewer.require(*STAFF_ROLES)
    return found, viewer


@dataclass(frozen=True)
class Line:
    """A notice that can be sent, with its form."""

    draft: Draft
    form: NoticeForm
    open: bool


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, meeting: str) -> HttpResponse:
    """Show the notices of a meeting and what can be sent; a POST sends one."""
    found, viewer = _staffed(request, meeting)
    if request.method != "POST":
        return _shown(request, found, viewer)
    offered = {draft.key: draft for draft in drafts(found)}
    draft = offered.get(request.POST.get("draft", ""))
    if draft is None:
        raise Refused("bad_request", _("没有这样一份可以发送的通知，请刷新页面。"))
    form = NoticeForm.of(draft, 0, request.POST)
    if not form.is_valid():
        return _shown(request, found, viewer, sent=(draft.key, form))
    try:
        sent = _send(found, viewer, draft, form)
    except Refused as refusal:
        form.add_error(None, refusal.message)
        return _shown(request, found, viewer, sent=(draft.key, form))
    messages.success(request, _("通知已写入会议账本，正在逐一发送；送达情况见下。"))
    return redirect("meetings:notice", found.slug, sent.pk)


@transaction.atomic
def _send(meeting: Meeting, viewer: Viewer, draft: Draft, form: NoticeForm) -> Notice:
    verbs.locked(meeting)
    if _last(meeting, draft) != form.cleaned_data["after"]:
        raise Refused(
            "bad_request", _("刚才已经发送过这份通知。确要再发一份，请刷新页面后再发送。")
        )
    return notices.send(
        meeting,
        draft.kind,
        draft.creditors,
        form.cleaned_data["subject"],
        form.cleaned_data["text"],
        by=viewer.person,
        resolution=draft.resolution,
    )


def _last(meeting: Meeting, draft: Draft) -> int:
    """Return the id of the last notice of the draft's kind, 0 without one."""
    found = Notice.objects.filter(meeting=meeting, kind=draft.kind, resolution=draft.resolution)
    return found.order_by("-pk").values_list("pk", flat=True).first() or 0


def _shown(
    request: HttpRequest,
    meeting: Meeting,
    viewer: Viewer,
    *,
    sent: tuple[str, NoticeForm] | None = None,
) -> HttpResponse:
    """Draw the page; a form that was sent and is wrong comes back as it was sent."""
    key, form = sent or ("", None)
    lines = [
        Line(
            draft,
            form if form is not None and draft.key == key else _form(meeting, draft),
            draft.key == key,
        )
        for draft in drafts(meeting)
    ]
    written = meeting.notices.select_related("by").order_by("-at", "-pk")
    context = {
        "meeting": meeting,
        "viewer": viewer,
        "lines": lines,
        "notices": [(one, notice_describe.counts(one)) for one in written],
    }
    status = 400 if form is not None else 200
    return render(request, "meetings/notices.html", context, status=status)


def _form(meeting: Meeting, draft: Draft) -> NoticeForm:
    return NoticeForm.of(draft, _last(meeting, draft))


@require_safe
def notice(request: HttpRequest, meeting: str, notice: int) -> HttpResponse:
    """Show a notice, whom it reached and whom not."""
    found, viewer = _staffed(request, meeting)
    return _notice_page(request, found, notices.notice_of(found, notice, viewer))


def _notice_page(
    request: HttpRequest, meeting: Meeting, one: Notice, *, posted: PostedForm | None = None
) -> HttpResponse:
    missing = notice_tables.missing(one)
    rows = Delivery.objects.filter(notice=one).exclude(state=DeliveryState.UNREACHABLE)
    rows = rows.select_related("creditor", "by").order_by("creditor__position", "creditor", "pk")
    lines = Paginator(rows, LINES).get_page(request.GET.get("page"))
    shown = [(row, notice_describe.deadline(one.kind, _delivered_at(row))) for row in lines]
    context = {
        "meeting": meeting,
        "notice": one,
        "counts": notice_describe.counts(one),
        "missing": missing,
        "page": lines,
        "lines": shown,
        "windowed": one.kind in notice_describe.WINDOWED,
        "posted": posted or PostedForm(missing=_choices(missing)),
        "chosen": set(request.POST.getlist("creditors")) if posted is not None else None,
    }
    return render(
        request, "meetings/notices_one.html", context, status=200 if posted is None else 400
    )


def _delivered_at(row: Delivery) -> datetime | None:
    return row.at if row.state == DeliveryState.DELIVERED else None


def _choices(missing: list[tuple[Creditor, str]]) -> list[tuple[int, str]]:
    return [(one.pk, one.name) for one, _why in missing]


@require_POST
def again(request: HttpRequest, meeting: str, notice: int) -> HttpResponse:
    """Send a notice again to those not reached."""
    found, viewer = _staffed(request, meeting)
    one = notices.notice_of(found, notice, viewer)
    waiting = notices.send_again(one, viewer)
    if waiting:
        words = ngettext("正在再次发送 %(n)s 条。", "正在再次发送 %(n)s 条。", waiting)
        messages.success(request, words % {"n": waiting})
    else:
        messages.info(request, _("没有可以再次发送的联系方式；请先更正联系方式，或者邮寄。"))
    return redirect("meetings:notice", found.slug, one.pk)


@require_POST
def posted(request: HttpRequest, meeting: str, notice: int) -> HttpResponse:
    """Note that a notice went by post to some of those not reached."""
    found, viewer = _staffed(request, meeting)
    one = notices.notice_of(found, notice, viewer)
    form = PostedForm(request.POST, missing=_choices(notice_tables.missing(one)))
    if form.is_valid():
        try:
            count = notices.mark_posted(
                one, form.cleaned_data["creditors"], form.cleaned_data["day"], viewer
            )
        except NotFound:
            raise
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            words = ngettext("已记录邮寄 %(n)s 户。", "已记录邮寄 %(n)s 户。", count)
            messages.success(request, words % {"n": count})
            return redirect("meetings:notice", found.slug, one.pk)
    return _notice_page(request, found, one, posted=form)


_FORMATS: dict[str, tuple[str, Callable[[Notice], bytes]]] = {
    "csv": ("text/csv; charset=utf-8", notice_tables.as_csv),
    "xlsx": (XLSX, notice_tables.as_xlsx),
}


@require_safe
def unreached(request: HttpRequest, meeting: str, notice: int, format: str) -> HttpResponse:  # noqa: A002
    """Give the list of those not reached as a table, for post."""
    found, viewer = _staffed(request, meeting)
    one = notices.notice_of(found, notice, viewer)
    if format not in _FORMATS:
        raise NotFound
    content_type, write = _FORMATS[format]
    response = HttpResponse(write(one), content_type=content_type)
    name = f"unreached-{one.pk}.{format}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
