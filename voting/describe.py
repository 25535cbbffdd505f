"""How resolutions, tallies and ballots look in snapshots and events: one shape for both."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from creditor_meetings.cases import clock
from creditor_meetings.cases.access import Viewer, acted_for
from creditor_meetings.cases.money import yuan
from creditor_meetings.meetings.claims_bridge import with_people
from creditor_meetings.meetings.models import Meeting, TallyShown
from creditor_meetings.meetings.publishing import News
from voting import branches, law, receipts
from voting.models import (
    Ballot,
    Confirmation,
    Outcome,
    PollChange,
    RegisterEntry,
    Resolution,
    ResolutionState,
    Ruling,
)
from voting.participation import Standing
from voting.participation import standing as standing_of

UNTOLD = (ResolutionState.DRAFT, ResolutionState.VOIDED)
"""The states in which a poll has no figures to show."""


def resolution(one: Resolution) -> dict[str, Any]:
    """Describe a resolution and how its vote is counted."""
    return {
        "id": one.pk,
        "position": one.position,
        "title": one.title,
        "text": one.text,
        "power": one.power,
        "rule": one.rule,
        "article": law.article(one),
        "thresholds": law.thresholds(one),
        "secured_barred": law.barred(one),
        "counting": law.counting(one),
        "state": one.state,
        "tally_shown": shown(one),
        "opened_at": _moment(one.opened_at),
        "closes_at": _moment(one.closes_at),
        "closed_at": _moment(one.closed_at),
        "document": one.document,
        "agenda_item": one.agenda_item_id,
        "practice": law.practice_of(one),
        "suspended_at": _moment(one.suspended_at),
        "groups": law.voting_groups(one, (kept.group for kept in one.tallies.all())),
        "unaffected_groups": list(one.unaffected_groups),
        "changes": [change(made) for made in one.changes.all()],
        **_linked(one),
        **_candidacy(one),
    }


def _linked(one: Resolution) -> dict[str, Any]:
    """Name the polls that a poll follows and that follow it."""
    second = getattr(one, "second", None)
    replaced_by = getattr(one, "replaced_by", None)
    return {
        "second_of": one.second_of_id,
        "second_scope": one.second_scope,
        "second": second.pk if second is not None else None,
        "second_possible": branches.second_possible(one),
        "replaces": one.replaces_id,
        "replaced_by": replaced_by.pk if replaced_by is not None else None,
    }


def _candidacy(one: Resolution) -> dict[str, Any]:
    standing = one.election_id is not None
    return {
        "election": one.election_id,
        "candidate": {"name": one.candidate, "seat": one.seat} if standing else None,
    }


def change(made: PollChange) -> dict[str, Any]:
    """Describe what was done to a poll while it ran."""
    return {
        "kind": made.kind,
        "reasons": made.reasons,
        "before": _moment(made.before),
        "after": _moment(made.after),
        "by": str(made.by),
        "at": clock.rfc3339(made.at),
    }


def shown(one: Resolution) -> str:
    """When the running tally is shown: as frozen, or before the poll as the meeting says now."""
    draft = one.state == ResolutionState.DRAFT
    return one.meeting.tally_shown if draft else one.tally_shown


def _moment(at: Any) -> str | None:
    return clock.rfc3339(at) if at is not None else None


def resolutions(meeting: Meeting, _staff: bool) -> dict[str, Any]:
    """Describe every resolution of the meeting."""
    found = meeting.resolutions.select_related(
        "meeting", "second", "replaced_by", "outcome", "outcome__confirmation"
    ).prefetch_related("tallies", "changes__by")
    return {str(one.pk): resolution(one) for one in found}


def tally_visible(one: Resolution) -> bool:
    """Whether everybody may see how the vote stands; before the close it may be nobody."""
    if one.state in law.RUNNING:
        return one.tally_shown == TallyShown.LIVE
    return one.state == ResolutionState.CLOSED


def tallies(meeting: Meeting, _staff: bool) -> dict[str, Any]:
    """Describe the tallies that may be seen."""
    return {
        str(one.pk): tally(one)
        for one in meeting.resolutions.select_related("meeting")
        if tally_visible(one)
    }


def tally(one: Resolution, standing: Standing | None = None) -> dict[str, Any]:
    """Describe how a vote stands, group by group: the stored result once it is closed."""
    if one.state == ResolutionState.CLOSED:
        return {"groups": Outcome.objects.get(resolution=one).result["groups"]}
    return {"groups": law.running(one, standing)}


def participation(one: Resolution, standing: Standing | None = None) -> dict[str, Any]:
    """Say who has voted, of those who attend and of those entitled, without what they said.

    Whose earlier consent stands has voted.
    """
    counted, _tallies = standing or standing_of(one)
    return {
        "entitled": counted.entitled_number,
        "entitled_amount": yuan(sum(group.fen for group in counted.entitled.values())),
        "voted": counted.voted_number,
        "voted_amount": yuan(counted.voted_fen),
        "attending": counted.attending_number,
        "paper": counted.paper_number,
    }


def participations(meeting: Meeting, _staff: bool) -> dict[str, Any]:
    """Describe participation in every poll that was opened and stands."""
    found = meeting.resolutions.exclude(state__in=UNTOLD).select_related("meeting")
    return {str(one.pk): participation(one) for one in found}


def tally_news(one: Resolution) -> list[News]:
    """Tell participation, and the tally where it is shown live."""
    standing = standing_of(one)
    told: dict[str, Any] = {f"participation/{one.pk}": participation(one, standing)}
    if tally_visible(one):
        told[f"tallies/{one.pk}"] = tally(one, standing)
    return [News("tally", told, coalesce=f"tally:{one.pk}")]


def ballot(one: Ballot, face: dict[str, Any]) -> dict[str, Any]:
    """Describe a ballot to those it belongs to, with its receipt but for the proof."""
    return {
        "choice": one.choice,
        "choices": dict(one.choices),
        "way": one.way,
        "at": clock.rfc3339(one.at),
        "number": one.number,
        "amount": face["amount"],
        "voter": str(one.person),
        "receipt": face,
    }


def ballots(meeting: Meeting, viewers: Sequence[Viewer]) -> list[dict[str, Any]]:
    """Describe to each viewer the effective ballots of the creditors that he acts for."""
    held: dict[int, list[Ballot]] = defaultdict(list)
    found = Ballot.objects.filter(
        resolution__meeting=meeting, creditor__in=acted_for(viewers), effective=True
    ).select_related("person")
    faces = receipts.faces(meeting.pk, found)
    for one in found:
        held[one.creditor_id].append(one)
    told: list[dict[str, Any]] = []
    for viewer in viewers:
        own: dict[str, Any] = defaultdict(dict)
        for creditor in viewer.acts_for:
            for one in held.get(creditor, ()):
                own[str(one.resolution_id)][str(creditor)] = ballot(one, faces[one.position])
        told.append(dict(own))
    return told


def right(entries: list[RegisterEntry]) -> dict[str, Any]:
    """Describe what a creditor votes with in a poll, or why it does not.

    `carried` is what it said in the first vote, where that stands in all its groups; `groups`
    are those in which it can vote now.
    """
    rights = [entry for entry in entries if not entry.reason]
    voting = [entry for entry in rights if not entry.carried]
    return {
        "votes": bool(voting),
        "heads": max((entry.heads for entry in rights), default=0),
        "amount": yuan(sum(entry.amount_fen for entry in rights)),
        "groups": [entry.group for entry in voting],
        "lines": [
            {
                "group": entry.group,
                "heads": entry.heads,
                "amount": yuan(entry.amount_fen),
                "carried": entry.carried,
            }
            for entry in rights
        ],
        "carried": "" if voting or not rights else rights[0].carried,
        "reason": "" if rights else entries[0].reason,
    }


def rights(meeting: Meeting, viewers: Sequence[Viewer]) -> list[dict[str, Any]]:
    """Describe to each viewer the voting rights of the creditors he acts for, by resolution."""
    lines: dict[int, dict[int, list[RegisterEntry]]] = defaultdict(lambda: defaultdict(list))
    found = RegisterEntry.objects.filter(
        resolution__meeting=meeting, creditor__in=acted_for(viewers)
    ).order_by("pk")
    for entry in found:
        lines[entry.creditor_id][entry.resolution_id].append(entry)
    told: list[dict[str, Any]] = []
    for one in viewers:
        own: dict[str, Any] = defaultdict(dict)
        for creditor in one.acts_for:
            for poll, entries in lines.get(creditor, {}).items():
                own[str(poll)][str(creditor)] = right(entries)
        told.append(dict(own))
    return told


def right_news(one: Resolution, register: list[RegisterEntry]) -> list[News]:
    """Tell each creditor its voting right in a poll that opens.

    Only where somebody acts for the creditor, and with the counter of events held: whoever
    is given a role later enters the room anew and finds the right in it.
    """
    heard = set(with_people(one.meeting.case_id, None))
    lines: dict[int, list[RegisterEntry]] = defaultdict(list)
    for entry in register:
        if entry.creditor_id in heard:
            lines[entry.creditor_id].append(entry)
    return [
        News(
            "voting_right",
            {f"my_rights/{one.pk}/{creditor}": right(entries)},
            audience=f"creditor:{creditor}",
        )
        for creditor, entries in lines.items()
    ]


def opening_news(one: Resolution) -> list[News]:
    """Tell everybody that the poll is open."""
    told = {f"resolutions/{one.pk}": resolution(one), f"participation/{one.pk}": participation(one)}
    if tally_visible(one):
        told[f"tallies/{one.pk}"] = tally(one)
    notice = {"kind": "poll_opened", "resolution": one.pk, "title": one.title}
    return [News("poll_opened", told, notice=notice)]


def closing_news(one: Resolution, outcome: Outcome) -> list[News]:
    """Tell everybody that the poll is closed and what came of it."""
    told = {
        f"resolutions/{one.pk}": resolution(one),
        f"participation/{one.pk}": participation(one),
        f"tallies/{one.pk}": tally(one),
        f"outcomes/{one.pk}": describe_outcome(outcome),
    }
    notice = {
        "kind": "poll_closed",
        "resolution": one.pk,
        "title": one.title,
        "outcome": outcome.outcome,
    }
    return [News("poll_closed", told, notice=notice)]


def describe_outcome(one: Outcome) -> dict[str, Any]:
    """Describe an outcome, what follows from it in law, and the court's word on it."""
    told: dict[str, Any] = {
        "outcome": one.outcome,
        "counted_at": clock.rfc3339(one.counted_at),
        "ways": one.ways or {"paper": {}},
        "branch": branches.branch(one.resolution, one.outcome),
        "rulings": [ruling(made) for made in one.resolution.rulings.all()],
    }
    found = getattr(one, "confirmation", None)
    if found is not None:
        told["confirmation"] = confirmation(found)
    return told


def ruling(made: Ruling) -> dict[str, Any]:
    """Describe the court's ruling that follows a vote."""
    return {
        "kind": made.kind,
        "granted": made.granted,
        "reasons": made.reasons,
        "judge": str(made.judge),
        "at": clock.rfc3339(made.at),
    }


def confirmation(one: Confirmation) -> dict[str, Any]:
    """Describe the judge's word on an outcome."""
    return {
        "decision": one.decision,
        "reasons": one.reasons,
        "judge": str(one.judge),
        "at": clock.rfc3339(one.at),
    }


def outcomes(meeting: Meeting, _staff: bool) -> dict[str, Any]:
    """Describe the outcomes of the meeting's closed polls."""
    found = (
        Outcome.objects.filter(resolution__meeting=meeting)
        .exclude(resolution__state=ResolutionState.VOIDED)
        .select_related("resolution", "confirmation__judge")
        .prefetch_related("resolution__rulings__judge")
    )
    return {str(one.resolution_id): describe_outcome(one) for one in found}
