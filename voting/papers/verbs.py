"""What people do with papers: make a version of the minutes or a certificate, sign it.

What takes long (setting, signing, a timestamp from far away) is done before the transaction;
the transaction then checks that nobody was quicker.
"""

from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Role
from creditor_meetings.meetings import verbs as meeting_verbs
from creditor_meetings.meetings.describe import may_chair
from creditor_meetings.meetings.models import Meeting
from voting import book, database_clock
from voting.models import Paper, PaperKind, PaperSignature, Resolution
from voting.papers import certificate, minutes, places, saying, setting, store, story
from voting.papers.minutes import COURT, PUBLIC
from voting.papers.story import Poll, Story

ADDITIONS_LENGTH = 20_000
NAMES = 20_000
"""Lines of names in one paper: some 400 pages; the evidence bundle has them without a limit."""
TRIES = 3
CHAIR = "chair"


def make_minutes(meeting: Meeting, viewer: Viewer, additions: str, *, names: bool) -> Paper:
    """Make a new version of the minutes from the ledger as it is now."""
    viewer.require(Role.ADMINISTRATOR, Role.JUDGE, Role.CLERK)
    if len(additions) > ADDITIONS_LENGTH:
        raise Refused("bad_request", _("补充内容最多 20000 字。"))
    told = _told(meeting)
    if names:
        _check_names(len(told.of("attendance")), *told.polls.values())
    resolutions = {
        one.pk: one
        for one in Resolution.objects.filter(meeting=meeting).select_related("meeting", "election")
    }

    def said(version: int) -> dict[str, Any]:
        return minutes.say(told, version, additions, names=names, resolutions=resolutions)

    return _make(PaperKind.MINUTES, told, None, viewer, said, additions=additions, names=names)


def make_certificate(meeting: Meeting, resolution_id: int, viewer: Viewer, *, names: bool) -> Paper:
    """Make a certificate of the result of a closed poll."""
    viewer.require(Role.ADMINISTRATOR, Role.JUDGE, Role.CLERK)
    resolution = (
        Resolution.objects.select_related("meeting")
        .filter(meeting=meeting, pk=resolution_id)
        .first()
    )
    if resolution is None:
        raise Refused("bad_request", _("本次会议没有这项表决。"))
    told = _told(meeting)
    poll = told.polls.get(resolution_id)
    if poll is None or poll.result is None:
        raise Refused("poll_not_open", _("表决尚未截止，还没有结果可以证明。"))
    if poll.voided:
        raise Refused("bad_request", _("这项表决已经作废，没有结果可以证明。"))
    if names:
        _check_names(0, poll)

    def said(version: int) -> dict[str, Any]:
        return certificate.say(told, resolution, version, names=names)

    return _make(PaperKind.CERTIFICATE, told, resolution, viewer, said, names=names)


def _check_names(lines: int, *polls: Poll) -> None:
    lines += sum(len(one["lines"]) for poll in polls for one in poll.creditors)
    if lines > NAMES:
        raise Refused(
            "bad_request",
            _("姓名明细有 %(lines)s 行，超过上限 %(most)s 行：请制作公开本，明细见证据包。")
            % {"lines": lines, "most": NAMES},
        )


def _told(meeting: Meeting) -> Story:
    told = story.read(meeting)
    if not told.lines:
        raise Refused("bad_request", _("会议还没有任何记录。"))
    return told


def _make(
    kind: str,
    told: Story,
    resolution: Resolution | None,
    viewer: Viewer,
    said: Any,
    *,
    names: bool,
    additions: str = "",
) -> Paper:
    versions = Paper.objects.filter(meeting=told.meeting, kind=kind, resolution=resolution)
    for _try in range(TRIES):
        version = _next(versions)
        # A paper for the court's files is in the court's language, whoever presses the button.
        with translation.override("zh-hans"):
            pdf = setting.set_paper(kind, said(version), saying.moment(told.last.at))
        paper = Paper(
            meeting=told.meeting,
            resolution=resolution,
            kind=kind,
            version=version,
            language=COURT if names else PUBLIC,
            additions=additions,
            ledger_size=told.size,
            sha256=store.keep(pdf),
            size=len(pdf),
            made_by=viewer.person,
        )
        if _write(paper, versions):
            return paper
    raise Refused("unavailable", _("同时有人在制作，请再试一次。"))


def _next(versions: Any) -> int:
    latest = versions.order_by("-version").values_list("version", flat=True).first()
    return (latest or 0) + 1


@transaction.atomic
def _write(paper: Paper, versions: Any) -> bool:
    meeting = meeting_verbs.locked(paper.meeting)
    if _next(versions) != paper.version:
        return False
    paper.made_at = database_clock.now()
    paper.save()
    body = {
        "paper": paper.pk,
        "kind": paper.kind,
        "version": paper.version,
        "sha256": paper.sha256,
        "resolution": paper.resolution_id,
        "language": paper.language,
        "ledger_size": paper.ledger_size,
        "additions": paper.additions,
        "by_name": str(paper.made_by),
    }
    book.write(meeting, [("paper_made", body)])
    return True


def may_sign_as(meeting: Meeting, viewer: Viewer) -> list[str]:
    """Name the roles in which the viewer may sign papers of the meeting."""
    roles = [role for role in (Role.JUDGE, Role.CLERK, Role.ADMINISTRATOR) if role in viewer.roles]
    chair = [CHAIR] if may_chair(meeting, viewer) else []
    return [*chair, *(str(role) for role in roles)]


def role_name(role: str) -> str:
    """Name a role as papers do."""
    return _("主持人") if role == CHAIR else str(Role(role).label)


def sign_paper(
    meeting: Meeting, paper_id: int, role: str, viewer: Viewer, *, address: str = ""
) -> PaperSignature:
    """Put the viewer's signature on a paper, in a role; the earlier ones stay valid."""
    if role not in may_sign_as(meeting, viewer):
        raise Refused("not_allowed", _("您不能以这一身份签署。"))
    paper = Paper.objects.filter(meeting=meeting, pk=paper_id).first()
    if paper is None:
        raise Refused("bad_request", _("本次会议没有这份文书。"))
    for _try in range(TRIES):
        earlier = list(paper.signatures.order_by("pk"))
        place = _place(earlier, role, viewer)
        base = earlier[-1].sha256 if earlier else paper.sha256
        signed_at = database_clock.now()
        # pyHanko takes almost half a second to load, and few processes ever sign.
        from voting.papers import signing

        who = signing.Signatory(str(viewer.person), place.label, signed_at, meeting.case.court)
        pdf = signing.sign(store.content(base), place, len(earlier) + 1, who)
        signature = PaperSignature(
            paper=paper,
            person=viewer.person,
            role=role,
            at=signed_at,
            sha256=store.keep(pdf),
            size=len(pdf),
            address=address,
        )
        if _write_signature(signature, [one.pk for one in earlier]):
            return signature
    raise Refused("unavailable", _("同时有人在签署，请再试一次。"))


def _place(earlier: list[PaperSignature], role: str, viewer: Viewer) -> places.Place:
    if any(one.person_id == viewer.person.pk and one.role == role for one in earlier):
        raise Refused("bad_request", _("您已经以这一身份签署过这一版。"))
    place = places.free(role, [one.role for one in earlier])
    if place is None:
        raise Refused("bad_request", _("这一身份的签名处已经用完，请制作新的一版。"))
    return place


@transaction.atomic
def _write_signature(signature: PaperSignature, earlier: list[int]) -> bool:
    meeting = meeting_verbs.locked(signature.paper.meeting)
    if list(signature.paper.signatures.order_by("pk").values_list("pk", flat=True)) != earlier:
        return False
    signature.save()
    body = {
        "paper": signature.paper_id,
        "person": signature.person_id,
        "person_name": str(signature.person),
        "role": signature.role,
        "at": clock.rfc3339(signature.at),
        "sha256": signature.sha256,
    }
    book.write(meeting, [("paper_signed", body)])
    return True
