"""Recording ballots: the transaction behind the ballot box.

Lock the resolutions, ask the database for the time, look up what the batch needs in a few
queries, decide each ballot, write them together.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db import transaction

from creditor_meetings.cases.errors import Refused
from creditor_meetings.cases.models import Person
from creditor_meetings.realtime.written import Written
from voting import ballot_rules
from voting.box import deciding, reading, writing
from voting.models import Ballot, PaperBallot

if TYPE_CHECKING:
    from voting.ballot_box import Cast

reason_text = ballot_rules.reason_text


@transaction.atomic
def record(casts: "Sequence[Cast]") -> list[Written | Refused]:
    """Record ballots in one transaction; answer each with its receipt or its refusal."""
    batch = reading.read(
        {cast.resolution_id for cast in casts}, {cast.creditor_id for cast in casts}
    )
    reading.read_senders(batch, casts)
    decided = deciding.decide(batch, casts)
    if batch.votes:
        writing.write(batch)
    return [_answer(one) for one in decided]


def _answer(one: deciding.Decision) -> Written | Refused:
    if isinstance(one, Refused):
        return one
    return Written(one if isinstance(one, str) else one.receipt)


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
    batch = reading.read({one.resolution_id for one in papers}, {one.creditor_id for one in papers})
    decided = deciding.decide_paper(batch, papers, checked_by)
    refused = any(isinstance(one, Refused) for one in decided)
    if batch.votes and not refused:
        writing.write(batch)
    if refused:
        return [one if isinstance(one, Refused) else None for one in decided]
    made = Ballot.objects.in_bulk([one.number for one in batch.votes], field_name="number")
    return [one if one is None or isinstance(one, Refused) else made[one.number] for one in decided]
