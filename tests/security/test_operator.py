"""Whoever has the database: what is changed there by hand shows when the evidence is checked.

The operator can take the triggers away, and write whatever it likes. The verifier, fed with a
receipt that a voter kept or with the bundle itself, says that it did.
"""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from creditor_meetings.meetings.models import Meeting
from tests.support import world
from voting import append_only
from voting.evidence import bundle
from voting.models import Ballot, LedgerEntry, Resolution
from voting.papers import check

pytestmark = pytest.mark.django_db


class Held:
    """A meeting that was held: a poll voted on, closed, and confirmed."""

    def __init__(self) -> None:
        case = world.make_case()
        self.creditors = [world.make_creditor(case, confirmed="1000.00") for _ in range(3)]
        self.meeting: Meeting = world.make_meeting(case)
        self.judge = world.make_person(case, "judge")
        self.voters = [world.make_person(case, "creditor", one) for one in self.creditors]
        self.poll: Resolution = world.open_poll(world.make_resolution(self.meeting), self.judge)
        self.receipts = [
            world.cast(voter, self.poll, choice)
            for voter, choice in zip(self.voters, ("for", "for", "against"), strict=True)
        ]
        world.close_poll(self.poll, self.judge)

    def bundle(self) -> bytes:
        """The evidence as the database gives it now."""
        made = io.BytesIO()
        with transaction.atomic():
            bundle.write(Meeting.objects.get(pk=self.meeting.pk), made)
        return made.getvalue()


def by_hand(statement: str, values: list[Any] | None = None) -> int:
    """Do something to the database as its owner does, past this software and its triggers."""
    append_only.remove(connection)
    with connection.cursor() as cursor:
        cursor.execute(statement, values or [])
        changed = cursor.rowcount
    append_only.install(connection)
    return changed


def entry_of(held: Held, kind: str) -> LedgerEntry:
    return LedgerEntry.objects.filter(meeting=held.meeting, kind=kind).latest("position")


def edited(held: Held, kind: str, change: Callable[[dict[str, Any]], None]) -> int:
    """Change an entry of the ledger in its place."""
    entry = entry_of(held, kind)
    body = json.loads(json.dumps(entry.body))
    change(body)
    assert body != entry.body
    return by_hand(
        "UPDATE voting_ledgerentry SET body = %s WHERE id = %s", [json.dumps(body), entry.pk]
    )


def turned(body: Any) -> None:
    """Turn every "against" that stands anywhere in a body."""
    for key, value in list(body.items()) if isinstance(body, dict) else []:
        if value == "against":
            body[key] = "for"
        elif isinstance(value, dict):
            turned(value)


FORGERIES: dict[str, Callable[[Held], int]] = {
    "a ballot in the ledger": lambda h: edited(h, "ballot", turned),
    "the register in the ledger": lambda h: edited(
        h, "register_frozen", lambda body: body["creditors"].pop()
    ),
    "the result in the ledger": lambda h: edited(
        h, "result", lambda body: body["result"].update(outcome="not_passed")
    ),
    "an entry taken out": lambda h: by_hand(
        "DELETE FROM voting_ledgerentry WHERE id = %s", [entry_of(h, "ballot").pk]
    ),
    "the last entries taken out": lambda h: by_hand(
        "DELETE FROM voting_ledgerentry WHERE meeting_id = %s AND position >= %s",
        [h.meeting.pk, entry_of(h, "poll_closed").position],
    ),
    "an entry dated anew": lambda h: by_hand(
        "UPDATE voting_ledgerentry SET at = %s WHERE id = %s",
        ["2001-01-01T00:00:00.000Z", entry_of(h, "ballot").pk],
    ),
    "a hash": lambda h: by_hand(
        "UPDATE voting_ledgerentry SET entry_hash = %s WHERE id = %s",
        ["0" * 64, entry_of(h, "ballot").pk],
    ),
    "a seal's root": lambda h: by_hand(
        "UPDATE voting_ledgerseal SET root = %s WHERE meeting_id = %s", ["0" * 64, h.meeting.pk]
    ),
    "a seal's signature": lambda h: by_hand(
        "UPDATE voting_ledgerseal SET signature = %s WHERE meeting_id = %s",
        ["0" * 128, h.meeting.pk],
    ),
    "the seals taken out": lambda h: by_hand(
        "DELETE FROM voting_ledgerseal WHERE meeting_id = %s", [h.meeting.pk]
    ),
    "a signed head": lambda h: by_hand(
        "UPDATE voting_signedhead SET root = %s WHERE meeting_id = %s", ["0" * 64, h.meeting.pk]
    ),
    "a signed head of fewer entries": lambda h: by_hand(
        "UPDATE voting_signedhead SET size = size - 1 WHERE meeting_id = %s", [h.meeting.pk]
    ),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_what_the_operator_changes_in_the_record_shows(name: str, verifier: Any) -> None:
    held = Held()
    assert verifier.verify(io.BytesIO(held.bundle()), "en").problems == []
    assert FORGERIES[name](held), "nothing was changed"
    # A record that does not even let itself be written down any more shows it as well.
    try:
        found = verifier.verify(io.BytesIO(held.bundle()), "en").problems
    except (AssertionError, RuntimeError, ValueError, LookupError) as broken:
        found = [repr(broken)]
    assert found, f"{name} does not show"


TABLES: dict[str, Callable[[Held], int]] = {
    "voting_ballot": lambda h: by_hand(
        "UPDATE voting_ballot SET choice = 'for', choices = %s WHERE choice = 'against'",
        [json.dumps({"all": "for"})],
    ),
    "voting_ballot deleted": lambda h: by_hand(
        "DELETE FROM voting_ballot WHERE choice = 'against'"
    ),
    "voting_registerentry": lambda h: by_hand(
        "UPDATE voting_registerentry SET amount_fen = 999999999 WHERE resolution_id = %s",
        [h.poll.pk],
    ),
    "voting_tally": lambda h: by_hand(
        "UPDATE voting_tally SET for_number = 3 WHERE resolution_id = %s", [h.poll.pk]
    ),
    "voting_outcome": lambda h: by_hand(
        "UPDATE voting_outcome SET outcome = 'not_passed' WHERE resolution_id = %s", [h.poll.pk]
    ),
    "claims_claim": lambda h: by_hand("UPDATE claims_claim SET confirmed_fen = 1"),
}


@pytest.mark.parametrize("name", TABLES)
def test_what_is_changed_beside_the_record_changes_no_evidence(name: str, verifier: Any) -> None:
    held = Held()
    before = ledger_of(held.bundle())
    assert TABLES[name](held), "nothing was changed"
    after = held.bundle()
    # Register, ballots and result are in the record as they were; whoever changed the tables
    # that pages are drawn from stands against it.
    assert ledger_of(after)[: len(before)] == before
    assert verifier.verify(io.BytesIO(after), "en").problems == []


def ledger_of(content: bytes) -> list[bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read("ledger.jsonl").splitlines()


def test_a_voter_s_receipt_shows_a_ballot_that_was_changed_or_taken_out() -> None:
    held = Held()
    receipt = held.receipts[2]
    text = json.dumps(receipt, ensure_ascii=False)
    found = check.by_receipt(text).found
    assert found is not None
    assert found.holds
    edited(held, "ballot", turned)
    found = check.by_receipt(text).found
    assert found is None or not found.holds
    Ballot.objects.filter(number=receipt["number"]).delete()
    assert check.by_receipt(text).found is None
