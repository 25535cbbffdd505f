"""What a meeting's record holds, read from its database: `main()` prints it as JSON."""

import json
import sys

from creditor_meetings.realtime.models import Event
from voting import book, law
from voting.ledger import chain, tree
from voting.models import Ballot, LedgerHead, Outcome, Resolution


def main(poll_id: int) -> None:
    """Read the record of a poll's meeting."""
    poll = Resolution.objects.select_related("meeting").get(pk=poll_id)
    entries = list(book.entries_of(poll.meeting))
    head = LedgerHead.objects.get(pk=poll.meeting_id)
    outcome = Outcome.objects.filter(resolution=poll).first()
    ballots = Ballot.objects.filter(resolution=poll).order_by("pk")
    hashes = [one.entry_hash for one in entries]
    seqs = Event.objects.filter(meeting=poll.meeting).order_by("seq").values_list("seq", flat=True)
    json.dump(
        {
            "ballots": [
                {
                    "number": one.number,
                    "command": one.command_id,
                    "person": one.person_id,
                    "creditor": one.creditor_id,
                    "choice": one.choice,
                    "effective": one.effective,
                    "receipt": one.receipt,
                }
                for one in ballots
            ],
            "entries": {
                one.body["number"]: [one.position, one.entry_hash]
                for one in entries
                if one.kind == "ballot"
            },
            "problems": chain.problems(entries),
            "whole": len(entries) == head.length
            and (not entries or entries[-1].entry_hash == head.head_hash)
            and tree.root(tree.grow([], 0, hashes)) == tree.root(head.frontier),
            "times": [one.at for one in entries],
            "kinds": [one.kind for one in entries],
            "running": law.running(poll),
            "recount": law.count(poll)["groups"],
            "outcome": outcome.result if outcome is not None else None,
            "state": poll.state,
            "seqs_once": len(seqs) == len(set(seqs)),
        },
        sys.stdout,
    )
