"""The page of a meeting's papers: versions, making, signing, downloading."""

from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.requests import address_of
from creditor_meetings.meetings.access import access_meeting
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.realtime import fields
from voting.models import Paper, PaperKind, Resolution, ResolutionState
from voting.papers import identity, store, verbs
from voting.papers.access import access_paper, papers_of
from voting.papers.minutes import COURT, PUBLIC

COPIES = {"public": PUBLIC, "court": COURT}


@require_safe
def papers(request: HttpRequest, meeting: str) -> HttpResponse:
    """List the papers that the viewer may have; the team and the court make and sign them."""
    found, viewer = access_meeting(request.user, meeting)
    return _page(request, found, viewer)


def _page(
    request: HttpRequest, meeting: Meeting, viewer: Viewer, refusal: Refused | None = None
) -> HttpResponse:
    roles = verbs.may_sign_as(meeting, viewer) if viewer.is_staff else []
    rows = (
        papers_of(meeting, viewer)
        .select_related("resolution", "made_by")
        .prefetch_related("signatures__person")
        .order_by("kind", "resolution", "-version")
    )
    listed = [_row(one, viewer, roles) for one in rows]
    context = {
        "meeting": meeting,
        "viewer": viewer,
        "minutes": [one for one in listed if one["paper"].kind == PaperKind.MINUTES],
        "certificates": [one for one in listed if one["paper"].kind == PaperKind.CERTIFICATE],
        "closed": _closed(meeting) if viewer.is_staff else [],
        "certificate": identity.current() if viewer.is_staff else None,
        "additions_length": verbs.ADDITIONS_LENGTH,
        "sent": request.POST,
        "refusal": refusal,
    }
    status = refusal.status if refusal is not None else 200
    return render(request, "voting/papers.html", context, status=status)


def _row(paper: Paper, viewer: Viewer, roles: list[str]) -> dict[str, Any]:
    signed = list(paper.signatures.all())
    own = {one.role for one in signed if one.person_id == viewer.person.pk}
    return {
        "paper": paper,
        "court": paper.language == COURT,
        "signatures": [
            {"person": one.person, "role": verbs.role_name(one.role), "at": one.at}
            for one in signed
        ],
        "sha256": signed[-1].sha256 if signed else paper.sha256,
        "roles": [(role, verbs.role_name(role)) for role in roles if role not in own],
    }


def _closed(meeting: Meeting) -> list[Resolution]:
    return list(
        Resolution.objects.filter(meeting=meeting, state=ResolutionState.CLOSED).order_by(
            "position", "pk"
        )
    )


@require_POST
def make_minutes(request: HttpRequest, meeting: str) -> HttpResponse:
    """Make a version of the minutes."""
    found, viewer = access_meeting(request.user, meeting)
    try:
        additions = fields.text(
            request.POST.dict(), "additions", max_length=verbs.ADDITIONS_LENGTH, required=False
        )
        paper = verbs.make_minutes(found, viewer, additions, names=_names(request))
    except Refused as refusal:
        return _refused(request, found, viewer, refusal)
    messages.success(request, _("已制作会议记录第 %(n)s 版。") % {"n": paper.version})
    return redirect("papers:papers", found.slug)


@require_POST
def make_certificate(request: HttpRequest, meeting: str) -> HttpResponse:
    """Make a certificate of the result of a closed poll."""
    found, viewer = access_meeting(request.user, meeting)
    try:
        resolution = fields.integer(_numbers(request, "resolution"), "resolution")
        paper = verbs.make_certificate(found, resolution, viewer, names=_names(request))
    except Refused as refusal:
        return _refused(request, found, viewer, refusal)
    messages.success(request, _("已制作表决结果证明第 %(n)s 版。") % {"n": paper.version})
    return redirect("papers:papers", found.slug)


def _names(request: HttpRequest) -> bool:
    return fields.choice(request.POST.dict(), "copy", list(COPIES)) == "court"


def _numbers(request: HttpRequest, name: str) -> dict[str, Any]:
    text = request.POST.get(name, "")
    plain = text.isascii() and text.isdigit() and len(text) < 18
    return {name: int(text) if plain else text}


def _refused(
    request: HttpRequest, meeting: Meeting, viewer: Viewer, refusal: Refused
) -> HttpResponse:
    """Show the page again with what was typed; who may not do it at all gets the refusal."""
    if not viewer.is_staff:
        raise refusal
    return _page(request, meeting, viewer, refusal)


@require_POST
def sign(request: HttpRequest, meeting: str, paper: int) -> HttpResponse:
    """Put the viewer's signature on a paper."""
    found, viewer = access_meeting(request.user, meeting)
    one = access_paper(found, viewer, paper)
    try:
        verbs.sign_paper(
            found,
            one.pk,
            request.POST.get("role", ""),
            viewer,
            address=address_of(request),
        )
    except Refused as refusal:
        return _refused(request, found, viewer, refusal)
    messages.success(request, _("已签署。签名和时间已写入文书和会议账本。"))
    return redirect("papers:papers", found.slug)


@require_safe
def download(request: HttpRequest, meeting: str, paper: int) -> HttpResponse:
    """Give a paper with all signatures that it has by now."""
    found, viewer = access_meeting(request.user, meeting)
    one = access_paper(found, viewer, paper)
    latest = one.signatures.order_by("-pk").first()
    try:
        content = store.content(latest.sha256 if latest else one.sha256)
    except OSError:
        raise Refused("unavailable", _("文书文件暂时无法读取，请联系系统管理员。")) from None
    return pdf_answer(content, f"{_title(one)}.pdf")


def _title(paper: Paper) -> str:
    what = _("会议记录") if paper.kind == PaperKind.MINUTES else _("表决结果证明")
    matter = f"-{paper.resolution}" if paper.resolution is not None else ""
    return f"{what}{matter}-{paper.version}"


def pdf_answer(content: bytes, name: str) -> HttpResponse:
    """Answer with a PDF to keep, which no cache keeps."""
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    answer["Cache-Control"] = "private, no-store"
    return answer
