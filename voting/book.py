"""Writing to a meeting's ledger: one line of writers, every batch chained, sealed and kept.

Lock order, everywhere: the meeting, the resolution, then the ledger's head, then (when news are
published) the counter of events.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from creditor_meetings.cases import clock, rows
from creditor_meetings.cases.money import yuan
from creditor_meetings.meetings.attachments import attachment
from creditor_meetings.meetings.models import Meeting
from voting import database_clock, enrolment, signing_key
from voting import receipts as ledger_rows
from voting.evidence import timestamps
from voting.ledger import canonical, chain, merkle, receipts, signing, tree
from voting.models import (
    Confirmation,
    LedgerEntry,
    LedgerHead,
    Occasion,
    RegisterEntry,
    Resolution,
    SignedHead,
)

Body = Mapping[str, Any]


@dataclass(slots=True)
class Head:
    """Where the ledger of a meeting stands, held; see `voting.models.LedgerHead`."""

    pk: int
    length: int
    head_hash: str
    frontier: list[str]


def hold(meeting: Meeting) -> None:
    """Take the ledger's lock before rows that a ballot of the same moment may write too."""
    locked_head(meeting.pk)


def write(meeting: Meeting, items: Sequence[tuple[str, Body]]) -> None:
    """Write entries of kind and body to a meeting's ledger; inside a transaction."""
    head = locked_head(meeting.pk)
    at = clock.rfc3339(database_clock.now())
    _append(head, [chain.Item(kind, at, body) for kind, body in items])
    occasion = _occasion(items)
    if occasion is not None:
        _sign(head, occasion, at)


def _occasion(items: Sequence[tuple[str, Body]]) -> Occasion | None:
    """Say whether what was written calls for a signed head: a close of a poll, or of all."""
    if any(kind == "result" for kind, _body in items):
        return Occasion.POLL_CLOSED
    if any(kind == "meeting_state" and body["state"] == "closed" for kind, body in items):
        return Occasion.MEETING_CLOSED
    return None


def sign_head(meeting: Meeting, occasion: Occasion) -> SignedHead | None:
    """Sign the ledger as it stands, once a length; None while nothing is written.

    Inside a transaction.
    """
    head = locked_head(meeting.pk)
    if not head.length:
        return None
    return _sign(head, occasion, clock.rfc3339(database_clock.now()))


def _sign(head: Head, occasion: Occasion, at: str) -> SignedHead:
    signed = SignedHead.objects.filter(meeting_id=head.pk, size=head.length).first()
    if signed is not None:
        return signed
    private = signing_key.private_key()
    root = tree.root(head.frontier)
    statement = signing.head_statement(head.pk, head.length, root, head.head_hash, at)
    signed = SignedHead.objects.create(
        meeting_id=head.pk,
        size=head.length,
        root=root,
        head=head.head_hash,
        at=at,
        occasion=occasion,
        signature=signing.sign(private, statement),
        key=signing.public_key(private),
    )
    timestamps.fetch_later()
    return signed


def locked_head(meeting_id: int) -> Head:
    """Hold the ledger of a meeting until the transaction ends, so that nobody else chains on."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("write to the ledger inside the transaction of what happened")
    head = _read_head(meeting_id)
    if head is None:
        LedgerHead.objects.get_or_create(pk=meeting_id)
        head = _read_head(meeting_id)
        assert head is not None
    return head


def _read_head(meeting_id: int) -> Head | None:
    statement = (
        "SELECT meeting_id, length, head_hash, frontier FROM voting_ledgerhead"
        " WHERE meeting_id = %s"
    )
    if connection.vendor == "postgresql":
        statement += " FOR NO KEY UPDATE"
    for pk, length, head_hash, frontier in rows.select(statement, [meeting_id]):
        return Head(pk, length, head_hash, rows.read_json(frontier))
    return None


ENTRY = ("meeting_id", "position", "kind", "at", "body", "previous", "entry_hash")
SEAL = ("meeting_id", "first", "size", "root", "head", "signature", "key")


def _append(
    head: Head, items: Sequence[chain.Item]
) -> tuple[list[chain.Line], dict[str, Any], merkle.Tree]:
    """Chain, seal and keep entries behind a head that is held."""
    private = signing_key.private_key()
    lines = chain.lines(head.pk, head.length, head.head_hash, _in_order(head, items))
    grown = merkle.Tree([one.entry_hash for one in lines])
    seal = receipts.sign(head.pk, lines, grown, private)
    rows.insert(
        "voting_ledgerentry",
        ENTRY,
        [
            (head.pk, one.position, one.kind, one.at, one.body, one.previous, one.entry_hash)
            for one in lines
        ],
    )
    statement = seal["statement"]
    rows.insert(
        "voting_ledgerseal",
        SEAL,
        [
            (head.pk, statement["first"], statement["size"], statement["root"], statement["head"],
             seal["signature"], seal["key"])
        ],
    )  # fmt: skip
    head.frontier = tree.grow(head.frontier, head.length, [one.entry_hash for one in lines])
    head.length, head.head_hash = lines[-1].position, lines[-1].entry_hash
    rows.execute(
        "UPDATE voting_ledgerhead SET length = %s, head_hash = %s, frontier = %s"
        " WHERE meeting_id = %s",
        [head.length, head.head_hash, canonical.text(head.frontier), head.pk],
    )
    return lines, seal, grown


def _in_order(head: Head, items: Sequence[chain.Item]) -> list[chain.Item]:
    """Let no entry's time lie before the one it follows: a clock that is set back stands still.

    What was decided by the clock, as whether a poll was open, stands in the entry's body.
    """
    before = rows.select(
        "SELECT at FROM voting_ledgerentry WHERE meeting_id = %s AND position = %s",
        [head.pk, head.length],
    )
    latest = before[0][0] if before else ""
    ordered = []
    for one in items:
        # All are written alike (`clock.rfc3339`), hence in the order of their letters.
        latest = max(latest, one.at)
        ordered.append(one if one.at == latest else one._replace(at=latest))
    return ordered


def append_with_receipts(head: Head, items: Sequence[chain.Item]) -> list[tuple[str, str]]:
    """Write entries that happened together behind a head that is held, under one signature.

    Returns what is read of each one's receipt, and its whole receipt, as JSON.
    """
    return receipts.written(*_append(head, items))


def entries_of(meeting: Meeting, size: int | None = None) -> Iterable[chain.Entry]:
    """Read a meeting's ledger from its first entry, as `chain.problems` checks it.

    With `size` only so many entries of it.
    """
    found = LedgerEntry.objects.filter(meeting=meeting).order_by("position")
    if size is not None:
        found = found.filter(position__lte=size)
    return (ledger_rows.entry(row) for row in found.iterator())


def register_body(resolution: Resolution, register: Sequence[RegisterEntry]) -> Body:
    """Write a register down as it is frozen, creditor by creditor, with all it was drawn from.

    Each line carries the creditor's `claims`: rule, claims and decided groups give the register
    again, to anybody.
    """
    lines: dict[int, list[Body]] = defaultdict(list)
    first: dict[int, RegisterEntry] = {}
    for entry in register:
        first.setdefault(entry.creditor_id, entry)
        lines[entry.creditor_id].append(
            {
                "group": entry.group,
                "heads": entry.heads,
                "amount": yuan(entry.amount_fen),
                "reason": entry.reason,
                "carried": entry.carried,
            }
        )
    return {
        "resolution": resolution.pk,
        "rule": resolution.rule,
        "rule_data": resolution.frozen_rule,
        "practice": resolution.practice,
        "matter": resolution.matter,
        "groups_decided": enrolment.decided_groups(resolution),
        "unaffected_groups": list(resolution.unaffected_groups),
        "second_of": resolution.second_of_id,
        "second_scope": resolution.second_scope,
        "creditors": [
            {
                "creditor": creditor,
                "name": one.name,
                "claims": one.claims,
                "lines": lines[creditor],
            }
            for creditor, one in sorted(first.items())
        ],
    }


def poll_body(resolution: Resolution) -> Body:
    """Write a poll down as it opens or closes: what was put to the vote, by whom, when."""
    return {
        "resolution": resolution.pk,
        "title": resolution.title,
        "text": resolution.text,
        "matter": resolution.matter,
        "rule": resolution.rule,
        "second_of": resolution.second_of_id,
        "replaces": resolution.replaces_id,
        "election": resolution.election_id,
        "candidate": resolution.candidate,
        "document": resolution.document,
        "document_shown": _shown(resolution),
        "tally_shown": resolution.tally_shown,
        "state": resolution.state,
        "opened_at": _moment(resolution.opened_at),
        "opened_by": resolution.opened_by_id,
        "closes_at": _moment(resolution.closes_at),
        "closed_at": _moment(resolution.closed_at),
        "closed_by": resolution.closed_by_id,
    }


def _shown(resolution: Resolution) -> Body | None:
    """Write down which version of which file creditors have before them as they vote."""
    if resolution.document is None:
        return None
    found = attachment(resolution.meeting, resolution.document)
    if found is None:
        return None
    return {
        "document": found.id,
        "title": found.title,
        "version": found.version,
        "sha256": found.sha256,
    }


def confirmation_body(confirmation: Confirmation) -> Body:
    """Write the judge's word on an outcome down."""
    return {
        "resolution": confirmation.outcome.resolution_id,
        "outcome": confirmation.outcome.outcome,
        "decision": confirmation.decision,
        "reasons": confirmation.reasons,
        "judge": confirmation.judge_id,
        "judge_name": str(confirmation.judge),
        "at": _moment(confirmation.at),
    }


def _moment(at: Any) -> str | None:
    return clock.rfc3339(at) if at is not None else None
