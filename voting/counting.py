"""Recording ballots: the transaction behind the ballot box.

Lock the resolutions, ask the database for the time, look up what the batch needs in a few
queries, decide each ballot, write them together.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import CREDITOR_ROLES, CaseRole, Role
from creditor_meetings.meetings import verbs as meeting_verbs
from creditor_meetings.meetings.models import Attendance, AttendanceMethod
from creditor_meetings.meetings.publishing import News, publish_all
from creditor_meetings.meetings.standing import NONE, standings
from voting import book, database_clock, describe
from voting.models import Ballot, Choice, RegisterEntry, Resolution, ResolutionState, Tally

if TYPE_CHECKING:
    from voting.ballot_box import Cast

Pair = tuple[int, int]
"""A resolution and a creditor, by id."""

Sent = tuple[int, str]
"""A person's id and the person's own id of a command."""

NOT_REGISTERED = gettext_noop("该债权人不在表决权登记册中。")
REASONS = {
    "excluded": gettext_noop("该债权人被排除在本次表决之外。"),
    "undetermined-claim": gettext_noop(
        "债权尚未确定，且人民法院未临时确定债权额，不能行使表决权。"
    ),
    "priority-not-waived": gettext_noop(
        "对债务人的特定财产享有担保权且未放弃优先受偿权，对本事项没有表决权。"
    ),
    "no-vote-in-this-matter": gettext_noop("该债权人对本事项没有表决权。"),
    "rejected-claim": gettext_noop("债权不予确认，没有表决权。"),
    "not-in-group": gettext_noop("该债权人不在本次表决的表决组中。"),
}


@dataclass
class Batch:
    """What a batch needs to know, read under the lock."""

    now: datetime
    resolutions: dict[int, Resolution]
    entries: dict[Pair, list[RegisterEntry]]
    acting: dict[Pair, str]
    current: dict[Pair, Ballot]
    answered: dict[Sent, Ballot]
    tallies: dict[tuple[int, str], Tally]
    new_ballots: list[Ballot] = field(default_factory=list)
    superseded: list[Ballot] = field(default_factory=list)


@transaction.atomic
def record(casts: Sequence["Cast"]) -> list[dict[str, Any] | Refused]:
    """Record ballots in one transaction; answer each with its receipt or its refusal."""
    batch = _read(casts)
    decided: list[Ballot | Refused] = [_decide(batch, cast) for cast in casts]
    if batch.new_ballots:
        _write(batch)
    return [one if isinstance(one, Refused) else one.receipt for one in decided]


def _read(casts: Sequence["Cast"]) -> Batch:
    wanted = sorted({cast.resolution_id for cast in casts})
    creditors = {cast.creditor_id for cast in casts}
    people = {cast.context.person.pk for cast in casts}
    # Ordered, so that two writers never wait for each other in a circle; closing takes the
    # same lock, hence no ballot slips in behind a close.
    locked = (
        Resolution.objects.select_for_update(of=("self",), no_key=True)
        .select_related("meeting", "meeting__case")
        .filter(pk__in=wanted)
        .order_by("pk")
    )
    resolutions = {one.pk: one for one in locked}
    entries: dict[Pair, list[RegisterEntry]] = defaultdict(list)
    for entry in RegisterEntry.objects.filter(resolution__in=wanted, creditor__in=creditors):
        entries[entry.resolution_id, entry.creditor_id].append(entry)
    effective = Ballot.objects.filter(resolution__in=wanted, creditor__in=creditors, effective=True)
    known = Ballot.objects.filter(
        person__in=people, command_id__in={cast.context.command_id for cast in casts}
    )
    return Batch(
        now=database_clock.now(),
        resolutions=resolutions,
        entries=entries,
        acting=_acting(people, creditors),
        current={(one.resolution_id, one.creditor_id): one for one in effective},
        answered={(one.person_id, one.command_id): one for one in known},
        tallies={
            (one.resolution_id, one.group): one
            for one in Tally.objects.filter(resolution__in=wanted)
        },
    )


def _acting(people: set[int], creditors: set[int]) -> dict[Pair, str]:
    acting: dict[Pair, str] = {}
    held = CaseRole.objects.filter(
        person__in=people,
        person__is_active=True,
        creditor__in=creditors,
        role__in=CREDITOR_ROLES,
        active=True,
    )
    for person, creditor, role in held.values_list("person_id", "creditor_id", "role"):
        if acting.get((person, creditor)) != Role.CREDITOR:
            acting[person, creditor] = role
    return acting


def _decide(batch: Batch, cast: "Cast") -> Ballot | Refused:
    earlier = batch.answered.get((cast.context.person.pk, cast.context.command_id))
    if earlier is not None:
        return earlier
    with translation.override(cast.context.language or None):
        try:
            resolution = _open_resolution(batch, cast)
            entries = _voting_entries(batch, cast)
        except Refused as refusal:
            return refusal
    return _accept(batch, cast, resolution, entries)


def _open_resolution(batch: Batch, cast: "Cast") -> Resolution:
    resolution = batch.resolutions.get(cast.resolution_id)
    if resolution is None or resolution.meeting_id != cast.context.meeting.pk:
        raise Refused("bad_request", _("本次会议没有这项表决。"))
    if resolution.state == ResolutionState.DRAFT:
        raise Refused("poll_not_open", _("表决尚未开始。"))
    if resolution.state == ResolutionState.CLOSED or is_past(resolution, batch.now):
        raise Refused("poll_not_open", _("表决已经截止，这一票没有计入。"))
    return resolution


def is_past(resolution: Resolution, now: datetime) -> bool:
    """Whether the announced time of closing has come."""
    return resolution.closes_at is not None and now >= resolution.closes_at


def _voting_entries(batch: Batch, cast: "Cast") -> list[RegisterEntry]:
    if (cast.context.person.pk, cast.creditor_id) not in batch.acting:
        raise Refused("not_allowed", _("您不代表该债权人。"))
    entries = batch.entries.get((cast.resolution_id, cast.creditor_id), [])
    voting = [entry for entry in entries if not entry.reason]
    if not voting:
        raise Refused("no_voting_right", reason_text(entries[0].reason if entries else ""))
    return voting


def reason_text(reason: str) -> str:
    """Say in the person's language why a creditor has no vote."""
    return _(REASONS.get(reason, NOT_REGISTERED))


def _accept(
    batch: Batch, cast: "Cast", resolution: Resolution, entries: list[RegisterEntry]
) -> Ballot:
    pair = (resolution.pk, cast.creditor_id)
    before = batch.current.get(pair)
    ballot = Ballot(
        resolution=resolution,
        creditor_id=cast.creditor_id,
        choice=cast.choice,
        person=cast.context.person,
        by_proxy=batch.acting[cast.context.person.pk, cast.creditor_id] == Role.PROXY,
        command_id=cast.context.command_id,
        at=batch.now,
        address=cast.context.address,
        device=cast.context.device,
    )
    ballot.entries = entries
    for entry in entries:
        tally = batch.tallies[resolution.pk, entry.group]
        if before is not None:
            _add(tally, before.choice, -entry.heads, -entry.amount_fen)
        _add(tally, ballot.choice, entry.heads, entry.amount_fen)
    if before is not None:
        before.effective = False
        if before.pk is not None:
            batch.superseded.append(before)
    batch.current[pair] = ballot
    batch.answered[cast.context.person.pk, cast.context.command_id] = ballot
    batch.new_ballots.append(ballot)
    return ballot


def _add(tally: Tally, choice: str, heads: int, amount_fen: int) -> None:
    number, fen = f"{choice}_number", f"{choice}_fen"
    setattr(tally, number, getattr(tally, number) + heads)
    setattr(tally, fen, getattr(tally, fen) + amount_fen)


def _write(batch: Batch) -> None:
    by_meeting: dict[int, list[Ballot]] = defaultdict(list)
    for ballot in batch.new_ballots:
        by_meeting[ballot.resolution.meeting_id].append(ballot)
    # The unique index knows one effective ballot a creditor: step back before stepping in.
    Ballot.objects.filter(pk__in=[one.pk for one in batch.superseded]).update(effective=False)
    # Ledgers, then counters of events, each in the order of meetings: two writers that meet
    # in several meetings never wait for each other in a circle.
    for meeting_id, ballots in sorted(by_meeting.items()):
        book.seal_ballots(meeting_id, ballots)
    Ballot.objects.bulk_create(batch.new_ballots)
    touched = {one.resolution_id for one in batch.new_ballots}
    Tally.objects.bulk_update(
        [tally for (resolution, _group), tally in batch.tallies.items() if resolution in touched],
        [f"{choice}_{kind}" for choice in Choice.values for kind in ("number", "fen")],
    )
    newly = {meeting_id: _attend(batch, ballots) for meeting_id, ballots in by_meeting.items()}
    for meeting_id, ballots in sorted(by_meeting.items()):
        _tell(meeting_id, ballots, newly[meeting_id])


def _attend(batch: Batch, ballots: list[Ballot]) -> list[int]:
    """Whoever votes attends: record those who had not signed in; return them."""
    meeting = ballots[0].resolution.meeting
    creditors = {one.creditor_id: one for one in ballots}
    present = Attendance.objects.filter(meeting=meeting, creditor__in=creditors)
    missing = set(creditors) - set(present.values_list("creditor_id", flat=True))
    if not missing:
        return []
    weighed = standings(meeting.case_id, missing)
    Attendance.objects.bulk_create(
        [
            Attendance(
                meeting=meeting,
                creditor_id=creditor,
                person=creditors[creditor].person,
                method=AttendanceMethod.BALLOT,
                at=batch.now,
                device=creditors[creditor].device,
                address=creditors[creditor].address,
                amount_fen=weighed.get(creditor, NONE).amount_fen,
            )
            for creditor in sorted(missing)
        ],
        # Another process may be signing the same creditor in at this moment.
        ignore_conflicts=True,
    )
    return sorted(missing)


def _tell(meeting_id: int, ballots: list[Ballot], newly: list[int]) -> None:
    # The first news take the meeting's counter of events, held to the commit: figures that
    # are read after it hold all that was told before, and nobody's are told over ours.
    publish_all(meeting_id, [describe.ballot_news(one) for one in ballots])
    meeting = ballots[0].resolution.meeting
    news: list[News] = []
    polls = {one.resolution_id: one.resolution for one in ballots}
    if newly:
        news += meeting_verbs.attendance_news(meeting, newly)
        others = Resolution.objects.filter(meeting=meeting, state=ResolutionState.OPEN)
        polls |= {one.pk: one for one in others.select_related("meeting") if one.pk not in polls}
    for resolution in polls.values():
        news += describe.tally_news(resolution)
    publish_all(meeting_id, news)
