"""What people do with resolutions: open the poll, close it, confirm the outcome."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Role
from creditor_meetings.meetings import verbs as meeting_verbs
from creditor_meetings.meetings.attachments import attachment
from creditor_meetings.meetings.models import Attendance, Meeting, MeetingState
from creditor_meetings.meetings.publishing import publish, publish_all
from voting import book, database_clock, describe, law
from voting.counting import is_past
from voting.models import (
    Ballot,
    Confirmation,
    Decision,
    Outcome,
    RegisterEntry,
    Resolution,
    ResolutionState,
    Tally,
)

log = logging.getLogger(__name__)

LONGEST_POLL = timedelta(days=60)


def locked(meeting: Meeting, resolution_id: int) -> Resolution:
    """Return a resolution of the meeting, held until the transaction ends."""
    found = (
        Resolution.objects.select_for_update(of=("self",), no_key=True)
        .select_related("meeting", "meeting__case")
        .filter(meeting=meeting, pk=resolution_id)
        .first()
    )
    if found is None:
        raise Refused("bad_request", _("本次会议没有这项表决。"))
    return found


@transaction.atomic
def open_poll(
    meeting: Meeting, resolution_id: int, viewer: Viewer, *, closes_at: datetime | None = None
) -> Resolution:
    """Freeze the voting register from the claims as they are, and open the poll.

    `closes_at` (UTC) announces the close; without it the poll is closed by hand.
    """
    found_meeting = meeting_verbs.locked(meeting)
    meeting_verbs.require_chair(found_meeting, viewer)
    if found_meeting.state != MeetingState.OPEN:
        raise Refused("bad_request", _("会议进行中才能开始表决。"))
    resolution = locked(meeting, resolution_id)
    if resolution.state != ResolutionState.DRAFT:
        raise Refused("bad_request", _("这项表决已经开始或者已经截止。"))
    _check_document(found_meeting, resolution)
    now = database_clock.now()
    if closes_at is not None and not now < closes_at <= now + LONGEST_POLL:
        raise Refused("bad_request", _("截止时间应在现在之后、六十日之内。"))
    register = _freeze_register(resolution)
    resolution.state = ResolutionState.OPEN
    resolution.opened_at, resolution.opened_by = now, viewer.person
    resolution.closes_at = closes_at
    resolution.tally_shown = found_meeting.tally_shown
    resolution.save()
    book.write(
        found_meeting,
        [
            ("register_frozen", book.register_body(resolution, register)),
            ("poll_opened", book.poll_body(resolution)),
        ],
    )
    # Two steps: what is counted for the second is read under the counter that the first took.
    publish_all(found_meeting, describe.right_news(resolution, register))
    publish_all(found_meeting, describe.opening_news(resolution))
    return resolution


def _check_document(meeting: Meeting, resolution: Resolution) -> None:
    """Refuse unless creditors can read what they are to vote on."""
    if resolution.document is None:
        return
    paper = attachment(meeting, resolution.document)
    if paper is None:
        raise Refused("bad_request", _("所附文件已经撤回，请修改表决事项后再开始表决。"))
    if not paper.handed_out:
        raise Refused(
            "bad_request",
            _("所附文件“%(title)s”尚未发放，请先发放再开始表决。") % {"title": paper.title},
        )


def _freeze_register(resolution: Resolution) -> list[RegisterEntry]:
    lines = law.register(resolution)
    if not any(not line.reason for line in lines):
        raise Refused("bad_request", _("没有任何债权人对本事项有表决权，请先导入并审查债权。"))
    register = RegisterEntry.objects.bulk_create(lines)
    groups = dict.fromkeys(line.group for line in lines if not line.reason)
    Tally.objects.bulk_create(Tally(resolution=resolution, group=group) for group in groups)
    return register


@transaction.atomic
def close_poll(meeting: Meeting, resolution_id: int, viewer: Viewer) -> Outcome:
    """Close a poll by hand, count it, and show what came of it."""
    meeting_verbs.require_chair(meeting, viewer)
    resolution = locked(meeting, resolution_id)
    if resolution.state != ResolutionState.OPEN:
        raise Refused("poll_not_open", _("这项表决没有在进行。"))
    return _close(resolution, database_clock.now(), viewer)


def close_due(meeting_id: int) -> float | None:
    """Close the polls of a meeting whose announced time has come.

    Returns the seconds until the next one, None when none is waiting. Doing it twice, or in
    two processes at once, is doing it once.
    """
    waiting = Resolution.objects.filter(
        meeting=meeting_id, state=ResolutionState.OPEN, closes_at__isnull=False
    ).order_by("closes_at")
    for resolution_id in waiting.values_list("pk", flat=True):
        now = database_clock.now()
        with transaction.atomic():
            resolution = (
                Resolution.objects.select_for_update(of=("self",), no_key=True)
                .select_related("meeting", "meeting__case")
                .get(pk=resolution_id)
            )
            if resolution.state != ResolutionState.OPEN or resolution.closes_at is None:
                continue
            if not is_past(resolution, now):
                return (resolution.closes_at - now).total_seconds()
            _close(resolution, resolution.closes_at, None)
    return None


def _close(resolution: Resolution, at: datetime, viewer: Viewer | None) -> Outcome:
    _note_attendance(resolution)
    resolution.state, resolution.closed_at = ResolutionState.CLOSED, at
    resolution.closed_by = viewer.person if viewer is not None else None
    resolution.save(update_fields=["state", "closed_at", "closed_by"])
    result = law.count(resolution)
    _check_running_count(resolution, result)
    outcome = Outcome.objects.create(
        resolution=resolution,
        outcome=result["outcome"],
        result=result,
        counted_at=database_clock.now(),
    )
    book.write(
        resolution.meeting,
        [
            ("poll_closed", book.poll_body(resolution)),
            ("result", {"resolution": resolution.pk, "result": result}),
        ],
    )
    publish_all(resolution.meeting, describe.closing_news(resolution, outcome))
    return outcome


def _note_attendance(resolution: Resolution) -> None:
    attending = Attendance.objects.filter(meeting=resolution.meeting).values("creditor")
    voted = Ballot.objects.filter(resolution=resolution, effective=True).values("creditor")
    register = RegisterEntry.objects.filter(resolution=resolution)
    register.filter(creditor__in=attending).update(attended=True)
    register.filter(creditor__in=voted).update(attended=True)


def _check_running_count(resolution: Resolution, result: dict) -> None:
    """Compare the recount with the count kept by addition; they must never differ."""
    running = {one["group"]: one for one in law.running(resolution)}
    for group in result["groups"]:
        kept = running.get(group["group"])
        for choice in ("for", "against", "abstain"):
            if kept is None or kept[choice] != group[choice]:
                # The recount from the ballots stands; that the two differ must be looked into.
                log.critical(
                    "resolution %s: running count %s, recount %s", resolution.pk, kept, group
                )
                return


@transaction.atomic
def confirm_outcome(
    meeting: Meeting,
    resolution_id: int,
    decision: str,
    reasons: str,
    viewer: Viewer,
    *,
    address: str = "",
) -> Confirmation:
    """Record the judge's word on an outcome, once; declining needs reasons."""
    viewer.require(Role.JUDGE)
    resolution = locked(meeting, resolution_id)
    outcome = Outcome.objects.filter(resolution=resolution).first()
    if outcome is None:
        raise Refused("bad_request", _("表决尚未截止，还没有结果可以确认。"))
    if Confirmation.objects.filter(outcome=outcome).exists():
        raise Refused("bad_request", _("这项结果已经确认或者不予确认，不能更改。"))
    if decision == Decision.DECLINED and not reasons:
        raise Refused("bad_request", _("不予确认时请写明理由。"))
    confirmation = Confirmation.objects.create(
        outcome=outcome,
        decision=decision,
        reasons=reasons,
        judge=viewer.person,
        at=database_clock.now(),
        address=address,
    )
    book.write(meeting, [("outcome_confirmed", book.confirmation_body(confirmation))])
    publish(
        meeting,
        "outcome_confirmed",
        {f"outcomes/{resolution.pk}/confirmation": describe.confirmation(confirmation)},
        notice={"kind": "confirmation", "resolution": resolution.pk, "decision": decision},
    )
    return confirmation
