"""Recording ballots: the transaction behind the ballot box.

Lock the resolutions, ask the database for the time, look up what the batch needs in a few
queries, decide each ballot, write them together.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import CREDITOR_ROLES, CaseRole, Creditor, Person, Role
from creditor_meetings.meetings import verbs as meeting_verbs
from creditor_meetings.meetings.models import Attendance, AttendanceMethod, Mandate
from creditor_meetings.meetings.publishing import News, publish_all
from creditor_meetings.meetings.standing import NONE, standings
from voting import ballot_rules, book, database_clock, describe, law, mandate_votes
from voting.models import (
    Ballot,
    Choice,
    PaperBallot,
    PaperState,
    RegisterEntry,
    Resolution,
    Tally,
    Way,
)

if TYPE_CHECKING:
    from voting.ballot_box import Cast

is_past, reason_text = ballot_rules.is_past, ballot_rules.reason_text

Pair = tuple[int, int]
"""A resolution and a creditor, or a person and a creditor, by id."""

Sent = tuple[int, str]
"""A person's id and the person's own id of a command."""


@dataclass
class Batch:
    """What a batch needs to know, read under the lock."""

    now: datetime
    resolutions: dict[int, Resolution]
    entries: dict[Pair, list[RegisterEntry]]
    current: dict[Pair, Ballot]
    tallies: dict[tuple[int, str], Tally]
    acting: dict[Pair, str] = field(default_factory=dict)
    mandates: dict[Pair, list[Mandate]] = field(default_factory=dict)
    answered: dict[Sent, Ballot] = field(default_factory=dict)
    new_ballots: list[Ballot] = field(default_factory=list)
    superseded: list[Ballot] = field(default_factory=list)


@transaction.atomic
def record(casts: Sequence["Cast"]) -> list[dict[str, Any] | Refused]:
    """Record ballots in one transaction; answer each with its receipt or its refusal."""
    batch = _read({cast.resolution_id for cast in casts}, {cast.creditor_id for cast in casts})
    _read_senders(batch, casts)
    decided: list[Ballot | Refused] = [_decide(batch, cast) for cast in casts]
    if batch.new_ballots:
        _write(batch)
    return [one if isinstance(one, Refused) else one.receipt for one in decided]


def record_paper(paper: PaperBallot, checked_by: Person) -> Ballot | None:
    """Count one paper ballot as `record_papers` does. Raises `Refused` as for any ballot."""
    counted = record_papers([paper], checked_by)[0]
    if isinstance(counted, Refused):
        raise counted
    return counted


@transaction.atomic
def record_papers(
    papers: Sequence[PaperBallot], checked_by: Person
) -> list[Ballot | Refused | None]:
    """Count paper ballots that a second person checked; all of them, or none if one is refused.

    Returns for each its ballot, None where an online one of the creditor stands by the
    meeting's rule, or the refusal; the papers' own state is the caller's to save.
    """
    batch = _read({one.resolution_id for one in papers}, {one.creditor_id for one in papers})
    counted = [_decide_paper(batch, one, checked_by) for one in papers]
    if batch.new_ballots and not any(isinstance(one, Refused) for one in counted):
        _write(batch)
    return counted


def _decide_paper(batch: Batch, paper: PaperBallot, checked_by: Person) -> Ballot | Refused | None:
    try:
        return _paper(batch, paper, checked_by)
    except Refused as refusal:
        return refusal


def _paper(batch: Batch, paper: PaperBallot, checked_by: Person) -> Ballot | None:
    resolution = ballot_rules.open_poll(
        batch.resolutions.get(paper.resolution_id), paper.sheet.meeting_id, batch.now
    )
    entries = ballot_rules.voting_entries(batch.entries.get((resolution.pk, paper.creditor_id), []))
    choices = ballot_rules.choices_by_group(entries, "", paper.choices)
    if not choices:
        raise Refused("bad_request", _("这张书面表决票没有任何选择。"))
    standing = batch.current.get((resolution.pk, paper.creditor_id))
    if standing is not None and ballot_rules.online_prevails(resolution, standing):
        return None
    ballot = Ballot(
        resolution=resolution,
        creditor_id=paper.creditor_id,
        way=Way.PAPER,
        person=paper.sheet.entered_by,
        command_id=f"paper-{paper.pk}",
        at=batch.now,
        address=paper.sheet.address,
    )
    ballot.checked_by = checked_by
    _accept(batch, ballot, entries, choices)
    return ballot


def _read(wanted: Collection[int], creditors: Collection[int]) -> Batch:
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
    lines = RegisterEntry.objects.filter(resolution__in=wanted, creditor__in=creditors)
    for entry in lines.order_by("pk"):
        entries[entry.resolution_id, entry.creditor_id].append(entry)
    effective = Ballot.objects.filter(resolution__in=wanted, creditor__in=creditors, effective=True)
    return Batch(
        now=database_clock.now(),
        resolutions=resolutions,
        entries=entries,
        current={(one.resolution_id, one.creditor_id): one for one in effective},
        tallies={
            (one.resolution_id, one.group): one
            for one in Tally.objects.filter(resolution__in=wanted)
        },
    )


def _read_senders(batch: Batch, casts: Sequence["Cast"]) -> None:
    creditors = {cast.creditor_id for cast in casts}
    people = {cast.context.person.pk for cast in casts}
    known = Ballot.objects.filter(
        person__in=people, command_id__in={cast.context.command_id for cast in casts}
    )
    batch.answered = {(one.person_id, one.command_id): one for one in known}
    batch.acting = _acting(people, creditors)
    proxied = {creditor for (_who, creditor), role in batch.acting.items() if role == Role.PROXY}
    if proxied:
        given = Mandate.objects.filter(person__in=people, creditor__in=proxied)
        for mandate in given.order_by("pk"):
            pair = (mandate.person_id, mandate.creditor_id)
            batch.mandates.setdefault(pair, []).append(mandate)


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
            ballot = _online(batch, cast)
        except Refused as refusal:
            return refusal
    batch.answered[cast.context.person.pk, cast.context.command_id] = ballot
    return ballot


def _online(batch: Batch, cast: "Cast") -> Ballot:
    context = cast.context
    resolution = ballot_rules.open_poll(
        batch.resolutions.get(cast.resolution_id), context.meeting.pk, batch.now
    )
    role = batch.acting.get((context.person.pk, cast.creditor_id))
    if role is None:
        raise Refused("not_allowed", _("您不代表该债权人。"))
    pair = (resolution.pk, cast.creditor_id)
    entries = ballot_rules.voting_entries(batch.entries.get(pair, []))
    choices = ballot_rules.choices_by_group(entries, cast.choice, cast.choices)
    by_proxy = role == Role.PROXY
    mandate = None
    if by_proxy:
        held = batch.mandates.get((context.person.pk, cast.creditor_id), [])
        mandate = ballot_rules.mandate_for(resolution, held, batch.now)
    standing = batch.current.get(pair)
    if standing is not None:
        ballot_rules.check_superseding(resolution, standing, by_proxy=by_proxy)
    ballot = Ballot(
        resolution=resolution,
        creditor_id=cast.creditor_id,
        person=context.person,
        by_proxy=by_proxy,
        mandate=mandate,
        command_id=context.command_id,
        at=batch.now,
        address=context.address,
        device=context.device,
    )
    _accept(batch, ballot, entries, choices)
    return ballot


def _accept(
    batch: Batch, ballot: Ballot, entries: list[RegisterEntry], choices: dict[str, str]
) -> None:
    """Let a ballot count in its groups, in place of the one that stood."""
    pair = (ballot.resolution_id, ballot.creditor_id)
    before = batch.current.get(pair)
    ballot.choices, ballot.choice = choices, ballot_rules.uniform(choices)
    ballot.entries = [entry for entry in entries if entry.group in choices]
    for entry in entries:
        tally = batch.tallies[ballot.resolution_id, entry.group]
        unsaid = before.said(entry.group) if before is not None else ""
        if unsaid:
            law.add(tally, unsaid, -entry.heads, -entry.amount_fen)
        if entry.group in choices:
            law.add(tally, choices[entry.group], entry.heads, entry.amount_fen)
    if before is not None:
        before.effective = False
        if before.pk is not None:
            batch.superseded.append(before)
    batch.current[pair] = ballot
    batch.new_ballots.append(ballot)


def _write(batch: Batch) -> None:
    by_meeting: dict[int, list[Ballot]] = defaultdict(list)
    for ballot in batch.new_ballots:
        by_meeting[ballot.resolution.meeting_id].append(ballot)
    # The unique index knows one effective ballot a creditor: step back before stepping in.
    Ballot.objects.filter(pk__in=[one.pk for one in batch.superseded]).update(effective=False)
    papers = [one.pk for one in batch.superseded if one.way == Way.PAPER]
    if papers:
        PaperBallot.objects.filter(ballot__in=papers).update(state=PaperState.OVERRULED)
    # Ledgers, then counters of events, each in the order of meetings: two writers that meet
    # in several meetings never wait for each other in a circle.
    newly: dict[int, list[int]] = {}
    for meeting_id, ballots in sorted(by_meeting.items()):
        attending = _attend(batch, ballots)
        newly[meeting_id] = [one.creditor_id for one, _name in attending]
        entries = [meeting_verbs.attendance_entry(one, name) for one, name in attending]
        book.seal_ballots(meeting_id, ballots, entries)
    Ballot.objects.bulk_create(batch.new_ballots)
    touched = {one.resolution_id for one in batch.new_ballots}
    Tally.objects.bulk_update(
        [tally for (resolution, _group), tally in batch.tallies.items() if resolution in touched],
        [f"{choice}_{kind}" for choice in Choice.values for kind in ("number", "fen")],
    )
    for meeting_id, ballots in sorted(by_meeting.items()):
        _tell(meeting_id, ballots, newly[meeting_id])


def _attend(batch: Batch, ballots: list[Ballot]) -> list[tuple[Attendance, str]]:
    """Whoever votes attends: record those who had not signed in; return them, named."""
    meeting = ballots[0].resolution.meeting
    # Signing in takes the same lock first: from here to the commit nobody else attends.
    book.hold(meeting)
    creditors = {one.creditor_id: one for one in ballots}
    present = Attendance.objects.filter(meeting=meeting, creditor__in=creditors)
    missing = set(creditors) - set(present.values_list("creditor_id", flat=True))
    if not missing:
        return []
    weighed = standings(meeting, missing)
    attending = [
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
    ]
    Attendance.objects.bulk_create(attending)
    names = dict(Creditor.objects.filter(pk__in=missing).values_list("pk", "name"))
    return [(one, names[one.creditor_id]) for one in attending]


def _first_uses(meeting_id: int, ballots: list[Ballot]) -> list[Ballot]:
    """Return the ballots under mandates that none was cast under before in the meeting."""
    proxied = [one for one in ballots if one.mandate_id is not None]
    if not proxied:
        return []
    earlier = Ballot.objects.filter(
        mandate__in={one.mandate_id for one in proxied}, resolution__meeting=meeting_id
    ).exclude(pk__in=[one.pk for one in proxied])
    used = set(earlier.order_by().values_list("mandate_id", flat=True).distinct())
    return [one for one in proxied if one.mandate_id not in used]


def _tell(meeting_id: int, ballots: list[Ballot], newly: list[int]) -> None:
    # The first news take the meeting's counter of events, held to the commit: figures that
    # are read after it hold all that was told before, and nobody's are told over ours.
    new = set(newly)
    publish_all(
        meeting_id, [describe.ballot_news(one, attends=one.creditor_id in new) for one in ballots]
    )
    publish_all(meeting_id, mandate_votes.used_news(_first_uses(meeting_id, ballots)))
    meeting = ballots[0].resolution.meeting
    news: list[News] = []
    polls = {one.resolution_id: one.resolution for one in ballots}
    if newly:
        news.append(meeting_verbs.totals_news(meeting))
        others = Resolution.objects.filter(meeting=meeting, state__in=law.RUNNING)
        polls |= {one.pk: one for one in others.select_related("meeting") if one.pk not in polls}
    for resolution in polls.values():
        news += describe.tally_news(resolution)
    publish_all(meeting_id, news)
