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
from voting.life import FIELDS as LIFE
from voting.life import in_words, life_of, settle, settled
from voting.locks import locked
from voting.models import PollChange, Resolution, ResolutionState
from voting.rules import poll_life

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
    resolution, now = _running(meeting, resolution_id, viewer)
    _require_reasons(reasons, _("延长表决应写明理由。"))
    before = life_of(resolution)
    with in_words():
        _save(resolution, poll_life.extended(before, now, closes_at))
    change = _note(resolution, Kind.EXTENDED, viewer, address, reasons, before.closes_at, now)
    _tell(resolution, change)
    return resolution


@transaction.atomic
def suspend_poll(
    meeting: Meeting, resolution_id: int, reasons: str, viewer: Viewer, *, address: str = ""
) -> Resolution:
    """Stop a poll for a while, as for an outage at the court's side: nobody votes."""
    resolution, now = _running(meeting, resolution_id, viewer)
    _require_reasons(reasons, _("暂停表决应写明理由。"))
    with in_words():
        _save(resolution, poll_life.suspended(life_of(resolution), now))
    change = _note(resolution, Kind.SUSPENDED, viewer, address, reasons, resolution.closes_at, now)
    _tell(resolution, change)
    return resolution


@transaction.atomic
def resume_poll(
    meeting: Meeting, resolution_id: int, viewer: Viewer, *, address: str = ""
) -> Resolution:
    """Let a suspended poll go on; the time of the suspension is given back to the voters."""
    resolution, now = _running(meeting, resolution_id, viewer)
    before = life_of(resolution)
    with in_words():
        _save(resolution, poll_life.resumed(before, now))
    _tell(resolution, _note(resolution, Kind.RESUMED, viewer, address, "", before.closes_at, now))
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
    now = database_clock.now()
    _check_voidable(found, resolution, viewer, now)
    _require_reasons(reasons, _("作废表决应写明理由。"))
    first = resolution.second_of
    # The place of the second vote is the new poll's: there is one only.
    resolution.second_of = None
    _save(resolution, poll_life.voided(life_of(resolution), now), "second_of")
    draft = _draft_anew(resolution, first)
    change = _note(resolution, Kind.VOIDED, viewer, address, reasons, resolution.closes_at, now)
    shown = [one for one in (first, draft) if one is not None]
    _tell(resolution, change, shown, {"replaced_by": draft.pk})
    polls.changed(found)
    return draft


def _check_voidable(
    meeting: Meeting, resolution: Resolution, viewer: Viewer, now: datetime
) -> None:
    life = life_of(resolution)
    if life.state in poll_life.RUNNING:
        meeting_verbs.require_chair(meeting, viewer)
    elif life.state is poll_life.State.CLOSED:
        viewer.require(Role.JUDGE)
    with in_words():
        poll_life.check_voidable(life, now, settled(resolution))


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


def _running(meeting: Meeting, resolution_id: int, viewer: Viewer) -> tuple[Resolution, datetime]:
    """Hold a poll that runs; return it with the one moment that decides what is done to it."""
    meeting_verbs.require_chair(meeting, viewer)
    resolution = locked(meeting, resolution_id)
    now = database_clock.now()
    with in_words():
        poll_life.check_running(life_of(resolution), now)
    return resolution, now


def _save(resolution: Resolution, life: poll_life.Life, *more: str) -> None:
    settle(resolution, life)
    resolution.save(update_fields=[*LIFE, *more])


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
    now: datetime,
) -> PollChange:
    """Put a change on record, in the table and in the ledger."""
    change = PollChange.objects.create(
        resolution=resolution,
        kind=kind,
        reasons=reasons,
        before=before,
        after=None if kind == Kind.VOIDED else resolution.closes_at,
        by=viewer.person,
        at=now,
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
