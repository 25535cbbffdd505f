"""Writing to a meeting's ledger: one line of writers, every batch chained, sealed and kept.

Lock order, everywhere: the meeting, the resolution, then the ledger's head, then (when news are
published) the counter of events.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction

from creditor_meetings.cases import clock
from creditor_meetings.cases.money import yuan
from creditor_meetings.meetings.attachments import attachment
from creditor_meetings.meetings.models import Meeting
from voting import database_clock, enrolment, signing_key
from voting.evidence import timestamps
from voting.ledger import chain, receipts, signing, tree
from voting.models import (
    Ballot,
    Confirmation,
    LedgerEntry,
    LedgerHead,
    LedgerSeal,
    Occasion,
    RegisterEntry,
    Resolution,
    SignedHead,
)

Body = Mapping[str, Any]


def hold(meeting: Meeting) -> None:
    """Take the ledger's lock before rows that a ballot of the same moment may write too."""
    _locked_head(meeting.pk)


def write(meeting: Meeting, items: Sequence[tuple[str, Body]]) -> None:
    """Write entries of kind and body to a meeting's ledger; inside a transaction."""
    head = _locked_head(meeting.pk)
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
    head = _locked_head(meeting.pk)
    if not head.length:
        return None
    return _sign(head, occasion, clock.rfc3339(database_clock.now()))


def _sign(head: LedgerHead, occasion: Occasion, at: str) -> SignedHead:
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


def seal_ballots(
    meeting_id: int, ballots: Sequence[Ballot], also: Sequence[tuple[str, Body]] = ()
) -> None:
    """Write ballots to the ledger and give each its number and signed receipt.

    One signature for all of them, and for the entries of kind and body in `also` behind them;
    nothing of the ballots is saved here. Each ballot carries the register's lines it votes
    with in `entries`.
    """
    head = _locked_head(meeting_id)
    first = head.length + 1
    items = []
    for position, ballot in enumerate(ballots, start=first):
        # The position is the meeting's own, the resolution is of one meeting: used once.
        ballot.number = f"{ballot.resolution_id}-{position:06d}"
        items.append(chain.Item("ballot", clock.rfc3339(ballot.at), _ballot_body(ballot)))
    at = clock.rfc3339(database_clock.now())
    items += [chain.Item(kind, at, body) for kind, body in also]
    entries, seal = _append(head, items)
    made = receipts.make(entries, seal)[: len(ballots)]
    for ballot, receipt in zip(ballots, made, strict=True):
        ballot.receipt = receipt


def _ballot_body(ballot: Ballot) -> Body:
    entries: list[RegisterEntry] = ballot.entries
    return {
        "number": ballot.number,
        "resolution": ballot.resolution_id,
        "creditor": ballot.creditor_id,
        "creditor_name": entries[0].name,
        "choice": ballot.choice,
        "amount": yuan(sum(entry.amount_fen for entry in entries)),
        "groups": [
            {
                "group": entry.group,
                "heads": entry.heads,
                "amount": yuan(entry.amount_fen),
                "choice": ballot.said(entry.group),
            }
            for entry in entries
        ],
        "person": ballot.person_id,
        "person_name": str(ballot.person),
        "by_proxy": ballot.by_proxy,
        "mandate": ballot.mandate_id,
        "way": ballot.way,
        "checked_by": ballot.checked_by.pk if ballot.checked_by is not None else None,
    }


def _locked_head(meeting_id: int) -> LedgerHead:
    """Hold the ledger of a meeting until the transaction ends, so that nobody else chains on."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("write to the ledger inside the transaction of what happened")
    held = LedgerHead.objects.select_for_update(no_key=True).filter(pk=meeting_id)
    head = held.first()
    if head is None:
        LedgerHead.objects.get_or_create(pk=meeting_id)
        head = held.get()
    return head


def _append(
    head: LedgerHead, items: Sequence[chain.Item]
) -> tuple[list[chain.Entry], dict[str, Any]]:
    entries = chain.extend(head.pk, head.length, head.head_hash, items)
    seal = receipts.seal(entries, signing_key.private_key())
    LedgerEntry.objects.bulk_create(
        LedgerEntry(
            meeting_id=one.meeting,
            position=one.position,
            kind=one.kind,
            at=one.at,
            body=dict(one.body),
            previous=one.previous,
            entry_hash=one.entry_hash,
        )
        for one in entries
    )
    LedgerSeal.objects.create(
        meeting_id=head.pk,
        first=entries[0].position,
        size=len(entries),
        root=seal["statement"]["root"],
        head=seal["statement"]["head"],
        signature=seal["signature"],
        key=seal["key"],
    )
    head.frontier = tree.grow(head.frontier, head.length, (one.entry_hash for one in entries))
    head.length, head.head_hash = entries[-1].position, entries[-1].entry_hash
    head.save(update_fields=["length", "head_hash", "frontier"])
    return entries, seal


def _entry(row: LedgerEntry) -> chain.Entry:
    return chain.Entry(
        row.meeting_id, row.position, row.kind, row.at, row.body, row.previous, row.entry_hash
    )


def entries_of(meeting: Meeting, size: int | None = None) -> Iterable[chain.Entry]:
    """Read a meeting's ledger from its first entry, as `chain.problems` checks it.

    With `size` only so many entries of it.
    """
    rows = LedgerEntry.objects.filter(meeting=meeting).order_by("position")
    if size is not None:
        rows = rows.filter(position__lte=size)
    return (_entry(row) for row in rows.iterator())


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
