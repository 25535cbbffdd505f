"""Ballots on paper (书面表决票): entered by one person with the scan, checked by another.

Each verb checks, changes, writes to the ledger and tells. A paper ballot counts from its check
on, and only while its poll goes on.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import NotFound, Refused
from creditor_meetings.cases.files import scans
from creditor_meetings.cases.models import STAFF_ROLES, Creditor
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.meetings.publishing import publish
from voting import ballot_rules, book, counting, database_clock, locks, wording
from voting.enrolment import practice_of
from voting.models import (
    Ballot,
    Choice,
    PaperBallot,
    PaperSheet,
    PaperState,
    RegisterEntry,
    Resolution,
    ResolutionState,
)

ROOM = "paper"
"""The folder below DATA_DIR in which the scans lie."""
REASON_LENGTH = 500
STANDING = (PaperState.ENTERED, PaperState.COUNTED, PaperState.OVERRULED)
"""The states of a paper that is the creditor's one paper ballot on a matter."""


@dataclass(frozen=True)
class Entry:
    """What a paper ballot says: on which matter, whose, and the choice in each group."""

    resolution: int
    creditor: int
    choices: Mapping[str, str]


def enter(
    meeting: Meeting, upload: File, entries: Sequence[Entry], viewer: Viewer, *, address: str = ""
) -> PaperSheet:
    """Enter the ballots of one scan, all or none. Raises `Refused`, `content.BadFile`."""
    viewer.require(*STAFF_ROLES)
    if not entries:
        raise Refused("bad_request", _("没有填写任何表决意见。"))
    # Opening the file may take seconds, and no lock is held meanwhile.
    scan = scans.take(ROOM, upload)
    with transaction.atomic():
        locks.locked_all(meeting, sorted({one.resolution for one in entries}))
        wrong = faults(meeting, entries)
        if wrong:
            number, refusal = min(wrong.items())
            raise Refused(refusal.code, _named(entries[number], refusal.message))
        sheet = PaperSheet.objects.create(
            meeting=meeting,
            name=scan.name,
            content_type=scan.content_type,
            size=scan.size,
            sha256=scan.sha256,
            entered_by=viewer.person,
            entered_at=database_clock.now(),
            address=address,
        )
        papers = PaperBallot.objects.bulk_create(
            PaperBallot(
                sheet=sheet,
                resolution_id=one.resolution,
                creditor_id=one.creditor,
                choices=dict(one.choices),
            )
            for one in entries
        )
        _write(meeting, papers, "paper_entered", _entered_body)
    return sheet


def _named(entry: Entry, message: str) -> str:
    """Say whose ballot on what a message is about."""
    creditor = Creditor.objects.filter(pk=entry.creditor).values_list("name", flat=True).first()
    title = Resolution.objects.filter(pk=entry.resolution).values_list("title", flat=True).first()
    return _("%(creditor)s，“%(title)s”：%(message)s") % {
        "creditor": creditor or entry.creditor,
        "title": title or entry.resolution,
        "message": message,
    }


def faults(meeting: Meeting, entries: Sequence[Entry]) -> dict[int, Refused]:
    """Say of each entry that cannot be a ballot why not, by its place in the list."""
    now = database_clock.now()
    polls = {one.pk: one for one in meeting.resolutions.select_related("meeting")}
    wanted = {one.resolution for one in entries}
    lines = register_lines(wanted, {one.creditor for one in entries})
    taken = set(
        PaperBallot.objects.filter(resolution__in=wanted, state__in=STANDING).values_list(
            "resolution_id", "creditor_id"
        )
    )
    wrong: dict[int, Refused] = {}
    for number, entry in enumerate(entries):
        pair = (entry.resolution, entry.creditor)
        try:
            poll = ballot_rules.open_poll(polls.get(entry.resolution), meeting.pk, now)
            _check(entry, lines.get(pair, []))
            if pair in taken:
                raise _second(poll)
        except Refused as refusal:
            wrong[number] = refusal
        taken.add(pair)
    return wrong


def _check(entry: Entry, lines: Sequence[RegisterEntry]) -> None:
    voting = ballot_rules.voting_entries(lines)
    if not ballot_rules.choices_by_group(voting, "", entry.choices):
        raise Refused("bad_request", _("没有填写任何表决意见。"))
    for choice in entry.choices.values():
        if choice not in Choice.values:
            raise Refused("bad_request", _("意见应为同意、反对或者弃权。"))


def _second(poll: Resolution) -> Refused:
    return Refused(
        "bad_request",
        _("该债权人对“%(title)s”已录入一张书面表决票，每项表决只计一张。") % {"title": poll.title},
    )


def register_lines(
    resolutions: Collection[int], creditors: Collection[int] | None = None
) -> dict[tuple[int, int], list[RegisterEntry]]:
    """Return the register's lines by resolution and creditor."""
    found = RegisterEntry.objects.filter(resolution__in=resolutions)
    if creditors is not None:
        found = found.filter(creditor__in=creditors)
    lines: dict[tuple[int, int], list[RegisterEntry]] = defaultdict(list)
    for one in found.order_by("pk"):
        lines[one.resolution_id, one.creditor_id].append(one)
    return lines


def open_polls(meeting: Meeting) -> list[Resolution]:
    """Return the polls that take ballots now."""
    now = database_clock.now()
    found = meeting.resolutions.filter(state=ResolutionState.OPEN).select_related("meeting")
    return [one for one in found.order_by("position", "pk") if not ballot_rules.is_past(one, now)]


# --- The second person's check --------------------------------------------------------------


def sheet_of(meeting: Meeting, sheet_id: int) -> PaperSheet:
    """Return a sheet of the meeting. Raises `NotFound`."""
    found = PaperSheet.objects.filter(meeting=meeting, pk=sheet_id).select_related("entered_by")
    sheet = found.first()
    if sheet is None:
        raise NotFound
    return sheet


@transaction.atomic
def accept(
    meeting: Meeting, sheet_id: int, viewer: Viewer, papers: Collection[int] | None = None
) -> list[PaperBallot]:
    """Accept a sheet's waiting ballots, all or those named: each is counted, or yields.

    By the meeting's rule a paper ballot may yield to the creditor's online one that stands.
    """
    sheet = _to_check(meeting, sheet_id, viewer)
    waiting = _waiting(sheet, papers)
    # All resolutions, then the ledger, then events: whoever counts takes them in this order.
    locks.locked_all(meeting, sorted({one.resolution_id for one in waiting}))
    book.hold(meeting)
    waiting = _waiting(sheet, [one.pk for one in waiting])
    _count(waiting, viewer)
    _write(meeting, waiting, "paper_checked", _checked_body)
    return waiting


def _to_check(meeting: Meeting, sheet_id: int, viewer: Viewer) -> PaperSheet:
    viewer.require(*STAFF_ROLES)
    sheet = sheet_of(meeting, sheet_id)
    if sheet.entered_by_id == viewer.person.pk:
        raise Refused("not_allowed", _("录入人不能复核自己录入的表决票，请由另一人复核。"))
    return sheet


def _waiting(sheet: PaperSheet, papers: Collection[int] | None) -> list[PaperBallot]:
    found = sheet.ballots.filter(state=PaperState.ENTERED).order_by("pk")
    if papers is not None:
        found = found.filter(pk__in=papers)
    waiting = list(found.select_related("sheet", "sheet__entered_by", "creditor", "resolution"))
    if not waiting or (papers is not None and len(waiting) != len(set(papers))):
        raise Refused("bad_request", _("表决票已经复核，或者不在这份扫描件中。"))
    return waiting


def _count(papers: Sequence[PaperBallot], viewer: Viewer) -> None:
    for paper, counted in zip(papers, counting.record_papers(papers, viewer.person), strict=True):
        if isinstance(counted, Refused):
            entry = Entry(paper.resolution_id, paper.creditor_id, paper.choices)
            raise Refused(counted.code, _named(entry, counted.message))
        paper.state = PaperState.COUNTED if counted is not None else PaperState.OVERRULED
        paper.ballot = counted
    _save_check(papers, viewer)


def _save_check(papers: Sequence[PaperBallot], viewer: Viewer, reason: str = "") -> None:
    now = database_clock.now()
    for paper in papers:
        paper.checked_by, paper.checked_at, paper.reason = viewer.person, now, reason
    fields = ["state", "ballot", "checked_by", "checked_at", "reason"]
    PaperBallot.objects.bulk_update(papers, fields, batch_size=500)


@transaction.atomic
def refuse(
    meeting: Meeting,
    sheet_id: int,
    viewer: Viewer,
    reason: str,
    papers: Collection[int] | None = None,
) -> list[PaperBallot]:
    """Refuse a sheet's waiting ballots with the reason, all or those named, also after a close.

    They may be entered anew.
    """
    if not reason:
        raise Refused("bad_request", _("复核不通过时请写明理由。"))
    sheet = _to_check(meeting, sheet_id, viewer)
    waiting = _waiting(sheet, papers)
    locks.locked_all(meeting, sorted({one.resolution_id for one in waiting}))
    waiting = _waiting(sheet, [one.pk for one in waiting])
    for paper in waiting:
        paper.state = PaperState.REFUSED
    _save_check(waiting, viewer, reason[:REASON_LENGTH])
    _write(meeting, waiting, "paper_checked", _checked_body)
    return waiting


# --- Record, section, words -----------------------------------------------------------------


def _write(
    meeting: Meeting,
    papers: Sequence[PaperBallot],
    kind: str,
    body: Callable[[PaperBallot], dict[str, Any]],
) -> None:
    """Write papers to the ledger, then tell the team how many wait."""
    names = dict(
        Creditor.objects.filter(pk__in={one.creditor_id for one in papers}).values_list(
            "pk", "name"
        )
    )
    book.write(
        meeting,
        [(kind, {**body(one), "creditor_name": names[one.creditor_id]}) for one in papers],
    )
    publish(meeting, kind, {"paper/waiting": waiting(meeting)}, audience="staff")


def _entered_body(paper: PaperBallot) -> dict[str, Any]:
    sheet = paper.sheet
    return {
        "paper": paper.pk,
        "resolution": paper.resolution_id,
        "creditor": paper.creditor_id,
        "choices": dict(paper.choices),
        "scan_sha256": sheet.sha256,
        "entered_by": sheet.entered_by_id,
        "entered_by_name": str(sheet.entered_by),
        "entered_at": _moment(sheet.entered_at),
    }


def _checked_body(paper: PaperBallot) -> dict[str, Any]:
    return {
        **_entered_body(paper),
        "state": str(paper.state),
        "ballot": paper.ballot.number if paper.ballot is not None else None,
        "paper_conflict": practice_of(paper.resolution)["paper_conflict"],
        "checked_by": paper.checked_by_id,
        "checked_by_name": str(paper.checked_by),
        "checked_at": _moment(paper.checked_at),
        "reason": paper.reason,
    }


def _moment(at: datetime | None) -> str | None:
    return clock.rfc3339(at) if at is not None else None


def waiting(meeting: Meeting) -> int:
    """Count the paper ballots that wait for their check."""
    return PaperBallot.objects.filter(sheet__meeting=meeting, state=PaperState.ENTERED).count()


def section(meeting: Meeting, staff: bool) -> dict[str, Any]:
    """Tell the team how many paper ballots wait for their check."""
    return {"waiting": waiting(meeting)} if staff else {}


def said(paper: PaperBallot) -> str:
    """Write what a paper says, group by group where it says different things."""
    return wording.said(paper.choices)


def conflict_words(resolutions: Iterable[Resolution]) -> list[str]:
    """Say which of a paper and an online ballot counts, by the rule set beforehand."""
    words = wording.practice_words()["paper_conflict"]
    return list(dict.fromkeys(words[practice_of(one)["paper_conflict"]] for one in resolutions))


def standing_online(papers: Iterable[PaperBallot]) -> dict[tuple[int, int], Ballot]:
    """Return the ballots that stand beside paper ones, by resolution and creditor."""
    papers = list(papers)
    found = Ballot.objects.filter(
        resolution__in={one.resolution_id for one in papers},
        creditor__in={one.creditor_id for one in papers},
        effective=True,
    )
    return {(one.resolution_id, one.creditor_id): one for one in found}
