"""Somebody who brings papers while a copy is made; and what a restored installation must hold."""

import hashlib
import json
import os
import sys
import time
from pathlib import Path

from creditor_meetings.cases import clock
from creditor_meetings.meetings.models import Meeting
from creditor_meetings.running.models import Copy
from voting import book, law, signing_key
from voting.ledger import chain
from voting.models import Ballot, Paper, Resolution
from voting.papers import check, store


def papers(stop: str) -> None:
    """Keep papers, each as a file and the row that names it, until a file of that name appears."""
    meeting = Meeting.objects.get()
    number = 0
    while not Path(stop).exists():
        number += 1
        pdf = f"%PDF-1.7 {number} {os.getpid()}".encode()
        Paper.objects.create(
            meeting=meeting, kind="minutes", version=number, ledger_size=1,
            sha256=store.keep(pdf), size=len(pdf), made_at=clock.now(),
        )  # fmt: skip
        time.sleep(0.02)
    print(number)


def holds() -> None:
    """Print as JSON what this installation holds of the vote, and whether it fits together."""
    receipts = json.load(sys.stdin)
    poll = Resolution.objects.select_related("meeting").get()
    kept = dict(Ballot.objects.values_list("number", "command_id"))
    named = list(Paper.objects.values_list("sha256", flat=True))
    print(json.dumps({
        "ballots": len(kept),
        "lost": [one["number"] for one in receipts if one["number"] not in kept],
        "bad_receipts": [one["number"] for one in receipts if check.problems_of(one)],
        "papers": len(named),
        "without_file": [
            one for one in named
            if not store.path_of(one).is_file()
            or hashlib.sha256(store.path_of(one).read_bytes()).hexdigest() != one
        ],
        "running": law.running(poll) == law.count(poll)["groups"],
        "ledger": chain.problems(book.entries_of(poll.meeting)),
        "key": signing_key.public_key(),
        "slug": poll.meeting.slug,
        "copies": Copy.objects.count(),
    }))  # fmt: skip
