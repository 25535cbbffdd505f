"""Prints as JSON what an installation's demo holds: run as `python -m tests.demo.told`."""

import json

import django

# ruff: noqa: E402  models can be imported only once Django stands
django.setup()

from django.db.models import Sum

from creditor_meetings.cases.money import yuan
from creditor_meetings.claims.models import Claim, ClaimConfirmation, Objection
from creditor_meetings.meetings.models import Meeting
from documents.models import Document
from voting import book
from voting.ledger import chain
from voting.models import Ballot, Outcome


def meeting(slug: str) -> dict[str, object]:
    """Tell what a meeting of the demo came to."""
    found = Meeting.objects.get(slug=slug)
    polls = list(found.resolutions.order_by("position"))
    ballots = Ballot.objects.filter(resolution__meeting=found)
    outcomes = Outcome.objects.filter(resolution__meeting=found)
    documents = Document.objects.filter(meeting=found)
    years = {one.at.year for one in ballots} | {one.at.year for one in found.attendances.all()}
    return {
        "state": found.state,
        "items": found.items.count(),
        "matters": [poll.matter for poll in polls],
        "attached": [documents.filter(pk=poll.document).count() for poll in polls],
        "documents": documents.count(),
        "handed_out": documents.filter(handed_out_at__isnull=False).count(),
        "attended": found.attendances.count(),
        "turns": found.turns.count(),
        "questions": found.questions.count(),
        "unanswered": found.questions.filter(answered_at=None).count(),
        "choices": sorted(set(ballots.values_list("choice", flat=True))),
        "superseded": ballots.filter(effective=False).count(),
        "outcomes": [[one.outcome, one.confirmation.decision] for one in outcomes],
        "ledger": chain.problems(list(book.entries_of(found))),
        "years": sorted(years),
    }


def case() -> dict[str, object]:
    """Tell what the demo's claims come to."""
    sums = Claim.objects.aggregate(filed=Sum("filed_fen"), confirmed=Sum("confirmed_fen"))
    return {
        "creditors": Claim.objects.values("creditor").distinct().count(),
        "filed": yuan(sums["filed"]),
        "confirmed": yuan(sums["confirmed"]),
        "verified": [
            ClaimConfirmation.objects.count(),
            Objection.objects.exclude(answer="").count(),
        ],
    }


if __name__ == "__main__":
    print(json.dumps({**case(), "demo": meeting("demo"), "held": meeting("demo-held")}))
