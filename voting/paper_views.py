"""Pages of paper ballots: entering one or many with their scan, and the second person's check."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.files import scans, serving
from creditor_meetings.cases.models import STAFF_ROLES, Creditor
from creditor_meetings.cases.money import yuan_grouped
from creditor_meetings.cases.requests import address_of
from creditor_meetings.claims.importing.findings import Unreadable
from creditor_meetings.claims.importing.grid import too_large
from creditor_meetings.meetings.access import access_meeting
from creditor_meetings.meetings.models import Meeting
from voting import paper, paper_sheet, wording
from voting.ballot_rules import reason_text
from voting.models import Choice, PaperBallot, PaperSheet, PaperState, RegisterEntry, Resolution

FOUND = 20
"""Creditors that a search offers."""
LINES = 200
PROBLEMS = 100
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _door(request: HttpRequest, meeting: str) -> tuple[Meeting, Viewer]:
    found, viewer = access_meeting(request.user, meeting)
    viewer.require(*STAFF_ROLES)
    return found, viewer


# --- Entering -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A question of the form: one group's choice on one matter."""

    field: str
    group: str
    label: str
    amount: str
    chosen: str = ""


@dataclass(frozen=True)
class Matter:
    """What a creditor can say on one open poll, or why it cannot."""

    resolution: Resolution
    lines: Sequence[Line] = ()
    hint: str = ""


@dataclass
class Shown:
    """What the page says besides what it always shows."""

    creditor: Creditor | None = None
    sent: Mapping[str, Any] = field(default_factory=dict)
    wrong: str = ""
    bulk_wrong: str = ""
    problems: Sequence[Any] = ()


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, meeting: str) -> HttpResponse:
    """Show the meeting's paper ballots; enter one."""
    found, viewer = _door(request, meeting)
    chosen = request.POST if request.method == "POST" else request.GET
    shown = Shown(creditor=_creditor(found, chosen.get("creditor", "")), sent=request.POST)
    if request.method != "POST":
        return _page(request, found, viewer, shown)
    try:
        sheet = _enter_one(request, found, viewer, shown.creditor)
    except Refused as refusal:
        shown.wrong = refusal.message
        return _page(request, found, viewer, shown, status=refusal.status)
    messages.success(request, _("表决票已录入，待另一人复核后计入。"))
    return redirect("voting:paper_sheet", found.slug, sheet.pk)


def _creditor(meeting: Meeting, number: str) -> Creditor | None:
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    return Creditor.objects.filter(case=meeting.case_id, pk=int(number)).first()


def _enter_one(
    request: HttpRequest, meeting: Meeting, viewer: Viewer, creditor: Creditor | None
) -> PaperSheet:
    if creditor is None:
        raise Refused("bad_request", _("请先选择债权人。"))
    entries = []
    for matter in _matters(meeting, creditor, request.POST):
        choices = {line.group: line.chosen for line in matter.lines if line.chosen}
        if choices:
            entries.append(paper.Entry(matter.resolution.pk, creditor.pk, choices))
    if not entries and not paper.open_polls(meeting):
        raise _nothing_open()
    return paper.enter(meeting, _file(request), entries, viewer, address=address_of(request))


def _nothing_open() -> Refused:
    return Refused("poll_not_open", _("没有正在进行的表决；表决截止后不能再录入书面表决票。"))


def _file(request: HttpRequest) -> Any:
    file = request.FILES.get("scan")
    if file is None:
        raise Refused("bad_request", _("请选择表决票的扫描件。"))
    return file


def _matters(meeting: Meeting, creditor: Creditor, sent: Mapping[str, Any]) -> list[Matter]:
    polls = paper.open_polls(meeting)
    lines = paper.register_lines([poll.pk for poll in polls], [creditor.pk])
    there = set(
        PaperBallot.objects.filter(
            resolution__in=polls, creditor=creditor, state__in=paper.STANDING
        ).values_list("resolution_id", flat=True)
    )
    return [
        _matter(poll, lines.get((poll.pk, creditor.pk), []), poll.pk in there, sent)
        for poll in polls
    ]


def _matter(
    poll: Resolution, lines: Sequence[RegisterEntry], there: bool, sent: Mapping[str, Any]
) -> Matter:
    if there:
        return Matter(poll, hint=_("已录入一张书面表决票，每项表决只计一张。"))
    rights = [line for line in lines if not line.reason]
    if not rights:
        return Matter(poll, hint=reason_text(lines[0].reason if lines else ""))
    voting = [line for line in rights if not line.carried]
    if not voting:
        return Matter(poll, hint=_("上一次表决中的同意继续有效，不再重新表决。"))
    return Matter(poll, [_line(poll, one, len(voting) > 1, sent) for one in voting])


def _line(poll: Resolution, entry: RegisterEntry, named: bool, sent: Mapping[str, Any]) -> Line:
    name = f"choice-{poll.pk}-{entry.pk}"
    said = sent.get(name, "")
    return Line(
        field=name,
        group=entry.group,
        label=wording.group_name(entry.group) if named and entry.group else "",
        amount=yuan_grouped(entry.amount_fen),
        chosen=said if said in Choice.values else "",
    )


def _page(
    request: HttpRequest, meeting: Meeting, viewer: Viewer, shown: Shown, *, status: int = 200
) -> HttpResponse:
    query = request.GET.get("q", "").strip()[:100]
    polls = paper.open_polls(meeting)
    found = _search(meeting, query) if query else []
    waiting = Count("ballots", filter=Q(ballots__state=PaperState.ENTERED))
    sheets = meeting.paper_sheets.select_related("entered_by").annotate(
        count=Count("ballots"),
        waiting=waiting,
        counted=Count("ballots", filter=Q(ballots__state=PaperState.COUNTED)),
        overruled=Count("ballots", filter=Q(ballots__state=PaperState.OVERRULED)),
        refused=Count("ballots", filter=Q(ballots__state=PaperState.REFUSED)),
    )
    context = {
        "meeting": meeting,
        "viewer": viewer,
        "polls": polls,
        "rules": paper.conflict_words(polls),
        "query": query,
        "found": found[:FOUND],
        "more": len(found) > FOUND,
        "creditor": shown.creditor,
        "matters": _matters(meeting, shown.creditor, shown.sent) if shown.creditor else [],
        "choices": Choice.choices,
        "wrong": shown.wrong,
        "bulk_wrong": shown.bulk_wrong,
        "problems": shown.problems[:PROBLEMS],
        "problem_count": len(shown.problems),
        "waiting": paper.waiting(meeting),
        "page": Paginator(sheets.order_by("-pk"), LINES).get_page(request.GET.get("sheets")),
        "accept": scans.EXTENSIONS,
    }
    return render(request, "voting/paper.html", context, status=status)


def _search(meeting: Meeting, query: str) -> list[Creditor]:
    wanted = Q(name__icontains=query) | Q(identity_number__icontains=query)
    if query.isascii() and query.isdigit() and len(query) < 9:
        wanted |= Q(position=int(query))
    return list(Creditor.objects.filter(wanted, case=meeting.case_id)[: FOUND + 1])


@require_safe
def download(request: HttpRequest, meeting: str) -> HttpResponse:
    """Give the bulk sheet of the polls that go on, to be filled in."""
    found, _viewer = _door(request, meeting)
    if not paper.open_polls(found):
        raise _nothing_open()
    answer = HttpResponse(paper_sheet.build(found), content_type=EXCEL)
    name = _("书面表决票录入表") + f"-{found.slug}.xlsx"
    answer["Content-Disposition"] = serving.disposition("attachment", name)
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
def bulk(request: HttpRequest, meeting: str) -> HttpResponse:
    """Enter a filled sheet with its scan, all or nothing; say what is wrong cell by cell."""
    found, viewer = _door(request, meeting)
    shown = Shown()
    try:
        sheet = _enter_sheet(request, found, viewer, shown)
    except Unreadable as unreadable:
        shown.bulk_wrong = str(unreadable)
        return _page(request, found, viewer, shown, status=400)
    except Refused as refusal:
        shown.bulk_wrong = refusal.message
        return _page(request, found, viewer, shown, status=refusal.status)
    messages.success(
        request,
        _("已录入 %(count)s 张表决票，待另一人复核后计入。") % {"count": sheet.ballots.count()},
    )
    return redirect("voting:paper_sheet", found.slug, sheet.pk)


def _enter_sheet(
    request: HttpRequest, meeting: Meeting, viewer: Viewer, shown: Shown
) -> PaperSheet:
    if not paper.open_polls(meeting):
        raise _nothing_open()
    table = request.FILES.get("table")
    if table is None:
        raise Refused("bad_request", _("请选择填好的录入表。"))
    if (table.size or 0) > settings.CLAIMS_TABLE_MAX_BYTES:
        raise too_large()
    scan = _file(request)
    reading = paper_sheet.read(meeting, table.read(), table.name or "")
    shown.problems = reading.findings.problems
    if reading.findings.problems:
        raise Refused("bad_request", _("录入表有问题，没有录入任何表决票。"))
    return paper.enter(meeting, scan, reading.entries, viewer, address=address_of(request))


# --- Checking -------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def sheet(request: HttpRequest, meeting: str, sheet: int) -> HttpResponse:
    """Show a scan beside what was entered from it; accept or refuse as the second person."""
    found, viewer = _door(request, meeting)
    one = paper.sheet_of(found, sheet)
    if request.method != "POST":
        return _sheet(request, found, viewer, one)
    try:
        said = _check(request, found, viewer, one)
    except NotFound:
        raise
    except Refused as refusal:
        return _sheet(request, found, viewer, one, refusal=refusal)
    messages.success(request, said)
    return redirect("voting:paper_sheet", found.slug, one.pk)


def _check(request: HttpRequest, meeting: Meeting, viewer: Viewer, one: PaperSheet) -> str:
    action, _colon, number = request.POST.get("action", "").partition(":")
    if number and not (number.isascii() and number.isdigit() and len(number) < 19):
        raise Refused("bad_request", _("本次会议没有这张表决票。"))
    papers = [int(number)] if number else None
    if action == "accept":
        checked = paper.accept(meeting, one.pk, viewer, papers)
        yielded = sum(paper_.state == PaperState.OVERRULED for paper_ in checked)
        said = _("已计入 %(count)s 张书面表决票。") % {"count": len(checked) - yielded}
        if yielded:
            said += _("另有 %(count)s 张按会议的规则以网络票为准。") % {"count": yielded}
        return said
    if action == "refuse":
        reason = request.POST.get("reason", "").strip()
        if len(reason) > paper.REASON_LENGTH:
            raise Refused("bad_request", _("理由不超过 500 个字。"))
        checked = paper.refuse(meeting, one.pk, viewer, reason, papers)
        return _("%(count)s 张表决票复核未通过，可以重新录入。") % {"count": len(checked)}
    raise Refused("bad_request", _("请选择复核通过或者不通过。"))


def _sheet(
    request: HttpRequest,
    meeting: Meeting,
    viewer: Viewer,
    one: PaperSheet,
    *,
    refusal: Refused | None = None,
) -> HttpResponse:
    rows = one.ballots.select_related(
        "creditor", "resolution", "resolution__meeting", "checked_by", "ballot"
    )
    page = Paginator(rows.order_by("pk"), LINES).get_page(request.GET.get("ballots"))
    online = paper.standing_online(page.object_list)
    overruled = [row for row in page.object_list if row.state == PaperState.OVERRULED]
    context = {
        "meeting": meeting,
        "sheet": one,
        "page": page,
        "lines": [
            {
                "paper": row,
                "said": paper.said(row),
                "standing": online.get((row.resolution_id, row.creditor_id)),
            }
            for row in page.object_list
        ],
        "waiting": one.ballots.filter(state=PaperState.ENTERED).count(),
        "own": one.entered_by_id == viewer.person.pk,
        "rules": paper.conflict_words(row.resolution for row in overruled),
        "pages": _pages(one),
        "refusal": refusal,
        "reason": request.POST.get("reason", ""),
    }
    status = refusal.status if refusal is not None else 200
    return render(request, "voting/paper_sheet.html", context, status=status)


def _pages(one: PaperSheet) -> range:
    if not scans.path_of(paper.ROOM, one.sha256).is_file():
        return range(0)
    return range(1, 1 + scans.pages(paper.ROOM, one.content_type, one.sha256))


def _scan(one: PaperSheet) -> scans.Scan:
    return scans.Scan(one.name, one.content_type, one.size, one.sha256)


@require_safe
def scan(request: HttpRequest, meeting: str, sheet: int) -> HttpResponseBase:
    """Give a scan to the team and the court."""
    found, _viewer = _door(request, meeting)
    return scans.give(request, paper.ROOM, _scan(paper.sheet_of(found, sheet)))


@require_safe
def picture(request: HttpRequest, meeting: str, sheet: int, number: int) -> HttpResponseBase:
    """Give the picture of a scan's page."""
    found, _viewer = _door(request, meeting)
    return scans.give_picture(request, paper.ROOM, _scan(paper.sheet_of(found, sheet)), number)
