"""Who takes part in a poll: counted when it opens and when it closes, between by addition.

What a batch of ballots tells must not cost more the more creditors there are. Whatever adds
here holds the meeting's ledger: sign-ins, ballots, the opening and the close stand in one line.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, Sum

from creditor_meetings.cases import rows
from creditor_meetings.meetings.models import Attendance
from voting.enrolment import practice_of
from voting.models import Ballot, RegisterEntry, Resolution, ResolutionState, Tally, Turnout, Way
from voting.rules import records

RUNNING = (ResolutionState.OPEN, ResolutionState.SUSPENDED)
"""The states in which attendance still moves a count."""


@dataclass(frozen=True)
class Counted:
    """Who takes part, by group and over all groups; amounts in fen."""

    entitled: Mapping[str, records.Sum]
    attending: Mapping[str, records.Sum]
    entitled_number: int
    attending_number: int
    voted_number: int
    voted_fen: int
    paper_number: int


def present(resolution: Resolution) -> Any:
    """The register's voting lines of creditors who attend: by now, or as noted at the close."""
    voting = RegisterEntry.objects.filter(resolution=resolution, reason="")
    if resolution.state not in RUNNING:
        return voting.filter(attended=True)
    return voting.filter(attends(resolution))


def attends(resolution: Resolution) -> Q:
    """Who attends a running poll, as the meeting's practice has it.

    Whoever votes is signed in by it; a creditor whose earlier consent stands attends by that.
    """
    by: Any
    if only_votes_count(resolution):
        by = Ballot.objects.filter(resolution=resolution, effective=True).values("creditor")
    else:
        by = Attendance.objects.filter(meeting=resolution.meeting_id).values("creditor")
    who = Q(creditor__in=by)
    if resolution.second_of_id:
        carried = RegisterEntry.objects.filter(resolution=resolution).exclude(carried="")
        who |= Q(creditor__in=carried.values("creditor"))
    return who


def only_votes_count(resolution: Resolution) -> bool:
    """Whether by the meeting's practice only those attend who vote."""
    return practice_of(resolution)["attendance"] == "voted_only"


def count(resolution: Resolution) -> Counted:
    """Count anew from register, attendance and ballots. Whose earlier consent stands has voted."""
    register = RegisterEntry.objects.filter(resolution=resolution, reason="")
    there = present(resolution)
    ballots = Ballot.objects.filter(resolution=resolution, effective=True)
    has_voted = Q(creditor__in=ballots.values("creditor"))
    if resolution.second_of_id is not None:
        has_voted |= Q(creditor__in=register.exclude(carried="").values("creditor"))
    voted = register.filter(has_voted).aggregate(
        number=Count("creditor", distinct=True), fen=Sum("amount_fen")
    )
    return Counted(
        entitled=_by_group(register),
        attending=_by_group(there),
        entitled_number=_creditors(register.filter(heads__gt=0)),
        attending_number=_creditors(there),
        voted_number=voted["number"],
        voted_fen=voted["fen"] or 0,
        paper_number=ballots.filter(way=Way.PAPER).count(),
    )


def _by_group(lines: Any) -> dict[str, records.Sum]:
    summed = lines.order_by().values("group").annotate(number=Count("pk"), fen=Sum("amount_fen"))
    return {one["group"]: records.Sum(one["number"], one["fen"]) for one in summed}


def _creditors(lines: Any) -> int:
    return int(lines.aggregate(n=Count("creditor", distinct=True))["n"])


@dataclass(slots=True)
class Kept:
    """The tally of a group as it is kept; see `voting.models.Tally`."""

    pk: int
    resolution_id: int
    group: str
    for_number: int
    for_fen: int
    against_number: int
    against_fen: int
    abstain_number: int
    abstain_fen: int
    entitled_number: int
    entitled_fen: int
    attending_number: int
    attending_fen: int


Standing = tuple[Counted, list[Kept]]
"""Who takes part in a poll, and how its groups voted."""


def tallies(resolution_ids: Collection[int]) -> list[Kept]:
    """Read the kept tallies of polls."""
    found = rows.select(
        'SELECT id, resolution_id, "group", for_number, for_fen, against_number, against_fen,'  # nosec B608
        " abstain_number, abstain_fen, entitled_number, entitled_fen, attending_number,"
        f" attending_fen FROM voting_tally WHERE {rows.among('resolution_id')} ORDER BY id",
        [rows.listed(resolution_ids)],
    )
    return [Kept(*one) for one in found]


def standing(resolution: Resolution) -> Standing:
    """Return what is kept of a poll, in two queries however many creditors there are."""
    kept = tallies([resolution.pk])
    turnout = rows.select(
        "SELECT entitled_number, attending_number, voted_number, voted_fen, paper_number"
        " FROM voting_turnout WHERE resolution_id = %s",
        [resolution.pk],
    )
    if not turnout:
        # A poll that an earlier version of this software opened has none until it is counted.
        return count(resolution), kept
    return Counted(
        {one.group: records.Sum(one.entitled_number, one.entitled_fen) for one in kept},
        {
            one.group: records.Sum(one.attending_number, one.attending_fen)
            for one in kept
            if one.attending_number
        },
        *turnout[0],
    ), kept


def keep(resolution: Resolution) -> Counted:
    """Count anew and keep it; with the ledger held, so that nothing is added meanwhile."""
    found = count(resolution)
    Turnout.objects.update_or_create(
        resolution=resolution,
        defaults={
            "entitled_number": found.entitled_number,
            "attending_number": found.attending_number,
            "voted_number": found.voted_number,
            "voted_fen": found.voted_fen,
            "paper_number": found.paper_number,
        },
    )
    for tally in Tally.objects.filter(resolution=resolution):
        entitled = found.entitled.get(tally.group, records.NOTHING)
        attending = found.attending.get(tally.group, records.NOTHING)
        tally.entitled_number, tally.entitled_fen = entitled.number, entitled.fen
        tally.attending_number, tally.attending_fen = attending.number, attending.fen
        tally.save(
            update_fields=[
                "entitled_number", "entitled_fen", "attending_number", "attending_fen",
            ]
        )  # fmt: skip
    return found


# --- By addition ----------------------------------------------------------------------------

_VOTING = """
FROM voting_registerentry AS line WHERE {resolutions} AND {creditors} AND line.reason = ''
AND NOT EXISTS (SELECT 1 FROM voting_registerentry AS other
    WHERE other.resolution_id = line.resolution_id AND other.creditor_id = line.creditor_id
    AND other.carried <> '')
"""
"""The lines of creditors who did not attend yet: whose earlier consent stands, did."""


def note_attending(polls: Collection[Resolution], creditors: Collection[int]) -> None:
    """Add creditors who attend the meeting from now on to the figures of its running polls.

    Of polls in which only those attend who vote, nothing changes by it.
    """
    wanted = [one.pk for one in polls if not only_votes_count(one)]
    if not wanted or not creditors:
        return
    lines = _VOTING.format(
        resolutions=rows.among("line.resolution_id"), creditors=rows.among("line.creditor_id")
    )
    chosen = [rows.listed(wanted), rows.listed(creditors)]
    numbers = f"SELECT line.resolution_id, COUNT(DISTINCT line.creditor_id) {lines} GROUP BY 1"  # nosec B608
    for resolution_id, number in rows.select(numbers, chosen):
        add(resolution_id, attending=number)
    sums = (
        'SELECT line.resolution_id, line."group", COUNT(*), SUM(line.amount_fen)'  # nosec B608
        f" {lines} GROUP BY 1, 2"
    )
    for resolution_id, group, number, fen in rows.select(sums, chosen):
        add_attending(resolution_id, group, number, int(fen))


def add_attending(resolution_id: int, group: str, number: int, fen: int) -> None:
    """Add lines and an amount (fen) to those of a group that attend."""
    rows.execute(
        "UPDATE voting_tally SET attending_number = attending_number + %s,"
        ' attending_fen = attending_fen + %s WHERE resolution_id = %s AND "group" = %s',
        [number, fen, resolution_id, group],
    )


def add(
    resolution_id: int, *, attending: int = 0, voted: int = 0, voted_fen: int = 0, paper: int = 0
) -> bool:
    """Add creditors to a poll's figures; False where none are kept."""
    return bool(
        rows.execute(
            "UPDATE voting_turnout SET attending_number = attending_number + %s,"
            " voted_number = voted_number + %s, voted_fen = voted_fen + %s,"
            " paper_number = paper_number + %s WHERE resolution_id = %s",
            [attending, voted, voted_fen, paper, resolution_id],
        )
    )
