"""Who votes with what: from a creditor's claims to its lines of the voting register."""

from collections.abc import Iterable, Iterator

from voting.rules.records import (
    REASON_ORDER,
    Claim,
    Creditor,
    Grouping,
    Nature,
    Reason,
    Right,
    Rule,
    SecuredVote,
    Status,
)

ALL = "all"
Share = tuple[str, int]
"""A group and the amount (fen) that a claim brings to it."""


def rights(rule: Rule, matter: str | None, creditor: Creditor) -> tuple[Right, ...]:
    """Return what a creditor votes with, a line a group: one head in each (EBL 64, 82)."""
    if creditor.excluded:
        return ()
    amounts: dict[str, int] = {}
    investor: dict[str, bool] = {}
    for claim in creditor.claims:
        for group, fen in _shares(rule, matter, claim):
            amounts[group] = amounts.get(group, 0) + fen
            investor[group] = investor.get(group, True) and claim.nature is Nature.INVESTOR
    return tuple(
        Right(creditor.id, group, fen, creditor.connected, investor[group])
        for group, fen in amounts.items()
    )


def _shares(rule: Rule, matter: str | None, claim: Claim) -> Iterator[Share]:
    fen = claim.voting_fen
    if not fen or claim.status is Status.REJECTED or claim.nature not in rule.voters:
        return
    if not claim.is_secured or rule.secured is SecuredVote.FULL:
        yield _group(rule, claim), fen
    elif claim.priority_waived:
        yield _ordinary_group(rule), fen
    else:
        yield from _secured_shares(rule, matter, fen, min(claim.unsecured_part_fen, fen))


def _secured_shares(rule: Rule, matter: str | None, fen: int, unsecured: int) -> Iterator[Share]:
    if rule.secured is SecuredVote.SPLIT:
        if fen > unsecured:
            yield Nature.SECURED.value, fen - unsecured
        if unsecured:
            yield _ordinary_group(rule), unsecured
    elif unsecured or (rule.secured is SecuredVote.HEAD and not rule.bars_secured(matter)):
        yield ALL, unsecured


def _group(rule: Rule, claim: Claim) -> str:
    if rule.grouping is Grouping.NONE:
        return ALL
    if rule.grouping is Grouping.CLASS:
        return claim.class_name or claim.nature.value
    return claim.nature.value


def _ordinary_group(rule: Rule) -> str:
    return ALL if rule.grouping is Grouping.NONE else Nature.ORDINARY.value


def reason(rule: Rule, matter: str | None, creditor: Creditor) -> Reason:
    """Say why a creditor without a right has none: the first reason in their order."""
    if creditor.excluded:
        return Reason.EXCLUDED
    found = {_claim_reason(rule, matter, claim) for claim in creditor.claims}
    return next((one for one in REASON_ORDER if one in found), Reason.NO_VOTE)


def _claim_reason(rule: Rule, matter: str | None, claim: Claim) -> Reason:
    if claim.status is Status.REJECTED:
        return Reason.REJECTED
    if claim.voting_fen is None:
        return Reason.UNDETERMINED
    if claim.is_secured and not claim.priority_waived and _keeps_silent(rule, matter):
        return Reason.PRIORITY
    return Reason.NO_VOTE


def _keeps_silent(rule: Rule, matter: str | None) -> bool:
    """Whether a fully secured claim has no vote because of its priority."""
    if rule.secured is SecuredVote.HEAD:
        return rule.bars_secured(matter)
    return rule.secured is SecuredVote.UNSECURED_PART


def register(
    rule: Rule, matter: str | None, creditors: Iterable[Creditor]
) -> dict[str, tuple[Right, ...]]:
    """Return the voting register (表决权登记册): the rights of each creditor, by id."""
    return {one.id: rights(rule, matter, one) for one in creditors}
