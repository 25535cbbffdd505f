"""Drawing up the voting register (表决权登记册) from the claims as they are.

Which rule, which groups, whose claims: all that is frozen when a poll opens is read here.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Any

from creditor_meetings.cases.models import Creditor
from creditor_meetings.cases.money import yuan
from creditor_meetings.claims.models import Claim
from voting.models import (
    Ballot,
    Choice,
    GroupDecision,
    Outcome,
    RegisterEntry,
    Resolution,
    ResolutionState,
    SecondScope,
)
from voting.rules import groups, practice, records, registry

SMALL, INVESTOR = records.Nature.SMALL.value, records.Nature.INVESTOR.value
Claims = Mapping[int, list[dict[str, Any]]]
"""A creditor's claims in the words of count files, by the creditor's id."""


def practice_of(resolution: Resolution) -> dict[str, str]:
    """Return the whole practice: as frozen, or before the poll as the meeting says now."""
    if resolution.practice is not None:
        return practice.read(resolution.practice)
    draft = resolution.state == ResolutionState.DRAFT
    return practice.read(resolution.meeting.practice if draft else {})


def rule_of(resolution: Resolution) -> records.Rule:
    """Return the rule, practice included: as frozen, or before the poll as it would be."""
    if resolution.frozen_rule is not None:
        return _read(json.dumps(resolution.frozen_rule, sort_keys=True))
    # A draft may name a court's rule whose file was taken away: it is shown, and never opened.
    rule = registry.find(resolution.rule) or registry.missing(resolution.rule)
    return practice.apply(rule, practice_of(resolution))


@lru_cache(maxsize=256)
def _read(data: str) -> records.Rule:
    return registry.read(json.loads(data))


def freeze(resolution: Resolution) -> None:
    """Set what the count follows from now on, practice and rule as data; saves nothing."""
    resolution.practice = practice_of(resolution)
    resolution.frozen_rule = registry.describe(rule_of(resolution))


def decided_groups(resolution: Resolution) -> dict[str, Any]:
    """Return the groups that the judge formed: {"small": the limit in yuan, "investor": true}."""
    found: dict[str, Any] = {}
    for one in GroupDecision.objects.filter(meeting=resolution.meeting_id):
        if one.group == SMALL:
            found[SMALL] = yuan(one.limit_fen or 0)
        elif one.group == INVESTOR:
            found[INVESTOR] = True
    return found


def setting(resolution: Resolution) -> groups.Setting:
    """Return which groups the resolution's vote has."""
    decided = {
        one.group: one for one in GroupDecision.objects.filter(meeting=resolution.meeting_id)
    }
    return groups.Setting(
        small_limit_fen=decided[SMALL].limit_fen if SMALL in decided else None,
        investors=INVESTOR in decided,
        unaffected=frozenset(resolution.unaffected_groups),
        only=groups.failed(first_groups(resolution)) if resolution.second_of_id else None,
    )


def first_groups(resolution: Resolution) -> list[dict[str, Any]]:
    """Return the groups of the first vote's result, none where this is the first vote."""
    if not resolution.second_of_id:
        return []
    result = Outcome.objects.filter(resolution=resolution.second_of_id).values_list("result")
    return next((list(one["groups"]) for (one,) in result), [])


def creditors(case_id: int, chosen: Collection[int] | None = None) -> dict[int, records.Creditor]:
    """Return the creditors of a case with claims, as the law counts them, by id."""
    return _creditors(_claim_rows(case_id, chosen))


def _creditors(rows: Iterable[Claim]) -> dict[int, records.Creditor]:
    claims: dict[int, list[records.Claim]] = defaultdict(list)
    for row in rows:
        claims[row.creditor_id].append(_claim(row))
    return {one: records.Creditor(str(one), tuple(held)) for one, held in claims.items()}


def _claim_rows(case_id: int, chosen: Collection[int] | None = None) -> Any:
    rows = Claim.objects.filter(case_id=case_id).order_by("position", "pk")
    return rows if chosen is None else rows.filter(creditor__in=chosen)


def _claim(row: Claim) -> records.Claim:
    return records.Claim(
        nature=records.Nature(row.nature),
        amount_fen=row.counting_fen,
        status=records.Status(row.conclusion),
        unsecured_part_fen=row.unsecured_part_fen,
        priority_waived=row.priority_waived,
        temporary_fen=row.temporary_fen,
    )


def claims_of(case_id: int) -> Claims:
    """Return the claims of each creditor as they go into the count, amounts in yuan."""
    return _written(_claim_rows(case_id))


def _written(rows: Iterable[Claim]) -> dict[int, list[dict[str, Any]]]:
    claims: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        temporary = row.temporary_fen
        claims[row.creditor_id].append(
            {
                "nature": row.nature,
                "amount": yuan(row.counting_fen),
                "status": row.conclusion,
                "unsecured_part": yuan(row.unsecured_part_fen),
                "priority_waived": row.priority_waived,
                "temporary_amount": None if temporary is None else yuan(temporary),
                "class": None,
            }
        )
    return claims


def register(resolution: Resolution) -> list[RegisterEntry]:
    """Draw up the voting register from the claims as they are; saves nothing.

    A creditor with claims gets a line for each group that it votes in, or one that says why
    it does not vote. Each line carries in `claims` what it was drawn from.
    """
    rule, matter, chosen = rule_of(resolution), resolution.matter, setting(resolution)
    case_id = resolution.meeting.case_id
    names = dict(Creditor.objects.filter(case_id=case_id).values_list("pk", "name"))
    consents = _standing_consents(resolution)
    lines: list[RegisterEntry] = []
    # Read once: what the ledger says of the claims is what the register was drawn from.
    rows = list(_claim_rows(case_id))
    written = _written(rows)
    for creditor_id, creditor in sorted(_creditors(rows).items()):
        rights, reason = groups.lines(rule, matter, creditor, chosen)
        made: list[dict[str, Any]] = [
            {
                "group": one.group,
                "heads": 1,
                "amount_fen": one.amount_fen,
                "carried": Choice.FOR if (creditor_id, one.group) in consents else "",
            }
            for one in rights
        ] or [{"group": "", "heads": 0, "amount_fen": 0, "reason": reason}]
        lines += [
            RegisterEntry(
                resolution=resolution, creditor_id=creditor_id, name=names[creditor_id], **one
            )
            for one in made
        ]
    for line in lines:
        line.claims = written[line.creditor_id]
    return lines


def _standing_consents(resolution: Resolution) -> set[tuple[int, str]]:
    """Return creditor and group of the first vote's consents, where they stand (EBL 87(1))."""
    if not resolution.second_of_id or resolution.second_scope != SecondScope.NOT_FOR:
        return set()
    first = resolution.second_of_id
    said = Ballot.objects.filter(resolution=first, effective=True)
    choices = {one.creditor_id: one for one in said.only("creditor", "choice", "choices")}
    voting = RegisterEntry.objects.filter(resolution=first, reason="")
    return {
        (creditor, group)
        for creditor, group in voting.values_list("creditor_id", "group")
        if creditor in choices and choices[creditor].said(group) == Choice.FOR
    }
