"""Pages on which a meeting is prepared; each form asks one verb."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from creditor_meetings.cases.access import Viewer, access_case
from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.requests import address_of
from creditor_meetings.meetings import checklist, practice, prepare
from creditor_meetings.meetings.access import access_meeting
from creditor_meetings.meetings.models import AgendaItem, AgendaKind, Meeting, MeetingState
from creditor_meetings.meetings.prepare_forms import FactsForm, ItemForm, PracticeForm


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, case: int) -> HttpResponse:
    """Begin a meeting of a case."""
    found, viewer = access_case(request.user, case, roles=prepare.PREPARERS)
    initial = {
        "title": _("债权人会议"),
        "starts_at": prepare.proposed_start(),
        "claims_open": True,
        "delegated": True,
        "floor_minutes": 5,
    }
    if not found.meetings.exists():
        initial["title"] = _("第一次债权人会议")
    form = FactsForm(
        request.POST if request.method == "POST" else None,
        initial=initial,
        may_delegate=viewer.is_judge,
        delegated=True,
    )
    if request.method == "POST" and form.is_valid():
        made = prepare.create_meeting(found, form.facts(), viewer)
        messages.success(request, _("会议已建立。请添加议程、文件和表决事项，然后通知召开。"))
        return redirect("meetings:prepare", made.slug)
    context = {"case": found, "form": form, "case_url": _case_url(found.pk)}
    status = 400 if form.is_bound else 200
    return render(request, "meetings/prepare_new.html", context, status=status)


def _case_url(case_id: int) -> str:
    return f"/cases/{case_id}/"


@require_GET
def page(request: HttpRequest, meeting: str) -> HttpResponse:
    """Show what the meeting still needs, its facts and its agenda."""
    found, viewer = _prepared(request, meeting)
    return _shown(request, found, viewer)


def _prepared(request: HttpRequest, meeting: str) -> tuple[Meeting, Viewer]:
    found, viewer = access_meeting(request.user, meeting)
    viewer.require(*prepare.PREPARERS)
    return found, viewer


@dataclass(frozen=True)
class Line:
    """An item on the page, with its form."""

    item: AgendaItem
    form: ItemForm
    first: bool
    last: bool
    open: bool


def _shown(
    request: HttpRequest,
    meeting: Meeting,
    viewer: Viewer,
    *,
    facts: FactsForm | None = None,
    counting: PracticeForm | None = None,
    item: tuple[int | None, ItemForm] | None = None,
) -> HttpResponse:
    """Draw the page; a form that was sent and is wrong comes back as it was sent."""
    sent_id, sent = item or (None, None)
    items = list(meeting.items.all())
    lines = [
        Line(
            item=one,
            form=sent if sent is not None and sent_id == one.pk else _item_form(one),
            first=number == 0,
            last=number == len(items) - 1,
            open=sent is not None and sent_id == one.pk,
        )
        for number, one in enumerate(items)
    ]
    checks = checklist.of(meeting)
    context = {
        "meeting": meeting,
        "viewer": viewer,
        "case_url": _case_url(meeting.case_id),
        "checks": checks,
        "waiting": [check for check in checks if not check.done],
        "facts": facts or FactsForm.of(meeting, may_delegate=viewer.is_judge),
        "facts_open": meeting.state in prepare.FACTS_OPEN,
        "practice": counting or PracticeForm.of(meeting),
        "practice_open": practice.may_change(meeting),
        "lines": lines,
        "new_item": sent
        if sent is not None and sent_id is None
        else ItemForm(prefix="new", initial={"kind": AgendaKind.REPORT}),
        "agenda_open": meeting.state != MeetingState.CLOSED,
        "may_chair": viewer.is_judge or meeting.delegated,
        "nobody_here": not meeting.attendances.exists(),
    }
    wrong = any(one is not None for one in (facts, counting, sent))
    return render(request, "meetings/prepare.html", context, status=400 if wrong else 200)


def _item_form(item: AgendaItem, data: Any = None) -> ItemForm:
    initial = {"kind": item.kind, "title": item.title, "note": item.note}
    return ItemForm(data, prefix=f"item-{item.pk}", initial=initial)


@require_POST
def facts(request: HttpRequest, meeting: str) -> HttpResponse:
    """Change the meeting's facts."""
    found, viewer = _prepared(request, meeting)
    form = FactsForm(request.POST, may_delegate=viewer.is_judge, delegated=found.delegated)
    if not form.is_valid():
        return _shown(request, found, viewer, facts=form)
    return _done(
        request,
        found,
        lambda: prepare.edit_facts(found, form.facts(), viewer),
        _("会议信息已保存。"),
    )


@require_POST
def settle_practice(request: HttpRequest, meeting: str) -> HttpResponse:
    """Settle how votes are counted where the law is silent."""
    found, viewer = _prepared(request, meeting)
    form = PracticeForm(request.POST, initial=practice.settled(found))
    if not form.is_valid():
        return _shown(request, found, viewer, counting=form)
    return _done(
        request,
        found,
        lambda: practice.settle(found, form.cleaned_data, viewer),
        _("计票口径已保存。"),
        "#practice",
    )


def _done(
    request: HttpRequest, meeting: Meeting, verb: Callable[[], object], said: str, place: str = ""
) -> HttpResponse:
    """Carry a verb out and go back to the page, with what it came to."""
    try:
        verb()
    except NotFound:
        raise
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, said)
    response = redirect("meetings:prepare", meeting.slug)
    response["Location"] += place
    return response


@require_POST
def convene(request: HttpRequest, meeting: str) -> HttpResponse:
    """Convene the meeting."""
    found, viewer = _prepared(request, meeting)
    return _done(
        request,
        found,
        lambda: prepare.convene(found, viewer, address=address_of(request)),
        _("会议已通知召开：债权人现在可以看到会议并签到。"),
    )


@require_POST
def take_back(request: HttpRequest, meeting: str) -> HttpResponse:
    """Take the meeting back into preparation."""
    found, viewer = _prepared(request, meeting)
    return _done(
        request,
        found,
        lambda: prepare.take_back(found, viewer, address=address_of(request)),
        _("会议已退回筹备，债权人暂时看不到它。"),
    )


@require_POST
def add_item(request: HttpRequest, meeting: str) -> HttpResponse:
    """Put an item on the agenda."""
    found, viewer = _prepared(request, meeting)
    form = ItemForm(request.POST, prefix="new")
    if not form.is_valid():
        return _shown(request, found, viewer, item=(None, form))
    return _done(
        request,
        found,
        lambda: prepare.add_item(found, viewer, **form.cleaned_data),
        _("议程已添加。"),
        "#agenda",
    )


@require_POST
def edit_item(request: HttpRequest, meeting: str, item: int) -> HttpResponse:
    """Change an item."""
    found, viewer = _prepared(request, meeting)
    known = AgendaItem.objects.filter(meeting=found, pk=item).first()
    if known is None:
        raise NotFound
    form = _item_form(known, request.POST)
    if not form.is_valid():
        return _shown(request, found, viewer, item=(item, form))
    return _done(
        request,
        found,
        lambda: prepare.edit_item(found, item, viewer, **form.cleaned_data),
        _("议程已保存。"),
        f"#item-{item}",
    )


@require_POST
def move_item(request: HttpRequest, meeting: str, item: int) -> HttpResponse:
    """Move an item one up or one down."""
    found, viewer = _prepared(request, meeting)
    steps = -1 if request.POST.get("to") == "up" else 1
    return _done(
        request,
        found,
        lambda: prepare.move_item(found, item, viewer, steps),
        _("议程的顺序已调整。"),
        f"#item-{item}",
    )


@require_POST
def delete_item(request: HttpRequest, meeting: str, item: int) -> HttpResponse:
    """Take an item off the agenda."""
    found, viewer = _prepared(request, meeting)
    return _done(
        request,
        found,
        lambda: prepare.delete_item(found, item, viewer),
        _("议程已删除。"),
        "#agenda",
    )
