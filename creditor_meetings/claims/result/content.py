"""What a list of claims without objection says: frozen as canonical JSON, known by its hash.

Into the list go claims that nobody stands objecting to and that were confirmed, in full or in
part. Rejected and undetermined ones stay out and are named beside it with their state, and so
are those in dispute. No identity number and no contact is in it: it may be read by everybody.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Exists, OuterRef, Sum

from creditor_meetings.cases import clock
from creditor_meetings.cases.models import Case
from creditor_meetings.cases.money import yuan
from creditor_meetings.claims import standing, verification_clock
from creditor_meetings.claims.listing import claims_of
from creditor_meetings.claims.models import (
    Claim,
    Conclusion,
    Nature,
    Objection,
    UndisputedEntry,
    UndisputedList,
    UndisputedState,
)

SCHEMA = "undisputed-claims/1"
ADMITTED = frozenset({Conclusion.CONFIRMED, Conclusion.PARTLY_CONFIRMED})

Body = Mapping[str, Any]


@dataclass(frozen=True)
class Selection:
    """Which claims of a case go where: into the list or beside it; earlier lists have the rest."""

    listed: list[Claim] = field(default_factory=list)
    disputed: list[tuple[Claim, list[Objection]]] = field(default_factory=list)
    undetermined: list[Claim] = field(default_factory=list)
    rejected: list[Claim] = field(default_factory=list)
    earlier: list[UndisputedList] = field(default_factory=list)

    @property
    def confirmed_fen(self) -> int:
        """The sum of what the list confirms."""
        return sum(one.confirmed_fen for one in self.listed)

    @property
    def creditors(self) -> int:
        """How many creditors hold the claims of the list."""
        return len({one.creditor_id for one in self.listed})


def confirmed_claims(case_id: int) -> set[int]:
    """Return the claims of a case that the court confirmed by ruling."""
    return set(
        UndisputedEntry.objects.filter(
            undisputed_list__case=case_id, undisputed_list__state=UndisputedState.CONFIRMED
        ).values_list("claim", flat=True)
    )


def select(case: Case) -> Selection:
    """Say which claims of a case a list made now would hold, and what would stand beside it."""
    confirmed = confirmed_claims(case.pk)
    objections = standing.disputed(case.pk)
    found = Selection(
        earlier=list(
            case.undisputed_lists.filter(state=UndisputedState.CONFIRMED).order_by("number")
        )
    )
    for claim in claims_of(case.pk).select_related("creditor").order_by("position", "pk"):
        if claim.pk in confirmed:
            continue
        if claim.pk in objections:
            found.disputed.append((claim, objections[claim.pk]))
        elif claim.conclusion in ADMITTED:
            found.listed.append(claim)
        elif claim.conclusion == Conclusion.UNDETERMINED:
            found.undetermined.append(claim)
        else:
            found.rejected.append(claim)
    return found


@dataclass(frozen=True)
class Outlook:
    """What a list made now would hold, in numbers: amounts in fen."""

    listed: int
    creditors: int
    confirmed_fen: int
    disputed: int
    unanswered: int
    undetermined: int
    rejected: int


def outlook(case: Case) -> Outlook:
    """Count what a list made now would hold, without fetching it."""
    ruled = UndisputedEntry.objects.filter(
        claim=OuterRef("pk"), undisputed_list__state=UndisputedState.CONFIRMED
    )
    against = standing.standing_objections(case.pk)
    open_claims = claims_of(case.pk).filter(~Exists(ruled))
    free = open_claims.filter(~Exists(against.filter(claim=OuterRef("pk"))))
    listed = free.filter(conclusion__in=ADMITTED).aggregate(
        n=Count("pk"), creditors=Count("creditor", distinct=True), confirmed=Sum("confirmed_fen")
    )
    stand = against.filter(claim__in=open_claims)
    return Outlook(
        listed=listed["n"],
        creditors=listed["creditors"],
        confirmed_fen=listed["confirmed"] or 0,
        disputed=stand.values("claim").distinct().count(),
        unanswered=stand.filter(answered_at__isnull=True).count(),
        undetermined=free.filter(conclusion=Conclusion.UNDETERMINED).count(),
        rejected=free.filter(conclusion=Conclusion.REJECTED).count(),
    )


def body_of(case: Case, number: int, found: Selection, made_by: str) -> Body:
    """Return everything that a list says, amounts in yuan."""
    ends = verification_clock.ends_at(case)
    over = verification_clock.is_over(case)
    return {
        "schema": SCHEMA,
        "case": {
            "number": case.number,
            "court": case.court,
            "debtor": case.debtor,
            "administrator": case.administrator_firm,
        },
        "list": number,
        "made_at": clock.rfc3339(clock.now()),
        "made_by": made_by,
        "verification_ended_at": clock.rfc3339(ends) if ends is not None and over else None,
        "entries": [entry_of(one) for one in found.listed],
        "sums": {
            "claims": len(found.listed),
            "creditors": found.creditors,
            "filed": yuan(sum(one.filed_fen for one in found.listed)),
            "confirmed": yuan(found.confirmed_fen),
            "natures": _by_nature(found.listed),
        },
        "earlier": [
            {
                "list": one.number,
                "ruling": one.ruling_number,
                "claims": one.claims,
                "confirmed": yuan(one.confirmed_fen),
            }
            for one in found.earlier
        ],
        "disputed": [
            {**entry_of(claim), "objections": [_objection(one) for one in objections]}
            for claim, objections in found.disputed
        ],
        "undetermined": [
            {**entry_of(one), "temporary": _optional(one.temporary_fen)}
            for one in found.undetermined
        ],
        "rejected": [entry_of(one) for one in found.rejected],
    }


def entry_of(claim: Claim) -> dict[str, Any]:
    """Return what a list says of a claim; with any of it changed it is not the claim listed."""
    return {
        "id": claim.pk,
        "claim": claim.position,
        "creditor": claim.creditor.name,
        "nature": claim.nature,
        "collateral": claim.collateral,
        "filed": yuan(claim.filed_fen),
        "confirmed": yuan(claim.confirmed_fen),
        "confirmed_principal": _optional(claim.confirmed_principal_fen),
        "confirmed_interest": _optional(claim.confirmed_interest_fen),
        "confirmed_other": _optional(claim.confirmed_other_fen),
        "conclusion": claim.conclusion,
        "reason": claim.reason,
        "unsecured_part": yuan(claim.unsecured_part_fen),
        "priority_waived": claim.priority_waived,
        "late": claim.late,
    }


def _objection(one: Objection) -> dict[str, Any]:
    return {
        # The debtor's representative objects for no creditor.
        "objector": one.creditor.name if one.creditor else "",
        "at": clock.rfc3339(one.at),
        "state": one.state,
        "suit": one.suit,
    }


def _optional(fen: int | None) -> str | None:
    return None if fen is None else yuan(fen)


def _by_nature(claims: Iterable[Claim]) -> list[dict[str, Any]]:
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for one in claims:
        for place, value in enumerate((1, one.filed_fen, one.confirmed_fen)):
            sums[one.nature][place] += value
    return [
        {
            "nature": str(nature),
            "claims": sums[nature][0],
            "filed": yuan(sums[nature][1]),
            "confirmed": yuan(sums[nature][2]),
        }
        for nature in Nature.values
        if nature in sums
    ]


def canonical(body: Body) -> bytes:
    """Write a list's content so that the same content has the same bytes."""
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def hash_of(content: bytes) -> str:
    """Return the SHA-256 of some content."""
    return hashlib.sha256(content).hexdigest()


def changed_since(body: Body, claims: Sequence[Claim], disputed: Iterable[int]) -> list[str]:
    """Name the creditors whose claim is no longer what the list says, or is objected to now."""
    now = {one.pk: one for one in claims}
    against = set(disputed)
    return [
        entry["creditor"]
        for entry in body["entries"]
        if entry["id"] in against
        or entry["id"] not in now
        or entry_of(now[entry["id"]]) != dict(entry)
    ]
