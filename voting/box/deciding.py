"""Deciding each ballot of a batch: what is wrong with one touches no other."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.utils import translation
from django.utils.translation import gettext as _

from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Person, Role
from voting import ballot_rules, law
from voting.box.reading import Batch
from voting.box.votes import Right, Vote
from voting.models import PaperBallot, Resolution, Way

if TYPE_CHECKING:
    from voting.ballot_box import Cast

Decision = Vote | str | Refused
"""A ballot that counts; the receipt (JSON) that its command got before; or why it is refused."""


def decide(batch: Batch, casts: "Sequence[Cast]") -> list[Decision]:
    """Decide ballots in the order in which they came."""
    decided: list[Decision] = []
    taken: dict[tuple[int, int], Resolution] = {}
    spoken = None
    with translation.override(None):
        for cast in casts:
            context = cast.context
            if context.language != spoken:
                # Refusals are said in the sender's language; most of a batch share it.
                spoken = context.language
                translation.activate(spoken) if spoken else translation.deactivate()
            sender = (context.viewer.person.id, context.command_id)
            answer: Decision | None = batch.answered.get(sender)
            if answer is None:
                try:
                    answer = batch.answered[sender] = _online(batch, cast, taken)
                except Refused as refusal:
                    answer = refusal
            decided.append(answer)
    return decided


def _online(batch: Batch, cast: "Cast", taken: dict[tuple[int, int], Resolution]) -> Vote:
    context = cast.context
    place = (cast.resolution_id, context.meeting.id)
    resolution = taken.get(place)
    if resolution is None:
        # All of the batch are decided at one moment: a poll that takes one ballot takes the next.
        resolution = taken[place] = ballot_rules.open_poll(
            batch.resolutions.get(cast.resolution_id), context.meeting.id, batch.now
        )
    person = context.viewer.person
    role = batch.acting.get((person.id, cast.creditor_id))
    if role is None:
        raise Refused("not_allowed", _("您不代表该债权人。"))
    pair = (resolution.id, cast.creditor_id)
    rights = ballot_rules.voting_entries(batch.rights.get(pair, []))
    choices = ballot_rules.choices_by_group(rights, cast.choice, cast.choices)
    by_proxy = role == Role.PROXY
    mandate_id = None
    if by_proxy:
        held = batch.mandates.get((person.id, cast.creditor_id), [])
        mandate_id = ballot_rules.mandate_for(resolution, held, batch.now).pk
    standing = batch.standing.get(pair)
    if standing is not None:
        ballot_rules.check_superseding(resolution, standing, by_proxy=by_proxy)
    vote = Vote(
        cast.creditor_id,
        choices,
        ballot_rules.uniform(choices),
        "online",
        by_proxy,
        resolution=resolution,
        person=person,
        mandate_id=mandate_id,
        command_id=context.command_id,
        at=batch.now,
        address=context.address,
        device=context.device,
    )
    _accept(batch, vote, rights)
    return vote


def decide_paper(
    batch: Batch, papers: Sequence[PaperBallot], checked_by: Person
) -> list[Vote | Refused | None]:
    """Decide paper ballots; None where an online one of the creditor stands by the practice."""
    decided: list[Vote | Refused | None] = []
    for paper in papers:
        try:
            decided.append(_paper(batch, paper, checked_by))
        except Refused as refusal:
            decided.append(refusal)
    return decided


def _paper(batch: Batch, paper: PaperBallot, checked_by: Person) -> Vote | None:
    resolution = ballot_rules.open_poll(
        batch.resolutions.get(paper.resolution_id), paper.sheet.meeting_id, batch.now
    )
    pair = (resolution.id, paper.creditor_id)
    rights = ballot_rules.voting_entries(batch.rights.get(pair, []))
    choices = ballot_rules.choices_by_group(rights, "", paper.choices)
    if not choices:
        raise Refused("bad_request", _("这张书面表决票没有任何选择。"))
    standing = batch.standing.get(pair)
    if standing is not None and ballot_rules.online_prevails(resolution, standing):
        return None
    vote = Vote(
        paper.creditor_id,
        choices,
        ballot_rules.uniform(choices),
        str(Way.PAPER),
        False,
        resolution=resolution,
        person=paper.sheet.entered_by,
        checked_by=checked_by,
        command_id=f"paper-{paper.pk}",
        at=batch.now,
        address=paper.sheet.address,
    )
    _accept(batch, vote, rights)
    return vote


def _accept(batch: Batch, vote: Vote, rights: Sequence[Right]) -> None:
    """Let a ballot count in its groups, in place of the one that stood."""
    assert vote.resolution is not None
    resolution_id = vote.resolution.id
    pair = (resolution_id, vote.creditor_id)
    before = batch.standing.get(pair)
    choices = vote.choices
    vote.rights = [line for line in rights if line.group in choices]
    for line in rights:
        tally = batch.tallies[resolution_id, line.group]
        unsaid = before.said(line.group) if before is not None else ""
        if unsaid:
            law.add(tally, unsaid, -line.heads, -line.amount_fen)
        if line.group in choices:
            law.add(tally, choices[line.group], line.heads, line.amount_fen)
    if before is None:
        batch.first_votes.append(vote)
    else:
        before.effective = False
        batch.superseded.append(before)
    batch.standing[pair] = vote
    batch.votes.append(vote)
