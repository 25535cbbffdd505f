"""A plan as plain data: from it the law computes, with it the outcome is kept and shown.

Schema `distribution/1`: what `gather` writes, and `outcome` adds. It never changes once published.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

from creditor_meetings.estate import store
from voting.ledger import canonical
from voting.rules.distribution import (
    Cost,
    Debt,
    Distribution,
    Estate,
    Lien,
    Line,
    Pool,
    Rank,
    distribute,
)
from voting.rules.records import Nature

SCHEMA = "distribution/1"


def estate_of(data: Mapping[str, Any]) -> Estate:
    """Return what the law distributes."""
    return Estate(
        free_fen=data["free_fen"],
        held_fen=data["held_fen"],
        costs=tuple(Cost(one["number"], Rank(one["kind"]), one["fen"]) for one in data["costs"]),
        pools=tuple(
            Pool(
                one["number"],
                one["proceeds_fen"],
                tuple(
                    Lien(lien["claim"], lien["rank"], lien["limit_fen"]) for lien in one["liens"]
                ),
            )
            for one in data["pools"]
        ),
        debts=tuple(_debt(one) for one in data["claims"]),
    )


def _debt(one: Mapping[str, Any]) -> Debt:
    return Debt(
        number=one["number"],
        nature=Nature(one["nature"]),
        certain_fen=one["certain_fen"],
        pending_fen=one["pending_fen"],
        waived=one["waived"],
        unsecured_fen=one["unsecured_fen"],
        received_fen=one["received_fen"],
        from_collateral_fen=one["from_collateral_fen"],
        missed=Fraction(one["missed"]),
    )


def outcome(data: Mapping[str, Any]) -> dict[str, Any]:
    """Compute a plan: its data with what everybody gets."""
    found = distribute(estate_of(data))
    lines = {one.number: line_values(one) for one in found.lines}
    shares = {one.number: one for one in found.pools}
    pools = []
    for pool in data["pools"]:
        share = shares.get(pool["number"])
        parts = share.shares.items() if share is not None else ()
        pools.append(
            {
                **pool,
                "shares": [
                    {"claim": claim, "paid_fen": paid, "set_aside_fen": kept}
                    for claim, (paid, kept) in sorted(parts)
                ],
                "surplus_fen": share.surplus_fen if share is not None else 0,
            }
        )
    return {
        **data,
        "costs": [{**one, "paid_fen": found.costs.get(one["number"], 0)} for one in data["costs"]],
        "pools": pools,
        "claims": [{**one, **lines[one["number"]]} for one in data["claims"]],
        "steps": step_values(found),
        "total_fen": found.total_fen,
        "paid_fen": found.paid_fen,
        "set_aside_fen": found.set_aside_fen,
        "left_fen": found.left_fen,
    }


def line_values(line: Line) -> dict[str, Any]:
    """What one claim gets, as data."""
    return {
        "rank": line.rank.value,
        "base_fen": line.base_fen,
        "collateral_paid_fen": line.collateral_paid_fen,
        "collateral_set_aside_fen": line.collateral_set_aside_fen,
        "paid_fen": line.paid_fen,
        "set_aside_fen": line.set_aside_fen,
        "waiting": line.waiting,
    }


def step_values(found: Distribution) -> list[dict[str, Any]]:
    """The steps, as data."""
    return [
        {
            "rank": one.rank.value,
            "article": one.article,
            "before_fen": one.before_fen,
            "owed_fen": one.owed_fen,
            "paid_fen": one.paid_fen,
            "set_aside_fen": one.set_aside_fen,
            "level": str(one.level),
        }
        for one in found.steps
    ]


def encode(data: Mapping[str, Any]) -> bytes:
    """Write a plan so that the same plan is the same bytes (RFC 8785)."""
    return canonical.encode(data)


@lru_cache(maxsize=4)
def load(sha256: str) -> Mapping[str, Any]:
    """Return a published plan; whoever gets it must not alter it."""
    found: Mapping[str, Any] = json.loads(store.read(sha256))
    return found


@lru_cache(maxsize=4)
def _estate(sha256: str) -> Estate:
    return estate_of(load(sha256))


def what_if(sha256: str, free_fen: int, amounts: Mapping[int, int]) -> Distribution:
    """Compute a published plan with another sum (fen) and other amounts of claims (fen).

    A claim keeps its kind: where its share would be set aside, it is set aside of the new amount.
    """
    estate = _estate(sha256)
    debts = estate.debts
    if amounts:
        debts = tuple(
            _with_amount(one, amounts[one.number]) if one.number in amounts else one
            for one in debts
        )
    return distribute(replace(estate, free_fen=free_fen, debts=debts))


def _with_amount(debt: Debt, fen: int) -> Debt:
    if debt.pending_fen and not debt.certain_fen:
        return replace(debt, pending_fen=fen)
    return replace(debt, certain_fen=fen, pending_fen=0)
