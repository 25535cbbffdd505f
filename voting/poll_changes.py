"""What is done to a poll while it runs, with reasons: extended, suspended, resumed, voided.

All of it is possible after the meeting's close too, since polls may outlive the session.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer
from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Role
from creditor_meetings.meetings import polls
from creditor_meetings.meetings import verbs as meeting_verbs
from creditor_meetings.meetings.models import Meeting, MeetingState
from creditor_meetings.meetings.publishing import News, publish_all
from voting import book, database_clock, describe, elections
from voting.branches import needs_second_vote
from voting.counting import is_past
from voting.locks import locked
from voting.models import (
    Confirmation,
    Decision,
    PollChange,
    Resolution,
    ResolutionState,
)
from voting.opening import check_closing_time

RUNNING = frozenset({ResolutionState.OPEN, ResolutionState.SUSPENDED})
REASONS_LENGTH = 2_000
Kind = PollChange.Kind


@transaction.atomic
def extend_poll(
    meeting: Meeting,
    resolution_id: int,
    closes_at: datetime,
    reasons: str,
    viewer: Viewer,
    *,
    address: str = "",
) -> Resolution:
    """Let a poll run to a later close (UTC), or announce one where there was none."""
    resolution = _running(meeting, resolution_id, viewer)
    _require_reasons(reasons, _("延长表决应写明理由。"))
    check_closing_time(closes_at, database_clock.now())
    before = resolution.closes_at
    if before is not None and closes_at <= before:
        raise Refused("bad_request", _("延长后的截止时间应晚于现在的截止时间。"))
    resolution.closes_at = closes_at
    resolution.save(update_fields=["closes_at"])
    change = _note(resolution, Kind.EXTENDED, viewer, address, reasons, before)
    _tell(resolution, change)
    return resolution


@transaction.atomic
def suspend_poll(
    meeting: Meeting, resolution_id: int, reasons: str, viewer: Viewer, *, address: str = ""
) -> Resolution:
    """Stop a poll for a while, as for an outage at the court's side: nobody votes."""
    resolution = _running(meeting, resolution_id, viewer)
    _require_reasons(reasons, _("暂停表决应写明理由。"))
    if resolution.state != ResolutionState.OPEN:
        raise Refused("poll_not_open", _("这项表决已经暂停。"))
    resolution.state = ResolutionState.SUSPENDED
    resolution.suspended_at = database_clock.now()
    resolution.save(update_fields=["state", "suspended_at"])
    change = _note(resolution, Kind.SUSPENDED, viewer, address, reasons, resolution.closes_at)
    _tell(resolution, change)
    return resolution


@transaction.atomic
def resume_poll(
    meeting: Meeting, resolution_id: int, viewer: Viewer, *, address: str = ""
) -> Resolution:
    """Let a suspended poll go on; the time of the suspension is given back to the voters."""
    resolution = _running(meeting, resolution_id, viewer)
    if resolution.suspended_at is None:
        raise Refused("bad_request", _("这项表决没有暂停。"))
    before = resolution.closes_at
    if before is not None:
        resolution.closes_at = before + (database_clock.now() - resolution.suspended_at)
    resolution.state, resolution.suspended_at = ResolutionState.OPEN, None
    resolution.save(update_fields=["state", "suspended_at", "closes_at"])
    _tell(resolution, _note(resolution, Kind.RESUMED, viewer, address, "", before))
    return resolution


@transaction.atomic
def void_poll(
    meeting: Meeting, resolution_id: int, reasons: str, viewer: Viewer, *, address: str = ""
) -> Resolution:
    """Void a poll, and return the draft by which the matter is voted on anew.

    A running poll is the chair's to void, a closed one the judge's until it is confirmed.
    Register, ballots and count stay on record; the register is drawn up anew when the draft
    is opened.
    """
    found = meeting_verbs.locked(meeting)
    resolution = locked(found, resolution_id)
    _check_voidable(found, resolution, viewer)
    _require_reasons(reasons, _("作废表决应写明理由。"))
    first = resolution.second_of
    resolution.state, resolution.suspended_at = ResolutionState.VOIDED, None
    # The place of the second vote is the new poll's: there is one only.
    resolution.second_of = None
    resolution.save(update_fields=["state", "suspended_at", "second_of"])
    draft = _draft_anew(resolution, first)
    change = _note(resolution, Kind.VOIDED, viewer, address, reasons, resolution.closes_at)
    shown = [one for one in (first, draft) if one is not None]
    _tell(resolution, change, shown, {"replaced_by": draft.pk})
    polls.changed(found)
    return draft


def _check_voidable(meeting: Meeting, resolution: Resolution, viewer: Viewer) -> None:
    if resolution.state in RUNNING:
        meeting_verbs.require_chair(meeting, viewer)
        if _is_over(resolution):
            raise _over()
        return
    if resolution.state != ResolutionState.CLOSED:
        raise Refused("bad_request", _("只有进行中、已暂停或者已截止的表决可以作废。"))
    viewer.require(Role.JUDGE)
    if Confirmation.objects.filter(
        outcome__resolution=resolution, decision=Decision.CONFIRMED
    ).exists():
        raise Refused("bad_request", _("结果已经确认，表决不能再作废。"))
    if getattr(resolution, "second", None) is not None:
        raise Refused("bad_request", _("这项表决已有再次表决，请先删除尚未开始的再次表决。"))
    if resolution.rulings.exists():
        raise Refused("bad_request", _("人民法院已就这项表决作出裁定，不能再作废。"))


def _draft_anew(voided: Resolution, first: Resolution | None) -> Resolution:
    return Resolution.objects.create(
        meeting=voided.meeting,
        agenda_item_id=voided.agenda_item_id,
        position=voided.position,
        title=voided.title,
        text=voided.text,
        power=voided.power,
        rule=voided.rule,
        document=voided.document,
        unaffected_groups=list(voided.unaffected_groups),
        second_of=first,
        second_scope=voided.second_scope,
        replaces=voided,
        election_id=voided.election_id,
        candidate=voided.candidate,
        candidate_creditor_id=voided.candidate_creditor_id,
        seat=voided.seat,
    )


def _running(meeting: Meeting, resolution_id: int, viewer: Viewer) -> Resolution:
    meeting_verbs.require_chair(meeting, viewer)
    resolution = locked(meeting, resolution_id)
    if resolution.state not in RUNNING:
        raise Refused("poll_not_open", _("这项表决没有在进行。"))
    if _is_over(resolution):
        raise _over()
    return resolution


def _is_over(resolution: Resolution) -> bool:
    """Whether the announced time has come, though the close may not have been carried out."""
    return resolution.state == ResolutionState.OPEN and is_past(resolution, database_clock.now())


def _over() -> Refused:
    return Refused("poll_not_open", _("表决已到截止时间，正在计票。"))


def _require_reasons(reasons: str, message: str) -> None:
    if not reasons.strip():
        raise Refused("bad_request", message)
    if len(reasons) > REASONS_LENGTH:
        raise Refused("bad_request", _("理由不超过 %(n)s 个字。") % {"n": REASONS_LENGTH})


def _note(
    resolution: Resolution,
    kind: str,
    viewer: Viewer,
    address: str,
    reasons: str,
    before: datetime | None,
) -> PollChange:
    """Put a change on record, in the table and in the ledger."""
    change = PollChange.objects.create(
        resolution=resolution,
        kind=kind,
        reasons=reasons,
        before=before,
        after=None if kind == Kind.VOIDED else resolution.closes_at,
        by=viewer.person,
        at=database_clock.now(),
        address=address,
    )
    book.write(resolution.meeting, [(f"poll_{kind}", _body(change))])
    return change


def _body(change: PollChange) -> dict[str, Any]:
    return {
        "resolution": change.resolution_id,
        "reasons": change.reasons,
        "by": change.by_id,
        "by_name": str(change.by),
        "before": _moment(change.before),
        "after": _moment(change.after),
        "at": clock.rfc3339(change.at),
    }


def _moment(at: datetime | None) -> str | None:
    return clock.rfc3339(at) if at is not None else None


def _tell(
    resolution: Resolution,
    change: PollChange,
    others: list[Resolution] | None = None,
    more: dict[str, Any] | None = None,
) -> None:
    kind = f"poll_{change.kind}"
    told = _poll(resolution)
    for one in others or []:
        told[f"resolutions/{one.pk}"] = describe.resolution(one)
    if resolution.election_id is not None:
        told |= elections.told(resolution.election_id)
    notice = {
        "kind": kind,
        "resolution": resolution.pk,
        "title": resolution.title,
        "reasons": change.reasons,
        "closes_at": _moment(resolution.closes_at),
        **(more or {}),
    }
    publish_all(resolution.meeting, [News(kind, told, notice=notice)])


def _poll(resolution: Resolution) -> dict[str, Any]:
    """Return all that the room shows of a poll to everybody; of a voided one, that it was."""
    voided = resolution.state == ResolutionState.VOIDED
    shown = describe.tally_visible(resolution)
    told: dict[str, Any] = {
        f"resolutions/{resolution.pk}": describe.resolution(resolution),
        f"participation/{resolution.pk}": None if voided else describe.participation(resolution),
        f"tallies/{resolution.pk}": describe.tally(resolution) if shown else None,
    }
    if voided:
        told |= {f"outcomes/{resolution.pk}": None, f"charts/{resolution.pk}": None}
    return told


def any_running(meeting: Meeting) -> bool:
    """Whether a poll of the meeting has begun and is not over."""
    return Resolution.objects.filter(meeting=meeting, state__in=RUNNING).exists()


def no_poll_is_left_open(meeting: Meeting) -> None:
    """Refuse to close a meeting while a poll runs whose close nobody announced.

    One with an announced close goes on after the session (extended voting).
    """
    if meeting.state != MeetingState.CLOSED:
        return
    left = Resolution.objects.filter(meeting=meeting, state__in=RUNNING, closes_at__isnull=True)
    titles = list(left.values_list("title", flat=True))
    if titles:
        raise Refused(
            "bad_request",
            _("“%(title)s”仍在表决且没有宣布截止时间，请先截止或者宣布截止时间，再闭会。")
            % {"title": _("”、“").join(titles)},
        )


def second_votes_follow(meeting: Meeting) -> None:
    """Tell anew whether second votes may be called: that hangs on the meeting's state."""
    closed = Resolution.objects.filter(meeting=meeting, state=ResolutionState.CLOSED)
    told = {
        f"resolutions/{one.pk}": describe.resolution(one)
        for one in closed.select_related("meeting", "outcome")
        if needs_second_vote(one)
    }
    if told:
        publish_all(meeting, [News("resolutions_changed", told)])
