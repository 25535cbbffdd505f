"""What a batch needs to know, read under the lock in a few queries, however many ballots."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from creditor_meetings.cases import rows
from creditor_meetings.cases.models import CREDITOR_ROLES, Role
from creditor_meetings.meetings.models import Mandate
from voting import database_clock, participation, receipts
from voting.box import polls
from voting.box.votes import Right, Vote
from voting.models import Resolution
from voting.participation import Kept

if TYPE_CHECKING:
    from voting.ballot_box import Cast

Pair = tuple[int, int]
"""A resolution and a creditor, or a person and a creditor, by id."""

Sent = tuple[int, str]
"""A person's id and the person's own id of a command."""


@dataclass(slots=True)
class Batch:
    """What a batch knows, and what it has decided so far."""

    now: datetime
    resolutions: dict[int, Resolution]
    rights: dict[Pair, list[Right]]
    standing: dict[Pair, Vote]
    tallies: dict[tuple[int, str], Kept]
    acting: dict[Pair, str] = field(default_factory=dict)
    mandates: dict[Pair, list[Mandate]] = field(default_factory=dict)
    answered: dict[Sent, "str | Vote"] = field(default_factory=dict)
    """What was said to commands before: a receipt's JSON, or a ballot of this batch."""
    votes: list[Vote] = field(default_factory=list)
    superseded: list[Vote] = field(default_factory=list)
    first_votes: list[Vote] = field(default_factory=list)
    """Those of the new ballots by which a creditor votes for the first time in a poll."""


def read(wanted: Collection[int], creditors: Collection[int]) -> Batch:
    """Lock the resolutions and read what stands of these creditors in them."""
    # Ordered, so that two writers never wait for each other in a circle; closing takes the
    # same lock, hence no ballot slips in behind a close.
    resolutions = polls.held_now(wanted)
    asked = [rows.listed(list(resolutions)), rows.listed(creditors)]
    return Batch(
        now=database_clock.now(),
        resolutions=resolutions,
        rights=_rights(asked),
        standing=_standing(asked),
        tallies={(one.resolution_id, one.group): one for one in participation.tallies(resolutions)},
    )


def _rights(asked: Sequence[object]) -> dict[Pair, list[Right]]:
    found: dict[Pair, list[Right]] = defaultdict(list)
    lines = rows.select(
        'SELECT resolution_id, creditor_id, "group", name, heads, amount_fen, reason, carried'  # nosec B608
        " FROM voting_registerentry"
        f" WHERE {rows.among('resolution_id')} AND {rows.among('creditor_id')} ORDER BY id",
        asked,
    )
    for resolution_id, creditor_id, *line in lines:
        found[resolution_id, creditor_id].append(Right(*line))
    return found


def _standing(asked: Sequence[object]) -> dict[Pair, Vote]:
    found = rows.select(
        "SELECT resolution_id, creditor_id, id, choice, choices, way, by_proxy"  # nosec B608
        f" FROM voting_ballot WHERE effective AND {rows.among('resolution_id')}"
        f" AND {rows.among('creditor_id')}",
        asked,
    )
    return {
        (resolution_id, creditor_id): Vote(
            creditor_id, rows.read_json(choices), choice, way, bool(by_proxy), pk=pk
        )
        for resolution_id, creditor_id, pk, choice, choices, way, by_proxy in found
    }


def read_senders(batch: Batch, casts: "Sequence[Cast]") -> None:
    """Read what concerns those who sent ballots: earlier answers, roles, powers of attorney."""
    creditors = {cast.creditor_id for cast in casts}
    sent = {(cast.context.viewer.person.id, cast.context.command_id) for cast in casts}
    people = {person for person, _command in sent}
    batch.answered = _answered(sent, people)
    batch.acting = _acting(people, creditors)
    proxied = {creditor for (_who, creditor), role in batch.acting.items() if role == Role.PROXY}
    if proxied:
        given = Mandate.objects.filter(person__in=people, creditor__in=proxied)
        for mandate in given.order_by("pk"):
            pair = (mandate.person_id, mandate.creditor_id)
            batch.mandates.setdefault(pair, []).append(mandate)


def _answered(sent: Collection[Sent], people: Collection[int]) -> dict[Sent, "str | Vote"]:
    """Return the receipts of those commands that were carried out before, as JSON."""
    found = rows.select(
        "SELECT ballot.person_id, ballot.command_id, ballot.number, ballot.receipt,"  # nosec B608
        " poll.meeting_id FROM voting_ballot AS ballot"
        " JOIN voting_resolution AS poll ON poll.id = ballot.resolution_id"
        f" WHERE {rows.among('ballot.person_id')} AND {rows.among('ballot.command_id')}",
        [rows.listed(people), rows.listed({command for _who, command in sent})],
    )
    return {who: text for who, text in _receipts(found) if who in sent}


def _receipts(found: Iterable[tuple[int, str, str, str | None, int]]) -> Iterable[tuple[Sent, str]]:
    by_meeting: dict[int, dict[int, Sent]] = defaultdict(dict)
    for person, command, number, kept, meeting in found:
        if kept is not None:
            yield (person, command), kept
        else:
            by_meeting[meeting][int(number.rpartition("-")[2])] = (person, command)
    for meeting, senders in by_meeting.items():
        for position, text in receipts.written(meeting, senders):
            yield senders[position], text


def _acting(people: Collection[int], creditors: Collection[int]) -> dict[Pair, str]:
    """Return who acts for whom at this moment: access may be withdrawn while a socket is open."""
    acting: dict[Pair, str] = {}
    held_now = rows.select(
        "SELECT held.person_id, held.creditor_id, held.role FROM cases_caserole AS held"  # nosec B608
        " JOIN cases_person AS person ON person.id = held.person_id"
        f" WHERE held.active AND person.is_active AND {rows.among('held.person_id')}"
        f" AND {rows.among('held.creditor_id')} AND {rows.among('held.role')}",
        [rows.listed(people), rows.listed(creditors), rows.listed([*map(str, CREDITOR_ROLES)])],
    )
    for person, creditor, role in held_now:
        if acting.get((person, creditor)) != Role.CREDITOR:
            acting[person, creditor] = role
    return acting
